import type { Condition, OpenClawInstanceStatus } from '../../constructs';
import { refText } from '../../constructs/wire/object-ref';
import type { Outcome } from '../decide/outcome';
import { conditionOf } from './condition';
import { CHANGED_BY_OTHERS, REMOVAL_PENDING, wasRunning } from './conditions/git';
import { AWAITING_APPROVAL, COMMIT_PENDING, PULL_REQUEST_OPEN } from './waiting';
import { NOT_READY, REPLACING } from './conditions/stateful-set-ready';
import { MADE_AGAIN } from './conditions/storage-ready';
import { outlookOf } from './phase';
import { listOfPaths } from './altered-fields';
import { EVENT_LIMIT, cut, joinWithin } from './text';

/** An event before it has a time and an object. */
export interface EventDraft {
  readonly type: 'Normal' | 'Warning';
  /** One CamelCase word. */
  readonly reason: string;
  /** At most 1024 characters. */
  readonly message: string;
}

function normal(reason: string, message: string): EventDraft {
  return { type: 'Normal', reason, message: cut(message, EVENT_LIMIT) };
}

function warning(reason: string, message: string): EventDraft {
  return { type: 'Warning', reason, message: cut(message, EVENT_LIMIT) };
}

/** @param before the condition as it was. @default - there was none */
type Telling = (condition: Condition, before: Condition | undefined) => EventDraft | undefined;

/** What the data of an instance is about to lose, or has lost. */
const LOST_STORAGE: ReadonlySet<string> = new Set(['ExistingClaimNotFound', 'ClaimLost', 'ClaimTerminating', MADE_AGAIN]);

/** Nobody asked for a change, and the pods serve no more. */
function hasFallen(before: Condition | undefined, after: Condition): boolean {
  const isSameSpec = before?.observedGeneration === after.observedGeneration;
  return isSameSpec && before?.status === 'True' && after.reason === NOT_READY;
}

/**
 * What the summary tells. Waiting is silent: it has an end, and what it waits for is told elsewhere. Whoever waits because something fell down is
 * told of that.
 */
const ready: Telling = (after, before) => {
  const { reason, message } = after;
  // Told by Committed and by StorageReady.
  if (reason === 'CommitFailed' || reason === 'HeldInGit' || reason === 'WaitingForApproval' || LOST_STORAGE.has(reason)) return undefined;
  if (reason === 'DeletionFailed') return warning(reason, message);
  if (reason === 'ConfigMapsMissing') return warning('ConfigMapNotFound', message);
  switch (outlookOf(reason)) {
    case 'backing up':
    case 'restoring':
    case 'updating':
      // Told by BackupComplete, RestoreComplete and AutoUpdateAvailable.
      return undefined;
    case 'broken':
    case 'degraded':
      return warning(reason, message);
    case 'under way':
      return hasFallen(before, after) ? warning(reason, message) : undefined;
    default:
      return normal(reason, message);
  }
};

const secrets: Telling = ({ status, message }) => (status === 'False' ? warning('SecretNotFound', message) : undefined);

const workspace: Telling = ({ status, message }) => (status === 'False' ? warning('WorkspaceConfigMapNotFound', message) : undefined);

const skillPacks: Telling = ({ status, message }) => (status === 'False' ? warning('SkillPackResolutionFailed', message) : undefined);

const storage: Telling = ({ reason, message }) => {
  return LOST_STORAGE.has(reason) ? warning(reason, message) : undefined;
};

const workload: Telling = ({ reason, message }) => (reason === REPLACING ? normal(reason, message) : undefined);

const committed: Telling = ({ status, reason, message }) => {
  if (status === 'True' || reason === PULL_REQUEST_OPEN || reason === AWAITING_APPROVAL) return normal(reason, message);
  return reason === COMMIT_PENDING || reason === REMOVAL_PENDING ? undefined : warning(reason, message);
};

const applied: Telling = ({ status, reason, message }, before) => {
  if (status === 'True') return normal(reason, message);
  return reason === CHANGED_BY_OTHERS && wasRunning(before, message) ? warning(reason, message) : undefined;
};

/** Reasons of BackupComplete and RestoreComplete that are no fault, and the events that tell of them. */
const CALM_COPIES: Readonly<Record<string, string>> = {
  BackupSkipped: 'BackupSkipped',
  BackupRunning: 'BackupStarted',
  RestoreRunning: 'RestoreStarted',
  RestoreWaiting: 'RestoreWaiting',
};

