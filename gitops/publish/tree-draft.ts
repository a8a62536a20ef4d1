/** A tree of the remote, opened where our paths lead through it, changed in memory, and written as new objects. */
import type { Change } from '../../constructs';
import { GitError } from '../git/errors';
import { DIRECTORY, FILE, type GitObject, type ObjectFormat, type Tree, type TreeEntry, makeObject, treeBytes } from '../git/git-objects';
import { ownerText } from '../layout/layout';
import { KEEP_FILE, OWNER_FILE } from '../git/names';
import type { TextFile } from '../git/text-file';

/** What one instance should look like in the tree. */
export interface Replacement {
  /** Its directory, replaced whole. */
  readonly directory: string;
  /** Files of the instance outside it. One that is not in `files` is removed. */
  readonly beside: readonly string[];
  /** All files, by full path. None: the instance is removed. */
  readonly files: readonly TextFile[];
  /** Whose the directory has to be. */
  readonly owner: string;
}

/** What a replacement would do to the tree. */
export interface Inspection {
  /** The tree of the directory as it should be; missing for a removal. */
  readonly tree?: string;
  /** The files outside the directory as they should be: object ids by path. */
  readonly beside: ReadonlyMap<string, string>;
  /** By file, sorted; without the unchanged ones. Empty: nothing to do. */
  readonly changes: readonly Change[];
}

/** Reads trees by id. */
export type ReadTrees = (ids: readonly string[]) => Promise<ReadonlyMap<string, Tree>>;

/** A directory that was opened. */
interface Node {
  readonly id: string | undefined;
  readonly entries: Map<string, TreeEntry | Node>;
}

function isNode(entry: TreeEntry | Node | undefined): entry is Node {
  return entry !== undefined && 'entries' in entry;
}

export class TreeDraft {
  private constructor(
    private readonly root: Node,
    private readonly format: ObjectFormat,
  ) {}

  /** Opens the directories on the way to every path of the replacements: one read a level, for all of them together. */
  public static async open(
    root: string | undefined,
    replacements: readonly Replacement[],
    read: ReadTrees,
    format: ObjectFormat,
  ): Promise<TreeDraft> {
    const node: Node = { id: root, entries: new Map(root === undefined ? [] : (await read([root])).get(root)) };
    const directories = new Set(replacements.flatMap(({ directory, beside }) => [directory, ...beside.map(parentOf)]));
    let frontier: readonly Way[] = [...directories].map((path) => ({ node, steps: path.split('/') }));
    while (frontier.length > 0) frontier = await descend(frontier, read);
    return new TreeDraft(node, format);
  }

  /**
   * What a replacement would change. It changes nothing itself.
   *
   * @throws {@link GitError} `PATH-SYMLINK`, `PATH-FOREIGN-OWNER`: this instance cannot be written; others can
   */
  public inspect(replacement: Replacement): Inspection {
    const { directory, beside, files, owner } = replacement;
    const present = this.lookUp(directory);
    for (const path of beside) this.lookUp(parentOf(path));
    if (present !== undefined && !isNode(present)) throw inTheWay(directory, present);
    this.checkOwner(replacement, present, owner);
    const wanted = new Map(files.map(({ path, text }) => [path, this.blob(text).id]));
    const changes: Change[] = [];
    const known = new Set([...wanted.keys(), ...beside, ...[...(present?.entries.keys() ?? [])].map((name) => `${directory}/${name}`)]);
    for (const path of [...known].toSorted()) {
      const change = changeOf(path, this.lookUp(path), wanted.get(path));
      if (change) changes.push(change);
    }
    const outside = new Map([...wanted].filter(([path]) => beside.includes(path)));
    return { changes, beside: outside, ...(files.length > 0 && { tree: this.directoryTree(replacement).id }) };
  }

  /** What stood at a path when the tree was read, if its directory was opened: the id of a directory or of a file. */
  public present(path: string): { readonly id: string; readonly isDirectory: boolean } | undefined {
    let node: TreeEntry | Node | undefined = this.root;
    for (const step of path.split('/')) node = isNode(node) ? node.entries.get(step) : undefined;
    return node?.id === undefined ? undefined : { id: node.id, isDirectory: isNode(node) };
  }

  /** Puts a replacement in place. Inspect it first. */
  public replace({ directory, beside, files }: Replacement): void {
    const before = this.lookUp(directory);
    const inside: Node = { id: undefined, entries: new Map() };
    this.put(directory, files.length > 0 ? inside : undefined);
    for (const path of beside) if (this.lookUp(path) !== undefined) this.put(path, undefined);
    for (const { path, text } of files) {
      const { id } = this.blob(text);
      if (!isOnRemote(before, path, id)) this.fresh.set(id, this.blob(text));
      this.put(path, { mode: FILE, id });
    }
    for (const folder of new Set(beside.map(parentOf))) this.keep(folder);
  }

  /**
   * A folder that all instances share stays when the last of them leaves. Engines read it as a whole, and one that vanished is an error to
   * them: Flux would keep what it had made of the last instance.
   */
  private keep(folder: string): void {
    const node = this.lookUp(folder);
    if (!isNode(node) || hasFiles(node)) return;
    const blob = this.blob('');
    this.fresh.set(blob.id, blob);
    this.put(`${folder}/${KEEP_FILE}`, { mode: FILE, id: blob.id });
  }

