import { DIRECTORY, FILE, type ObjectFormat, type Tree, makeObject } from '../git/git-objects';
import { OWNER_FILE, type Placement, isDirectoryName } from '../git/names';
import { ownerText } from '../layout/layout';
import type { PathCommit } from './history';
import { type Replacement, TreeDraft } from './tree-draft';

/** A revision that was built and is not on the remote yet. */
export interface BuiltCommit {
  readonly id: string;
  /** What it was built on: the push succeeds only while the branch is still there. */
  readonly parent: string | undefined;
}

/**
 * Where a publisher writes: one line of trees on a remote, each with an id. A branch of a repository is one, and a tag of a registry. Trees are those of
 * Git, whatever the remote keeps.
 */
export abstract class TreeStore {
  /**
   * The newest revision; `undefined` if there is none yet, and there may be one.
   *
   * @throws GitError
   */
  public abstract lsRemote(): Promise<string | undefined>;
  /** Brings the trees of the newest revision here, unless they are. @returns the one that is here now; it may be newer than `tip` */
  public abstract fetchTip(tip: string): Promise<string>;
  /** Brings the trees of one revision here, whether or not it is the newest. @param id the whole id. @returns the same */
  public abstract fetchRevision(id: string): Promise<string>;
  /** The recent revisions that changed any of the paths, newest first. None where the remote keeps no order. */
  public abstract history(base: string, paths: readonly string[]): Promise<PathCommit[]>;
  /** Builds a revision of the changed draft. @param when milliseconds since 1970 */
  public abstract commit(base: string | undefined, draft: TreeDraft, message: string, when: number): Promise<BuiltCommit>;
  /** Makes it the newest one, unless somebody was faster. */
  public abstract push(commit: BuiltCommit): Promise<void>;
  /** Forgets everything local. For errors that nothing explains: the cache may be damaged. */
  public abstract renew(): Promise<void>;
  public abstract close(): void;
  /** Texts by object id. */
  protected abstract texts(base: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  protected abstract rootOf(base: string | undefined): string | undefined;
  protected abstract readTrees(ids: readonly string[]): Promise<ReadonlyMap<string, Tree>>;
  protected abstract readonly format: ObjectFormat;

  /** Opens the tree of a revision that is here, or an empty one, where the replacements want to change it. */
  public async open(base: string | undefined, replacements: readonly Replacement[]): Promise<TreeDraft> {
    return TreeDraft.open(this.rootOf(base), replacements, (ids) => this.readTrees(ids), this.format);
  }

  /** The trees of directories in a revision that is here; those that are missing, or are no directories, are left out. */
  public async directories(base: string | undefined, directories: readonly string[]): Promise<Map<string, string>> {
    const entries = await this.entries(base, directories);
    return new Map([...entries].flatMap(([path, { id, isDirectory }]) => (isDirectory ? [[path, id] as const] : [])));
  }

  /** What stands at paths in a revision that is here. */
  public async entries(
    base: string | undefined,
    paths: readonly string[],
  ): Promise<Map<string, { readonly id: string; readonly isDirectory: boolean }>> {
    const draft = await this.open(
      base,
      paths.map((directory) => ({ directory, beside: [], files: [], owner: '' })),
    );
    return new Map(
      paths.flatMap((path) => {
        const entry = draft.present(path);
        return entry ? [[path, entry] as const] : [];
      }),
    );
  }

  /** The instances of a cluster that have a directory with an owner file, whoever the owner is. */
  public async instances(base: string, cluster: string): Promise<Placement[]> {
    const root = `clusters/${cluster}/instances`;
    const found = await this.instanceTrees(base, root);
    const trees = await this.readTrees([...found.values()]);
    const owned = [...found].filter(([, id]) => trees.get(id)?.has(OWNER_FILE)).map(([path]) => path);
    return owned.toSorted().map((path) => {
      const [namespace = '', name = ''] = path.slice(root.length + 1).split('/');
      return { cluster, namespace, name };
    });
  }

  /** The files right in these directories of a revision that is here, as texts by path. */
  public async files(base: string, directories: readonly string[]): Promise<Map<string, string>> {
    const found = await this.directories(base, directories);
    const trees = await this.readTrees([...found.values()]);
    const entries = [...found].flatMap(([directory, tree]) =>
      [...(trees.get(tree) ?? [])].flatMap(([name, { mode, id }]) => (mode === FILE ? [[`${directory}/${name}`, id] as const] : [])),
    );
    const texts = await this.texts(
      base,
      entries.map(([, id]) => id),
    );
    return new Map(entries.map(([path, id]) => [path, texts.get(id) ?? '']));
  }

  /** The texts of files of a revision that is here, by path. Paths at which there is no file are left out. */
  public async textsAt(base: string, paths: readonly string[]): Promise<Map<string, string>> {
    const entries = [...(await this.entries(base, paths))].filter(([, { isDirectory }]) => !isDirectory);
    const texts = await this.texts(
      base,
      entries.map(([, { id }]) => id),
    );
    return new Map(entries.flatMap(([path, { id }]) => (texts.has(id) ? [[path, texts.get(id)!] as const] : [])));
  }

  /** Every directory `<root>/<namespace>/<name>` that carries the owner's file. */
  public async ownedDirectories(base: string | undefined, root: string, owner: string): Promise<Set<string>> {
    const mark = makeObject('blob', Buffer.from(ownerText(owner)), this.format).id;
    const found = await this.instanceTrees(base, root);
    const trees = await this.readTrees([...found.values()]);
    return new Set([...found].filter(([, id]) => trees.get(id)?.get(OWNER_FILE)?.id === mark).map(([path]) => path));
  }

  /** Every directory `<root>/<namespace>/<name>` and its tree. */
  private async instanceTrees(base: string | undefined, root: string): Promise<Map<string, string>> {
    let level = await this.directories(base, [root]);
    for (let depth = 0; depth < 2; depth += 1) {
      const trees = await this.readTrees([...level.values()]);
      level = new Map(
        [...level].flatMap(([path, id]) =>
          [...(trees.get(id) ?? [])]
            .filter(([name, { mode }]) => mode === DIRECTORY && isDirectoryName(name))
            .map(([name, entry]) => [`${path}/${name}`, entry.id] as const),
        ),
      );
    }
    return level;
  }
}
