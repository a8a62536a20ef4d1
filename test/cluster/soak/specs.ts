import type { OpenClawInstanceSpec } from '../../../constructs';
import type { Chance } from './chance';

/** The Secret and the ConfigMap of every namespace that specs refer to. */
export const KEYS = 'model-keys';
export const RULES = 'house-rules';

const image = { tag: '2026.9.6' };

/** What a spec may have or not, each by itself: one field of the spec apiece. */
const choices: readonly ((chance: Chance, name: string) => OpenClawInstanceSpec)[] = [
  (chance) => ({ env: [{ name: 'ROUND', value: String(chance.below(1000)) }] }),
  () => ({ envFrom: [{ secretRef: { name: KEYS } }] }),
  (chance) => ({ suspended: chance.is(0.3) }),
  () => ({ chromium: { enabled: true } }),
  (chance) => ({ ollama: { enabled: true, models: chance.is(0.5) ? ['llama3.2'] : [] } }),
  () => ({ webTerminal: { enabled: true } }),
  (chance) => ({ workspace: { configMapRef: { name: RULES }, initialFiles: { 'AGENTS.md': `# Round ${chance.below(1000)}\n` } } }),
  (chance) => ({ config: { raw: { agents: { list: [{ id: `agent-${chance.below(9)}` }] } } } }),
  (chance, name) => ({
    networking: {
      ingress: {
        enabled: true,
        className: chance.of(['nginx', 'traefik']),
        hosts: [{ host: `${name}.example.com` }],
        security: { basicAuth: { enabled: chance.is(0.5) } },
      },
    },
  }),
  (chance) => ({ podAnnotations: { 'example.com/round': String(chance.below(1000)) } }),
  () => ({ observability: { metrics: { serviceMonitor: { enabled: true }, grafanaDashboard: { enabled: true } } } }),
  (chance) => ({ resources: { requests: { cpu: `${100 + chance.below(4) * 50}m` } } }),
  () => ({ availability: { nodeSelector: { 'kubernetes.io/os': 'linux' } } }),
  () => ({ selfConfigure: { enabled: true, allowedActions: ['envVars'] } }),
];

/** Any spec that is taken by everybody and comes to be. */
export function randomSpec(chance: Chance, name: string): OpenClawInstanceSpec {
  const chosen = choices.filter(() => chance.is(0.25)).map((choice) => choice(chance, name));
  return Object.assign({ image }, ...chosen) as OpenClawInstanceSpec;
}

/** A spec that the CRD lets pass, and `resolve` does not. */
export const invalidSpec: OpenClawInstanceSpec = { image, networking: { ingress: { enabled: true, className: 'nginx', hosts: [] } } };
