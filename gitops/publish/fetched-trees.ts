import { GitError } from '../git/errors';
import type { Git } from '../git/git';
import { type ObjectFormat, type Tree, parseTree } from '../git/git-objects';

/** Trees that are kept in memory; more are forgotten all at once. */
const MOST_TREES = 20_000;

interface GitObject {
  readonly id: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** The trees of the commits that the cache has, read once each. */
export class FetchedTrees {
  private readonly trees = new Map<string, Tree>();
  /** Commits whose trees the cache has, with the id of their tree. */
  private readonly commits = new Map<string, string>();

  public constructor(
    private readonly git: Git,
    private readonly format: ObjectFormat,
  ) {}

  public has(commit: string): boolean {
    return this.commits.has(commit);
  }

  /**
   * The tree of a commit that is here; `undefined` where there is no commit.
   *
   * @throws for a commit that nobody fetched
   */
  public rootOf(commit: string | undefined): string | undefined {
    const root = commit === undefined ? undefined : this.commits.get(commit);
    if (commit !== undefined && root === undefined) throw new Error(`commit ${commit} was not fetched`);
    return root;
  }

  /**
   * Reads the tree of a commit that has just been fetched.
   *
   * @param name a commit in the words of git
   * @returns its id; `undefined` if the name stands for no commit with a tree
   */
  public async open(name: string): Promise<string | undefined> {
    const [commit, root] = await this.readObjects([`${name}^{commit}`, `${name}^{tree}`]);
    if (commit === undefined || root === undefined) return undefined;
    this.rememberTree(root.id, root.bytes);
    this.rememberCommit(commit.id, root.id);
    return commit.id;
  }

  public rememberCommit(commit: string, root: string): void {
    this.commits.set(commit, root);
  }

  /** @param bytes the object as git keeps it */
  public rememberTree(id: string, bytes: Buffer): Tree {
    const tree = parseTree(bytes, this.format);
    if (this.trees.size >= MOST_TREES) this.trees.clear();
    this.trees.set(id, tree);
    return tree;
  }

  /** Trees by their ids; what is no tree is left out. */
  public async read(ids: readonly string[]): Promise<ReadonlyMap<string, Tree>> {
    const found = new Map(ids.flatMap((id) => (this.trees.has(id) ? [[id, this.trees.get(id) as Tree]] : [])));
    const missing = ids.filter((id) => !found.has(id));
    const objects = missing.length > 0 ? await this.readObjects(missing) : [];
    for (const { id, type, bytes } of objects) if (type === 'tree') found.set(id, this.rememberTree(id, bytes));
    return found;
  }

  /** Objects by name, in one process. */
  private async readObjects(names: readonly string[]): Promise<readonly GitObject[]> {
    const output = await this.git.run(['cat-file', '--batch'], { input: names.map((name) => `${name}\n`).join('') });
    const objects = [];
    let at = 0;
    while (at < output.length) {
      const end = output.indexOf(0x0a, at);
      const [id = '', type = '', size = ''] = output.toString('latin1', at, end).split(' ');
      if (!/^\d+$/.test(size)) throw new GitError('GIT-FAILED', `an object of the repository is missing: ${type}`);
      const begin = end + 1;
      objects.push({ id, type, bytes: output.subarray(begin, begin + Number(size)) });
      at = begin + Number(size) + 1;
    }
    return objects;
  }
}