  /** The objects that the remote does not have yet, and the id of the root. */
  public finish(): { readonly root: string; readonly objects: readonly GitObject[] } {
    const objects: GitObject[] = [...this.fresh.values()];
    const root = this.write(this.root, objects);
    return { root, objects };
  }

  private readonly fresh = new Map<string, GitObject>();

  private write(node: Node, objects: GitObject[]): string {
    const tree = new Map<string, TreeEntry>();
    for (const [name, entry] of node.entries) {
      if (!isNode(entry)) tree.set(name, entry);
      else if (hasFiles(entry)) tree.set(name, { mode: DIRECTORY, id: this.write(entry, objects) });
    }
    const object = makeObject('tree', treeBytes(tree), this.format);
    if (object.id !== node.id) objects.push(object);
    return object.id;
  }

  /** @throws {@link GitError} `PATH-SYMLINK` if something on the way is no directory */
  private lookUp(path: string): TreeEntry | Node | undefined {
    let node = this.root;
    const steps = path.split('/');
    for (const [index, step] of steps.entries()) {
      const entry = node.entries.get(step);
      if (index === steps.length - 1 || entry === undefined) return entry;
      if (!isNode(entry)) throw inTheWay(steps.slice(0, index + 1).join('/'), entry);
      node = entry;
    }
    return node;
  }

  private put(path: string, value: TreeEntry | Node | undefined): void {
    let node = this.root;
    const steps = path.split('/');
    const last = steps.pop() ?? '';
    for (const step of steps) {
      let next = node.entries.get(step);
      if (!isNode(next)) {
        if (value === undefined) return;
        next = { id: undefined, entries: new Map() };
        node.entries.set(step, next);
      }
      node = next;
    }
    if (value === undefined) node.entries.delete(last);
    else node.entries.set(last, value);
  }

  private checkOwner({ directory, beside, files }: Replacement, present: Node | undefined, owner: string): void {
    if (present) {
      const mark = present.entries.get(OWNER_FILE);
      if (mark !== undefined && !isNode(mark) && mark.id === this.blob(ownerText(owner)).id) return;
      throw new GitError('PATH-FOREIGN-OWNER', `${directory} exists and does not carry the owner file of this writer (owner ${owner})`);
    }
    for (const { path, text } of files) {
      const entry = beside.includes(path) ? this.lookUp(path) : undefined;
      if (entry === undefined || (!isNode(entry) && entry.id === this.blob(text).id)) continue;
      throw new GitError('PATH-FOREIGN-OWNER', `${path} exists without the directory ${directory} that it would belong to`);
    }
  }

  private directoryTree({ directory, files }: Replacement): GitObject {
    const inside = files.filter(({ path }) => path.startsWith(`${directory}/`));
    const entries = inside.map(({ path, text }) => [path.slice(directory.length + 1), { mode: FILE, id: this.blob(text).id }] as const);
    return makeObject('tree', treeBytes(new Map(entries)), this.format);
  }

  private readonly blobs = new Map<string, GitObject>();

  private blob(text: string): GitObject {
    let blob = this.blobs.get(text);
    if (blob === undefined) this.blobs.set(text, (blob = makeObject('blob', Buffer.from(text), this.format)));
    return blob;
  }
}

interface Way {
  readonly node: Node;
  readonly steps: readonly string[];
}

async function descend(ways: readonly Way[], read: ReadTrees): Promise<Way[]> {
  const ids = new Set<string>();
  for (const { node, steps } of ways) {
    const entry = node.entries.get(steps[0] ?? '');
    if (entry !== undefined && !isNode(entry) && entry.mode === DIRECTORY) ids.add(entry.id);
  }
  const trees = ids.size > 0 ? await read([...ids]) : new Map<string, Tree>();
  const next: Way[] = [];
  for (const { node, steps } of ways) {
    const [step = '', ...rest] = steps;
    const child = openEntry(node, step, trees);
    if (child && rest.length > 0) next.push({ node: child, steps: rest });
  }
  return next;
}

function openEntry(node: Node, step: string, trees: ReadonlyMap<string, Tree>): Node | undefined {
  const entry = node.entries.get(step);
  if (entry === undefined || isNode(entry)) return entry;
  const tree = entry.mode === DIRECTORY ? trees.get(entry.id) : undefined;
  if (tree === undefined) return undefined;
  const child: Node = { id: entry.id, entries: new Map(tree) };
  node.entries.set(step, child);
  return child;
}

function changeOf(id: string, before: TreeEntry | Node | undefined, after: string | undefined): Change | undefined {
  if (before === undefined) return after === undefined ? undefined : { id, action: 'created' };
  if (after === undefined) return { id, action: 'deleted' };
  return !isNode(before) && before.mode === FILE && before.id === after ? undefined : { id, action: 'configured' };
}

function isOnRemote(directory: TreeEntry | Node | undefined, path: string, blob: string): boolean {
  const entry = isNode(directory) ? directory.entries.get(path.slice(path.lastIndexOf('/') + 1)) : undefined;
  return entry !== undefined && !isNode(entry) && entry.id === blob;
}

function hasFiles(node: Node): boolean {
  return [...node.entries.values()].some((entry) => !isNode(entry) || hasFiles(entry));
}

const KINDS: Readonly<Record<string, string>> = { '120000': 'a symbolic link', '160000': 'a submodule' };

function inTheWay(path: string, { mode }: TreeEntry): GitError {
  return new GitError('PATH-SYMLINK', `${path} is ${KINDS[mode] ?? 'a file'}, where a directory has to be`);
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
