/** Which wishes of a batch wait for a person, and what the others change. */
import type { Override } from '../../constructs';
import type { Plan } from '../../constructs/review/plan';
import { IMAGE_TAG, REPLICAS } from '../../constructs/spec/override';
import { GitError } from '../git/errors';
import { OVERRIDES_FILE } from '../git/names';
import { overridesIn } from '../layout/standing';
import { type Approval, awaited, isTakenBack } from './approval';
import type { Results } from './batch-settings';
import { pathsOf } from './bystanders';
import { stateOf } from './history';
import type { Inspected, Judged } from './judge';
import { planNote } from './plan-note';
import { type PublishFailure, type PublishRequest, directoryOf, replacementFor } from './publish';
import { ReleasePlans } from './release-plan';
import type { TreeDraft } from './tree-draft';
import type { TreeStore } from './tree-store';

/** What of a batch goes on. */
export interface Passed {
  readonly changed: readonly Inspected[];
  /** What they change. @default - it could not be told */
  readonly plans: ReleasePlans | undefined;
}

interface Waiting {
  /** What the answer depends on. */
  readonly inputs: string;
  readonly answer: PublishFailure;
}

export class Approvals {
  /** By directory. As long as neither side moves and nobody approves, a change waits in the same words, and nothing is read for it again. */
  private readonly waiting = new Map<string, Waiting>();

  public constructor(private readonly approval: Approval) {}

  /** Those that wait for nobody; the rest is answered. The plans are against the commit on which they would stand: whoever moves it makes another plan. */
  public async pass({ base, draft, changed }: Judged, results: Results, repository: TreeStore): Promise<Passed> {
    const anew = changed.filter((one) => !this.isTold(one, draft, results));
    const plans = anew.length === 0 ? undefined : await this.plansOf(anew, base, repository);
    if (plans === undefined || this.approval === 'none') return { changed: anew, plans };
    const passed: Inspected[] = [];
    for (const one of anew) {
      const { request } = one;
      const plan = plans.of(request);
      const isBack = isTakenBack(request, plan);
      const error = awaited(one, plan, this.approval, isBack ? await alongWith(request, draft, base, repository) : undefined);
      if (error === undefined) passed.push(one);
      else this.answer(one, draft, results, { error, plan, isBack });
    }
    return { changed: passed, plans };
  }

  /** Forgets an instance that is gone. */
  public forget(directory: string): void {
    this.waiting.delete(directory);
  }

  /** Whether this very change waits already, and nothing has happened that could change that. */
  private isTold(one: Inspected, draft: TreeDraft, results: Results): boolean {
    const directory = directoryOf(one.request);
    const known = this.waiting.get(directory);
    if (known?.inputs === inputsOf(one, draft)) results.set(one.request, known.answer);
    else this.waiting.delete(directory);
    return results.has(one.request);
  }

  private answer(
    one: Inspected,
    draft: TreeDraft,
    results: Results,
    { error, plan, isBack }: { readonly error: GitError; readonly plan: Plan; readonly isBack: boolean },
  ): void {
    const note = planNote(plan);
    const answer: PublishFailure = { ok: false, error, ...(note && { plan: note }) };
    results.set(one.request, answer);
    // What goes along with a way back depends on more than what is wanted.
    if (!isBack) this.waiting.set(directoryOf(one.request), { inputs: inputsOf(one, draft), answer });
  }

  /** A server that shows none of its files by their ids keeps nothing from being committed, unless it was to be approved: the message then lists files. */
  private async plansOf(changed: readonly Inspected[], base: string | undefined, repository: TreeStore): Promise<ReleasePlans | undefined> {
    try {
      return await ReleasePlans.of(repository, base, changed);
    } catch (error) {
      if (!(error instanceof GitError) || error.code === 'GIT-UNREACHABLE' || this.approval !== 'none') throw error;
      return undefined;
    }
  }
}

/** Both sides of a change, and what its instance says of it. */
function inputsOf({ request, inspection: { tree, beside } }: Inspected, draft: TreeDraft): string {
  const { approved, generation, known, rollbackFrom } = request;
  const [directory = '', ...files] = pathsOf(request);
  const before = stateOf([directory, ...files].map((path) => draft.present(path)?.id));
  const after = stateOf([tree, ...files.map((path) => beside.get(path))]);
  return JSON.stringify([before, after, approved, generation, known?.generation, rollbackFrom]);
}

/** What an update that is taken back changes by itself: the release, and for how long no pod runs. */
const WAY_BACK: ReadonlySet<string> = new Set([IMAGE_TAG, REPLICAS]);

/**
 * What a commit would change although the release and the pods stayed as the branch has them: it goes along with the way back, and is none. Other
 * overrides are among that, be they asked for by the agent or written into the status by somebody.
 *
 * @returns `undefined` where that cannot be told
 */
async function alongWith(
  request: PublishRequest,
  draft: TreeDraft,
  base: string | undefined,
  repository: TreeStore,
): Promise<Plan | undefined> {
  if (base === undefined) return undefined;
  const path = `${directoryOf(request)}/${OVERRIDES_FILE}`;
  const held = (await repository.textsAt(base, [path])).get(path);
  const wanted = request.layout?.files.find((file) => file.path === path)?.text;
  const asBefore = withoutWayBack(request, draft, wanted, held);
  if (asBefore === undefined) return undefined;
  return (await ReleasePlans.of(repository, base, [asBefore])).of(asBefore.request);
}

/** Renders what people may have written into the repository: whatever comes of that is of this instance alone. */
function withoutWayBack(
  request: PublishRequest,
  draft: TreeDraft,
  wanted: string | undefined,
  held: string | undefined,
): Inspected | undefined {
  const [own, others] = [recorded(held), recorded(wanted)];
  if (own === undefined || others === undefined) return undefined;
  const overrides = [...others.filter(({ field }) => !WAY_BACK.has(field)), ...own.filter(({ field }) => WAY_BACK.has(field))];
  try {
    const layout = request.laidUnder?.(overrides);
    if (layout === undefined) return undefined;
    const asBefore = { ...request, layout };
    return { request: asBefore, inspection: draft.inspect(replacementFor(asBefore)) };
  } catch {
    return undefined;
  }
}

/** @returns `undefined` where it cannot be read */
function recorded(text: string | undefined): readonly Override[] | undefined {
  return text === undefined ? [] : overridesIn(text);
}
