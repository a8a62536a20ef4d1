import { podClaimName, volumes } from '../../../constructs/wire/names';
import { rollbackJobName } from '../../observe/story-jobs';
import { bucketOf, copyId } from '../bucket';
import { type JobState, aheadText, jobMove, jobState, jobsAhead } from '../job';
import type { Move } from '../machine';
import type { Story } from './story';

type Restore =
  /** @property waits what has to end before */
  | { readonly state: 'under way'; readonly move: Move; readonly waits?: string }
  /** It cannot be brought back yet; what the move does may help, or a person has to. */
  | { readonly state: 'stuck'; readonly message: string; readonly move: Move }
  | { readonly state: 'over' }
  /** Somebody said that the pods are to start on what is there, or that nothing is kept any more. */
  | { readonly state: 'given up' };

/** On an instance whose pods wait for the data of before an update: names the release that left what is to be gone on with. */
const SKIP_RESTORE = 'openclaw.rocks/skip-restore';

/** Whether the data of before can be brought back: there is a copy, and the pods can be stopped for it. An autoscaler leaves a workload without pods alone. */
export function canRestore({ state, instance }: Story): boolean {
  return state.preUpdateBackupPath !== undefined && !instance.spec.suspended;
}

/** With an autoscaler each pod has a claim, and that of the first was copied. */
export function othersText({ observed, live, state }: Story): string {
  const isFirst = observed.data?.claim?.metadata.name === podClaimName(volumes.data, live.metadata.name, 0);
  return isFirst ? `; the claims of other pods are as ${state.pendingVersion ?? 'the new release'} left them` : '';
}

/**
 * The next step of bringing it back, while no pod runs. What a Job has begun is not for the old release: a part of the volume is of before, and the rest
 * of after. So the pods stay away until it is whole, or somebody says that they are not to.
 */
export function restored(story: Story, pending: string, path: string): Restore {
  const { observed, now, live, instance } = story;
  const name = rollbackJobName(live);
  const job = jobState(observed, name);
  // Whatever has become of the bucket since.
  if (job.state === 'succeeded') return { state: 'over' };
  if (live.metadata.annotations?.[SKIP_RESTORE] === pending || !instance.spec.storage.persistence.enabled) return givenUp(job);
  const bucket = bucketOf(observed);
  const keep = [copyId(observed)];
  if (bucket.state === 'due') return { state: 'under way', move: { keep, steps: [bucket.step] } };
  const stuck = (why: string, move: Move): Restore => ({ state: 'stuck', message: stuckText(path, pending, why), move: { keep, ...move } });
  if (bucket.state !== 'ready') return stuck(bucket.message, {});
  if (job.state === 'idle') return stuck('there is nothing in it', {});
  const request = {
    name,
    jobType: 'rollback-restore',
    direction: 'restore',
    path,
    aside: `${path}-left-by-${pending}`,
  } as const;
  const move = jobMove(observed, request, job, now);
  if (job.state === 'failed') return stuck(`Job ${name} failed (${job.message}), and is made anew`, move);
  const ahead = job.state === 'absent' ? jobsAhead(observed, name, true) : [];
  return { state: 'under way', move: { keep, ...move }, ...(ahead.length > 0 && { waits: aheadText(ahead) }) };
}

/** The Job and its pod have to be gone before the pods of the instance come back. */
function givenUp(state: JobState): Restore {
  if (state.state === 'absent' || state.state === 'succeeded') return { state: 'given up' };
  const isLeaving = state.job.metadata.deletionTimestamp !== undefined;
  return { state: 'under way', move: { steps: isLeaving ? [] : [{ step: 'remove-job', job: state.job }] } };
}

function stuckText(path: string, pending: string, why: string): string {
  return `the data of before could not be restored from ${path} yet (${why}); no pod starts until it is, for the volume may hold a part of it: mend that, or restore another copy by spec.restoreFrom, or start on what is there by the annotation ${SKIP_RESTORE}: "${pending}"`;
}
