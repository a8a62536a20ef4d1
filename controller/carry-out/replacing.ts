/** How one StatefulSet takes the place of another: what it takes, and what must not be lost. */
import type { ApiError } from '../api/errors';
import type { Failure } from '../decide/outcome';
import { hashOf } from '../objects/live-hash';
import type { KubeObject } from '../objects/objects';

/** Some fields of a StatefulSet cannot be changed: another one has to take its place. */
export function isReplaced({ kind }: KubeObject, { status, message }: Pick<Failure, 'message' | 'status'> | ApiError): boolean {
  return kind === 'StatefulSet' && status === 422 && message.includes('updates to statefulset spec');
}

/** A new selector would leave the pods behind. */
export function hasOtherSelector(desired: KubeObject, live: KubeObject): boolean {
  return hashOf(selectorOf(desired)) !== hashOf(selectorOf(live));
}

export const SELECTOR_REFUSED = {
  action: 'failed',
  failure: {
    reason: 'ImmutableSelector',
    message: 'the selector of the live StatefulSet differs and cannot be changed without losing its pods: delete the StatefulSet yourself',
    transient: false,
  },
} as const;

function selectorOf(statefulSet: KubeObject): unknown {
  return (statefulSet['spec'] as { selector?: unknown } | undefined)?.selector;
}

/** The number of pods of the live StatefulSet, where it is somebody else's to decide. */
export function replicasOfOthers(desired: KubeObject, live: KubeObject): number | undefined {
  const { replicas } = desired['spec'] as { readonly replicas?: number };
  return replicas === undefined ? (live['spec'] as { readonly replicas?: number }).replicas : undefined;
}
