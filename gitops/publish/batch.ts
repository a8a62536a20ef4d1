/** One batch of wishes, made into one commit if all goes well. */
import type { Clock } from '../git/clock';
import type { Fence } from '../git/fence';
import { isSecretText } from '../../constructs/resolve/secrets/secret-forms';
import { type CommittedInstance, commitMessage } from './commit-message';
import { type Bystanders } from './bystanders';
import type { DeletionGuard } from './deletion-guard';
import type { ForeignChange } from './foreign-change';
import { GitError } from '../git/errors';
import type { Placement } from '../git/names';
import { type HeldTree, type PublishRequest, type PublishResult, directoryOf, isDeletion, replacementFor } from './publish';
import type { BuiltCommit, TreeStore } from './tree-store';
import { refuseSecrets } from '../gate/secret-gate';
import type { Inspection, TreeDraft } from './tree-draft';

export interface BatchLimits {
  /** Tries of one commit against other writers. @default 20 */
  readonly attempts?: number;
  /** Milliseconds for all tries. @default 60000 */
  readonly budget?: number;
}

/** What an instance has on the remote, as far as this process knows. */
export interface Held extends HeldTree {
  readonly placement: Placement;
  /** The files outside the directory: object ids by path. */
  readonly beside: ReadonlyMap<string, string>;
}

export interface BatchSettings {
  readonly repository: TreeStore;
  readonly clock: Clock;
  /** Asked before each try, each commit and each push. */
  readonly fence: Fence;
  /** Version of this program, for the trailers. */
  readonly engine: string;
  readonly limits?: BatchLimits | undefined;
  /** Which commit first held a tree, by directory; kept between batches. */
  readonly held: Map<string, Held>;
  readonly bystanders: Bystanders;
  readonly deletions: DeletionGuard;
}

export type Results = Map<PublishRequest, PublishResult>;

/** Pushes that may be spent on finding out which instances a server refuses. */
const MOST_SPLITS = 20;

/** Somebody else was faster. */
const RACES: ReadonlySet<string> = new Set(['GIT-RACE', 'OCI-RACE']);

/** Longest wait between two tries, in milliseconds. */
const LONGEST_PAUSE = 3000;

interface Inspected {
  readonly request: PublishRequest;
  readonly inspection: Inspection;
  /** What somebody else wrote there, and what goes with this commit. */
  readonly replaced?: ForeignChange | undefined;
}

/**
 * Publishes a batch. Failures of one instance are its own results; whatever concerns all of them is thrown.
 *
 * @param results gets one for each request; where this throws, for those that were settled before
 * @throws {@link GitError}
 */
export async function publishBatch(requests: readonly PublishRequest[], results: Results, settings: BatchSettings): Promise<void> {
  const passed = requests.filter((request) => report(results, request, () => refuseSecrets(request.layout?.files ?? [], request.gate)));
  if (passed.length > 0) await publishOrSplit(passed, results, { ...settings, splits: { left: MOST_SPLITS } });
}

interface SplitSettings extends BatchSettings {
  readonly splits: { left: number };
}

/** A server that refuses a commit may mean one instance in it: the halves tell which. */
async function publishOrSplit(requests: readonly PublishRequest[], results: Results, settings: SplitSettings): Promise<void> {
  try {
    await publishTogether(requests, results, settings);
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

/** Builds on the tip of the branch and pushes, until no other writer comes in between. */
async function publishTogether(requests: readonly PublishRequest[], results: Results, settings: BatchSettings): Promise<void> {
  const { clock, limits: { attempts = 20, budget = 60_000 } = {} } = settings;
  const end = clock.monotonic() + budget;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await tryOnce(requests, results, settings);
      return;
    } catch (error) {
      const isRace = error instanceof GitError && RACES.has(error.code);
      if (!isRace || attempt >= attempts || clock.monotonic() >= end) throw error;
    }
    await clock.sleep(clock.random() * Math.min(LONGEST_PAUSE, 50 * 2 ** attempt));
  }
}

async function tryOnce(requests: readonly PublishRequest[], results: Results, settings: BatchSettings): Promise<void> {
  const { repository, clock } = settings;
  passFence(settings);
  const tip = await repository.lsRemote();
  const verifiedAt = clock.now();
  const base = tip === undefined ? undefined : await repository.fetchTip(tip);
  const draft = await repository.open(base, requests.map(replacementFor));
  const differing: Inspected[] = [];
  for (const request of requests) {
    report(results, request, () => {
      const inspection = draft.inspect(replacementFor(request));
      if (inspection.changes.length > 0) differing.push({ request, inspection });
      else results.set(request, unchanged(request, inspection, base, verifiedAt, settings));
    });
  }
  const changed = await allowed(await unheld(differing, draft, base, results, settings), base, results, settings);
  if (changed.length === 0) return;
  passFence(settings);
  const commit = await commitAll(changed, draft, base, settings);
  passFence(settings);
  await repository.push(commit);
  for (const { request, inspection, replaced } of changed) {
    remember(request, inspection, commit.id, settings.held);
    settings.bystanders.forget(directoryOf(request));
    const { tree } = inspection;
    results.set(request, { ok: true, tree, commit: commit.id, noop: false, verifiedAt: clock.now(), ...(replaced && { replaced }) });
  }
}

