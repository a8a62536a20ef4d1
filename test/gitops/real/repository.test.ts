import { execFileSync } from 'node:child_process';
import { GitError } from '../../../gitops/git/errors';
import { createGit } from '../../../gitops/git/git';
import { Repository, type RepositorySettings } from '../../../gitops/publish/repository';
import type { Replacement } from '../../../gitops/publish/tree-draft';
import { withSpec } from '../../builders';
import { OWNER, aLayout, aSet, removalOf, replacementOf } from '../layouts';
import { type BareRepository, bareRepository } from './bare';

const NOW = Date.UTC(2026, 8, 1);
const DIRECTORY = 'clusters/prod-eu/instances/team-a/alice';

let remote: BareRepository;
const opened: Repository[] = [];

beforeEach(() => {
  remote = bareRepository();
});
afterEach(() => {
  for (const repository of opened.splice(0)) repository.close();
  remote.remove();
});

function open(settings: RepositorySettings = { createBranch: true }): Repository {
  const repository = new Repository(createGit({ url: remote.path, branch: 'main', allow: ['file'] }), settings);
  opened.push(repository);
  return repository;
}

/** One commit on whatever the remote has. */
async function write(repository: Repository, ...replacements: readonly Replacement[]): Promise<string | undefined> {
  const tip = await repository.lsRemote();
  const base = tip === undefined ? undefined : await repository.fetchTip(tip);
  const commit = await repository.commitTrees(base, replacements, 'a commit\n', NOW);
  if (commit) await repository.push(commit);
  return commit?.id;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GitError)) throw error;
  return error.code;
}

/** The content of a symbolic link that leads out of the repository. */
function link(): string {
  return remote.writeBlob('../../../../../../tmp');
}

