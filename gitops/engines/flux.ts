import type { JsonObject } from '../../constructs/spec/json';
import { type Placement, fluxName } from '../git/names';

/** How Flux applies an instance. */
export interface FluxSettings {
  /** Name of the GitRepository that watches the branch, or of the OCIRepository that watches the tag. */
  readonly source: string;
  /** Which of the two it is. @default GitRepository */
  readonly sourceKind?: 'GitRepository' | 'OCIRepository';
  /** Namespace of that GitRepository and of the Kustomizations. @default flux-system */
  readonly namespace?: string;
  /** How often Flux repairs drift, as a Go duration. @default 10m */
  readonly interval?: string;
  /** How soon it tries again after a failure. @default 1m */
  readonly retryInterval?: string;
  /** How long it tries to apply. @default 5m */
  readonly timeout?: string;
  /** The ServiceAccount as which Flux applies the objects. @default - that of the kustomize controller */
  readonly serviceAccountName?: string;
}

/**
 * The Flux Kustomization of one instance, so that a bad instance never holds up another. It prunes what leaves the directory; when it is
 * deleted itself, by an outage or by mistake, the objects stay.
 */
export function fluxKustomization(placement: Placement, directory: string, settings: FluxSettings): JsonObject {
  const {
    source,
    sourceKind = 'GitRepository',
    namespace = 'flux-system',
    interval = '10m',
    retryInterval = '1m',
    timeout = '5m',
    serviceAccountName,
  } = settings;
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: fluxName(placement), namespace },
    spec: {
      deletionPolicy: 'Orphan',
      force: false,
      interval,
      path: `./${directory}`,
      prune: true,
      retryInterval,
      ...(serviceAccountName !== undefined && { serviceAccountName }),
      sourceRef: { kind: sourceKind, name: source },
      timeout,
      // With it Flux would begin nothing new until every object is healthy or the time is up: a claim that waits for its first pod, or a
      // release that does not start, would hold up the commit that mends it. Whether an instance is well stands in its status.
      wait: false,
    },
  };
}
