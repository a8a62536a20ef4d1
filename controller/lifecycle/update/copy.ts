import { jobBegun, jobName } from '../../../constructs/wire/names';
import { bucketOf, copyId } from '../bucket';
import { jobMove, jobState } from '../job';
import type { Move, StatusRecord } from '../machine';
import { type Story, copyPath, seconds, told } from './story';

/** What came of the copy before an update. */
export type Copy =
  | { readonly state: 'under way'; readonly move: Move }
  /** There is one, or none is to be had. */
  | { readonly state: 'over'; readonly record: StatusRecord }
  | { readonly state: 'failed'; readonly message: string };

const LOOK_MS = 15_000;

/** The Job has no name in the status before it is begun, and none after it is over. */
const NO_JOB: StatusRecord = { backupJobName: undefined };

/**
 * The copy of the data before an update, made while the agent runs. Without a bucket there is none, as the reference says; what is wrong with a bucket
 * that is there puts the update off.
 */
export function copied(story: Story, pending: string): Copy {
  const { observed, live, state, now } = story;
  const { data } = observed;
  // Facts about the bucket come with the next pass.
  if (data === undefined) return { state: 'under way', move: { requeueAfterMs: LOOK_MS } };
  if (data.instance === undefined || data.claim === undefined) return { state: 'over', record: {} };
  const { preUpdateBackupPath: path } = state;
  const { backupJobName: job } = live.status ?? {};
  const isBegun = path !== undefined && job !== undefined && jobBegun(live.metadata.name, 'pre-update-backup', job) !== undefined;
  const made = isBegun ? jobState(observed, job) : undefined;
  // Whatever has become of the bucket since.
  if (made?.state === 'succeeded') {
    return { state: 'over', record: { ...NO_JOB, lastBackupPath: path, lastBackupTime: made.at ?? seconds(now) } };
  }
  const bucket = bucketOf(observed);
  if (bucket.state === 'absent') return { state: 'over', record: NO_JOB };
  if (bucket.state === 'faulty') return { state: 'failed', message: bucket.message };
  const keep = [copyId(observed)];
  if (bucket.state === 'due') return { state: 'under way', move: { keep, steps: [bucket.step], requeueAfterMs: LOOK_MS } };
  if (path === undefined || job === undefined || made === undefined) {
    const record: StatusRecord = {
      autoUpdate: { ...state, preUpdateBackupPath: copyPath(live, now) },
      backupJobName: jobName(live.metadata.name, 'pre-update-backup', now),
    };
    return {
      state: 'under way',
      move: { keep, record, requeueAfterMs: 1000, ...told('True', 'PreUpdateBackupRunning', `the data is copied before ${pending}`) },
    };
  }
  // An empty volume has nothing to come back to.
  if (made.state === 'idle') return { state: 'over', record: NO_JOB };
  if (made.state === 'failed') return { state: 'failed', message: `Job ${job} failed (${made.message})` };
  const request = { name: job, jobType: 'pre-update-backup', direction: 'backup', path, isHot: true } as const;
  return { state: 'under way', move: { keep, ...jobMove(observed, request, made, now) } };
}
