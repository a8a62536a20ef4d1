import { type JsonObject, compareText } from '../spec/json';

/** One Kubernetes object, ready to be written or applied. Keys are sorted; there is no `null` and no `undefined` in it. */
export interface Manifest extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
    readonly [key: string]: unknown;
  };
}

/** What identifies an object in one cluster: `apps/v1/StatefulSet/team-a/alice`. */
export function identity(manifest: Manifest): string {
  const { name, namespace = '' } = manifest.metadata;
  return `${manifest.apiVersion}/${manifest.kind}/${namespace}/${name}`;
}

/**
 * The order in which kinds are applied: what a pod needs comes before the pod. Kinds that are not named here come last.
 * cdk8s dependencies could say the same at a cost that grows with the square of the objects.
 */
const APPLY_ORDER = [
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'NetworkPolicy',
  'Secret',
  'ConfigMap',
  'PersistentVolumeClaim',
  'PodDisruptionBudget',
  'Service',
  'StatefulSet',
  'HorizontalPodAutoscaler',
  'CronJob',
  'Middleware',
  'Ingress',
];

const WEIGHT = new Map(APPLY_ORDER.map((kind, index) => [kind, index]));

function weight(kind: string): number {
  return WEIGHT.get(kind) ?? APPLY_ORDER.length;
}

/** Sorts manifests by the order of application, then by kind and name, so that a set always has the same bytes. */
export function sortManifests(manifests: readonly Manifest[]): Manifest[] {
  return manifests.toSorted(
    (a, b) => weight(a.kind) - weight(b.kind) || compareText(a.kind, b.kind) || compareText(a.metadata.name, b.metadata.name),
  );
}
