import type { Manifest } from '../../constructs';
import { idOf } from '../../constructs/wire/object-ref';
import type { TakeOver } from '../lifecycle/step';
import type { KubeObject, LiveInstance, Writer } from '../objects/objects';
import { isGiven, isOurs } from '../objects/ownership';
import { isAppliedByUs, writersOf } from '../objects/writers';
import type { Observed } from '../observe/observed';

/** Of what belongs to the instance, the reference operator is the predecessor; of what a person gave us, that person is as well. */
const OF_OURS: ReadonlySet<Writer> = new Set(['predecessor']);
const OF_GIVEN: ReadonlySet<Writer> = new Set(['predecessor', 'kubectl']);

function predecessorsOf(object: KubeObject, instance: LiveInstance): ReadonlySet<Writer> | undefined {
  if (isOurs(object, instance)) return OF_OURS;
  return isGiven(object) ? OF_GIVEN : undefined;
}

/**
 * Objects whose fields have to change hands before the first apply, once: what we have applied before is ours already, and whoever writes there now
 * lives on. A steady state has none.
 */
export function takeOverSteps(manifests: readonly Manifest[], { owned, instance }: Observed): TakeOver[] {
  const live = new Map(owned.map((object) => [idOf(object), object]));
  return manifests.flatMap((manifest): TakeOver[] => {
    const object = live.get(idOf(manifest));
    if (object === undefined || isAppliedByUs(object) || object.metadata.deletionTimestamp !== undefined) return [];
    const predecessors = predecessorsOf(object, instance);
    if (predecessors === undefined || !writersOf(object).some((writer) => predecessors.has(writer))) return [];
    return [{ step: 'take-over', object, predecessors: [...predecessors], ...(isScaled(manifest) && { isScaled: true }) }];
  });
}

/** Whether a workload leaves the number of its pods to somebody else. */
function isScaled({ kind, spec }: Manifest): boolean {
  return kind === 'StatefulSet' && (spec as { readonly replicas?: number } | undefined)?.replicas === undefined;
}

/**
 * The manifest without a number of replicas where an autoscaler has set one on the live object: two would write the same field. A pod that shall
 * not run is nothing for an autoscaler.
 */
export function withoutScaledReplicas(manifest: Manifest, { owned }: Pick<Observed, 'owned'>): Manifest {
  const { replicas, ...spec } = (manifest['spec'] ?? {}) as { readonly replicas?: number };
  if (manifest.kind !== 'StatefulSet' || replicas === undefined || replicas === 0) return manifest;
  const live = owned.find((object) => object.kind === manifest.kind && object.metadata.name === manifest.metadata.name);
  return live && writersOf(live).includes('autoscaler') ? { ...manifest, spec } : manifest;
}
