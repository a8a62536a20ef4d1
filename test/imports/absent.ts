import type { JsonObject } from '../../constructs/spec/json';

const resources = { requests: { cpu: '', memory: '' }, limits: { cpu: '', memory: '' } };
const image = { repository: '', tag: '', digest: '' };

/** A spec with an empty text or list wherever that means "not set" (T-R15), and what such a field needs around it. */
export const absentEverywhere: JsonObject = {
  registry: '',
  image: { ...image, pullPolicy: '' },
  config: { mergeMode: '', format: '', configMapRef: { name: 'files', key: '' } },
  skillPackUpdatePolicy: '',
  resources,
  security: { rbac: { createServiceAccount: false, serviceAccountName: '' }, caBundle: { configMapName: 'ca', secretName: '', key: '' } },
  storage: { persistence: { size: '', accessModes: [], existingClaim: '' } },
  chromium: { enabled: true, image, resources, persistence: { enabled: true, size: '', existingClaim: '' } },
  tailscale: { mode: '', image, authKeySecretKey: '', hostname: '', resources },
  ollama: { enabled: true, image, resources, storage: { sizeLimit: '', existingClaim: '' } },
  webTerminal: { image, resources },
  networking: {
    service: { type: '', ports: [{ name: 'http', port: 18789, targetPort: 18790, protocol: '' }] },
    ingress: {
      enabled: true,
      className: '',
      hosts: [
        { host: 'a.example', paths: [] },
        { host: 'b.example', paths: [{ path: '', pathType: '' }] },
      ],
      tls: [{ hosts: ['a.example', 'b.example'], secretName: '' }],
      security: { basicAuth: { enabled: true, existingSecret: '', username: '', realm: '' } },
    },
    httpRoute: { parentRefs: [{ name: 'gateway', namespace: '', sectionName: '' }] },
  },
  probes: { diskReadiness: { enabled: true, path: '', minFree: '' } },
  observability: {
    metrics: { serviceMonitor: { interval: '' }, prometheusRule: { runbookBaseURL: '' }, grafanaDashboard: { folder: '' } },
    logging: { level: '', format: '' },
  },
  availability: { runtimeClassName: '' },
  backup: { schedule: '', timeout: '', serviceAccountName: '' },
  restoreFrom: '',
  gateway: { existingSecret: '' },
  autoUpdate: { checkInterval: '', healthCheckTimeout: '' },
};

/** The same spec, in which nobody wrote those fields. */
export const absentNowhere: JsonObject = without(absentEverywhere);

function without(object: JsonObject): JsonObject {
  const kept = Object.entries(object).filter(([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutInside(value)]));
}

function withoutInside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutInside);
  return typeof value === 'object' && value !== null ? without(value as JsonObject) : value;
}
