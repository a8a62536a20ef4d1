// Read by the compiler alone (`npm run typecheck`): what the generated types allow and refuse.
import type {
  Container,
  OpenClawClusterDefaults,
  OpenClawInstance,
  OpenClawInstanceSpec,
  OpenClawSelfConfig,
  Quantity,
  ResolvedOpenClawClusterDefaultsSpec,
  ResolvedOpenClawInstanceSpec,
} from '../../imports/types';

export const minimal: OpenClawInstance = { apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawInstance', metadata: { name: 'a' } };

export const amounts: Quantity[] = [2, '500m'];

export const sidecar: Container = {
  name: 'a',
  resources: { requests: { cpu: 1, memory: '1Gi' } },
  livenessProbe: { httpGet: { port: 'http' } },
  ports: [{ containerPort: 1, hostIP: '1.2.3.4' }],
};

export const written: OpenClawInstanceSpec = {
  image: { tag: '2026.9.6' },
  config: { mergeMode: 'merge', raw: { any: ['thing'] } },
  resources: { limits: { cpu: 2 } },
  sidecars: [sidecar],
  networking: { ingress: { hosts: [{ host: 'a.example' }] } },
};

export const request: OpenClawSelfConfig = {
  apiVersion: 'openclaw.rocks/v1alpha1',
  kind: 'OpenClawSelfConfig',
  metadata: { name: 'a' },
  spec: { instanceRef: 'a', configPatch: { agents: {} } },
};

export const fleet: OpenClawClusterDefaults = {
  apiVersion: 'openclaw.rocks/v1alpha1',
  kind: 'OpenClawClusterDefaults',
  metadata: { name: 'cluster' },
  spec: { image: { tag: '1' }, runtimeDeps: { pnpm: true } },
};

/** What has a default or is derived is there after resolving, however deep; the rest is not. */
export function resolved(spec: ResolvedOpenClawInstanceSpec, defaults: ResolvedOpenClawClusterDefaultsSpec): readonly unknown[] {
  const strings: string[] = [
    spec.config.mergeMode,
    spec.image.repository,
    spec.image.pullPolicy,
    spec.chromium.image.repository,
    spec.autoUpdate.checkInterval,
    ...(spec.networking.ingress.hosts ?? []).flatMap(({ paths }) => paths.map(({ path, pathType }) => path + pathType)),
    ...(spec.networking.service.ports ?? []).map(({ protocol }) => protocol),
  ];
  const flags: boolean[] = [spec.suspended, spec.runtimeDeps.pnpm, spec.networking.ingress.security.rateLimiting.enabled];
  const numbers: number[] = [spec.probes.liveness.periodSeconds, spec.observability.metrics.port];
  const quantities: Quantity[] = [spec.resources.requests.cpu, spec.ollama.resources.limits.memory];
  // @ts-expect-error a tag is not derived where there is a digest
  const tag: string = spec.image.tag;
  // @ts-expect-error a group whose presence means something stays optional
  const key: string = spec.security.caBundle.key;
  // @ts-expect-error cluster defaults are not completed, only the instance is
  const registry: string = defaults.image.repository;
  return [strings, flags, numbers, quantities, tag, key, registry];
}

// @ts-expect-error a misspelt field
export const misspelt: OpenClawInstanceSpec = { chromium: { enable: true } };

// @ts-expect-error not one of the choices
export const choice: OpenClawInstanceSpec = { config: { mergeMode: 'replace' } };

// @ts-expect-error `undefined` is not a value
export const absent: OpenClawInstanceSpec = { registry: undefined };
