import type { Manifest, TransferRequest } from '../../constructs';
import { transferJob } from '../../constructs/resolve/transfer-job';
import { kinds } from '../../constructs/wire/kinds';
import { type JobType, jobLabelKeys } from '../../constructs/wire/names';
import type { KubeObject } from '../objects/objects';
import { isOurs } from '../objects/ownership';
import type { Observed } from '../observe/observed';
import type { Move } from './machine';

/** A change of the Job wakes the instance; this is for what nobody tells. */
const WAIT_MS = 60_000;

/** How long a failed Job stays, for people to look at, before another takes its place. */
const RETRY_MS = 30_000;

interface JobStatus {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
    readonly lastTransitionTime?: string;
  }[];
  readonly completionTime?: string;
}

/** Where the story of a Job stands. */
export type JobState =
  /** Not made yet, or taken away under us: it is made. Where the status names the Job the server says so, and not a cache that may be behind. */
  | { readonly state: 'absent' }
  /** It is at work, or on its way out. */
  | { readonly state: 'busy'; readonly job: KubeObject }
  | { readonly state: 'succeeded'; readonly job: KubeObject; readonly at?: string }
  /** It found nothing to do, and said so by its status. */
  | { readonly state: 'idle'; readonly job: KubeObject }
  | { readonly state: 'failed'; readonly job: KubeObject; readonly at: number; readonly message: string };

/**
 * The Job of a story, by the name that stands in the status. Whoever keeps a story writes that name down before the Job is made; from then on the
 * Job itself tells the rest, so a crash at any point comes back here.
 */
export function jobState({ owned, instance }: Pick<Observed, 'owned' | 'instance'>, name: string): JobState {
  const job = owned.find((object) => object.kind === kinds.job.kind && object.metadata.name === name && isOurs(object, instance));
  if (job === undefined) return { state: 'absent' };
  if (job.metadata.deletionTimestamp !== undefined) return { state: 'busy', job };
  const { conditions = [], completionTime } = (job['status'] ?? {}) as JobStatus;
  const ended = (type: string) => conditions.find((one) => one.type === type && one.status === 'True');
  if (ended('Complete')) return { state: 'succeeded', job, ...(completionTime !== undefined && { at: completionTime }) };
  const failure = ended('Failed');
  if (failure === undefined) return { state: 'busy', job };
  const { reason = 'Failed', message = '', lastTransitionTime = '' } = failure;
  // Its one rule is about that status.
  if (reason === 'PodFailurePolicy') return { state: 'idle', job };
  const at = Date.parse(lastTransitionTime);
  return { state: 'failed', job, at: Number.isNaN(at) ? 0 : at, message: message === '' ? reason : `${reason}: ${message}` };
}

/** Those that write to the volume. */
export const RESTORES: readonly JobType[] = ['restore', 'rollback-restore'];

/**
 * Jobs that have to end before one begins: a restore waits for all others at the volume, and a copy for a restore, or it would be of a volume that is
 * half the one and half the other. Two copies get along. What the schedule runs is told by its CronJob.
 */
export function jobsAhead({ owned, instance }: Pick<Observed, 'owned' | 'instance'>, name: string, isRestore: boolean): string[] {
  const others = unfinishedJobs({ owned, instance }).filter(({ metadata }) => metadata.name !== name);
  const ahead = others.filter(({ metadata }) => isRestore || RESTORES.some((type) => type === metadata.labels?.[jobLabelKeys.jobType]));
  return [...ahead.map(({ metadata }) => metadata.name), ...(isRestore ? runsOfSchedule({ owned, instance }) : [])];
}

/** Jobs of the instance that have not come to their end. */
export function unfinishedJobs({ owned, instance }: Pick<Observed, 'owned' | 'instance'>): KubeObject[] {
  const ownJobs = owned.filter((object) => isJob(object) && isOurs(object, instance));
  return ownJobs.filter(({ metadata }) => jobState({ owned: ownJobs, instance }, metadata.name).state === 'busy');
}

/** The Jobs by which the schedule copies the volume just now. */
export function runsOfSchedule({ owned, instance }: Pick<Observed, 'owned' | 'instance'>): string[] {
  const schedules = owned.filter((object) => object.kind === kinds.cronJob.kind && isOurs(object, instance));
  return schedules
    .flatMap(({ status }) => ((status ?? {}) as { active?: readonly { name: string }[] }).active ?? [])
    .map(({ name }) => name);
}

/** Where one is waited for: `Job a ends`. */
export function aheadText(ahead: readonly string[]): string {
  return `Job${ahead.length > 1 ? 's' : ''} ${ahead.join(', ')} end${ahead.length > 1 ? '' : 's'}`;
}

/** What a pass does about a Job that is to succeed, as part of a move: makes it when its turn has come, waits for it, makes it anew. */
export function jobMove(
  observed: Observed,
  request: TransferRequest,
  state: Exclude<JobState, { state: 'succeeded' | 'idle' }>,
  now: Date,
): Move {
  if (state.state === 'busy') return { requeueAfterMs: WAIT_MS };
  if (state.state === 'absent') {
    if (jobsAhead(observed, request.name, request.direction === 'restore').length > 0) return { requeueAfterMs: WAIT_MS };
    const job = jobOf(observed, request);
    return { steps: job ? [{ step: 'make-job', job }] : [], requeueAfterMs: WAIT_MS };
  }
  const leftMs = state.at + RETRY_MS - now.getTime();
  return leftMs > 0 ? { requeueAfterMs: leftMs } : { steps: [{ step: 'remove-job', job: state.job }], requeueAfterMs: WAIT_MS };
}

/** The Job of a copy, made from what is known of the instance; `undefined` where it keeps no data. */
function jobOf({ data, parts }: Pick<Observed, 'data' | 'parts'>, request: TransferRequest): Manifest | undefined {
  return data?.instance && transferJob(data.instance, request, parts);
}

/** Whether an object is a Job: it ends by itself, and goes a day later. */
export function isJob({ kind }: { readonly kind: string }): boolean {
  return kind === kinds.job.kind;
}
