import { GitError } from '../git/errors';
import type { Git } from '../git/git';
import {
  type Identity,
  type ObjectFormat,
  type Tree,
  commitBytes,
  formatOf,
  makeObject,
  packBytes,
  signedCommit,
} from '../git/git-objects';
import type { CommitSigner } from '../git/signer';
import { FetchedTrees } from './fetched-trees';
import { type PathCommit, deepen, historyOf } from './history';
import { type SideCommit, SideBranches } from './side-branches';
import { readTexts } from './texts';
import type { Replacement, TreeDraft } from './tree-draft';
import { type BuiltCommit, TreeStore } from './tree-store';

export interface RepositorySettings {
  /** @default OpenClaw <openclaw@noreply.invalid> */
  readonly identity?: Identity;
  /** Whether a branch that does not exist is begun, by a commit without a parent. @default false */
  readonly createBranch?: boolean;
  /** Signs every commit. @default - commits are not signed */
  readonly signer?: CommitSigner | undefined;
  /** Branches that are looked at together with the branch: those whose names begin so. @default - none */
  readonly beside?: string | undefined;
}

const DEFAULT_IDENTITY: Identity = { name: 'OpenClaw', email: 'openclaw@noreply.invalid' };

/** Packs of the cache slow git down: after so many the cache is made anew. */
const MOST_PACKS = 200;

/**
 * One branch of one remote, seen through a bare cache without blobs and without history. Commits are built as objects; there is no working tree
 * and no index, so nothing that is in the repository (attributes, ignore files, links, hooks) has any effect.
 */
export class Repository extends TreeStore {
  private readonly ref: string;
  private trees: FetchedTrees;
  private packs = 0;
  /** The tip whose recent past the cache has. */
  private deepened: string | undefined;
  protected format: ObjectFormat = 'sha1';
  /** The branches beside it, as the last look found them. */
  public readonly sides: SideBranches;

  public constructor(
    private readonly git: Git,
    private readonly settings: RepositorySettings = {},
  ) {
    super();
    this.ref = `refs/heads/${git.remote.branch}`;
    this.trees = new FetchedTrees(git, this.format);
    this.sides = new SideBranches(git, settings.beside, () => this.trees);
  }

  /**
   * The commit at the tip of the branch; `undefined` if the branch has to be created, and may be.
   *
   * @throws {@link GitError} `GIT-BRANCH-MISSING` and what a network can do
   */
  public async lsRemote(): Promise<string | undefined> {
    const text = (await this.git.run(['ls-remote', 'origin', 'HEAD', this.ref, ...this.sides.patterns], { network: true })).toString();
    const refs = new Map(text.split('\n').map((line) => line.split('\t').toReversed() as [string, string]));
    const tip = refs.get(this.ref);
    this.sides.found(refs);
    if (tip !== undefined && !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(tip)) throw new GitError('GIT-FAILED', 'the remote names no commit');
    if (tip === undefined && !this.settings.createBranch) {
      const what = refs.has('HEAD') ? 'the repository has no branch' : 'the repository is empty: it has no branch';
      throw new GitError('GIT-BRANCH-MISSING', `${what} ${this.git.remote.branch}`);
    }
    if (tip !== undefined && formatOf(tip) !== this.format) await this.renew(formatOf(tip));
    return tip;
  }

