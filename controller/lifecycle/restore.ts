import { backupFolder, backupStamp, jobBegun, jobName, volumes } from '../../constructs/wire/names';
import { NO_POLICY, opensPath } from '../../constructs/spec/policy';
import { mayRestore } from '../../constructs/wire/restore-path';
import { engineOf } from '../objects/engine';
import { type Observed, deliveryOf } from '../observe/observed';
import { bucketOf, copyId, isOwnBucket } from './bucket';
import { type JobState, aheadText, jobMove, jobState, jobsAhead, runsOfSchedule } from './job';
import type { Hold, Move, StateMachine, Telling } from './machine';
import { areStopped, workloadsOf } from './pods';
import { podsAway, podsBack } from './pods-away';
import type { Step } from './step';

/** How often it is looked for what nobody tells: pods that take their time, a commit on its way. */
const LOOK_MS = 15_000;

/** Why the pods are stopped, in the overrides. */
const AWAY = 'restore';

/**
 * A restore of the data: the pods go, a Job brings the copy, the pods come back. `spec.restoreFrom` acts once a value: what was restored stands in the
 * status, and the same path is restored again only after the field was empty in between.
 */
export const restore: StateMachine = (observed, now) => {
  const { instance, namespaceTerminating } = observed;
  if (instance.metadata.deletionTimestamp !== undefined || namespaceTerminating) return undefined;
  const wanted = wantedPath(observed);
  const { restoreJobName, restoringFrom, restoreJobMade, restoredFrom, mayRestoreAgain, conditions } = instance.status ?? {};
  if (restoreJobName !== undefined && restoringFrom !== undefined) {
    // Whoever may write a status may write anything there: no Job of ours has another name.
    if (begunAt(observed, restoreJobName) === undefined) return { record: ended(observed), requeueAfterMs: 1000 };
    const isWanted = wanted === restoringFrom && keepsData(observed);
    // A story that an earlier version began does not say.
    const hasBegun = restoreJobMade !== false;
    return underWay(observed, { job: restoreJobName, path: restoringFrom, isWanted, hasBegun }, now);
  }
  const told = conditions?.find(({ type }) => type === 'RestoreComplete');
  if (wanted === undefined) {
    const isOver = restoredFrom !== undefined && mayRestoreAgain !== true;
    if (isOver && told?.status === 'False' && UNDER_WAY.has(told.reason)) return { tellings: [yes(restoredFrom)] };
    return unwanted(isOver, told?.status === 'False');
  }
  if (!isNews(observed, wanted)) {
    if (told?.status === 'True' || told?.reason === 'RestoreAbandoned') return undefined;
    return { tellings: [yes(wanted)], steps: clearing(observed, wanted) };
  }
  return begin(observed, wanted, now);
};

function wantedPath({ instance: { spec } }: Observed): string | undefined {
  const path: unknown = spec?.restoreFrom;
  return typeof path === 'string' && path !== '' ? path : undefined;
}

/** Whether a path in the spec is a wish that is yet to be carried out: any but the last one, and that too after the field was empty in between. */
function isNews({ instance: { status = {} } }: Observed, path: string): boolean {
  return path !== status.restoredFrom || status.mayRestoreAgain === true;
}

/**
 * Whether the spec asks for a restore that is yet to come. One that is refused is none, nor is one without a bucket that can be used, whose pods run on:
 * nothing waits for what may never be.
 */
export function isRestoreDue(observed: Observed): boolean {
  const path = wantedPath(observed);
  if (path === undefined || !isNews(observed, path) || refusalOf(observed, path) !== undefined) return false;
  return bucketFault(observed) === undefined || workloadsOf(observed).length === 0;
}

/** Why the bucket cannot be used. */
function bucketFault(observed: Observed): string | undefined {
  const bucket = bucketOf(observed);
  return bucket.state === 'absent' || bucket.state === 'faulty' ? bucket.message : undefined;
}

function keepsData({ resolution }: Observed): boolean {
  return !resolution.ok || resolution.instance.spec.storage.persistence.enabled;
}

/** Reasons that a restore goes on. Where none does, the controller ended before it could tell of the end. */
export const UNDER_WAY: ReadonlySet<string | undefined> = new Set(['RestoreRunning', 'RestoreFailed']);

/** The field is empty: from now on any path is a new wish, and what could not be done is no fault any more. */
function unwanted(isOver: boolean, wasRefused: boolean): Move | undefined {
  if (!isOver && !wasRefused) return undefined;
  return { ...(isOver && { record: { mayRestoreAgain: true } }), ...(wasRefused && { silences: ['RestoreComplete'] }) };
}

