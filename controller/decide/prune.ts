import type { Manifest } from '../../constructs';
import { labels } from '../../constructs/wire/names';
import { idOf } from '../../constructs/wire/object-ref';
import { gitObjectNames } from '../../gitops/git/names';
import type { KubeObject, LiveInstance } from '../objects/objects';
import { controllerOf, isClaim, isLabelled, isOurs } from '../objects/ownership';
import { isAppliedByUs } from '../objects/writers';
import type { Observed } from '../observe/observed';
import { isJob } from '../lifecycle/job';
import { kindAndName, unrenderedObjects } from './unrendered';

/** Live objects of an instance that no manifest asks for any more. */
export interface Surplus {
  /** To be removed. */
  readonly prune: readonly KubeObject[];
  /** What is not ours to remove. */
  readonly left: readonly KubeObject[];
}

/** What Git mode alone has: it is left over where an instance is applied again. */
function isReleaseMarker({ kind, metadata }: KubeObject, instance: LiveInstance): boolean {
  return kind === 'ConfigMap' && metadata.name === gitObjectNames.release(instance.metadata.name);
}

/** Whether we made it, or a predecessor did for this instance: an owner alone says nothing, since anybody may write one. */
function isMade(object: KubeObject, instance: LiveInstance): boolean {
  // A Secret that we made carries our mark. Another one holds what nobody can make again.
  if (object.kind === 'Secret') return object.metadata.labels?.[labels.ownName] === instance.metadata.name;
  return controllerOf(object) !== undefined || isAppliedByUs(object) || isReleaseMarker(object, instance);
}

/**
 * What is there and not asked for: objects that belong to the instance and carry our labels. Claims hold data and are never removed; nor is a
 * Secret without our mark, or anything of a feature that this release does not render. Jobs end by themselves, and go a day later.
 *
 * @param keep ids of what state machines and generated Secrets keep
 */
export function surplus(
  manifests: readonly Manifest[],
  keep: ReadonlySet<string>,
  { owned, instance, parts }: Pick<Observed, 'owned' | 'instance' | 'parts'>,
): Surplus {
  const wanted = new Set(manifests.map(idOf));
  const unrendered = unrenderedObjects(instance.metadata.name, parts);
  const all = owned.filter(
    (object) =>
      (isOurs(object, instance) || isReleaseMarker(object, instance)) &&
      isLabelled(object, instance) &&
      !isJob(object) &&
      object.metadata.deletionTimestamp === undefined &&
      !wanted.has(idOf(object)) &&
      !keep.has(idOf(object)),
  );
  const isOver = (object: KubeObject): boolean => !isClaim(object) && isMade(object, instance) && !unrendered.has(kindAndName(object));
  return { prune: all.filter(isOver), left: all.filter((object) => !isOver(object)) };
}
