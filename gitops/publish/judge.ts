/** Reads the tip of the branch, and says which wishes of a batch differ from it and may be written. */
import type { BatchSettings, Results } from './batch-settings';
import type { ForeignChange } from './foreign-change';
import { GitError } from '../git/errors';
import { refuseSecrets } from '../gate/secret-gate';
import { type PublishRequest, type PublishResult, directoryOf, replacementFor } from './publish';
import type { Inspection, TreeDraft } from './tree-draft';

/** A wish that differs from the branch. */
export interface Inspected {
  readonly request: PublishRequest;
  readonly inspection: Inspection;
  /** What somebody else wrote there, and what goes with this commit. */
  readonly replaced?: ForeignChange | undefined;
}

/** A batch against the tip of the branch. */
export interface Judged {
  /** The tip; `undefined` where the branch is yet to be made. */
  readonly base: string | undefined;
  /** Of that commit, opened where the wishes lead. */
  readonly draft: TreeDraft;
  /** Those that may be written. */
  readonly changed: readonly Inspected[];
  /** Those that the branch fulfils already. */
  readonly settled: readonly PublishRequest[];
}

/** Somebody else was faster. */
const RACES: ReadonlySet<string> = new Set(['GIT-RACE', 'OCI-RACE']);

/** Longest wait between two tries, in milliseconds. */
const LONGEST_PAUSE = 3000;

/** Those that hold nothing secret; the rest is answered. */
export function withoutSecrets(requests: readonly PublishRequest[], results: Results): PublishRequest[] {
  return requests.filter((request) => report(results, request, () => refuseSecrets(request.layout?.files ?? [], request.gate)));
}

/** Tries once more, from the new tip, as long as another writer comes in between. */
export async function untilNoRace(tryOnce: () => Promise<void>, { clock, limits }: BatchSettings): Promise<void> {
  const { attempts = 20, budget = 60_000 } = limits ?? {};
  const end = clock.monotonic() + budget;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await tryOnce();
      return;
    } catch (error) {
      const isRace = error instanceof GitError && RACES.has(error.code);
      if (!isRace || attempt >= attempts || clock.monotonic() >= end) throw error;
    }
    await clock.sleep(clock.random() * Math.min(LONGEST_PAUSE, 50 * 2 ** attempt));
  }
}

/** What is not among the changed ones has its result. */
export async function judge(requests: readonly PublishRequest[], results: Results, settings: BatchSettings): Promise<Judged> {
  const { repository, clock } = settings;
  passFence(settings);
  const tip = await repository.lsRemote();
  const verifiedAt = clock.now();
  const base = tip === undefined ? undefined : await repository.fetchTip(tip);
  const draft = await repository.open(base, requests.map(replacementFor));
  const differing: Inspected[] = [];
  const settled: PublishRequest[] = [];
  for (const request of requests) {
    report(results, request, () => {
      const inspection = draft.inspect(replacementFor(request));
      if (inspection.changes.length > 0) differing.push({ request, inspection });
      else {
        settled.push(request);
        results.set(request, unchanged(request, inspection, base, verifiedAt, settings));
      }
    });
  }
  const changed = await allowed(await unheld(differing, draft, base, results, settings), base, results, settings);
  return { base, draft, changed, settled };
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

/** Reading the remote and building a commit take a while each. The push itself states the commit that it was built on. */
export function passFence({ fence }: BatchSettings): void {
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

/** Notes what the remote has of an instance. */
export function remember(
  request: PublishRequest,
  { tree, beside }: Inspection,
  commit: string | undefined,
  held: BatchSettings['held'],
): void {
  if (tree === undefined || commit === undefined) held.delete(directoryOf(request));
  else held.set(directoryOf(request), { tree, commit, beside, placement: request.placement });
}