function begin(observed: Observed, path: string, now: Date): Move | undefined {
  const { instance, resolution } = observed;
  if (!resolution.ok) return undefined;
  const refusal = refusalOf(observed, path);
  if (refusal !== undefined) return { tellings: [no('RestoreRefused', refusal)] };
  const waiting = waitsFor(observed);
  if (waiting !== undefined) return { tellings: [no('RestoreWaiting', `${path} is restored when ${waiting}`)], requeueAfterMs: LOOK_MS };
  const fault = bucketFault(observed);
  if (fault !== undefined) {
    const hasRun = workloadsOf(observed).length > 0;
    const meanwhile = hasRun ? 'the pods run on, and updates go on' : 'no pod starts, or it would begin with an empty volume';
    const message = `${path} cannot be restored: ${fault}; until that is mended or restoreFrom is taken out, ${meanwhile}`;
    const hold: Hold | undefined = hasRun ? undefined : { reason: 'RestoreCredentialsFailed', message };
    return { tellings: [no('RestoreCredentialsFailed', message)], ...(hold && { hold }), requeueAfterMs: LOOK_MS };
  }
  const job = jobName(instance.metadata.name, 'restore', now);
  const message = `the data is to be restored from ${path}`;
  // The newest of the fields is written first and alone: an older CRD, which does not keep it, is found before anything stops.
  const isKept = instance.status?.restoreJobMade !== undefined;
  const story = { restoreJobName: job, restoringFrom: path, ...podsAway(instance, AWAY) };
  // Nothing is delivered in this pass: its manifests still ask for pods.
  return {
    last: true,
    record: { restoreJobMade: false, ...(isKept && story) },
    hold: { reason: 'Restoring', message },
    tellings: [no('RestoreRunning', `${message}; what is on the volume is copied to ${asidePath(observed, job)} before it goes`)],
    keep: [copyId(observed)],
    requeueAfterMs: 1000,
  };
}

/**
 * What goes on before the pods are stopped. A release whose pods are looked at: taken back afterwards, it would bring the data of before over what was
 * restored. One whose copy is being made yet gives way, and so does a way back that cannot be gone. And a run of the schedule, whose pod may need that of
 * the agent.
 */
function waitsFor(observed: Observed): string | undefined {
  if (workloadsOf(observed).length === 0) return undefined;
  const { metadata, status } = observed.instance;
  // Pods that stop wait for no approval, but a changed spec does: this field alone changes nothing that is committed.
  if (deliveryOf(observed) === 'git' && status?.git !== undefined && status.git.generation !== metadata.generation)
    return 'what the spec says is committed';
  const { pendingVersion, updatePhase } = status?.autoUpdate ?? {};
  if (pendingVersion !== undefined && (updatePhase === 'ApplyingUpdate' || updatePhase === 'HealthCheck')) {
    return `the update to ${pendingVersion} has come to its end; another tag in the spec ends it now`;
  }
  const runs = runsOfSchedule(observed);
  return runs.length > 0 ? `${aheadText(runs)}, which copies the volume by the schedule` : undefined;
}

/**
 * Why a path may not be read. Looked at before each Job is made: who may write the status may say there that the restore has begun. One that is made has
 * what it was made with: see `bucketOf`.
 */
function foreignFolder(observed: Observed, path: string): string | undefined {
  const { instance, resolution, tenantTwin } = observed;
  const { namespace } = instance.metadata;
  if (!resolution.ok || isOwnBucket(observed)) return undefined;
  const { policy = NO_POLICY } = resolution.instance.facts;
  if (tenantTwin !== undefined && !opensPath(policy, namespace, path)) {
    return `namespaces ${namespace} and ${tenantTwin} have the same folder in the bucket, so that nobody knows whose ${path} is: an administrator opens it by "restores" in the policy, or the namespace gets a Secret with a bucket of its own`;
  }
  if (mayRestore(path, namespace, policy)) return undefined;
  return `${path} is not in the folder of namespace ${namespace}: an administrator opens it by "restores" in the policy, or the namespace gets a Secret with a bucket of its own`;
}

/** Why nothing is restored, whatever the bucket holds. The pods run on. */
function refusalOf(observed: Observed, path: string): string | undefined {
  const { resolution, data } = observed;
  if (!resolution.ok) return undefined;
  const { enabled, existingClaim } = resolution.instance.spec.storage.persistence;
  if (!enabled) return 'nothing is kept, since storage.persistence.enabled is false: there is no volume to restore to';
  const foreign = foreignFolder(observed, path);
  if (foreign !== undefined) return foreign;
  if (data?.claim !== undefined) return undefined;
  if (existingClaim !== undefined) return `claim ${existingClaim} is not there`;
  if (!resolution.hosts.claimTemplates.includes(volumes.data)) return undefined;
  return 'the claim is made with the first pod, which has not run yet: take restoreFrom out until it is there';
}

interface Story {
  readonly job: string;
  readonly path: string;
  /** The spec still asks for it. */
  readonly isWanted: boolean;
  /** Its Job was made once, so the volume may hold a part of the copy. */
  readonly hasBegun: boolean;
}

function begunAt({ instance }: Observed, job: string): Date | undefined {
  return jobBegun(instance.metadata.name, 'restore', job);
}

/** Where what is on the volume goes first. It is the same after a crash. */
function asidePath(observed: Observed, job: string): string {
  return `${backupFolder(observed.instance.metadata)}/pre-restore-${backupStamp(begunAt(observed, job) ?? new Date(0))}`;
}

