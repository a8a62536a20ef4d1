import { RegistryError } from '../../../../gitops/registry/session';
import { ReleaseSource, type TagLister, releaseId } from '../../../../controller/observe/releases/release-source';
import type { RegistryCredentials } from '../../../../gitops/registry/docker-config';
import { FakeClock, settle } from '../../api/fake-clock';
import { aServer } from '../../world';

const CONFIG = JSON.stringify({
  auths: { 'ghcr.io': { username: 'alice', password: 'pass' }, 'quay.io': { username: 'x', password: 'y' } },
});

function world() {
  const clock = new FakeClock();
  const api = aServer(clock);
  const data = { '.dockerconfigjson': Buffer.from(CONFIG).toString('base64') };
  api.seed({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'pull', namespace: 'team-a' }, data });
  const asked: { readonly path: string; readonly credentials: RegistryCredentials | undefined }[] = [];
  const woken: string[] = [];
  let problem: Error | undefined;
  const registry: TagLister = {
    tags: async ({ path }, credentials) => {
      asked.push({ path, credentials });
      if (problem) throw problem;
      return ['2026.9.7'];
    },
  };
  const source = new ReleaseSource({ api, clock, registry, onChange: (id) => woken.push(id) });
  return { source, clock, asked, woken, fail: (error?: Error) => (problem = error) };
}

const IMAGE = { image: 'ghcr.io/openclaw/openclaw:2026.9.6', namespace: 'team-a', pullSecrets: [] };

it('a repository is asked once for everybody, and whoever asked is woken by the answer', async () => {
  const { source, asked, woken } = world();
  expect([source.read(IMAGE), source.read({ ...IMAGE, namespace: 'team-b', image: 'ghcr.io/openclaw/openclaw:latest' })]).toEqual([
    undefined,
    undefined,
  ]);
  await settle();
  expect([asked.length, woken]).toEqual([1, [releaseId(IMAGE)]]);
  expect(source.read(IMAGE)).toEqual({ tags: ['2026.9.7'] });
});

it('is asked again after five minutes, also when it failed', async () => {
  const { source, clock, asked, fail } = world();
  fail(new RegistryError('registry ghcr.io answers 503'));
  source.read(IMAGE);
  await settle();
  expect(source.read(IMAGE)).toEqual({ problem: 'registry ghcr.io answers 503' });
  await clock.advance(4 * 60_000);
  source.read(IMAGE);
  expect(asked).toHaveLength(1);
  fail();
  for (const minutes of [2, 60]) {
    await clock.advance(minutes * 60_000);
    expect(source.read(IMAGE)).toBeUndefined();
    await settle();
    expect(source.read(IMAGE)).toEqual({ tags: ['2026.9.7'] });
  }
  expect(asked).toHaveLength(3);
});

it('C36 gets the credentials of the pull secrets alone, and what they show is not for other namespaces', async () => {
  const { source, asked } = world();
  const secret = { ...IMAGE, pullSecrets: ['missing', 'pull'] };
  source.read(secret);
  source.read({ ...secret, namespace: 'team-b' });
  source.read(IMAGE);
  await settle();
  await settle();
  expect(asked.map(({ credentials }) => credentials?.user)).toEqual(expect.arrayContaining(['alice', undefined, undefined]));
  expect(asked).toHaveLength(3);
  expect(new Set([secret, { ...secret, namespace: 'team-b' }, IMAGE].map(releaseId)).size).toBe(3);
});

it('an error that nobody foresaw says nothing of what it holds', async () => {
  const { source, fail } = world();
  fail(new TypeError('pass in clear'));
  source.read(IMAGE);
  await settle();
  expect(source.read(IMAGE)).toEqual({ problem: 'the credentials of spec.image.pullSecrets cannot be read now' });
});

it('an image that names no repository is no question', () => {
  const { source, asked } = world();
  expect(source.read({ ...IMAGE, image: 'http://x' })).toEqual({ problem: 'http://x names no repository' });
  expect(asked).toEqual([]);
});
