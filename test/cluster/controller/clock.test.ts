import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLong, size } from '../../long';
import { patient } from '../../patience/patience.cjs';
import { writeAccountFile } from '../account-file';
import { ok, waitUntil } from '../api';
import { FaultProxy, isWatch } from '../faults/proxy';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { describeWith, testApi, testCluster } from '../parts';
import { controllerToken } from './controller';
import { TimeOfDay, fakeTime } from './fake-time';
import { instance, waitForInstance, waitForReady } from './instances';
import { LEASE, Replica, offerLease, transitions, removeTraces } from './replica';

const HOUR = 3600;

/**
 * What the clocks of the leader and of the other are set to, in seconds ahead of the machine: far more than a lease lasts, and never before the
 * server's certificate was made.
 */
const JUMPS = [
  { leader: 26 * HOUR, other: 60 },
  { leader: 60, other: 50 * HOUR },
  { leader: 48 * HOUR, other: 48 * HOUR },
  { leader: 0, other: 20 },
  { leader: 20, other: 0 },
].slice(0, size(2, 5));

interface Side {
  readonly replica: Replica;
  readonly clock: TimeOfDay;
  readonly proxy: FaultProxy;
}

/** What a replica asked the server to change. */
function writes({ proxy }: Side): string[] {
  return proxy.requests.filter((one) => one.method !== 'GET' && !isWatch(one)).map(({ method, url }) => `${method} ${url.pathname}`);
}

describeWith(['server', 'controllers', 'traefik', fakeTime], 'C40 two controllers whose clocks are set', () => {
  const api = testApi();
  const sides: Side[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-clock-'));
  let token = '';
  let namespace = '';

  const begin = async (name: string, ahead: number): Promise<Side> => {
    // Behind a proxy of its own, so that it can be told who of them wrote.
    const proxy = await FaultProxy.start(testCluster());
    const account = writeAccountFile(join(folder, `${name}.json`), { url: proxy.url, caFile: testCluster().caFile }, token);
    const clock = new TimeOfDay(join(folder, name), ahead);
    const side = { proxy, clock, replica: new Replica(account, clock.env) };
    sides.push(side);
    await side.replica.hasSaid('started');
    return side;
  };

  const renewedAt = async (): Promise<string> => (ok(await api.get(LEASE))['spec'] as { renewTime?: string }).renewTime ?? '';

  /** Until the lease was renewed so often. */
  const renewed = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      const before = await renewedAt();
      await waitUntil('the lease to be renewed', renewedAt, (at) => at !== before, 30_000);
    }
  };

  beforeAll(async () => {
    await installCrds(api);
    token = await controllerToken(api);
    namespace = await createNamespace(api);
    await offerLease(api);
  }, 60_000);

  afterAll(async () => {
    for (const { replica, proxy } of sides) {
      await replica.end('SIGKILL');
      await proxy.stop();
    }
    await removeTraces(api, namespace);
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  test('keep one leader, which goes on working, and the other writes nothing', async () => {
    const leader = await begin('leader', 2 * HOUR);
    await leader.replica.hasSaid('leading');
    // To its clock the lease has run out long ago.
    const other = await begin('other', 5 * HOUR);
    const alice = instance(namespace, 'alice');
    ok(await api.apply(alice));
    await waitForReady(api, alice);
    const before = await transitions(api);

    for (const [index, jump] of JUMPS.entries()) {
      leader.clock.set(jump.leader);
      other.clock.set(jump.other);
      await renewed(2);
      ok(await api.patch(alice, { spec: { suspended: index % 2 === 0 } }));
      await waitForInstance(api, alice, ({ metadata, status }) => status?.observedGeneration === metadata.generation);
      // The time that it writes down is that of its clock: it was set.
      const ahead = (Date.parse(await renewedAt()) - Date.now()) / 1000;
      expect(Math.abs(ahead - jump.leader)).toBeLessThan(patient(15));
    }
    expect(leader.replica.times('leading')).toBe(1);
    expect(leader.replica.messages).not.toContain('not leading any more');
    expect(other.replica.messages).not.toContain('leading');
    expect(writes(other)).toEqual([]);
    expect(writes(leader).length).toBeGreaterThan(10);
    expect(await transitions(api)).toBe(before);

    if (!isLong) return;
    // Nor does it take over any sooner.
    await leader.replica.end('SIGKILL');
    other.clock.set(9 * 24 * HOUR);
    expect(await other.replica.hasSaid('leading')).toBeGreaterThan(10_000);
    ok(await api.patch(alice, { spec: { suspended: false } }));
    await waitForReady(api, alice);
  }, 240_000);
});
