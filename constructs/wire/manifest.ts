import { type JsonObject, compareText } from '../spec/json';
import { applyWeight } from './kinds';

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

/** Sorts manifests by the order of application, then by kind, name and namespace, so that a set always has the same bytes. */
export function sortManifests(manifests: readonly Manifest[]): Manifest[] {
  return manifests.toSorted(
    (a, b) =>
      applyWeight(a.kind) - applyWeight(b.kind) ||
      compareText(a.kind, b.kind) ||
      compareText(a.metadata.name, b.metadata.name) ||
      compareText(a.metadata.namespace ?? '', b.metadata.namespace ?? ''),
  );
}
