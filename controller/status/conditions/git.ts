import type { Condition } from '../../../constructs';
import { gitAnnotations, gitObjectNames } from '../../../gitops/git/names';
import { kinds } from '../../../constructs/wire/kinds';
import { objectNames } from '../../../constructs/wire/names';
import { refOf, refText } from '../../../constructs/wire/object-ref';
import { isClaim } from '../../objects/ownership';
import { driftTexts } from '../drift';
import { isForGit } from '../../decide/plan';
import { gitStatus } from '../git-status';
import type { GitFailure, GitOutcome } from '../../decide/outcome';
import { type Verdict, conditionOf, no, unknown, yes } from '../condition';
import { liveAt, type StatusView } from '../status-input';
import { COMMIT_PENDING, WAITING } from '../waiting';
import { CONDITION_LIMIT, cut, joinWithin, withoutSecrets } from '../text';

/** The release was applied, and others changed fields of its objects since. */
export const CHANGED_BY_OTHERS = 'ChangedByOthers';

/** The instance changes hands. */
const HANDING_OVER = 'HandingOver';

/** The tombstone is committed, and the engine has yet to remove the objects. */
export const REMOVAL_PENDING = 'RemovalPending';

/** Who has to do something with what is committed, as a subject; what it complains of is a clause behind it. */
function engineText({ engine }: GitOutcome): readonly [who: string, says: string] {
  if (engine === undefined) return ['Flux or Argo CD', ''];
  return [engine.name, engine.said === undefined ? '' : `; it says: ${withoutSecrets(cut(engine.said, LONGEST_COMPLAINT))}`];
}

/** Characters. Engines list every object that they could not apply. */
const LONGEST_COMPLAINT = 500;

/** What an engine has yet to remove: claims stay, Secrets of ours go with the instance, and the tombstone with its directory. */
function leftOf({ observed: { owned, instance } }: StatusView): string {
  const { name, namespace } = instance.metadata;
  const left = owned.filter(
    (object) => !isClaim(object) && object.kind !== kinds.secret.kind && object.metadata.name !== gitObjectNames.tombstone(name),
  );
  return joinWithin(
    left.map((object) => refText(refOf(object), namespace)),
    CONDITION_LIMIT / 2,
    ', ',
  );
}

function removing(view: StatusView, git: GitOutcome): Verdict {
  const [who, says] = engineText(git);
  return no(REMOVAL_PENDING, `the removal is committed; ${who} has yet to remove ${leftOf(view) || 'what it applied'}${says}`);
}

/** Reasons of `Committed` by which a change of somebody else in the repository stays, or ours waits for somebody else. */
const HELD: ReadonlySet<string> = new Set(['HeldRevert', 'HeldChange', 'HeldBranch', ...WAITING]);

/** Whether the repository holds something else than the instance says, and is meant to. */
export function isHeldInGit(committedVerdict: Verdict | undefined): boolean {
  return typeof committedVerdict === 'object' && HELD.has(committedVerdict.reason);
}

