import type { Condition, GitStatus, OpenClawInstanceStatus } from '../../constructs';
import type { GitOutcome } from '../decide/outcome';
import { isForGit } from '../decide/plan';
import type { Delivery } from '../observe/observed';
import { conditionOf } from './condition';
import type { StatusView } from './status-input';
import { COMMIT_PENDING, WAITING } from './waiting';

/** A status is read by many: a password in a URL stops here, should one have come this far. */
function withoutCredentials(url: string): string {
  return url.replace(/:\/\/[^/@]*@/, '://');
}

/** Whether something of the instance has reached the cluster by apply. */
function hasObjects({ outcome: { objects } }: StatusView): boolean {
  return objects.some(({ action }) => action !== 'failed' && action !== 'foreign');
}

/**
 * Whether Git holds something of the instance, or is about to. What a person has to mend before anything can be committed leaves the choice
 * open; an answer that was lost on the way does not, for the commit may be there.
 */
function isInGit({ outcome: { git }, previous }: StatusView): boolean {
  if (previous.git?.tree !== undefined) return true;
  if (git === undefined) return previous.delivery === 'git';
  return git.tree !== undefined || git.pullRequest !== undefined || git.failure?.stalled !== true;
}

/** To Git: an engine runs the release that is committed. To apply, where everything is applied by then: the repository has let it go. */
function isHandedOver(to: Delivery, git: GitOutcome | undefined): boolean {
  if (git?.state !== 'committed') return false;
  return to === 'apply' || (git.digest !== undefined && git.engine === undefined);
}

/**
 * How the instance is delivered. Recorded with the first object or commit, and it stays: until then the wish may change. A repository that is
 * not set up, or that refuses everything, binds nobody.
 */
export function deliveryStatus(view: StatusView): OpenClawInstanceStatus['delivery'] {
  const { plan, previous, wanted, outcome } = view;
  if (plan.handOver !== undefined && !plan.isEnding) return isHandedOver(plan.handOver, outcome.git) ? plan.handOver : previous.delivery;
  if (previous.delivery === 'apply' || plan.isEnding) return previous.delivery;
  if (!wanted) return previous.delivery;
  if (plan.delivery === 'git') return isInGit(view) ? 'git' : undefined;
  return hasObjects(view) ? 'apply' : undefined;
}

/** Whether a change was not committed by the last word, and is asked for no more: nothing is to be approved or merged by its hash. */
function isAbandoned(view: StatusView, { state }: GitOutcome): boolean {
  const last = conditionOf(view.previous.conditions, 'Committed');
  if (last === undefined || !wasOpen(view, last)) return false;
  // Until there is an answer it is the same change, even if Git is away; unless the instance has become another one.
  return state === 'committed' || last.observedGeneration !== view.generation;
}

/** A failure after it waited does not tell that it did; that Git has an older generation does. */
function wasOpen({ previous }: StatusView, { status, reason, observedGeneration }: Condition): boolean {
  if (status === 'True' || reason === COMMIT_PENDING) return false;
  return WAITING.has(reason) || previous.git?.generation !== observedGeneration;
}

/** What Git holds of the instance. A publish under way, or one that failed, leaves what was committed before. */
export function gitStatus(view: StatusView): GitStatus | undefined {
  const {
    plan,
    outcome: { git },
    previous,
  } = view;
  if (plan.handOver === 'apply') return isHandedOver('apply', git) ? undefined : previous.git;
  if (!isForGit(plan)) return undefined;
  if (!git) return previous.git;
  const place: GitStatus = { repository: withoutCredentials(git.repository), branch: git.branch, path: git.path };
  const last = previous.git ?? {};
  const isSamePlace = last.repository === place.repository && last.branch === place.branch && last.path === place.path;
  const tree = git.tree ?? (isSamePlace ? last.tree : undefined);
  const commit = git.commit ?? (isSamePlace ? last.commit : undefined);
  const generation = git.state === 'committed' && !plan.isEnding ? view.generation : isSamePlace ? last.generation : undefined;
  const signingKey = git.signing?.isSigned ? git.signing.key : isSamePlace && commit === last.commit ? last.signingKey : undefined;
  // What waits to be merged waits on while the next look is under way, or something else goes wrong.
  const pullRequest = git.pullRequest ?? (isSamePlace && git.state === 'pending' ? last.pullRequest : undefined);
  const change = git.plan?.hash ?? (isSamePlace && !isAbandoned(view, git) ? last.plan : undefined);
  return {
    ...place,
    ...(tree !== undefined && { tree }),
    ...(commit !== undefined && { commit }),
    ...(signingKey !== undefined && { signingKey }),
    ...(generation !== undefined && { generation }),
    ...(change !== undefined && { plan: change }),
    ...(pullRequest && { pullRequest }),
  };
}