/** Those that may be written over what others did; the rest is answered. */
async function unheld(
  inspected: readonly Inspected[],
  draft: TreeDraft,
  base: string | undefined,
  results: Results,
  { bystanders, held }: BatchSettings,
): Promise<Inspected[]> {
  const free: Inspected[] = [];
  for (const one of inspected) {
    const finding = await bystanders.look(one.request, one.inspection.tree, draft, base, held.get(directoryOf(one.request)));
    if (finding?.held) results.set(one.request, { ok: false, error: finding.held });
    else free.push({ ...one, replaced: finding?.change });
  }
  return free;
}

/** Those that are no part of a mass deletion; the rest is answered. */
async function allowed(
  inspected: readonly Inspected[],
  base: string | undefined,
  results: Results,
  { repository, deletions }: BatchSettings,
): Promise<readonly Inspected[]> {
  const guarded = inspected.filter(({ request }) => request.isGuarded);
  const [{ placement, owner } = { placement: undefined, owner: '' }] = guarded.map(({ request }) => request);
  const root = `clusters/${placement?.cluster ?? ''}/instances`;
  const error = await deletions.refusal(
    guarded.map(({ request }) => directoryOf(request)),
    async () => (await repository.ownedDirectories(base, root, owner)).size,
  );
  if (error === undefined) return inspected;
  for (const { request } of guarded) results.set(request, { ok: false, error });
  return inspected.filter(({ request }) => !request.isGuarded);
}

function commitAll(
  changed: readonly Inspected[],
  draft: TreeDraft,
  base: string | undefined,
  settings: BatchSettings,
): Promise<BuiltCommit> {
  for (const { request } of changed) draft.replace(replacementFor(request));
  const message = commitMessage({
    cluster: changed[0]?.request.placement.cluster ?? '',
    instances: changed.map(committedInstance),
    engine: settings.engine,
  });
  return settings.repository.commit(base, draft, message, settings.clock.now().getTime());
}

/** Reading the remote and building a commit take a while each. The push itself states the commit that it was built on. */
function passFence({ fence }: BatchSettings): void {
  if (!fence.mayWrite()) throw new GitError('WRITE-FENCED', 'this process may not write now');
}

/** Runs a step of one instance; its failure becomes its result. */
function report(results: Results, request: PublishRequest, step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    results.set(request, { ok: false, error });
    return false;
  }
}

/** Without history here, the commit that first held a tree is known from an earlier publish or from the status; else the tip holds it. */
function unchanged(
  request: PublishRequest,
  inspection: Inspection,
  base: string | undefined,
  verifiedAt: Date,
  { held, bystanders }: BatchSettings,
): PublishResult {
  // Whoever was there has put it right: the next one is looked at anew.
  bystanders.forget(directoryOf(request));
  const candidates = [held.get(directoryOf(request)), request.known];
  const commit = candidates.find((known) => known !== undefined && known.tree === inspection.tree)?.commit ?? base;
  remember(request, inspection, commit, held);
  return { ok: true, tree: inspection.tree, commit, noop: true, verifiedAt };
}

function remember(request: PublishRequest, { tree, beside }: Inspection, commit: string | undefined, held: Map<string, Held>): void {
  if (tree === undefined || commit === undefined) held.delete(directoryOf(request));
  else held.set(directoryOf(request), { tree, commit, beside, placement: request.placement });
}

function committedInstance({ request, inspection: { changes } }: Inspected): CommittedInstance {
  const { placement, layout, generation, gate } = request;
  const isNew = changes.every(({ action }) => action === 'created');
  const withheld = (text: string | undefined): string | undefined =>
    text !== undefined && (isSecretText(text, undefined) || gate?.taints?.isIn(text)) ? '(withheld)' : text;
  return {
    namespace: placement.namespace,
    name: placement.name,
    action: layout === undefined ? 'removed' : actionOf(request, isNew),
    changes: changes.map(({ id, action }) => ({ id: id.slice(id.lastIndexOf('/') + 1), action })),
    generation,
    digest: layout?.digest,
    reason: withheld(request.reason),
    changedBy: withheld(request.changedBy),
  };
}

function actionOf(request: PublishRequest, isNew: boolean): CommittedInstance['action'] {
  if (isDeletion(request)) return 'deleted';
  return isNew ? 'created' : 'configured';
}
