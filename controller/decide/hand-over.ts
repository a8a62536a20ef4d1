/**
 * A live instance changes hands without a restart, for both sides write the same pods.
 *
 * To Git: it is committed while it is still applied. Once an engine has applied the release, `status.delivery` says so, and we let every object go.
 * To apply: the fields of the engine become ours, everything is applied, and then the directory leaves the repository, without a tombstone.
 */
import type { Manifest } from '../../constructs';
import { kinds } from '../../constructs/wire/kinds';
import { objectNames } from '../../constructs/wire/names';
import { idOf, objectId } from '../../constructs/wire/object-ref';
import { gitAnnotations, gitObjectNames } from '../../gitops/git/names';
import type { LetGo, TakeOver } from '../lifecycle/step';
import type { KubeObject, LiveInstance } from '../objects/objects';
import { isLabelled, isOurs } from '../objects/ownership';
import { isAppliedByEngine, isAppliedByUs } from '../objects/writers';
import type { Observed } from '../observe/observed';

function wantedLive(manifests: readonly Manifest[], { owned }: Pick<Observed, 'owned'>): KubeObject[] {
  const wanted = new Set(manifests.map(idOf));
  return owned.filter((object) => wanted.has(idOf(object)) && object.metadata.deletionTimestamp === undefined);
}

/** Objects of a release in Git that an engine has applied, and we before it. A steady state has none. */
export function letGoSteps(manifests: readonly Manifest[], observed: Pick<Observed, 'owned'>): LetGo[] {
  const shared = wantedLive(manifests, observed).filter((object) => isAppliedByUs(object) && isAppliedByEngine(object));
  return shared.map((object): LetGo => ({ step: 'let-go', object }));
}

/** Objects whose fields an engine has, where the instance is ours to apply again. */
export function takeBackSteps(manifests: readonly Manifest[], observed: Pick<Observed, 'owned' | 'instance'>): TakeOver[] {
  const { instance } = observed;
  const ours = wantedLive(manifests, observed).filter((object) => isOurs(object, instance) || isLabelled(object, instance));
  return ours.filter(isAppliedByEngine).map((object): TakeOver => ({ step: 'take-over', object, predecessors: ['engine'] }));
}

/**
 * Whether a release that came by Git stands in the cluster: only an engine writes its digest. One that had not yet heard that the directory is gone
 * may have applied it once more.
 */
export function isFromGit({ owned, instance }: Pick<Observed, 'owned' | 'instance'>): boolean {
  const name = objectNames.statefulSet(instance.metadata.name);
  const workload = owned.find(({ kind, metadata }) => kind === kinds.statefulSet.kind && metadata.name === name);
  return workload?.metadata.annotations?.[gitAnnotations.releaseDigest] !== undefined;
}

/** The ConfigMap that tells which release an engine applied. It comes with the others, and is no manifest. */
export function releaseMarkerId({ metadata: { namespace, name } }: LiveInstance): string {
  return objectId({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: gitObjectNames.release(name) });
}
