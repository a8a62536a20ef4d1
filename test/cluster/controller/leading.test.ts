import { ok, type KubeObject } from '../api';
import { isWrite, startAudit } from '../audit';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { describeWith, testApi, testCluster } from '../parts';
import { controllerUser, startController, type RunningController } from './controller';
import { instance, isReady, ref, removeNamespaces, waitForInstance, waitForQuiet, waitForReady } from './instances';

const instances = 10;

function isLookedAt(live: KubeObject): boolean {
  return live['status']?.observedGeneration === live.metadata.generation;
}

describeWith(['server', 'controllers', 'traefik'], 'a controller that leads, rests and leads again', () => {
  const api = testApi();
  let running: RunningController;
  let namespace = '';

  const all = (): KubeObject[] => Array.from({ length: instances }, (_, index) => instance(namespace, `one-${index}`));

  beforeAll(async () => {
    await installCrds(api);
    running = await startController(api);
    namespace = await createNamespace(api);
    await Promise.all(all().map(async (object) => ok(await api.apply(object))));
    await Promise.all(all().map((object) => waitForReady(api, object, 120_000)));
    await waitForQuiet(api, namespace);
  }, 240_000);

  afterAll(async () => {
    running.fence.renew(Infinity);
    await running.controller.lead();
    await removeNamespaces(api, [namespace]);
    await running.stop();
  }, 120_000);

  /** What the server was asked by the controller while `work` ran, as `verb path`. */
  async function asked(work: () => Promise<void>): Promise<{ writes: string[]; lists: string[] }> {
    const audit = await startAudit(testCluster(), api);
    await work();
    const events = (await audit.read()).filter(({ user }) => user.username === controllerUser);
    const told = (some: typeof events): string[] => some.map(({ verb, requestURI }) => `${verb} ${requestURI.split('?')[0]}`);
    return { writes: told(events.filter(isWrite)), lists: told(events.filter(({ verb }) => verb === 'list')) };
  }

  async function lead(): Promise<void> {
    running.fence.renew(Infinity);
    await running.controller.lead();
    await running.loop.idle();
  }

  const service = (): ReturnType<typeof ref> => ref('Service', namespace, 'one-0');

  test('writes nothing while it rests, however much changes; leads from warm caches; writes only what is left to do', async () => {
    const resting = await asked(async () => {
      await running.controller.rest();
      ok(await api.delete(service()));
      ok(await api.patch(instance(namespace, 'one-1'), { spec: { suspended: true } }));
      await waitForQuiet(api, namespace);
    });
    expect(resting.writes).toEqual([]);
    expect([running.controller.waitsFor, running.controller.isAlive]).toEqual([[], true]);

    const leading = await asked(lead);
    expect(leading.lists).toEqual([]);
    expect(leading.writes).toContain(`patch /api/v1/namespaces/${namespace}/services/one-0`);
    // Of ten instances two had something to do.
    expect(leading.writes.filter((write) => !/one-[01]\b|\/events$/.test(write))).toEqual([]);
    await api.waitFor(service(), () => true);
    await waitForInstance(api, instance(namespace, 'one-1'), (live) => live['status']?.phase === 'Suspended');

    const again = await asked(async () => {
      await running.controller.rest();
      await lead();
      await running.controller.rest();
      await lead();
    });
    expect(again.writes).toEqual([]);
  }, 120_000);

  test('C40 ends in the middle of its passes, and another term completes them', async () => {
    for (const object of all()) ok(await api.patch(object, { spec: { env: [{ name: 'TERM', value: '2' }] } }));
    const during = await asked(async () => {
      // Passes are under way: the caches tell of the change within milliseconds.
      await new Promise((resolve) => setTimeout(resolve, 30));
      await running.controller.rest();
    });
    const after = await asked(() => waitForQuiet(api, namespace));
    expect(after.writes).toEqual([]);
    expect(during.writes.length).toBeLessThan(instances * 10);
    await lead();
    for (const object of all()) await waitForInstance(api, object, isLookedAt);
    await waitForInstance(api, instance(namespace, 'one-2'), (live) => isReady(live), 60_000);
    expect(running.controller.failing).toEqual([]);
  }, 120_000);
});