const copied: Telling = ({ type, status, reason, message }) => {
  if (status === 'True') return normal(type, message);
  const calm = CALM_COPIES[reason];
  return calm === undefined ? warning(reason, message) : normal(calm, message);
};

/** Reasons of AutoUpdateAvailable that are news, and the events that tell of them. */
const UPDATES: Readonly<Record<string, readonly [type: 'Normal' | 'Warning', reason: string]>> = {
  NewVersionAvailable: ['Normal', 'AutoUpdateAvailable'],
  HeldByPolicy: ['Normal', 'AutoUpdateAvailable'],
  PreUpdateBackupRunning: ['Normal', 'PreUpdateBackupStarted'],
  AutoUpdateTagResolved: ['Normal', 'AutoUpdateTagResolved'],
  AutoUpdateApplied: ['Normal', 'AutoUpdateApplied'],
  AutoUpdateConfirmed: ['Normal', 'AutoUpdateConfirmed'],
  AutoUpdateCheckFailed: ['Warning', 'AutoUpdateCheckFailed'],
  AutoUpdateAborted: ['Warning', 'AutoUpdateAborted'],
  AutoUpdateHealthCheckFailed: ['Warning', 'AutoUpdateHealthCheckFailed'],
  AutoUpdateRolledBack: ['Warning', 'AutoUpdateRolledBack'],
  AutoUpdatePaused: ['Warning', 'AutoUpdatePaused'],
  RollbackRestoreFailed: ['Warning', 'RollbackRestoreFailed'],
};

const updated: Telling = ({ reason, message }) => {
  const [type, event] = UPDATES[reason] ?? [];
  if (type === undefined || event === undefined) return undefined;
  return type === 'Normal' ? normal(event, message) : warning(event, message);
};

const TELLINGS: Readonly<Record<string, Telling>> = {
  StatefulSetReady: workload,
  SecretsReady: secrets,
  SkillPacksReady: skillPacks,
  WorkspaceReady: workspace,
  StorageReady: storage,
  BackupComplete: copied,
  RestoreComplete: copied,
  AutoUpdateAvailable: updated,
  Committed: committed,
  Applied: applied,
  Ready: ready,
};

function hasTurned(before: Condition | undefined, after: Condition): boolean {
  return before?.status !== after.status || before.reason !== after.reason;
}

/** Words alone are news where they tell of another fault, another commit or another release. A good state that is put in other words is none. */
function isNews(before: Condition | undefined, after: Condition, { type }: EventDraft): boolean {
  if (hasTurned(before, after)) return true;
  return before?.message !== after.message && (type === 'Warning' || after.type === 'Committed' || after.type === 'Applied');
}

function fromConditions(previous: OpenClawInstanceStatus | undefined, next: OpenClawInstanceStatus): EventDraft[] {
  const told = Object.entries(TELLINGS).flatMap(([type, tell]) => {
    const after = conditionOf(next.conditions, type);
    const before = conditionOf(previous?.conditions, type);
    const event = after && tell(after, before);
    return event && isNews(before, after, event) ? [event] : [];
  });
  // Nothing else degrades it: the summary would tell the same once more.
  const repeated = told.filter(({ reason }) => reason === CHANGED_BY_OTHERS).map(({ message }) => `Applied: ${message}`);
  return told.filter(({ message }) => !repeated.includes(message));
}

function secretReason(name: string, { managedResources = {} }: OpenClawInstanceStatus): string {
  if (name === managedResources.gatewayTokenSecret) return 'GatewayTokenCreated';
  if (name === managedResources.basicAuthSecret) return 'BasicAuthSecretCreated';
  return 'SecretCreated';
}

/** One event for all that was taken over from one manager, since it happens once in the life of an object. */
function takenOver(taken: Outcome['taken'], home: string): EventDraft[] {
  const managers = [...new Set(taken.flatMap(({ from }) => from))];
  return managers.map((manager) => {
    const mine = taken.filter(({ from }) => from.includes(manager));
    const pods = mine.some(({ kind }) => kind === 'StatefulSet') ? '; the pod restarts once, with its name and its volume' : '';
    const limit = EVENT_LIMIT - pods.length - manager.length - 20;
    return normal(
      'TakenOver',
      `took over from "${manager}": ${joinWithin(
        mine.map((ref) => refText(ref, home)),
        limit,
        ', ',
      )}${pods}`,
    );
  });
}