  /**
   * Brings the trees of the branch here, unless they are. Another commit than `tip` may be at the tip by then.
   *
   * @returns the commit that is here now
   */
  public async fetchTip(tip: string): Promise<string> {
    if (this.trees.has(tip)) return tip;
    if (this.packs >= MOST_PACKS) await this.renew(this.format);
    const options = ['--quiet', '--depth=1', '--filter=blob:none', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    await this.git.run(['fetch', ...options, 'origin', `+${this.ref}:refs/remotes/origin/${this.git.remote.branch}`], { network: true });
    this.packs += 1;
    // The fetch cut off what lies behind the tip.
    this.deepened = undefined;
    const commit = await this.trees.open(`refs/remotes/origin/${this.git.remote.branch}`);
    if (commit === undefined) throw new GitError('GIT-FAILED', 'the tip of the branch is no commit with a tree');
    return commit;
  }

  /** Brings commits of branches beside it here, each with the one before it. Call {@link fetchTip} before. */
  public async openSides(ids: readonly string[]): Promise<ReadonlyMap<string, SideCommit>> {
    const fetched = await this.sides.open(ids);
    if (fetched > 0) this.packs += 1;
    // A fetch cuts off what lies behind.
    if (fetched > 0) this.deepened = undefined;
    return this.sides.commits;
  }

  /** Wherever it is in the history. */
  public async fetchRevision(id: string): Promise<string> {
    if (formatOf(id) !== this.format) await this.renew(formatOf(id));
    const options = ['--quiet', '--depth=1', '--filter=blob:none', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    await this.git.run(['fetch', ...options, 'origin', id], { network: true });
    const commit = await this.trees.open(id);
    if (commit === undefined) throw new GitError('GIT-FAILED', `${id} is no commit`);
    return commit;
  }

  /** The recent commits that changed any of the paths, newest first, up to a commit that is here. Others may have pushed since. */
  public async history(base: string, paths: readonly string[]): Promise<PathCommit[]> {
    if (this.deepened !== base) {
      await deepen(this.git, this.ref);
      this.packs += 1;
      this.deepened = base;
    }
    return historyOf(this.git, base, paths);
  }

  /**
   * Opens the tree, puts all replacements in place and builds the commit.
   *
   * @param when milliseconds since 1970
   * @returns `undefined` if nothing would change
   * @throws {@link GitError} if any of them cannot be written
   */
  public async commitTrees(
    base: string | undefined,
    replacements: readonly Replacement[],
    message: string,
    when: number,
  ): Promise<BuiltCommit | undefined> {
    const draft = await this.open(base, replacements);
    const inspections = replacements.map((replacement) => draft.inspect(replacement));
    if (inspections.every(({ changes }) => changes.length === 0)) return undefined;
    for (const replacement of replacements) draft.replace(replacement);
    return this.commit(base, draft, message, when);
  }

  /** Writes the changed draft into the cache as a commit, by one command: all objects arrive together or none does. */
  public async commit(base: string | undefined, draft: TreeDraft, message: string, when: number): Promise<BuiltCommit> {
    const { root, objects } = draft.finish();
    const { identity = DEFAULT_IDENTITY } = this.settings;
    const bytes = commitBytes({ tree: root, parent: base, identity, seconds: Math.floor(when / 1000), message });
    const commit = makeObject('commit', await this.signed(bytes), this.format);
    await this.git.run(['index-pack', '--stdin'], { input: new Uint8Array(packBytes([...objects, commit], this.format)) });
    this.packs += 1;
    for (const { id, type, bytes: tree } of objects) if (type === 'tree') this.trees.rememberTree(id, tree);
    this.trees.rememberCommit(commit.id, root);
    return { id: commit.id, parent: base };
  }

  /**
   * Moves the branch on the remote from the parent to the commit.
   *
   * @throws {@link GitError} `GIT-RACE` if the branch moved meanwhile: rebuild on the new tip
   */
  public async push({ id, parent }: BuiltCommit): Promise<void> {
    // Not thin: for a thin pack git would first fetch old blobs to compare with. No tracking ref: it is moved by the fetch alone.
    const options = ['--porcelain', '--no-thin', '--no-verify', `--force-with-lease=${this.ref}:${parent ?? ''}`];
    await this.git.run(['push', ...options, 'origin', `${id}:${this.ref}`], { network: true });
  }

  /** Forgets everything local. For errors that nothing explains: the cache may be damaged. */
  public renew(format: ObjectFormat = this.format): Promise<void> {
    this.format = format;
    this.trees = new FetchedTrees(this.git, format);
    this.sides.forget();
    this.packs = 0;
    this.deepened = undefined;
    return this.git.reset(format);
  }

  public close(): void {
    this.git.close();
  }

  protected rootOf(base: string | undefined): string | undefined {
    return this.trees.rootOf(base);
  }

  protected readTrees(ids: readonly string[]): Promise<ReadonlyMap<string, Tree>> {
    return this.trees.read(ids);
  }

  protected texts(_base: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return readTexts(this.git, ids);
  }

  private async signed(bytes: Buffer): Promise<Buffer> {
    const { signer } = this.settings;
    if (!signer) return bytes;
    try {
      return signedCommit(bytes, await signer.sign(new Uint8Array(bytes)), this.format);
    } catch {
      // The cause may tell something of the key.
      throw new GitError('SIGN-FAILED', 'the commit could not be signed');
    }
  }
}
