import { objectNames } from '../../constructs/wire/names';
import { gitObjectNames } from '../../gitops/git/names';
import type { KubeObject } from '../objects/objects';
import { isClaim, isOurs } from '../objects/ownership';
import type { Delivery, Observed } from '../observe/observed';

/** The end of an instance. */
export interface DeletionPlan {
  /** Claims to delete, since the user asked for it. */
  readonly claims: readonly KubeObject[];
  /** What an engine leaves behind when it is told to forget the instance: the tombstone. */
  readonly leftovers: readonly KubeObject[];
  /** Take the directory out of Git first. */
  readonly unpublish: boolean;
  /** Do not wait for the repository: the namespace is being deleted. */
  readonly abandon: boolean;
  /** Whether the cluster holds nothing of the instance any more but claims and generated Secrets. */
  readonly isGone: boolean;
  readonly removeFinalizer: boolean;
}

/** Set by the API server on an object that is deleted with `--cascade=orphan`: everything that it owns has to stay. */
const ORPHAN_FINALIZER = 'orphan';

/** The claims that the user wants gone together with the instance. Read from the spec as written: it may be invalid by now. */
function unwantedClaims({ instance, owned }: Observed): KubeObject[] {
  const { persistence } = instance.spec?.storage ?? {};
  const orphan = persistence?.orphan ?? true;
  if (orphan || instance.metadata.finalizers?.includes(ORPHAN_FINALIZER)) return [];
  const data = objectNames.data(instance.metadata.name);
  return owned.filter((object) => isClaim(object) && object.metadata.name === data && isOurs(object, instance));
}

/** The engine has removed what it applied. The tombstone goes with the directory; Secrets of ours go with the instance. */
function isGone({ instance, owned }: Observed): boolean {
  const tombstone = gitObjectNames.tombstone(instance.metadata.name);
  return owned.every((object) => isClaim(object) || object.kind === 'Secret' || object.metadata.name === tombstone);
}

/** Flux keeps what it applied when its Kustomization goes, so the tombstone stays in the cluster after its directory is gone. */
function leftovers({ instance, owned }: Observed): KubeObject[] {
  const tombstone = gitObjectNames.tombstone(instance.metadata.name);
  return owned.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === tombstone);
}

/**
 * The next step of an instance that is being deleted; `undefined` for one that is not.
 *
 * Owned objects are left to the garbage collector, which honours `--cascade`. Claims carry no owner reference, so they stay unless the user
 * asked otherwise, and then we delete them ourselves before the finalizer goes.
 */
export function decideDeletion(observed: Observed, delivery: Delivery, hasFinalizer: boolean): DeletionPlan | undefined {
  if (observed.instance.metadata.deletionTimestamp === undefined) return undefined;
  const { namespaceTerminating: abandon } = observed;
  const unpublish = hasFinalizer && delivery === 'git';
  const claims = hasFinalizer ? unwantedClaims(observed) : [];
  return {
    claims,
    leftovers: unpublish ? leftovers(observed) : [],
    unpublish,
    abandon,
    isGone: isGone(observed),
    removeFinalizer: hasFinalizer,
  };
}
