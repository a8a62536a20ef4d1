// The two instances that the benchmark renders: the least that a user can write, and one that uses nearly everything.

/** @param {string} name */
function minimal(name) {
  return { apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawInstance', metadata: { name, namespace: 'bench' } };
}

const paragraph = 'Answer briefly, cite the file and line, and ask before anything is deleted or sent to somebody outside the team.\n';

/** Sidecars, probes and resources as a team writes them. */
function sidecar(name, port) {
  const probe = (path) => ({ httpGet: { path, port }, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 6 });
  return {
    name,
    image: `registry.example.com/team/${name}:1.4.2`,
    args: ['--listen', `:${port}`, '--log-format', 'json'],
    env: Array.from({ length: 10 }, (_, index) => ({ name: `SETTING_${index}`, value: `value-${index}` })),
    ports: [{ name, containerPort: port, protocol: 'TCP' }],
    livenessProbe: probe('/healthz'),
    readinessProbe: probe('/readyz'),
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 10001,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
  };
}

function agent(id) {
  return {
    id,
    model: { primary: `anthropic/model-${id}`, fallbacks: ['openai/model-small', 'openai/model-large'] },
    tools: { allow: ['browser', 'exec', 'read', 'write'], deny: [] },
    workspace: `/home/openclaw/.openclaw/workspace-${id}`,
  };
}

function agents() {
  const channel = { enabled: true, allowFrom: ['*'], dmPolicy: 'pairing', historyLimit: 50 };
  const channels = ['telegram', 'slack', 'discord', 'whatsapp'].map((name) => [name, channel]);
  return { agents: { list: ['main', 'research', 'support', 'release'].map(agent) }, channels: Object.fromEntries(channels) };
}

/** About 16 objects and 50 KB of JSON. @param {string} name */
function full(name) {
  return {
    ...minimal(name),
    spec: {
      image: { tag: '2026.9.6', pullSecrets: [{ name: 'registry' }] },
      registry: 'registry.example.com/mirror',
      config: { raw: agents(), mergeMode: 'merge', forcePaths: ['gateway.auth'] },
      podAnnotations: { 'example.com/team': 'assistants' },
      workspace: {
        initialDirectories: ['notes', 'tools/scripts'],
        initialFiles: { 'AGENTS.md': paragraph.repeat(40), 'SOUL.md': paragraph.repeat(30), 'tools/README.md': paragraph.repeat(10) },
        additionalWorkspaces: [{ name: 'research', initialFiles: { 'AGENTS.md': paragraph.repeat(20) } }],
      },
      envFrom: [{ secretRef: { name: 'provider-keys' } }],
      env: Array.from({ length: 12 }, (_, index) => ({ name: `TEAM_${index}`, value: `${name}-${index}` })),
      resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '2', memory: '4Gi' } },
      security: {
        networkPolicy: {
          allowedIngressNamespaces: ['traefik', 'monitoring'],
          allowedEgressCIDRs: ['10.0.0.0/8'],
          additionalEgress: [{ to: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports: [{ port: 5432, protocol: 'TCP' }] }],
        },
        rbac: { additionalRules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }] },
        caBundle: { configMapName: 'corporate-ca' },
      },
      storage: { persistence: { size: '20Gi', storageClass: 'fast' } },
      chromium: { enabled: true, persistence: { enabled: true, size: '5Gi' }, extraArgs: ['--lang=en'] },
      ollama: { enabled: true, models: ['llama3.2', 'nomic-embed-text'], gpu: 1, storage: { sizeLimit: '30Gi' } },
      sidecars: [sidecar('metrics', 9100), sidecar('cache', 6379)],
      initContainers: [{ ...sidecar('migrate', 8081), livenessProbe: undefined, readinessProbe: undefined }],
      sidecarVolumes: [{ name: 'scratch', emptyDir: { sizeLimit: '1Gi' } }],
      networking: {
        ingress: {
          enabled: true,
          className: 'traefik',
          hosts: [{ host: `${name}.example.com`, paths: [{ path: '/' }, { path: '/canvas', port: 18793 }] }],
          tls: [{ hosts: [`${name}.example.com`], secretName: `${name}-tls` }],
          security: { basicAuth: { enabled: true } },
        },
      },
      probes: { diskReadiness: { enabled: true } },
      availability: {
        nodeSelector: { 'kubernetes.io/arch': 'amd64' },
        tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }],
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'topology.kubernetes.io/zone',
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'openclaw' } },
          },
        ],
      },
    },
  };
}

module.exports = { full, minimal };
