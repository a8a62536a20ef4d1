import { largest } from './largest';
import { absentEverywhere } from './absent';
import { clusterDefaults, instance, many, selfConfig, type Document } from './documents';

/** A document at the edge of what the rules allow. */
export interface Accepted {
  readonly title: string;
  readonly document: Document;
}

const digest = `sha256:${'a'.repeat(64)}`;
const container = (name: string): object => ({ name, image: 'example.test/x:1' });

const specs: Readonly<Record<string, unknown>> = {
  'an empty spec': {},
  'no probes at all (T-C7)': { probes: null },
  'an image by tag (T-Q5)': { image: { repository: 'localhost:5000/x', tag: '2026.9.6' } },
  'an image by digest (T-Q5)': { image: { repository: 'ghcr.io/openclaw/openclaw', digest } },
  'an image by both (T-Q5)': { image: { tag: 'latest', digest } },
  'a registry with port and path': { registry: 'registry.example.com:5000/mirror/' },
  'an IPv6 registry': { registry: '[fd00::1]:5000' },
  'numbers as amounts': { resources: { requests: { cpu: 2 }, limits: { cpu: 4, memory: 8589934592 } } },
  'amounts in other notations': { resources: { requests: { cpu: '.5', memory: '1e9' }, limits: { cpu: '1.5', memory: '+4G' } } },
  'raw beside a ConfigMap': { config: { configMapRef: { name: 'c' }, raw: { a: 1 } } },
  'json5 from a ConfigMap': { config: { configMapRef: { name: 'c', key: 'openclaw.json5' }, format: 'json5' } },
  'forced paths': { config: { mergeMode: 'merge', forcePaths: ['gateway.auth', 'models'] } },
  'nested files (T-F11)': {
    workspace: { initialFiles: { 'tools/scripts/setup.sh': 'x', 'a b/ü.md': '' }, initialDirectories: ['tools/scripts', '.config'] },
  },
  'openclaw.json below the root': { workspace: { initialFiles: { 'sub/openclaw.json': '{}' } } },
  'every form of skill (T-F7)': {
    skills: [
      '@anthropic/mcp-server-fetch',
      'fetch',
      'npm:@openclaw/matrix',
      'npm:left-pad@1.3.0',
      'pack:openclaw-rocks/skills/image-gen',
      'pack:openclaw-rocks/skills/image-gen@v1.0.0',
    ],
  },
  plugins: { plugins: ['npm:@openclaw/matrix', '@owner/plugin'] },
  'the longest and shortest durations': { autoUpdate: { checkInterval: '168h', healthCheckTimeout: '2m' }, backup: { timeout: '1440m' } },
  'durations of several parts': { autoUpdate: { checkInterval: '1h30m', healthCheckTimeout: '150.5s' }, backup: { timeout: '86399s' } },
  'an external account': { security: { rbac: { createServiceAccount: false, serviceAccountName: 'x' } } },
  'address ranges': {
    security: { networkPolicy: { allowedIngressCIDRs: ['0.0.0.0/0', '10.1.2.3/32', '::/0', 'fd00::/8', '2001:db8:1:2:3:4:5:6/128'] } },
  },
  'a CA bundle': { security: { caBundle: { secretName: 'ca' } } },
  'an ingress to a port of its own': {
    networking: {
      service: {
        ports: [
          { name: 'http', port: 3978 },
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53 },
        ],
      },
      ingress: {
        enabled: true,
        hosts: [
          { host: 'a.example', paths: [{ port: 3978 }] },
          { host: '*.a.example', paths: [{ path: '/x', port: 53 }] },
        ],
      },
    },
  },
  'custom ports without an ingress': {
    networking: { service: { ports: [{ name: 'http', port: 3978 }] }, ingress: { hosts: [{ host: 'a.example' }] } },
  },
  'an ingress and a route to the usual ports': {
    networking: { ingress: { enabled: true, hosts: [{ host: 'a.example' }] }, httpRoute: { enabled: true } },
  },
  'half of the amounts': { resources: { limits: { cpu: 3 } }, chromium: { resources: { requests: { memory: '1Gi' } } } },
  'containers and volumes of the same name': { sidecars: [container('a')], extraVolumes: [{ name: 'a', emptyDir: {} }] },
  'many sidecars': { sidecars: many(32).map(container) },
  autoscaling: { availability: { autoScaling: { enabled: true, minReplicas: 5 } } },
  'no schedule and nothing to restore': { backup: { schedule: '' }, restoreFrom: '' },
  'a restore': { restoreFrom: 'backups/my-tenant/my-agent/2026-01-15T10:30:00Z' },
  models: { ollama: { models: ['llama3.2', 'qwen3:8b', 'hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M'], gpu: 0 } },
  origins: { gateway: { controlUiOrigins: ['https://a.example:8443', 'http://localhost:3000'] } },
};

export const accepted: readonly Accepted[] = [
  { title: 'T-R15 empty texts wherever they mean that nothing is set', document: instance(absentEverywhere) },
  {
    title: 'T-R15 empty texts in the defaults of the cluster',
    document: clusterDefaults({ registry: '', image: { repository: '', tag: '', digest: '', pullPolicy: '' } }),
  },
  { title: 'T-R15 no account at all', document: instance({ security: { rbac: { createServiceAccount: false } } }) },
  ...Object.entries(specs).map(([title, spec]) => ({ title, document: instance(spec) })),
  { title: 'the largest document that the limits allow', document: largest },
  { title: 'no spec', document: instance(undefined) },
  { title: 'a name of 36 characters (T-Q10)', document: instance({}, `a${'-'.repeat(34)}9`) },
  {
    title: 'defaults of the cluster',
    document: clusterDefaults({
      registry: 'r.example',
      image: { tag: '1' },
      env: [{ name: 'A', value: 'b' }],
      runtimeDeps: { pnpm: false },
    }),
  },
  { title: 'a request with a config patch', document: selfConfig({ configPatch: { agents: { defaults: {} }, nested: { gateway: 1 } } }) },
  {
    title: 'a request with everything',
    document: selfConfig({
      addSkills: ['fetch'],
      removeSkills: ['x'],
      addWorkspaceFiles: { 'a/b': '' },
      removeWorkspaceFiles: ['a/c'],
      addEnvVars: [{ name: 'A', value: '' }],
      removeEnvVars: ['B'],
    }),
  },
];
