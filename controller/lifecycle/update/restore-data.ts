import { jobName, podClaimName, volumes } from '../../../constructs/wire/names';
import { bucketOf, copyId } from '../bucket';
import { jobMove, jobOf, jobState } from '../job';
import type { Move } from '../machine';
import type { Story } from './story';

type Restore =
  | { readonly state: 'under way'; readonly move: Move }
  | { readonly state: 'over' }
  | { readonly state: 'failed'; readonly message: string };

/** From the time of the update, so that the Job has one name in all of this story. */
function nameOf({ live, state }: Story): string {
  return jobName(live.metadata.name, 'rollback-restore', new Date(Date.parse(state.lastUpdateTime ?? '') || 0));
}

/** Whether the data of before can be brought back: there is a copy, and the pods can be stopped for it. An autoscaler leaves a workload without pods alone. */
export function canRestore({ state, instance }: Story): boolean {
  return state.preUpdateBackupPath !== undefined && !instance.spec.suspended;
}

/** With an autoscaler each pod has a claim, and that of the first was copied. */
export function othersText({ observed, live, state }: Story): string {
  const isFirst = observed.data?.claim?.metadata.name === podClaimName(volumes.data, live.metadata.name, 0);
  return isFirst ? `; the claims of other pods are as ${state.pendingVersion ?? 'the new release'} left them` : '';
}

/** The next step of bringing it back, while no pod runs. */
export function restored(story: Story, pending: string): Restore {
  const { observed, state, now } = story;
  const { preUpdateBackupPath: path } = state;
  if (path === undefined) return { state: 'failed', message: `there is no copy of the data of before: it is that which ${pending} left` };
  const job = jobState(observed, nameOf(story));
  // Whatever has become of the bucket since.
  if (job.state === 'succeeded') return { state: 'over' };
  const bucket = bucketOf(observed);
  const keep = [copyId(observed)];
  if (bucket.state === 'due') return { state: 'under way', move: { keep, steps: [bucket.step] } };
  if (bucket.state !== 'ready') return { state: 'failed', message: notRestored(path, bucket.message) };
  if (job.state === 'idle') return { state: 'failed', message: notRestored(path, 'there is nothing in it') };
  // A Job tries several times by itself: what failed then wants a person, and meanwhile the agent goes on with the data that there is.
  if (job.state === 'failed') return { state: 'failed', message: notRestored(path, job.message) };
  const request = {
    name: nameOf(story),
    jobType: 'rollback-restore',
    direction: 'restore',
    path,
    aside: `${path}-left-by-${pending}`,
  } as const;
  return { state: 'under way', move: { keep, ...jobMove(job, () => jobOf(observed, request), now) } };
}

function notRestored(path: string, why: string): string {
  return `the data could not be restored from ${path} (${why}): it is that which the new release left`;
}
