import { join } from 'node:path';
import { releaseOf } from '../../../controller/decide/additions';
import { makeSshKey } from '../../../gitops/git/ssh-key';
import { type InstanceLayout, layout } from '../../../gitops/layout/layout';
import type { Publisher } from '../../../gitops/publish/publisher';
import type { Override } from '../../../constructs';
import { anInstance, rendered, withEnv } from '../../builders';
import { folderWith, instanceYaml, removeFolders, run } from '../../app/program';
import { OPTIONS, OWNER } from '../layouts';
import { type BareRepository, bareRepository } from './bare';
import { aPublisher, told } from './publishing';

const DIRECTORY = 'clusters/prod-eu/instances/team-a/alice';
const FLUX = { source: 'deploy', namespace: 'flux-system', serviceAccountName: 'assistants', interval: '3m' };
const edited = '{image: {tag: "2026.9.6"}, env: [{name: A, value: b}]}';

let remote: BareRepository;
let publisher: Publisher;

beforeEach(() => {
  remote = bareRepository();
  publisher = aPublisher({ url: remote.path, branch: 'main', allow: ['file'] });
});
afterEach(async () => {
  await publisher.close();
  remote.remove();
});
afterAll(removeFolders);

/** What the controller lays out: with the hash of Secrets, which only it knows. */
function asController(spec: 'plain' | 'edited', hash?: string, overrides: readonly Override[] = []): InstanceLayout {
  const { manifests } = rendered(spec === 'edited' ? anInstance('alice', withEnv({ name: 'A', value: 'b' })) : anInstance('alice'));
  const instance = { metadata: { name: 'alice', namespace: 'team-a', uid: 'u' } };
  const { additions } = releaseOf(manifests, { instance, delivery: 'git', secretHash: hash });
  return layout(
    { name: 'alice', namespace: 'team-a', manifests },
    { ...OPTIONS, additions, overrides, ...(hash !== undefined && { flux: FLUX }) },
  );
}

async function published(laid: InstanceLayout): Promise<void> {
  expect(told(await publisher.publish({ placement: laid.placement, layout: laid, owner: OWNER }))).toBe('committed');
}

function flags(...more: readonly string[]): string[] {
  return ['-q', '--git-url', remote.path, '--git-allow-file', '--cluster-name', 'prod-eu', ...more];
}

async function toGit(spec: string, ...more: readonly string[]) {
  const folder = folderWith({ 'alice.yaml': instanceYaml('alice', { spec }) });
  return run('synth', '--to-git', join(folder, 'alice.yaml'), ...flags('--git-signing', 'disabled', ...more));
}

async function verify(spec: string, ...more: readonly string[]) {
  const folder = folderWith({ 'alice.yaml': instanceYaml('alice', { spec }) });
  return run('verify', join(folder, 'alice.yaml'), ...flags(...more));
}

const plain = '{image: {tag: "2026.9.6"}}';
const treeNow = (): string => remote.git('rev-parse', `main:${DIRECTORY}`).trim();

/** The files of the branch, all of them, are those of a layout. */
function expectFiles({ files }: InstanceLayout): void {
  const found = remote.files().filter((path) => !path.endsWith('.gitkeep'));
  expect(found.toSorted()).toEqual(files.map(({ path }) => path).toSorted());
  for (const { path, text } of files) expect(remote.show(path)).toBe(text);
}

