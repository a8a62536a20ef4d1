import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A bare repository in a folder of its own, and what a test asks of it with a git that is not ours. */
export interface BareRepository {
  readonly path: string;
  git(...args: string[]): string;
  /** Makes a commit from a list of tree entries (`mode type id<TAB>path`), as a hostile or a careless person would. Moves the branch. */
  commitEntries(entries: readonly string[], branch?: string): string;
  writeBlob(text: string): string;
  /** How many commits the branch has. */
  commits(branch?: string): number;
  files(ref?: string): string[];
  show(path: string, ref?: string): string;
  remove(): void;
}

const PERSON = {
  GIT_AUTHOR_NAME: 'Jane',
  GIT_AUTHOR_EMAIL: 'jane@example.org',
  GIT_COMMITTER_NAME: 'Jane',
  GIT_COMMITTER_EMAIL: 'jane@example.org',
};

function run(args: readonly string[], input?: string): string {
  return execFileSync('git', args, {
    encoding: 'utf8',
    env: { ...process.env, ...PERSON, LC_ALL: 'C' },
    maxBuffer: 1e9,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input !== undefined && { input }),
  });
}

export function bareRepository({ format = 'sha1' }: { readonly format?: 'sha1' | 'sha256' } = {}): BareRepository {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'openclaw-remote-')));
  const path = join(folder, 'fleet.git');
  run(['init', '--quiet', '--bare', '--initial-branch=main', `--object-format=${format}`, path]);
  const git = (...args: string[]): string => run(['-C', path, ...args]);
  git('config', 'uploadpack.allowFilter', 'true');
  git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  const hasRef = (ref: string): boolean => git('for-each-ref', ref).trim() !== '';
  return {
    path,
    git,
    writeBlob: (text) => run(['-C', path, 'hash-object', '-w', '--stdin'], text).trim(),
    commitEntries: (entries, branch = 'main') => {
      const ref = `refs/heads/${branch}`;
      const index = join(folder, 'index');
      const env = { ...process.env, ...PERSON, GIT_INDEX_FILE: index };
      const plumb = (args: readonly string[], input = ''): string =>
        execFileSync('git', ['-C', path, ...args], { encoding: 'utf8', env, input }).trim();
      rmSync(index, { force: true });
      if (hasRef(ref)) plumb(['read-tree', ref]);
      plumb(['update-index', '--index-info'], entries.map((entry) => `${entry}\n`).join(''));
      const parents = hasRef(ref) ? ['-p', ref] : [];
      const commit = plumb(['commit-tree', ...parents, '-m', 'by hand', plumb(['write-tree', '--missing-ok'])]);
      git('update-ref', ref, commit);
      return commit;
    },
    commits: (branch = 'main') => (hasRef(`refs/heads/${branch}`) ? Number(git('rev-list', '--count', `refs/heads/${branch}`)) : 0),
    files: (ref = 'main') => git('ls-tree', '-r', '--name-only', ref).split('\n').filter(Boolean),
    show: (file, ref = 'main') => git('cat-file', 'blob', `${ref}:${file}`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
