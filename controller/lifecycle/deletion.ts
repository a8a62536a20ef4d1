import { labels, objectNames, podClaimName, volumes } from '../../constructs/wire/names';
import { gitObjectNames } from '../../gitops/git/names';
import type { KubeObject, LiveInstance } from '../objects/objects';
import { hasFinalizer, isClaim, isOurs, isOutside } from '../objects/ownership';
import { type Observed, deliveryOf } from '../observe/observed';
import { isJob, unfinishedJobs } from './job';
import { isOrphaning, lastBackup } from './last-backup';
import type { Move, StateMachine, Telling } from './machine';
import type { Step } from './step';

/**
 * The claims that the user wants gone together with the instance: those that this instance made, and only while it uses it. Whoever names a claim
 * of their own has their data there, and what an earlier claim holds is kept. So is what another instance names: it is the data of that one by now.
 *
 * Read from the spec as written: it may be invalid by now, so only plain words count.
 */
function unwantedClaims(observed: Observed): KubeObject[] {
  const { instance, owned, claimsOfOthers } = observed;
  const written: Readonly<Record<string, unknown>> = { ...instance.spec?.storage?.persistence };
  const { orphan, enabled = true, existingClaim } = written;
  if (orphan !== false || enabled !== true || existingClaim || isOrphaning(observed)) return [];
  const claims = owned.filter((object) => isClaim(object) && isDataOf(instance, object.metadata.name) && isMadeFor(object, instance));
  return claims.filter(({ metadata: { name } }) => claimsOfOthers?.has(name) !== true);
}

/** The one claim of an instance, or that of one of its pods. */
function isDataOf({ metadata: { name } }: LiveInstance, claim: string): boolean {
  const [ordinal] = /\d+$/.exec(claim) ?? [];
  return claim === objectNames.data(name) || (ordinal !== undefined && claim === podClaimName(volumes.data, name, Number(ordinal)));
}

/** Whether a claim is of this very instance, and not of an earlier one of its name. Those that came by Git name no UID. */
function isMadeFor(claim: KubeObject, instance: LiveInstance): boolean {
  const { uid } = instance.metadata;
  const { [labels.ownUid]: maker = uid } = claim.metadata.labels ?? {};
  return isOurs(claim, instance) && maker === uid;
}

/** The engine has removed what it applied. The tombstone goes with the directory; Secrets of ours and Jobs go with the instance. */
function isGone({ instance, owned }: Observed): boolean {
  const tombstone = gitObjectNames.tombstone(instance.metadata.name);
  return owned.every((object) => isClaim(object) || object.kind === 'Secret' || isJob(object) || object.metadata.name === tombstone);
}

/** Flux keeps what it applied when its Kustomization goes, so the tombstone stays in the cluster after its directory is gone. */
function tombstones({ instance, owned }: Observed): KubeObject[] {
  const tombstone = gitObjectNames.tombstone(instance.metadata.name);
  return owned.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === tombstone);
}

/** What no collector takes along: objects in other namespaces, and those of the cluster. */
function outside(observed: Observed): KubeObject[] {
  const { instance, owned } = observed;
  if (isOrphaning(observed)) return [];
  return owned.filter((object) => isOutside(object, instance) && isOurs(object, instance) && !isClaim(object));
}

function prune(object: KubeObject): Step {
  return { step: 'prune', object };
}

/** Whether the status says it already. */
function isTold({ instance }: Observed, { type, status, reason }: Telling): boolean {
  const told = instance.status?.conditions?.find((condition) => condition.type === type);
  return told?.status === status && told.reason === reason;
}

/** So long is waited for the pod of a Job that is removed. One on a node that is gone never ends. */
const JOB_LEAVES_MS = 60_000;

/**
 * Jobs that are at the volume still: given up, or in the way of a deletion that waits for nothing. Whoever makes an instance of this name again gets the
 * claim, and must not meet a pod that writes to it. @returns `undefined` where nobody has to be waited for
 */
function jobsToRemove(observed: Observed, now: Date): Step[] | undefined {
  if (observed.namespaceTerminating || isOrphaning(observed)) return undefined;
  const isWaitedFor = ({ metadata: { deletionTimestamp } }: KubeObject): boolean =>
    deletionTimestamp === undefined || now.getTime() - Date.parse(deletionTimestamp) < JOB_LEAVES_MS;
  const jobs = unfinishedJobs(observed).filter(isWaitedFor);
  if (jobs.length === 0) return undefined;
  return jobs.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map((job) => ({ step: 'remove-job', job }));
}

/** What became of the last copy is told while there is somebody to tell it of. */
const TELLING: Pick<Move, 'alone' | 'activity' | 'requeueAfterMs'> = {
  alone: true,
  activity: { reason: 'Terminating', message: 'the instance is being deleted' },
  requeueAfterMs: 1000,
};

/**
 * The end of an instance. Decided before anything else and without a resolution: an instance whose spec is broken can be deleted.
 *
 * First comes the last copy of the data; until it is over, nothing is removed. Owned objects are left to the garbage collector, which honours
 * `--cascade`. Claims carry no owner reference, so they stay unless the user asked otherwise, and then we delete them ourselves; so do objects
 * outside the namespace. The finalizer goes last.
 */
export const deletion: StateMachine = (observed, now) => {
  const { instance, namespaceTerminating: abandon } = observed;
  if (instance.metadata.deletionTimestamp === undefined) return undefined;
  if (!hasFinalizer(instance)) return { alone: true };
  const backup = lastBackup(observed, now);
  if (!backup.isOver) return { ...backup.move, alone: true };
  const { verdict, keepsData, copied } = backup;
  const tellings = verdict ? [verdict] : [];
  if (verdict && !isTold(observed, verdict)) return { ...TELLING, tellings };
  const jobs = jobsToRemove(observed, now);
  if (jobs !== undefined) return { ...TELLING, tellings, steps: jobs };
  // On its way from one delivery to the other it may be in both.
  const isInGit = deliveryOf(observed) === 'git' || instance.status?.git !== undefined;
  return {
    alone: true,
    tellings,
    steps: [
      ...(isInGit ? [{ step: 'unpublish', isGone: isGone(observed), abandon } as const] : []),
      ...(keepsData
        ? []
        : unwantedClaims(observed)
            .filter(({ metadata }) => metadata.name === (copied ?? metadata.name))
            .map((claim): Step => ({ step: 'delete-claim', claim }))),
      ...(isInGit ? tombstones(observed).map(prune) : []),
      ...outside(observed).map(prune),
      { step: 'remove-finalizer' },
    ],
  };
};
