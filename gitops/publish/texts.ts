import { GitError } from '../git/errors';
import type { Git } from '../git/git';

/** Brings files here, which the cache leaves out otherwise, by one request for all of them, and reads them. */
export async function readTexts(git: Git, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const unique = [...new Set(ids)];
  const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--filter=blob:none', '--stdin'];
  // What we have is not told: the server would take the files of a commit that is here for files that are here.
  await git.run(['-c', 'fetch.negotiationAlgorithm=noop', 'fetch', ...options, 'origin'], {
    input: unique.map((id) => `${id}\n`).join(''),
    network: true,
  });
  const output = await git.run(['cat-file', '--batch'], { input: unique.map((id) => `${id}\n`).join('') });
  const texts = new Map<string, string>();
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(0x0a, at);
    const [id = '', type, size = ''] = output.toString('latin1', at, end).split(' ');
    if (!/^\d+$/.test(size)) throw new GitError('GIT-FAILED', 'a file of the repository could not be read');
    if (type === 'blob') texts.set(id, output.toString('utf8', end + 1, end + 1 + Number(size)));
    at = end + 2 + Number(size);
  }
  return texts;
}
