import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ok } from '../cluster/api';
import { createNamespace } from '../cluster/namespaces';
import { describeWith, testApi, testCluster } from '../cluster/parts';
import { startFlux, type Flux } from './flux';
import { startGitServer, type GitServer } from './git-server';
import { missingFlux } from './programs';
import { kustomization, sourceObjects } from './sources';

const map = (colour: string): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'paint' }, data: { colour } });

const run = promisify(execFile);

describeWith(['server', 'controllers', { why: missingFlux() }], 'Flux on the test cluster', () => {
  const api = testApi();
  let flux: Flux | undefined;
  let server: GitServer | undefined;
  let clone = '';

  beforeAll(async () => {
    server = await startGitServer();
    clone = mkdtempSync(join(tmpdir(), 'openclaw-clone-'));
    flux = await startFlux(testCluster());
  }, 120_000);

  afterAll(async () => {
    await flux?.stop();
    await server?.stop();
    rmSync(clone, { recursive: true, force: true });
  });

  const started = (): GitServer => {
    if (server === undefined) throw new Error('the git server did not start');
    return server;
  };

  /** As a person does it: files in a clone, a commit, a push over HTTPS. */
  async function push(files: Readonly<Record<string, string>>): Promise<string> {
    const { url, caFile, credentials } = started();
    const authorized = url.replace('https://', `https://${credentials.username}:${credentials.password}@`);
    const settings = ['user.name=Jane', 'user.email=jane@example.org'].flatMap((setting) => ['-c', setting]);
    // By the variable, which goes before any setting.
    const env = { ...process.env, GIT_SSL_CAINFO: caFile };
    // The server is in this very process: whoever waits for git without an await waits for ever.
    const git = async (...args: string[]): Promise<string> =>
      (await run('git', ['-C', clone, ...settings, ...args], { env })).stdout.trim();
    await git('init', '-q', '--initial-branch=main');
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(clone, file, '..'), { recursive: true });
      writeFileSync(join(clone, file), text);
    }
    await git('add', '--all', '.');
    await git('commit', '-qm', 'change');
    await git('push', '-q', authorized, 'main');
    return git('rev-parse', 'HEAD');
  }

  test('a kustomize directory becomes an object within 30 s, and a change of it follows', async () => {
    const namespace = await createNamespace(api);
    const kustomize = JSON.stringify({ namespace, resources: ['map.yaml'] });
    const first = await push({ 'paint/kustomization.yaml': kustomize, 'paint/map.yaml': map('red') });

    for (const object of sourceObjects(started(), 'by-hand')) ok(await api.apply(object));
    const sync = kustomization({ name: 'paint', source: 'by-hand', path: './paint' });
    ok(await api.apply(sync));
    const live = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'paint', namespace } };
    await api.waitFor(live, (object) => object['data'].colour === 'red', 30_000);
    await api.waitFor(sync, (object) => String(object['status']?.lastAppliedRevision).endsWith(first), 30_000);

    await push({ 'paint/map.yaml': map('blue') });
    await api.waitFor(live, (object) => object['data'].colour === 'blue', 30_000);

    ok(await api.delete(sync));
    await api.waitForGone(live, 30_000);
    for (const object of sourceObjects(started(), 'by-hand')) ok(await api.delete(object));
    await api.waitForGone(sync, 30_000);
    expect((await api.get(live)).status).toBe(404);
  }, 120_000);

  test('a directory that keeps a file that is no manifest is pruned; one that vanished would not be', async () => {
    const namespace = await createNamespace(api);
    await push({ 'bare/map.yaml': map('green').replace('"name":"paint"', `"name":"paint","namespace":"${namespace}"`) });
    for (const object of sourceObjects(started(), 'bare')) ok(await api.apply(object));
    const sync = kustomization({ name: 'bare', source: 'bare', path: './bare' });
    ok(await api.apply(sync));
    const live = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'paint', namespace } };
    await api.waitFor(live, (object) => object['data'].colour === 'green', 30_000);

    rmSync(join(clone, 'bare', 'map.yaml'));
    await push({ 'bare/.gitkeep': '' });
    await api.waitForGone(live, 30_000);
    ok(await api.delete(sync));
    await api.waitForGone(sync, 30_000);
    for (const object of sourceObjects(started(), 'bare')) ok(await api.delete(object));
    expect((await api.get(live)).status).toBe(404);
  }, 120_000);
});