/** `GIT-AUTH` as a reason: `GitAuth`. Reasons of conditions have no dashes. */
function reasonOf(code: string): string {
  return code.toLowerCase().replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function failed({ code, message, remedy, stalled }: GitFailure): Verdict {
  const text = `${code}: ${withoutSecrets(message)}; to do: ${remedy}`;
  // An outage passes: whether the commit is there is then not known, rather than refused.
  return stalled ? no(reasonOf(code), text) : unknown(reasonOf(code), text);
}

/** The digest of the release that runs, as its StatefulSet tells. */
function liveDigest(view: StatusView): string | undefined {
  const workload = liveAt(view, kinds.statefulSet, objectNames.statefulSet(view.instance.metadata.name));
  return workload?.metadata.annotations?.[gitAnnotations.releaseDigest];
}

function isLive(view: StatusView, digest: string | undefined): boolean {
  return digest !== undefined && liveDigest(view) === digest;
}

/**
 * A publish under way is no news by itself. What already runs was committed, so the last word about it stays; and so does an error about the
 * same generation until the next try has an end, or each retry would be a new event.
 */
function pending(view: StatusView, { digest }: GitOutcome): Verdict {
  const last = conditionOf(view.previous.conditions, 'Committed');
  const isError = last !== undefined && last.status !== 'True' && last.reason !== COMMIT_PENDING;
  if (last && (isLive(view, digest) || (isError && last.observedGeneration === view.generation))) {
    return { status: last.status, reason: last.reason, message: last.message };
  }
  const what = view.plan.isEnding ? 'the removal' : 'the release';
  return no(COMMIT_PENDING, `${what} is to be committed to ${view.outcome.git?.path ?? 'Git'}`);
}

/** Applied again, and not yet out of the repository. */
function retiring(git: GitOutcome | undefined): Verdict {
  if (git?.failure) return failed(git.failure);
  if (git?.state === 'committed') return 'off';
  return unknown(HANDING_OVER, `what the engine applied is taken back, and ${git?.path ?? 'the directory'} is to leave the repository`);
}

/** Whether Git holds what the spec asks for. */
export function committed(view: StatusView): Verdict {
  const { git } = view.outcome;
  if (view.plan.handOver === 'apply') return retiring(git);
  if (!isForGit(view.plan)) return 'off';
  if (!git) return 'unjudged';
  if (git.failure) return failed(git.failure);
  if (view.plan.isEnding && git.engine !== undefined) return removing(view, git);
  if (git.state !== 'committed') return pending(view, git);
  return yes('Committed', `${git.path} at ${git.branch}: tree ${git.tree ?? 'unknown'}, commit ${git.commit ?? 'unknown'}`);
}

/**
 * Whether the commit that is told of is signed by the key of today. It is told as soon as something is to be committed, so that who verifies
 * can be given the key before the first signed commit is there.
 */
export function commitsSigned(view: StatusView): Verdict {
  if (!isForGit(view.plan)) return 'off';
  const { git } = view.outcome;
  if (!git) return 'unjudged';
  const { signing } = git;
  if (!signing) return 'off';
  const status = gitStatus(view);
  if (status?.signingKey === signing.key) return yes('Signed', `commit ${status.commit ?? 'unknown'} is signed by ${signing.fingerprint}`);
  const before = status?.commit === undefined ? '' : `commit ${status.commit} is not signed by this key; `;
  return unknown('NextIsSigned', `${before}the next one will be signed by ${signing.fingerprint}: its public key is ${signing.key}`);
}

/** Characters. The list stands in an event as well, which has room for little more. */
const DRIFT_LIMIT = 600;

/** How both messages begin that tell of a release whose objects are all there. */
function runs(digest: string): string {
  return `release ${digest} runs`;
}

/** Whether what is told of a release was preceded by the news that it runs: until then an engine is applying it. */
export function wasRunning(before: Condition | undefined, message: string): boolean {
  const beginning = /^release \S+ runs/.exec(message)?.[0];
  return beginning !== undefined && before?.message.startsWith(beginning) === true;
}

/**
 * Whether the cluster runs what Git is to hold, field by field: an engine such as Flux or Argo CD brings it there, and one that is paused does not.
 */
export function applied(view: StatusView): Verdict {
  if (!isForGit(view.plan) || view.plan.isEnding) return 'off';
  const { git } = view.outcome;
  if (!git) return 'unjudged';
  const { digest } = git;
  const live = liveDigest(view);
  if (digest === undefined) return unknown('NoRelease', 'no release could be made of the spec');
  if (view.plan.handOver !== undefined) {
    return live === digest
      ? yes('Applied', runs(digest))
      : unknown(
          HANDING_OVER,
          `${engineText(git)[0]} has yet to apply release ${digest}${engineText(git)[1]}; until then the controller applies it`,
        );
  }
  if (isHeldInGit(committed(view))) return no('HeldInGit', `the cluster has release ${live ?? 'none'}; ${digest} is not committed`);
  const [who, says] = engineText(git);
  if (live === digest) {
    const { drift = [] } = git;
    if (drift.length === 0) return yes('Applied', runs(digest));
    const list = joinWithin(driftTexts(drift, view.instance.metadata.namespace), DRIFT_LIMIT);
    const isWhole =
      drift.every(({ fields }) => fields.length > 0) || wasRunning(conditionOf(view.previous.conditions, 'Applied'), runs(digest));
    if (!isWhole) return no('NotApplied', `release ${digest} is in the cluster, but not whole: ${list}; ${who} has to apply it${says}`);
    return no(CHANGED_BY_OTHERS, `${runs(digest)}, but not as committed: ${list}; ${who} has to put that right${says}`);
  }
  if (live === undefined) return no('NotApplied', `release ${digest} is not in the cluster: ${who} has to apply it${says}`);
  return no('NotApplied', `the cluster has release ${live}; ${who} has to apply ${digest}${says}`);
}
