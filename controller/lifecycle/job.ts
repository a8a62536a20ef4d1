import type { Manifest, TransferRequest } from '../../constructs';
import { transferJob } from '../../constructs/resolve/transfer-job';
import { kinds } from '../../constructs/wire/kinds';
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
  /** Not made yet, or taken away under us: it is made. */
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

/** What a pass does about a Job that is to succeed, as part of a move: makes it, waits for it, makes it anew. */
export function jobMove(state: Exclude<JobState, { state: 'succeeded' | 'idle' }>, make: () => Manifest | undefined, now: Date): Move {
  if (state.state === 'busy') return { requeueAfterMs: WAIT_MS };
  if (state.state === 'absent') {
    const job = make();
    return { steps: job ? [{ step: 'make-job', job }] : [], requeueAfterMs: WAIT_MS };
  }
  const leftMs = state.at + RETRY_MS - now.getTime();
  return leftMs > 0 ? { requeueAfterMs: leftMs } : { steps: [{ step: 'remove-job', job: state.job }], requeueAfterMs: WAIT_MS };
}

/** The Job of a copy, made from what is known of the instance; `undefined` where it keeps no data. */
export function jobOf({ data, parts }: Pick<Observed, 'data' | 'parts'>, request: TransferRequest): Manifest | undefined {
  return data?.instance && transferJob(data.instance, request, parts);
}

/** Whether an object is a Job: it ends by itself, and goes a day later. */
export function isJob({ kind }: { readonly kind: string }): boolean {
  return kind === kinds.job.kind;
}
