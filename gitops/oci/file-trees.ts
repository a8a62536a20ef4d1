import { DIRECTORY, FILE, type Tree, type TreeEntry, makeObject, parseTree, treeBytes } from '../git/git-objects';
import type { TarEntry } from './tar';

/** Only names of content are made with it; signatures and registries name artifacts by SHA-256. */
export const FORMAT = 'sha1';

/** Files as the trees that Git would make of them. */
export interface FileTrees {
  /** The id of the tree of all of them. */
  readonly root: string;
  readonly trees: ReadonlyMap<string, Tree>;
}

interface Folder {
  readonly entries: Map<string, TreeEntry | Folder>;
}

export function treesOf(files: readonly TarEntry[]): FileTrees {
  const top: Folder = { entries: new Map() };
  for (const { path, bytes } of files) {
    const steps = path.split('/').map(latin);
    const name = steps.pop() ?? '';
    const folder = steps.reduce(openFolder, top);
    folder.entries.set(name, { mode: FILE, id: blobId(bytes) });
  }
  const trees = new Map<string, Tree>();
  return { root: close(top, trees), trees };
}

export function blobId(bytes: Buffer): string {
  return makeObject('blob', bytes, FORMAT).id;
}

function openFolder(folder: Folder, step: string): Folder {
  const present = folder.entries.get(step);
  if (present !== undefined && 'entries' in present) return present;
  const fresh: Folder = { entries: new Map() };
  folder.entries.set(step, fresh);
  return fresh;
}

function close(folder: Folder, trees: Map<string, Tree>): string {
  const entries = [...folder.entries].map(
    ([name, entry]) => [name, 'entries' in entry ? { mode: DIRECTORY, id: close(entry, trees) } : entry] as const,
  );
  const { id, bytes } = makeObject('tree', treeBytes(new Map(entries)), FORMAT);
  trees.set(id, parseTree(bytes, FORMAT));
  return id;
}

/** What a tree is made of: its files by path, in the order of the paths, and all trees in it. */
export function walkTree(
  root: string,
  treeAt: (id: string) => Tree | undefined,
): { readonly files: readonly [path: string, blob: string][]; readonly trees: ReadonlyMap<string, Tree> } {
  const found: [string, string][] = [];
  const trees = new Map<string, Tree>();
  const walk = (id: string, folder: string): void => {
    const tree = treeAt(id);
    if (tree === undefined) throw new Error(`the tree ${id} is not here`);
    trees.set(id, tree);
    for (const [name, entry] of tree) {
      const path = `${folder}${Buffer.from(name, 'latin1').toString()}`;
      if (entry.mode === DIRECTORY) walk(entry.id, `${path}/`);
      else found.push([path, entry.id]);
    }
  };
  walk(root, '');
  return { files: found.toSorted(([a], [b]) => (a < b ? -1 : 1)), trees };
}

/** Trees keep names byte for byte, as Latin-1. */
function latin(step: string): string {
  return Buffer.from(step).toString('latin1');
}