describe('synth --to-git', () => {
  it('begins a cluster with the owner that is named, and asks for it where nobody says', async () => {
    const nameless = await toGit(plain, '--git-create-branch');
    expect([nameless.code, nameless.stderr]).toEqual([2, expect.stringContaining('--git-owner') as string]);
    const first = await toGit(plain, '--git-create-branch', '--git-owner', OWNER);
    expect([first.code, first.stderr]).toEqual([0, expect.stringContaining('the branch is at ') as string]);
    expectFiles(asController('plain'));
    expect(remote.git('log', '-1', '--format=%s')).toBe('openclaw(prod-eu): team-a/alice created\n');
  });

  it('makes the bytes of the controller, with what only that knows: the hash of the Secrets, and the Kustomization of Flux', async () => {
    await published(asController('plain', 'h4sh'));
    const { code } = await toGit(edited);
    expect(code).toBe(0);
    expectFiles(asController('edited', 'h4sh'));
    const again = await toGit(edited);
    expect([again.code, remote.commits()]).toEqual([0, 2]);
  });

  it('keeps what holds in place of the spec for a time', async () => {
    const overrides = [{ field: 'replicas', value: 0, reason: 'backup' }];
    await published(asController('plain', 'h4sh', overrides));
    await toGit(edited);
    expect(remote.show(`${DIRECTORY}/openclaw.overrides`)).toContain('backup');
    expect(remote.show(`${DIRECTORY}/statefulset.apps.alice.yaml`)).toContain('replicas: 0');
    expect((await verify(edited)).code).toBe(0);
  });

  it('signs with the key that is named, and says so where there is none', async () => {
    const folder = folderWith({ key: makeSshKey(), 'alice.yaml': instanceYaml('alice') });
    const sign = (...more: readonly string[]) =>
      run('synth', '--to-git', join(folder, 'alice.yaml'), ...flags('--git-create-branch', '--git-owner', OWNER, ...more));
    const keyless = await sign();
    expect([keyless.code, keyless.stderr]).toEqual([2, expect.stringContaining('--git-signing-key-file') as string]);
    expect((await sign('--git-signing-key-file', join(folder, 'key'))).code).toBe(0);
    expect(remote.git('cat-file', 'commit', 'main')).toContain('-----BEGIN SSH SIGNATURE-----');
  });

  it('commits nothing that looks like a secret, and nothing in a dry run', async () => {
    await published(asController('plain'));
    const token = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_');
    const leaky = await toGit(`{image: {tag: "2026.9.6"}, env: [{name: NOTE, value: ${token}}]}`);
    expect([leaky.code, leaky.stderr]).toEqual([3, expect.stringContaining('SECRET-FOUND') as string]);
    expect(leaky.stderr).not.toContain(token);
    const tried = await toGit(edited, '--dry-run');
    expect([tried.code, tried.stderr]).toEqual([0, expect.stringContaining(`${DIRECTORY}: configured`) as string]);
    expect(remote.commits()).toBe(1);
  });

  it('holds a revert, until its commit is named', async () => {
    await published(asController('plain'));
    await published(asController('edited'));
    const before = remote.git('rev-parse', `main~1:${DIRECTORY}`).trim();
    const entries = remote.git('ls-tree', '-r', 'main~1').trim().split('\n');
    const revert = remote.commitEntries(entries.map((line) => line.replace(/^(\d+) blob (\w+)/, '$1 $2 0')));
    expect(treeNow()).toBe(before);
    const held = await toGit(edited);
    expect([held.code, held.stderr]).toEqual([3, expect.stringContaining(`HELD-REVERT: commit ${revert} by Jane`) as string]);
    expect((await toGit(edited, '--write-over-commit', revert.slice(0, 10))).code).toBe(0);
    expect(treeNow()).not.toBe(before);
  });

  it('leaves other instances alone; with --prune they get tombstones, and many at once have to be confirmed', async () => {
    const folder = folderWith(Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [`${name}.yaml`, instanceYaml(name)])));
    const all = flags('--git-signing', 'disabled');
    expect((await run('synth', '--to-git', folder, ...all, '--git-create-branch', '--git-owner', OWNER)).code).toBe(0);
    const one = ['synth', '--to-git', join(folder, 'a.yaml'), ...all];
    expect((await run(...one)).code).toBe(0);
    expect(remote.commits()).toBe(1);
    const refused = await run(...one, '--prune');
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('MASS-DELETE') as string]);
    expect((await run(...one, '--prune', '--confirm-deletions')).code).toBe(0);
    expect(remote.files().filter((path) => path.includes('tombstone'))).toHaveLength(4);
  });

  it('that makes no sense is told as a mistake of the command line', async () => {
    const folder = folderWith({ 'a.yaml': instanceYaml('a', { namespace: '' }) });
    const file = join(folder, 'a.yaml');
    expect((await run('synth', '--to-git', file, '-d', 'out')).stderr).toContain('--to-git writes to a branch');
    expect((await run('synth', file, '--git-owner', OWNER)).stderr).toContain(
      '--git-owner speaks of commits and artifacts: give --to-git or --to-oci too',
    );
    expect((await run('synth', '--to-git', file, '--git-signing', 'disabled')).stderr).toContain(
      '--to-git needs --git-url and --cluster-name',
    );
    expect((await run('synth', '--to-git', file, ...flags('--git-signing', 'disabled'))).stderr).toContain(
      'names no namespace: give one with -n',
    );
  });
});

describe('verify', () => {
  it('finds the tree that the files give, with all that no spec says', async () => {
    await published(asController('plain', 'h4sh'));
    const { code, stdout } = await verify(plain);
    expect([code, stdout]).toEqual([
      0,
      `team-a/alice: tree ${treeNow()} of commit ${remote.git('rev-parse', 'main').trim()} is what these files give\n`,
    ]);
  });

  it('names what differs, in either direction', async () => {
    await published(asController('plain', 'h4sh'));
    remote.commitEntries([`100644 ${remote.writeBlob('x\n')} 0\t${DIRECTORY}/extra.yaml`]);
    const { code, stdout } = await verify(edited);
    expect([code, ...stdout.trimEnd().split('\n').slice(1)]).toEqual([
      1,
      '  configmap.alice-release.yaml differs',
      '  extra.yaml is not theirs',
      '  kustomization.yaml differs',
      '  statefulset.apps.alice.yaml differs',
    ]);
  });

  it('looks at an older commit, and says where an instance is missing', async () => {
    await published(asController('plain'));
    const first = remote.git('rev-parse', 'main').trim();
    await published(asController('edited'));
    expect((await verify(plain)).code).toBe(1);
    expect((await verify(plain, '--commit', first)).code).toBe(0);
    const missing = await run('verify', join(folderWith({ 'b.yaml': instanceYaml('bob') }), 'b.yaml'), ...flags());
    expect([missing.code, missing.stdout]).toEqual([1, expect.stringContaining('does not have it') as string]);
    expect((await verify(plain, '--commit', 'main')).code).toBe(2);
    expect((await verify(plain, '--commit', 'f'.repeat(40))).code).toBe(3);
  });
});
