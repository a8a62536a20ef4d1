import { createGit } from '../../../gitops/git/git';
import { GitSink } from '../../../gitops/publish/git-sink';
import { Publisher } from '../../../gitops/publish/publisher';
import { Repository } from '../../../gitops/publish/repository';
import { systemClock } from '../../../gitops/git/clock';
import { openFence } from '../../../gitops/git/fence';
import type { ManifestSet } from '../../../constructs';
import { withConfig } from '../../builders';
import { OPTIONS, aSet } from '../layouts';
import { type BareRepository, bareRepository } from './bare';
import { TIMES } from './publishing';

const at = (name: string): string => `clusters/prod-eu/instances/team-a/${name}`;

let remote: BareRepository;
let close: () => Promise<void>;
let sink: GitSink;

function open(allowMassDelete = false): GitSink {
  const repository = new Repository(createGit({ url: remote.path, branch: 'main', allow: ['file'] }), { createBranch: true });
  const publisher = new Publisher({ repository, clock: systemClock, engine: '1.2.3', fence: openFence, times: TIMES });
  close = () => publisher.close();
  return new GitSink({ publisher, repository, layout: OPTIONS, allowMassDelete });
}

beforeEach(() => {
  remote = bareRepository();
  sink = open();
});
afterEach(async () => {
  await close();
  remote.remove();
});

const sets = (...names: string[]): ManifestSet[] => names.map((name) => aSet(name));

it('tells what it would do and does that, in one commit', async () => {
  const expected = [
    { id: at('alice'), action: 'created' },
    { id: at('bob'), action: 'created' },
  ];
  expect(await sink.diff(sets('bob', 'alice'))).toEqual(expected);
  expect(remote.commits()).toBe(0);
  expect(await sink.apply(sets('bob', 'alice'))).toEqual(expected);
  expect(remote.commits()).toBe(1);
  expect(await sink.apply(sets('bob', 'alice'))).toEqual(expected.map(({ id }) => ({ id, action: 'unchanged' })));
  expect(remote.commits()).toBe(1);
});

it('tells each change by itself; what is gone gets a tombstone, once', async () => {
  await sink.apply(sets('alice', 'bob', 'carol'));
  const next = [aSet('alice'), aSet('bob', withConfig({ a: 1 })), aSet('dora')];
  const expected = [
    { id: at('alice'), action: 'unchanged' },
    { id: at('bob'), action: 'configured' },
    { id: at('carol'), action: 'deleted' },
    { id: at('dora'), action: 'created' },
  ];
  expect(await sink.diff(next)).toEqual(expected);
  expect(await sink.apply(next)).toEqual(expected);
  expect(remote.commits()).toBe(2);
  expect(remote.files().filter((path) => path.startsWith(`${at('carol')}/`))).toEqual(
    ['configmap.carol-tombstone.yaml', 'kustomization.yaml', 'openclaw.owner'].map((file) => `${at('carol')}/${file}`),
  );
  expect((await sink.apply(next)).map(({ action }) => action)).toEqual(['unchanged', 'unchanged', 'unchanged']);
  expect(remote.commits()).toBe(2);
});

it('leaves what others put there, other clusters included', async () => {
  const blob = remote.writeBlob('theirs\n');
  const theirs = [
    'README.md',
    'clusters/prod-eu/instances/team-a/other/kustomization.yaml',
    'clusters/prod-us/instances/team-a/alice/x.yaml',
  ];
  remote.commitEntries(theirs.map((path) => `100644 ${blob} 0\t${path}`));
  await sink.apply(sets('alice'));
  for (const path of theirs) expect(remote.show(path)).toBe('theirs\n');
});

it('does not delete many at once unless that is allowed', async () => {
  await sink.apply(sets('a', 'b', 'c', 'd', 'e'));
  await expect(sink.diff([])).rejects.toThrow('MASS-DELETE: 5 of 5 instances would be deleted from prod-eu');
  await expect(sink.apply(sets('a'))).rejects.toThrow('MASS-DELETE');
  expect(remote.commits()).toBe(1);
  await close();
  const changes = await open(true).apply(sets('a'));
  expect(changes.map(({ action }) => action)).toEqual(['unchanged', 'deleted', 'deleted', 'deleted', 'deleted']);
});

it('writes the others when one is refused, and says which', async () => {
  const token = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_');
  const both = [aSet('alice', withConfig({ a: token })), aSet('bob')];
  await expect(sink.diff(both)).rejects.toThrow('SECRET-FOUND');
  await expect(sink.apply(both)).rejects.toThrow(`${at('alice')}/configmap.alice-config.yaml`);
  expect(remote.files().some((path) => path.startsWith(at('bob')))).toBe(true);
  expect(remote.files().some((path) => path.startsWith(at('alice')))).toBe(false);
});
