/** The recent past of a few paths, read when somebody else wrote there. Nothing else needs history, so the cache has none until then. */
import type { Git } from '../git/git';

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
  const names = ids.flatMap((id) => [id, `${id}^`].flatMap((commit) => [`${commit}^{tree}`, ...paths.map((path) => `${commit}:${path}`)]));
  const found = await check(git, names);
  const width = paths.length + 1;
  return ids.map((id, index) => {
    const own = found.slice(index * 2 * width, (index * 2 + 1) * width);
    const [root, ...before] = found.slice((index * 2 + 1) * width, (index * 2 + 2) * width);
    const { hasParent, ...commit } = parse(texts[index] ?? '');
    const isLast = hasParent && root === undefined;
    return { id, ...commit, isLast, state: stateOf(own.slice(1)), before: isLast ? undefined : stateOf(before) };
  });
}

async function readCommits(git: Git, ids: readonly string[]): Promise<string[]> {
  const output = await git.run(['cat-file', '--batch'], { input: ids.map((id) => `${id}\n`).join('') });
  const texts: string[] = [];
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(0x0a, at);
    const size = Number(output.toString('latin1', at, end).split(' ')[2]);
    if (!Number.isInteger(size)) break;
    texts.push(output.toString('utf8', end + 1, end + 1 + size));
    at = end + 2 + size;
  }
  return texts;
}

/** Object ids by name; `undefined` for what is not there. */
async function check(git: Git, names: readonly string[]): Promise<(string | undefined)[]> {
  const output = await git.run(['cat-file', '--batch-check'], { input: names.map((name) => `${name}\n`).join('') });
  const lines = output.toString('latin1').split('\n');
  return names.map((_, index) => /^([0-9a-f]{40,64}) (?:tree|blob) /.exec(lines[index] ?? '')?.[1]);
}

function parse(text: string): Pick<PathCommit, 'author' | 'isFirstHand' | 'message'> & { readonly hasParent: boolean } {
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
