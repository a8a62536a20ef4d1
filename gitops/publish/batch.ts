/** One batch of wishes, made into one commit on the branch if all goes well. */
import { GitError } from '../git/errors';
import type { BatchSettings, Results, Target } from './batch-settings';
import { commitOf } from './commit-of';
import { judge, passFence, remember, untilNoRace, withoutSecrets } from './judge';
import { planNote } from './plan-note';
import { type PublishRequest, directoryOf } from './publish';

/** Pushes that may be spent on finding out which instances a server refuses. */
const MOST_SPLITS = 20;

/** Commits to the branch. */
export const branchTarget: Target = {
  publish: publishBatch,
  isPending: () => false,
  moved: async () => [],
  forget: () => {},
};

async function publishBatch(requests: readonly PublishRequest[], results: Results, settings: BatchSettings): Promise<void> {
  const passed = withoutSecrets(requests, results);
  if (passed.length > 0) await publishOrSplit(passed, results, { ...settings, splits: { left: MOST_SPLITS } });
}

interface SplitSettings extends BatchSettings {
  readonly splits: { left: number };
}

/** A server that refuses a commit may mean one instance in it: the halves tell which. */
async function publishOrSplit(requests: readonly PublishRequest[], results: Results, settings: SplitSettings): Promise<void> {
  try {
    await untilNoRace(() => tryOnce(requests, results, settings), settings);
  } catch (error) {
    if (!(error instanceof GitError) || error.code !== 'GIT-REJECTED') throw error;
    if (requests.length === 1 || settings.splits.left <= 0) {
      for (const request of requests) results.set(request, { ok: false, error });
      return;
    }
    settings.splits.left -= 2;
    const middle = Math.ceil(requests.length / 2);
    await publishOrSplit(requests.slice(0, middle), results, settings);
    await publishOrSplit(requests.slice(middle), results, settings);
  }
}

async function tryOnce(requests: readonly PublishRequest[], results: Results, settings: BatchSettings): Promise<void> {
  const { repository, clock, approvals } = settings;
  const judged = await judge(requests, results, settings);
  if (judged.changed.length === 0) return;
  const { base, draft } = judged;
  const { changed, plans } = await approvals.pass(judged, results, repository);
  if (changed.length === 0) return;
  passFence(settings);
  const commit = await commitOf(changed, { base, draft, plan: plans?.of(...changed.map(({ request }) => request)) }, settings);
  passFence(settings);
  await repository.push(commit);
  for (const { request, inspection, replaced } of changed) {
    remember(request, inspection, commit.id, settings.held);
    settings.bystanders.forget(directoryOf(request));
    const { tree } = inspection;
    const plan = plans && planNote(plans.of(request));
    const more = { ...(replaced && { replaced }), ...(plan && { plan }) };
    results.set(request, { ok: true, tree, commit: commit.id, noop: false, verifiedAt: clock.now(), ...more });
  }
}
