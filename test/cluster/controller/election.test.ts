import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patient } from '../../patience/patience.cjs';
import { writeAccountFile } from '../account-file';
import { ok } from '../api';
import { FaultProxy } from '../faults/proxy';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { describeWith, testApi, testCluster } from '../parts';
import { controllerToken } from './controller';
import { instance, waitForInstance, waitForReady } from './instances';
import { Replica, offerLease, transitions, removeTraces } from './replica';

describeWith(['server', 'controllers', 'traefik'], 'C40 two controllers that elect a leader', () => {
  const api = testApi();
  const replicas: Replica[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-election-'));
  let kubeconfig = '';
  let namespace = '';

  const begin = async (account = kubeconfig): Promise<Replica> => {
    const replica = new Replica(account);
    replicas.push(replica);
    await replica.hasSaid('started');
    return replica;
  };

  beforeAll(async () => {
    await installCrds(api);
    kubeconfig = writeAccountFile(join(folder, 'account.json'), testCluster(), await controllerToken(api));
    namespace = await createNamespace(api);
    await offerLease(api);
  }, 60_000);

  afterAll(async () => {
    for (const replica of replicas) await replica.end('SIGKILL');
    await removeTraces(api, namespace);
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  test('hand over at a peaceful end, after a stop for longer than the lease, and after a kill; one works at a time', async () => {
    const one = await begin();
    await one.hasSaid('leading');
    const two = await begin();
    const alice = instance(namespace, 'alice');
    ok(await api.apply(alice));
    await waitForReady(api, alice);
    expect(two.messages).toEqual(['started', 'waiting for the lease']);

    await one.end();
    // Within a look, and long before the lease would have run out.
    expect(await two.hasSaid('leading')).toBeLessThan(patient(5000));

    const three = await begin();
    two.signal('SIGSTOP');
    await three.hasSaid('leading');
    two.signal('SIGCONT');
    await two.hasSaid('not leading any more');
    expect(three.messages).not.toContain('not leading any more');

    await three.end('SIGKILL');
    expect(await two.hasSaid('leading', 2)).toBeGreaterThan(5000);
    ok(await api.patch(alice, { spec: { suspended: true } }));
    await waitForInstance(api, alice, (live) => live['status']?.phase === 'Suspended');
    expect(await transitions(api)).toBeGreaterThanOrEqual(3);
    await two.end();
  }, 240_000);

  test('a leader that is cut from the server knows that it leads no more before the other one leads', async () => {
    const proxy = await FaultProxy.start(testCluster());
    const { caFile } = testCluster();
    const account = writeAccountFile(join(folder, 'behind-proxy.json'), { url: proxy.url, caFile }, await controllerToken(api));
    try {
      const cut = await begin(account);
      await cut.hasSaid('leading');
      const other = await begin();
      proxy.goAway();
      await cut.hasSaid('not leading any more');
      expect(other.messages).not.toContain('leading');
      await other.hasSaid('leading');
      const alice = instance(namespace, 'alice');
      ok(await api.patch(alice, { spec: { suspended: false } }));
      await waitForReady(api, alice);
      proxy.comeBack();
      expect(cut.messages.filter((message) => message === 'leading')).toHaveLength(1);
      await Promise.all([cut.end(), other.end()]);
    } finally {
      await proxy.stop();
    }
  }, 180_000);
});
