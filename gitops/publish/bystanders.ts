import type { GitError } from '../git/errors';
import { type ForeignChange, type OnForeignChange, foreignChange, heldBy } from './foreign-change';
import { stateOf } from './history';
import { type PublishRequest, directoryOf, isDeletion, replacementFor } from './publish';
import type { TreeStore } from './tree-store';
import type { Inspection, TreeDraft } from './tree-draft';

/** What stands in a directory and the files beside it, as it was last published. */
export interface PublishedState {
  readonly tree: string;
  readonly beside: ReadonlyMap<string, string>;
}

interface Seen {
  readonly state: string;
  readonly change: ForeignChange | undefined;
  isHeld?: boolean;
}

/** Somebody else was there: what they did, and whether it stays. */
export interface Finding {
  readonly change: ForeignChange;
  /** Why nothing may be written. @default - it may */
  readonly held?: GitError | undefined;
}

/** Notices what others write into the directories of instances. History is asked once for each state that is found. */
export class Bystanders {
  private readonly seen = new Map<string, Seen>();
  /** What somebody is to merge: states by directory. */
  private readonly expected = new Map<string, string>();

  public constructor(
    private readonly repository: TreeStore,
    private readonly onForeignChange: OnForeignChange,
  ) {}

  /**
   * @param wanted the tree that its directory shall have
   * @param draft of the commit at `base`
   * @param published what this process published last. @default - nothing
   * @returns `undefined` where nobody else was there, and of a deletion, which is the last word
   */
  public async look(
    request: PublishRequest,
    wanted: string | undefined,
    draft: TreeDraft,
    base: string | undefined,
    published: PublishedState | undefined,
  ): Promise<Finding | undefined> {
    if (base === undefined || isDeletion(request)) return undefined;
    const paths = pathsOf(request);
    const ids = paths.map((path) => draft.present(path)?.id);
    if (isAsLeft(ids, wanted, request, published) || this.expected.get(directoryOf(request)) === stateOf(ids)) return undefined;
    const change = await this.changeOf(request, ids, base);
    if (change === undefined) return undefined;
    const { generation, over, known } = request;
    const standing = { onForeignChange: this.onForeignChange, generation, lastGeneration: known?.generation, over };
    const held = heldBy(change, standing);
    const seen = this.seen.get(directoryOf(request));
    if (seen) seen.isHeld = held !== undefined;
    return { change, held };
  }

  /** Whether this is a state that nothing may be written over, as was told. */
  public isHolding(directory: string, ids: readonly (string | undefined)[]): boolean {
    const seen = this.seen.get(directory);
    return seen?.isHeld === true && seen.state === stateOf(ids);
  }

  /** What is asked for beside the branch: whoever brings it there does what was asked for. */
  public expect(request: PublishRequest, { tree, beside }: Pick<Inspection, 'tree' | 'beside'>): void {
    const [directory = '', ...paths] = pathsOf(request);
    this.expected.set(directory, stateOf([tree, ...paths.map((path) => beside.get(path))]));
  }

  public forget(directory: string): void {
    this.seen.delete(directory);
    this.expected.delete(directory);
  }

  private async changeOf(request: PublishRequest, ids: readonly (string | undefined)[], tip: string): Promise<ForeignChange | undefined> {
    const directory = directoryOf(request);
    const state = stateOf(ids);
    const before = this.seen.get(directory);
    if (before?.state === state) return before.change;
    const history = await this.repository.history(tip, pathsOf(request));
    const change = foreignChange(request.placement, history, { state, isGone: ids[0] === undefined, tip });
    this.seen.set(directory, { state, change });
    return change;
  }
}

/** The directory of an instance, then its files beside it. */
export function pathsOf(request: Pick<PublishRequest, 'placement' | 'owner'>): string[] {
  const { directory, beside } = replacementFor(request);
  return [directory, ...beside];
}

/** Whether it stands as it was last left, as far as that is known: a status knows the directory alone. */
function isAsLeft(
  [tree, ...beside]: readonly (string | undefined)[],
  wanted: string | undefined,
  request: PublishRequest,
  published: PublishedState | undefined,
): boolean {
  const { known } = request;
  if (published) {
    const [, ...paths] = pathsOf(request);
    return tree === published.tree && paths.every((path, index) => beside[index] === published.beside.get(path));
  }
  // With the directory as it shall be it is the files beside it that differ.
  if (known) return tree === known.tree && tree !== wanted;
  // Nothing is remembered, and nothing is there.
  return tree === undefined;
}