function underWay(observed: Observed, story: Story, now: Date): Move {
  const { instance } = observed;
  const state = jobState(observed, story.job);
  if (state.state === 'succeeded') {
    const { path } = story;
    return {
      record: { ...ended(observed), restoredFrom: path, mayRestoreAgain: undefined },
      tellings: [yes(path, `; what was on the volume before, if anything, is at ${asidePath(observed, story.job)}`)],
      steps: story.isWanted ? clearing(observed, path) : [],
    };
  }
  const hasBegun = story.hasBegun || state.state !== 'absent';
  const foreign = foreignFolder(observed, story.path);
  if (!story.isWanted || (foreign !== undefined && !hasBegun)) return abandon(observed, { ...story, hasBegun }, state);
  const waiting = `the data of ${instance.metadata.name} is being restored from ${story.path}`;
  const common = { keep: [copyId(observed)], activity: { reason: 'Restoring', message: waiting }, requeueAfterMs: LOOK_MS } as const;
  const bucket = bucketOf(observed);
  if (bucket.state === 'due') return { ...common, steps: [bucket.step] };
  const isReady = observed.resolution.ok && observed.data?.claim !== undefined && areStopped(observed);
  if (!isReady) return { ...common, activity: { reason: 'Restoring', message: `${waiting}; before that its pods stop` } };
  if (state.state === 'idle') return common;
  const fault = foreign ?? bucketFault(observed);
  if (fault !== undefined && state.state !== 'busy') return { ...common, tellings: [halfWay(observed, story, fault)] };
  const ahead = state.state === 'absent' ? jobsAhead(observed, story.job, true) : [];
  const activity = ahead.length === 0 ? {} : { activity: { reason: 'Restoring', message: `${waiting}; before that ${aheadText(ahead)}` } };
  return { ...common, ...activity, ...ofJob(observed, story, state, now) };
}

/** What is done about its Job, once no pod has the volume. */
function ofJob(observed: Observed, story: Story, state: Exclude<JobState, { state: 'succeeded' | 'idle' }>, now: Date): Move {
  const aside = asidePath(observed, story.job);
  const request = { name: story.job, jobType: 'restore', direction: 'restore', path: story.path, aside } as const;
  const move = jobMove(observed, request, state, now);
  const isMade = move.steps?.some(({ step }) => step === 'make-job') ?? false;
  if (isMade && !story.hasBegun) return { ...move, record: { restoreJobMade: true } };
  if (state.state !== 'failed') return move;
  const message = `Job ${story.job} failed (${state.message}) and is made anew; without restoreFrom the pods start on what is there: see the log of its pod, and ${aside} for what was on the volume, if that was copied`;
  return { ...move, tellings: [no('RestoreFailed', message)] };
}

/** What was there at the beginning, the right to the path or the bucket, is not any more. Data that is half of a copy is for no pod. */
function halfWay(observed: Observed, { job, path }: Story, fault: string): Telling {
  const rest = `what was on the volume, if it was copied, is at ${asidePath(observed, job)}`;
  return no(
    'RestoreFailed',
    `${fault}. That was not so when the restore began. No other Job is made for it, and no pod starts, for the volume may hold a part of ${path}: let that be mended, or write another path, or take restoreFrom out to start on what is there; ${rest}`,
  );
}

/** The wish is gone. The Job and its pod have to be gone too before the pods of the instance come back. */
function abandon(observed: Observed, story: Story, state: JobState): Move {
  const activity = { reason: 'Restoring', message: `the restore from ${story.path} is given up` };
  if (state.state === 'absent') {
    const volume = story.hasBegun
      ? `the volume may hold a part of it, and what was there before, if it was copied, is at ${asidePath(observed, story.job)}`
      : 'the volume is as it was';
    const message = `the restore from ${story.path} was given up: ${volume}`;
    // What was restored before may be asked for anew, but for a field that says so all along: the agent has written since.
    const { restoredFrom } = observed.instance.status ?? {};
    const isFree = restoredFrom !== undefined && restoredFrom !== wantedPath(observed);
    const record = { ...ended(observed), ...(isFree && { mayRestoreAgain: true }) };
    return { record, tellings: [no('RestoreAbandoned', message)] };
  }
  const isLeaving = state.job.metadata.deletionTimestamp !== undefined;
  return { keep: [copyId(observed)], activity, steps: isLeaving ? [] : [{ step: 'remove-job', job: state.job }], requeueAfterMs: LOOK_MS };
}

function ended({ instance }: Observed) {
  return { restoreJobName: undefined, restoringFrom: undefined, restoreJobMade: undefined, ...podsBack(instance, AWAY) };
}

/** T-L18: where somebody applies the instance again and again, the field stays, and does nothing more. */
function clearing(observed: Observed, path: string): Step[] {
  const isManaged = deliveryOf(observed) === 'git' || engineOf(observed.instance) !== undefined;
  return isManaged ? [] : [{ step: 'clear-restore', path }];
}

function yes(path: string, more = ''): Telling {
  return { type: 'RestoreComplete', status: 'True', reason: 'RestoreSucceeded', message: `the data was restored from ${path}${more}` };
}

function no(reason: string, message: string): Telling {
  return { type: 'RestoreComplete', status: 'False', reason, message };
}