describe('a commit', () => {
  it('begins the branch of an empty repository, with the files of the layout byte for byte', async () => {
    const alice = aLayout();
    await write(open(), replacementOf(alice));
    expect(remote.commits()).toBe(1);
    expect(remote.files()).toEqual(alice.files.map(({ path }) => path).toSorted());
    for (const { path, text } of alice.files) expect(remote.show(path)).toBe(text);
    expect(remote.git('fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('is not made when nothing would change, also by another process', async () => {
    const alice = replacementOf(aLayout());
    const repository = open();
    await write(repository, alice);
    expect(await write(repository, alice)).toBeUndefined();
    expect(await write(open(), alice)).toBeUndefined();
    expect(remote.commits()).toBe(1);
  });

  it('replaces the directory whole and leaves everything else as it was', async () => {
    const readme = remote.writeBlob('ours, by hand\n');
    remote.commitEntries([`100644 ${readme} 0\tREADME.md`, `100755 ${readme} 0\toverlays/team-a/run`]);
    const repository = open();
    await write(repository, replacementOf(aLayout()));
    remote.commitEntries([`100644 ${readme} 0\t${DIRECTORY}/stray.yaml`, `100644 ${readme} 0\t${DIRECTORY}/deep/stray.yaml`]);
    const bob = aLayout(aSet('bob'));
    const edited = aLayout(aSet('alice', withSpec({ image: { tag: '2026.9.5' } })));
    await write(repository, replacementOf(edited), replacementOf(bob));
    const expected = [...edited.files, ...bob.files].map(({ path }) => path);
    expect(remote.files()).toEqual(['README.md', 'overlays/team-a/run', ...expected].toSorted());
    expect(remote.git('ls-tree', 'main', 'overlays/team-a/run')).toMatch(/^100755/);
    expect(remote.git('fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('removes an instance with its index; folders that all instances share stay, for an engine reads them as a whole', async () => {
    const readme = remote.writeBlob('text\n');
    remote.commitEntries([`100644 ${readme} 0\tREADME.md`]);
    const repository = open();
    const alice = aLayout(aSet(), { flux: { source: 'fleet' } });
    await write(repository, replacementOf(alice));
    await write(repository, removalOf(alice));
    expect(remote.files()).toEqual(['README.md', 'clusters/prod-eu/flux/.gitkeep', 'clusters/prod-eu/index/.gitkeep']);
    expect(await write(repository, removalOf(alice))).toBeUndefined();
  });

  it('carries only what the remote lacks, and fetches nothing for it', async () => {
    const repository = open();
    await write(repository, replacementOf(aLayout()));
    const before = Number(/count: (\d+)/.exec(remote.git('count-objects', '-v'))?.[1]);
    await write(open(), replacementOf(aLayout(aSet('alice', withSpec({ suspended: true })))));
    const after = Number(/count: (\d+)/.exec(remote.git('count-objects', '-v'))?.[1]);
    // Five directories above, that of the instance, its changed files and the commit.
    expect(after - before).toBeLessThan(15);
  });

  it('has the same id for the same content, time and parent', async () => {
    const other = bareRepository();
    const first = await write(open(), replacementOf(aLayout()));
    const twin = new Repository(createGit({ url: other.path, branch: 'main', allow: ['file'] }), { createBranch: true });
    opened.push(twin);
    expect(await write(twin, replacementOf(aLayout()))).toBe(first);
    other.remove();
  });

  it('works in a repository with SHA-256 ids', async () => {
    remote.remove();
    remote = bareRepository({ format: 'sha256' });
    remote.commitEntries([`100644 ${remote.writeBlob('text\n')} 0\tREADME.md`]);
    await write(open(), replacementOf(aLayout()));
    expect(remote.commits()).toBe(2);
    expect(remote.git('fsck', '--strict', '--no-dangling')).toBe('');
  });
});

describe('the branch', () => {
  it('is not created unless that is allowed', async () => {
    expect(await codeOf(write(open({}), replacementOf(aLayout())))).toBe('GIT-BRANCH-MISSING');
  });

  it('is refused to a push that is not based on its tip, and nothing of the other writer is lost', async () => {
    const repository = open();
    await write(repository, replacementOf(aLayout()));
    const tip = await repository.fetchTip((await repository.lsRemote()) ?? '');
    const late = await repository.commitTrees(tip, [replacementOf(aLayout(aSet('bob')))], 'late\n', NOW);
    remote.commitEntries([`100644 ${remote.writeBlob('theirs\n')} 0\tREADME.md`]);
    expect(await codeOf(repository.push(late ?? { id: '', parent: tip }))).toBe('GIT-RACE');
    expect(remote.show('README.md')).toBe('theirs\n');
    await write(repository, replacementOf(aLayout(aSet('bob'))));
    expect(remote.commits()).toBe(3);
  });
});

describe('a hostile repository', () => {
  it.each([
    ['the directory', DIRECTORY],
    ['a folder on the way', 'clusters/prod-eu/instances'],
    ['the first folder', 'clusters'],
    ['the folder of the index', 'clusters/prod-eu/index'],
  ])('with a symbolic link as %s is refused', async (_, path) => {
    remote.commitEntries([`120000 ${link()} 0\t${path}`]);
    expect(await codeOf(write(open(), replacementOf(aLayout())))).toBe('PATH-SYMLINK');
    expect(remote.commits()).toBe(1);
  });

  it('with a submodule in our place is refused', async () => {
    remote.commitEntries([`160000 ${'1'.repeat(40)} 0\t${DIRECTORY}`]);
    expect(await codeOf(write(open(), replacementOf(aLayout())))).toBe('PATH-SYMLINK');
  });

  it('with a directory of another owner, or of nobody, is refused', async () => {
    await write(open(), replacementOf(aLayout()));
    const other = 'a3a5f2aa-0000-4000-8000-000000000000';
    expect(await codeOf(write(open(), replacementOf(aLayout(aSet(), { owner: other }), other)))).toBe('PATH-FOREIGN-OWNER');
    expect(await codeOf(write(open(), removalOf(aLayout(), other)))).toBe('PATH-FOREIGN-OWNER');
    remote.commitEntries([`0 ${'0'.repeat(40)}\t${DIRECTORY}/openclaw.owner`]);
    expect(await codeOf(write(open(), replacementOf(aLayout())))).toBe('PATH-FOREIGN-OWNER');
  });

  it('with an index of our name and no directory is refused', async () => {
    remote.commitEntries([`100644 ${remote.writeBlob('{}')} 0\tclusters/prod-eu/index/team-a.alice.json`]);
    expect(await codeOf(write(open(), replacementOf(aLayout())))).toBe('PATH-FOREIGN-OWNER');
  });

  it('with ignore files, attributes and links inside the directory has no effect', async () => {
    const repository = open();
    const alice = aLayout();
    await write(repository, replacementOf(alice));
    remote.commitEntries([
      `100644 ${remote.writeBlob('*\n')} 0\t.gitignore`,
      `100644 ${remote.writeBlob('* text eol=crlf ident filter=evil\n')} 0\t.gitattributes`,
      `100644 ${remote.writeBlob('*\n')} 0\t${DIRECTORY}/.gitignore`,
      `120000 ${link()} 0\t${DIRECTORY}/kustomization.yaml`,
      `160000 ${'1'.repeat(40)} 0\t${DIRECTORY}/sub`,
    ]);
    await write(open(), replacementOf(alice));
    const ours = alice.files.map(({ path }) => path);
    expect(remote.files().filter((path) => path.startsWith('clusters/'))).toEqual(ours.toSorted());
    for (const { path, text } of alice.files) expect(remote.show(path)).toBe(text);
  });

  it('whose trees hold names that git would not check out is left as it is', async () => {
    const blob = remote.writeBlob('text\n');
    const inner = `100644 blob ${blob}\tconfig\n`;
    const tree = (text: string): string => mktree(remote, text);
    const root = tree(
      `040000 tree ${tree(inner)}\t.git\n040000 tree ${tree(`100644 blob ${blob}\t..\n`)}\todd\n100644 blob ${blob}\tna\xefve\n`,
    );
    remote.git(
      'update-ref',
      'refs/heads/main',
      remote.git('-c', 'user.name=x', '-c', 'user.email=x', 'commit-tree', '-m', 'x', root).trim(),
    );
    // Such objects are not taken in, as the cache checks what it fetches; the branch is not touched.
    expect(await codeOf(write(open(), replacementOf(aLayout())))).toBe('GIT-REJECTED');
    expect(remote.commits()).toBe(1);
  });
});

function mktree({ path }: BareRepository, text: string): string {
  return execFileSync('git', ['-C', path, 'mktree'], { input: text, encoding: 'utf8' }).trim();
}

it('the owner is part of no other file', () => {
  const holders = aLayout().files.filter(({ text }) => text.includes(OWNER));
  expect(holders.map(({ path }) => path)).toEqual([`${DIRECTORY}/openclaw.owner`]);
});