/** To whoever wrote into an object of ours. */
const ADVICE = 'set it in the OpenClawInstance instead';

/** What was done in this pass and leaves no trace in a condition. Each of these had a difference as its cause. */
function fromOutcome({ objects, taken, pruned, secrets: made }: Outcome, next: OpenClawInstanceStatus, home: string): EventDraft[] {
  const created = made.flatMap(({ name, action, ...rest }) => {
    if (action === 'created') return normal(secretReason(name, next), `made Secret ${name}`);
    if (action === 'repaired' && 'keys' in rest) return normal('SecretRepaired', `filled ${rest.keys.join(', ')} of Secret ${name}`);
    return [];
  });
  const conflicts = objects.flatMap((result) => {
    if (result.action !== 'created' && result.action !== 'configured') return [];
    return (result.conflicts ?? []).map(({ manager, fields }) =>
      warning('FieldConflict', `${refText(result, home)}: took ${[...fields].toSorted().join(', ')} from "${manager}"; ${ADVICE}`),
    );
  });
  const mended = objects.flatMap((result) => {
    const paths = result.action === 'created' || result.action === 'configured' ? result.mended : undefined;
    if (paths === undefined) return [];
    return [`${refText(result, home)} ${paths.length === 0 ? 'was gone' : `had another ${listOfPaths(paths)}`}`];
  });
  const repaired =
    mended.length > 0 ? [warning('DriftRepaired', `put back: ${joinWithin(mended, EVENT_LIMIT - ADVICE.length - 20)}; ${ADVICE}`)] : [];
  const removed = pruned.map((ref) => normal('Pruned', `removed ${refText(ref, home)}`));
  return [...takenOver(taken, home), ...created, ...conflicts, ...repaired, ...removed];
}

/** A live instance changed hands. */
function handedOver(previous: OpenClawInstanceStatus | undefined, { delivery }: OpenClawInstanceStatus): EventDraft[] {
  if (previous?.delivery === undefined || delivery === undefined || previous.delivery === delivery) return [];
  return [normal('HandedOver', `delivered by "${delivery}" from now on`)];
}

/** A change of somebody else in the repository, told with the commit that took its place. Later passes hear of the same one. */
function replacedInGit(previous: OpenClawInstanceStatus | undefined, { git }: Outcome): EventDraft[] {
  if (git?.replaced === undefined || git.commit === undefined || git.commit === previous?.git?.commit) return [];
  const { commit, author } = git.replaced;
  const by = author === '' ? '' : ` by ${author}`;
  return [warning('ForeignChangeReplaced', `commit ${commit}${by} changed the directory; commit ${git.commit} writes over it`)];
}

/**
 * The events of a pass, from differences alone: a pass that changes nothing has none. No value of a Secret is in them.
 *
 * @param previous the status before the pass; undefined for a new instance
 * @param home the namespace of the instance, which need not be named
 */
export function eventsFrom(
  previous: OpenClawInstanceStatus | undefined,
  next: OpenClawInstanceStatus,
  outcome: Outcome,
  home: string,
): EventDraft[] {
  return [
    ...fromOutcome(outcome, next, home),
    ...replacedInGit(previous, outcome),
    ...handedOver(previous, next),
    ...fromConditions(previous, next),
  ];
}

/** What an instance that is made new may have to tell, by reason. Whatever else happens in a first pass happened to what was there before. */
const OF_CREATION: ReadonlySet<string> = new Set([
  'SpecWarning',
  'SecretNotFound',
  'ConfigMapNotFound',
  'WorkspaceConfigMapNotFound',
  'ExistingClaimNotFound',
  'GatewayTokenCreated',
  'BasicAuthSecretCreated',
  'SecretCreated',
]);

/**
 * The events of a first pass, those of the creation as one: whoever makes a thousand instances asks for no book about each. A warning speaks for
 * all; the others stand in its message by their reasons.
 */
export function gathered(events: readonly EventDraft[]): EventDraft[] {
  const created = events.filter(({ reason }) => OF_CREATION.has(reason));
  const ordered = [...created.filter(({ type }) => type === 'Warning'), ...created.filter(({ type }) => type === 'Normal')];
  const [first] = ordered;
  if (first === undefined) return [...events];
  const texts = ordered.map(({ reason, message }) => (reason === first.reason ? message : `${reason}: ${message}`));
  return [{ ...first, message: joinWithin(texts, EVENT_LIMIT) }, ...events.filter((event) => !created.includes(event))];
}
