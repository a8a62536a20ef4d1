import { NEWS_CONDITIONS } from '../../lifecycle/machine';
import { type ConditionDraft, type Verdicts, conditionOf, isFalse, isTrue, no, yes } from '../condition';
import { missingRightsText } from '../../observe/missing-rights';
import { kindId } from '../../objects/kinds';
import { alteration } from '../altered-fields';
import { passFailures } from '../failures';
import { TOLD_KINDS } from './objects-ready';
import { outlivesFailure, outlookOf } from '../phase';
import type { StatusView } from '../status-input';
import { CONDITION_LIMIT, joinWithin } from '../text';
import { AWAITING_APPROVAL, COMMIT_PENDING, PULL_REQUEST_OPEN } from '../waiting';
import { CHANGED_BY_OTHERS, isHeldInGit } from './git';
import { missingConfigMaps } from './references-ready';

/** One link of the chain: an answer, or the question goes to the next one. */
type Link = (view: StatusView, verdicts: Verdicts) => ConditionDraft | undefined;

const deleting: Link = (view, { Committed: committed }) => {
  if (!view.plan.isEnding) return undefined;
  const { lasting, transient } = passFailures(view);
  if (lasting.length > 0) return no('DeletionFailed', joinWithin([...lasting, ...transient], CONDITION_LIMIT));
  const { activity } = view.plan;
  if (activity) return no(activity.reason, activity.message);
  const git = typeof committed === 'object' && committed.status !== 'True' ? `; ${committed.message}` : '';
  return no('Terminating', `the instance is being deleted${git}`);
};

const held: Link = ({ plan: { hold } }) => hold && no(hold.reason, hold.message);

const invalid: Link = (_, { ConfigValid: verdict }) => {
  return isFalse(verdict) && outlookOf(verdict.reason) === 'broken' ? verdict : undefined;
};

const failed: Link = (view) => {
  const { lasting } = passFailures(view);
  return lasting.length > 0 ? no('ReconcileFailed', joinWithin(lasting, CONDITION_LIMIT)) : undefined;
};

/** A failure that passes neither takes readiness away nor gives it. */
const retrying: Link = (view) => {
  const { transient } = passFailures(view);
  if (transient.length === 0) return undefined;
  const isKept = outlivesFailure(conditionOf(view.previous.conditions, 'Ready'), view.generation);
  return isKept ? undefined : no('Retrying', joinWithin(transient, CONDITION_LIMIT));
};

const inGit: Link = ({ plan, previous }, { Committed: committed, Applied: applied }) => {
  // The release runs: what others changed of it degrades, as it does without Git.
  if (plan.delivery !== 'git' || isTrue(applied) || (isFalse(applied) && applied.reason === CHANGED_BY_OTHERS)) return undefined;
  if (typeof committed !== 'object' || typeof applied !== 'object') {
    // Nothing was handed to Git in this pass, since something passing came between: the last word counts.
    const wasApplied = conditionOf(previous.conditions, 'Applied')?.status === 'True';
    return wasApplied ? undefined : no(COMMIT_PENDING, 'the release has yet to be handed to Git');
  }
  if (committed.status === 'True') return no('NotApplied', applied.message);
  if (committed.reason === PULL_REQUEST_OPEN) return no('WaitingForMerge', committed.message);
  if (committed.reason === AWAITING_APPROVAL) return no('WaitingForApproval', committed.message);
  if (isHeldInGit(committed)) return no('HeldInGit', committed.message);
  const isRefused = committed.status === 'False' && committed.reason !== COMMIT_PENDING;
  return no(isRefused ? 'CommitFailed' : COMMIT_PENDING, committed.message);
};

const active: Link = ({ plan: { activity } }) => activity && no(activity.reason, activity.message);

const suspended: Link = ({ plan: { noPods } }) => {
  return noPods === undefined ? undefined : no('Suspended', `${noPods}: no pod runs and the data is kept`);
};

/** Why no pod gets ready, the most helpful first. */
function causes(view: StatusView, { SecretsReady, WorkspaceReady, StorageReady }: Verdicts): ConditionDraft[] {
  const maps = missingConfigMaps(view);
  const workspace = isFalse(WorkspaceReady) ? no('WorkspaceConfigMapNotFound', WorkspaceReady.message) : undefined;
  const all = [SecretsReady, workspace, StorageReady, maps === undefined ? undefined : no('ConfigMapsMissing', maps)];
  return all.filter(isFalse);
}

const notServing: Link = (view, verdicts) => {
  const workload = verdicts['StatefulSetReady'];
  if (!isFalse(workload)) return undefined;
  const all = [...causes(view, verdicts), workload];
  return no(all[0]?.reason ?? workload.reason, all.map(({ message }) => message).join('; '));
};

/** The pods serve, yet something that the spec asks for is not so. */
const degraded: Link = (view, verdicts) => {
  const { missingRights = [] } = view.observed;
  const unfit = Object.entries(verdicts).flatMap(([type, verdict]) => {
    return isFalse(verdict) && verdict.reason !== COMMIT_PENDING && !NEWS_CONDITIONS.includes(type) ? [`${type}: ${verdict.message}`] : [];
  });
  const others = (view.wanted ?? []).filter((manifest) => !TOLD_KINDS.has(kindId(manifest)));
  const altered = others.flatMap((manifest) => alteration(view, manifest) ?? []);
  const faults = [...unfit, ...altered, ...(missingRights.length > 0 ? [missingRightsText(missingRights)] : [])];
  return faults.length > 0 ? yes('ReconcileSucceededDegraded', joinWithin(faults, CONDITION_LIMIT)) : undefined;
};

const CHAIN: readonly Link[] = [deleting, held, invalid, failed, retrying, active, inGit, suspended, notServing, degraded];

/** The summary: the first link that has an answer speaks. @param verdicts all other conditions */
export function ready(view: StatusView, verdicts: Verdicts): ConditionDraft {
  for (const link of CHAIN) {
    const answer = link(view, verdicts);
    if (answer) return answer;
  }
  return yes('ReconcileSucceeded', 'everything that the spec asks for is in place');
}
