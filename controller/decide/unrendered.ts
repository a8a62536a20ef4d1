import type { OpenClawInstanceSpec, Part } from '../../constructs';
import type { KubeObject } from '../objects/objects';

/** A feature of the API that a release may not render yet. */
interface Feature {
  /** Its field under `spec`. */
  readonly path: string;
  /** `Kind name` of what the reference operator makes for it, of the kinds that we see. */
  readonly objects: (name: string) => readonly string[];
  /** What would be lost if the instance were delivered without it. @default - nothing that cannot be made again */
  readonly keeps?: {
    readonly what: string;
    readonly isUsed: (spec: OpenClawInstanceSpec) => boolean;
  };
}

const FEATURES: readonly Feature[] = [
  {
    path: 'tailscale',
    objects: (name) => [`Secret ${name}-ts-state`],
    keeps: { what: 'its identity in the tailnet', isUsed: ({ tailscale }) => tailscale?.enabled === true },
  },
  {
    path: 'availability.autoScaling',
    objects: (name) => [`HorizontalPodAutoscaler ${name}`],
    keeps: { what: 'the claims of its replicas', isUsed: ({ availability }) => availability?.autoScaling?.enabled === true },
  },
  {
    path: 'observability.metrics.grafanaDashboard',
    objects: (name) => [`ConfigMap ${name}-dashboard-operator`, `ConfigMap ${name}-dashboard-instance`],
  },
  { path: 'observability.metrics.serviceMonitor', objects: (name) => [`ServiceMonitor ${name}`] },
  { path: 'observability.metrics.prometheusRule', objects: (name) => [`PrometheusRule ${name}-alerts`] },
  { path: 'backup', objects: (name) => [`CronJob ${name}-backup-periodic`, `Secret ${name}-s3-credentials`] },
  { path: 'networking.httpRoute', objects: (name) => [`HTTPRoute ${name}`] },
];

/** Whether a part reads the field, or something of it or around it. */
function isRendered(path: string, parts: readonly Part[]): boolean {
  return parts.some(({ claims }) => claims.some((claim) => `${path}.`.startsWith(`${claim}.`) || claim.startsWith(`${path}.`)));
}

/** `Kind name` of what belongs to features that none of these parts renders. It is not ours to remove. */
export function unrenderedObjects(name: string, parts: readonly Part[]): ReadonlySet<string> {
  return new Set(FEATURES.filter(({ path }) => !isRendered(path, parts)).flatMap(({ objects }) => objects(name)));
}

/** The features that a spec uses, that none of these parts renders, and that keep something. */
export function unrenderedKeepers(spec: OpenClawInstanceSpec, parts: readonly Part[]): { readonly path: string; readonly what: string }[] {
  return FEATURES.flatMap(({ path, keeps }) => (keeps?.isUsed(spec) && !isRendered(path, parts) ? [{ path, what: keeps.what }] : []));
}

/** `Kind name`. */
export function kindAndName({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): string {
  return `${kind} ${metadata.name}`;
}
