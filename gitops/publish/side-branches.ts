/** Branches beside the one that is written: each holds one commit of ours that somebody else is to merge. */
import { GitError } from '../git/errors';
import type { Git } from '../git/git';
import type { FetchedTrees } from './fetched-trees';
import { parseCommit, readCommits } from './history';

/** The commit at the tip of such a branch. Its trees are here, and those of the commit before it where there is one alone. */
export interface SideCommit {
  readonly id: string;
  /** The commit that it was built on. @default - it has none, or several */
  readonly parent: string | undefined;
  readonly author: string;
  /** Author and committer are the same: nobody carried it over or amended it. */
  readonly isFirstHand: boolean;
  readonly message: string;
}

/** What a push to such a branch does. */
export interface SidePush {
  readonly branch: string;
  /** @default - the branch is deleted */
  readonly commit?: string | undefined;
  /** Where the branch has to be, so that nobody's work is lost. @default - it has to be missing */
  readonly expected?: string | undefined;
  /** What goes with it to the server. */
  readonly options?: readonly string[] | undefined;
}

const HEADS = 'refs/heads/';

export class SideBranches {
  /** The commit at the tip of each, by the name of the branch. */
  public readonly tips = new Map<string, string>();
  /** Those that were opened. */
  public readonly commits = new Map<string, SideCommit>();

  /** @param trees those of the repository; they change when its cache is made anew */
  public constructor(
    private readonly git: Git,
    private readonly prefix: string | undefined,
    private readonly trees: () => FetchedTrees,
  ) {}

  /** What a look at the remote has to ask for. */
  public get patterns(): string[] {
    return this.prefix === undefined ? [] : [`${HEADS}${this.prefix}*`];
  }

  /** Notes what a look has found. @param refs object ids by the name of the reference */
  public found(refs: ReadonlyMap<string, string>): void {
    const { prefix } = this;
    this.tips.clear();
    if (prefix === undefined) return;
    for (const [ref, id] of refs) {
      if (ref?.startsWith(`${HEADS}${prefix}`) && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id)) this.tips.set(ref.slice(HEADS.length), id);
    }
  }

  /** Brings commits here, all of them by one request. @returns how many there were to bring */
  public async open(ids: readonly string[]): Promise<number> {
    const missing = [...new Set(ids)].filter((id) => !this.commits.has(id));
    if (missing.length === 0) return 0;
    const options = ['--quiet', '--depth=2', '--filter=blob:none', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    await this.git.run(['fetch', ...options, 'origin', ...missing], { network: true });
    const texts = await readCommits(this.git, missing);
    for (const [index, id] of missing.entries()) this.commits.set(id, await this.read(id, texts[index] ?? ''));
    return missing.length;
  }

  /** @throws {@link GitError} `GIT-RACE` if the branch is not where it was */
  public async push({ branch, commit, expected, options = [] }: SidePush): Promise<void> {
    const ref = `${HEADS}${branch}`;
    const flags = ['--porcelain', '--no-thin', '--no-verify', `--force-with-lease=${ref}:${expected ?? ''}`];
    const told = options.map((option) => `--push-option=${option}`);
    await this.git.run(['push', ...flags, ...told, 'origin', `${commit ?? ''}:${ref}`], { network: true });
    if (commit === undefined) this.tips.delete(branch);
    else this.tips.set(branch, commit);
  }

  /** The cache is made anew: what was opened is gone. */
  public forget(): void {
    this.commits.clear();
  }

  private async read(id: string, text: string): Promise<SideCommit> {
    if ((await this.trees().open(id)) === undefined) throw new GitError('GIT-FAILED', `${id} is no commit`);
    const parents = [...text.slice(0, text.indexOf('\n\n')).matchAll(/^parent ([0-9a-f]{40,64})$/gm)].map(([, parent]) => parent ?? '');
    const [parent] = parents;
    const isAlone = parents.length === 1 && parent !== undefined && (await this.trees().open(parent)) !== undefined;
    const { author, isFirstHand, message } = parseCommit(text);
    return { id, parent: isAlone ? parent : undefined, author, isFirstHand, message };
  }
}
