import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../app/program';
import { writeAccountFile } from '../account-file';
import { ok } from '../api';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { describeWith, testApi, testCluster } from '../parts';
import { controllerToken, startController } from './controller';
import { instance, namesIn, removeNamespaces } from './instances';

/** Runs the program as a process of its own, with the account of the controller, to its end. */
function once(kubeconfig: string): { code: number | null; messages: string[] } {
  const flags = ['--once', '--kubeconfig', kubeconfig, '--health-port', '0', '--metrics-port', '0'];
  const { code, stderr } = runProgram(['controller', ...flags]);
  const lines = stderr.trim().split('\n');
  return { code, messages: lines.map((line) => (JSON.parse(line) as { message: string }).message) };
}

describeWith(['server', 'controllers', 'traefik'], 'controller --once', () => {
  const api = testApi();
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-once-'));
  let kubeconfig = '';
  let namespace = '';

  beforeAll(async () => {
    await installCrds(api);
    kubeconfig = writeAccountFile(join(folder, 'account.json'), testCluster(), await controllerToken(api));
    namespace = await createNamespace(api);
  }, 60_000);

  afterAll(async () => {
    const end = await startController(api);
    await removeNamespaces(api, [namespace]);
    await end.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  test('starts, leads, delivers every instance and ends; again, with nothing to do; and with 1 where one is refused', async () => {
    ok(await api.apply(instance(namespace, 'alice')));
    const first = once(kubeconfig);
    expect(first.code).toBe(0);
    expect(first.messages.slice(0, 2)).toEqual(['started', 'leading']);
    const names = await namesIn(api, namespace);
    expect(names).toEqual(expect.arrayContaining(['PersistentVolumeClaim alice-data', 'Service alice', 'StatefulSet alice']));
    expect(once(kubeconfig)).toMatchObject({ code: 0 });
    expect(await namesIn(api, namespace)).toEqual(names);
    ok(await api.apply(instance(namespace, 'broken', { config: { configMapRef: { name: 'nowhere' } } })));
    const last = once(kubeconfig);
    expect([last.code, last.messages.at(-1)]).toEqual([1, 'not everything was delivered']);
  }, 60_000);
});
