/** The recent past of a few paths, read when somebody else wrote there. Nothing else needs history, so the cache has none until then. */
import type { Git } from '../git/git';
import { type Tree, formatOf, parseTree } from '../git/git-objects';

/** Commits of the branch that are looked at. An older change has no author that we could name. */
const DEPTH = 200;

/** Commits of one directory that are looked at. */
const MOST = 20;

/** A commit that changed the paths. */
export interface PathCommit {
  readonly id: string;
  readonly author: string;
  /** `NAME <EMAIL>` of author and committer are the same: nobody carried it over or amended it. */
  readonly isFirstHand: boolean;
  readonly message: string;
  /** What stood at the paths after it, and before it; as {@link stateOf} writes it. */
  readonly state: string;
  /** @default - what was before is not known here */
  readonly before: string | undefined;
  /** What lies behind it was not read: it need not have changed anything. */
  readonly isLast: boolean;
}

/** Object ids by path as one text, so that two states can be compared. Where nothing stands the id is empty. */
export function stateOf(ids: readonly (string | undefined)[]): string {
  return ids.map((id) => id ?? '').join(' ');
}

/** Brings the recent commits of the branch here, with their trees. */
export async function deepen(git: Git, ref: string): Promise<void> {
  const options = ['--quiet', `--depth=${DEPTH}`, '--filter=blob:none', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
  await git.run(['fetch', ...options, 'origin', ref], { network: true });
}

/** The commits that changed any of the paths, newest first. Call {@link deepen} before. */
export async function historyOf(git: Git, tip: string, paths: readonly string[]): Promise<PathCommit[]> {
  const listed = await git.run(['rev-list', `--max-count=${MOST}`, tip, '--', ...paths]);
  const ids = listed.toString('latin1').split('\n').filter(Boolean);
  if (ids.length === 0) return [];
  const texts = await readCommits(git, ids);
  const commits = ids.flatMap((id) => [id, `${id}^`]);
  const roots = await rootsOf(git, commits);
  const states = await statesAt(git, commits, paths);
  return ids.map((id, index) => {
    const { hasParent, ...commit } = parseCommit(texts[index] ?? '');
    const isLast = hasParent && roots[2 * index + 1] === undefined;
    return { id, ...commit, isLast, state: states[2 * index] ?? '', before: isLast ? undefined : states[2 * index + 1] };
  });
}

/**
 * What stands at the paths in each of the commits. Read from the folders that the paths are in, all of them in one process: git would fetch a file
 * to say of what type it is, and no local command goes to the remote.
 */
async function statesAt(git: Git, commits: readonly string[], paths: readonly string[]): Promise<string[]> {
  const folders = [...new Set(paths.map(folderOf))];
  const names = commits.flatMap((commit) => folders.map((folder) => (folder === '' ? `${commit}^{tree}` : `${commit}:${folder}`)));
  const trees = await readObjects(git, names);
  return commits.map((_, index) => {
    const found = new Map(folders.map((folder, at) => [folder, treeOf(trees[index * folders.length + at])]));
    return stateOf(paths.map((path) => found.get(folderOf(path))?.get(path.slice(path.lastIndexOf('/') + 1))?.id));
  });
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function treeOf(object: ReadObject | undefined): Tree | undefined {
  return object?.type === 'tree' ? parseTree(object.bytes, formatOf(object.id)) : undefined;
}

interface ReadObject {
  readonly id: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** Objects by name, in one process; `undefined` for what is not there. */
async function readObjects(git: Git, names: readonly string[]): Promise<(ReadObject | undefined)[]> {
  const output = await git.run(['cat-file', '--batch'], { input: names.map((name) => `${name}\n`).join('') });
  const objects: (ReadObject | undefined)[] = [];
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(0x0a, at);
    const [id = '', type = '', size = ''] = output.toString('latin1', at, end).split(' ');
    const isThere = /^\d+$/.test(size);
    objects.push(isThere ? { id, type, bytes: output.subarray(end + 1, end + 1 + Number(size)) } : undefined);
    at = end + 1 + (isThere ? Number(size) + 1 : 0);
  }
  return objects;
}

/** The objects of commits that are here, as texts; empty where one is not. */
export async function readCommits(git: Git, ids: readonly string[]): Promise<string[]> {
  return (await readObjects(git, ids)).map((object) => object?.bytes.toString() ?? '');
}

/** The trees of commits; `undefined` for a commit that is not there. */
async function rootsOf(git: Git, commits: readonly string[]): Promise<(string | undefined)[]> {
  const output = await git.run(['cat-file', '--batch-check'], { input: commits.map((commit) => `${commit}^{tree}\n`).join('') });
  const lines = output.toString('latin1').split('\n');
  return commits.map((_, index) => /^([0-9a-f]{40,64}) tree /.exec(lines[index] ?? '')?.[1]);
}

/** What a commit says of itself. */
export function parseCommit(text: string): Pick<PathCommit, 'author' | 'isFirstHand' | 'message'> & { readonly hasParent: boolean } {
  const end = text.indexOf('\n\n');
  const head = text.slice(0, end === -1 ? text.length : end);
  const [author, committer] = ['author', 'committer'].map((field) => new RegExp(`^${field} (.*>)`, 'm').exec(head)?.[1]);
  return {
    author: author?.replace(/ ?<[^<>]*>$/, '') ?? '',
    hasParent: /^parent /m.test(head),
    isFirstHand: author !== undefined && author === committer,
    message: end === -1 ? '' : text.slice(end + 2),
  };
}
