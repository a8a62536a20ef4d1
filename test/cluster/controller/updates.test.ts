import { ok, waitUntil, type KubeObject } from '../api';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { describeWith, testApi } from '../parts';
import { startController, type RunningController } from './controller';
import { eventsOf, instance, ref, removeNamespaces, waitForInstance, waitForReady } from './instances';

const state = ({ status }: KubeObject) => status?.autoUpdate ?? {};

describeWith(['server', 'controllers', 'traefik'], 'updates', () => {
  const api = testApi();
  let running: RunningController | undefined;
  let namespace = '';

  beforeAll(async () => {
    await installCrds(api);
    namespace = await createNamespace(api);
    running = await startController(api, { registry: { tags: async () => ['latest', '2026.9.6', '2026.9.7', '2026.10.0-beta.1'] } });
  }, 60_000);

  afterAll(async () => {
    await removeNamespaces(api, [namespace]);
    await running?.stop();
  }, 120_000);

  const imageOf = async (): Promise<string> => {
    const { spec } = ok(await api.get(ref('StatefulSet', namespace, 'alice')));
    return spec.template.spec.containers.find((one: { name: string }) => one.name === 'openclaw').image;
  };

  test('T-M2 a newer release is found, applied over the spec, and confirmed by the pods of its own revision', async () => {
    const object = instance(namespace, 'alice', { autoUpdate: { enabled: true } });
    ok(await api.apply(object));
    await waitForReady(api, object);
    const before = await waitForInstance(api, object, (live) => state(live).latestVersion === '2026.9.7');
    const revision = ok(await api.get(ref('StatefulSet', namespace, 'alice')))['status'].currentRevision;
    // Its turn comes within a quarter of an hour after the look.
    const lastCheckTime = new Date(Date.now() - 20 * 60_000).toISOString().replace(/\.\d+/, '');
    const path = `/apis/openclaw.rocks/v1alpha1/namespaces/${namespace}/openclawinstances/alice/status`;
    const body = { status: { autoUpdate: { ...state(before), lastCheckTime } } };
    ok(await api.request('PATCH', path, { body, contentType: 'application/merge-patch+json' }));
    const after = await waitForInstance(api, object, (live) => state(live).currentVersion === '2026.9.7', 120_000);
    expect(state(after)).toMatchObject({ rollbackCount: 0, lastUpdateTime: expect.any(String) });
    expect(state(after)).not.toHaveProperty('pendingVersion');
    expect(after['status'].overrides).toEqual([
      { field: 'spec.image.tag', value: '2026.9.7', reason: 'update from 2026.9.6', over: '2026.9.6' },
    ]);
    expect(after['spec'].image.tag).toBe('2026.9.6');
    expect(await imageOf()).toMatch(/:2026\.9\.7$/);
    const { status } = ok(await api.get(ref('StatefulSet', namespace, 'alice')));
    expect(status.currentRevision).toBe(status.updateRevision);
    expect(status.currentRevision).not.toBe(revision);
    // The event comes behind the status.
    await waitUntil(
      'the event',
      () => eventsOf(api, object),
      (events) => JSON.stringify(events).includes('AutoUpdateConfirmed'),
    );
    // Whoever changes the tag has the last word.
    ok(await api.apply(instance(namespace, 'alice', { image: { tag: '2026.9.5' }, autoUpdate: { enabled: false } })));
    await waitUntil('the tag that was written', imageOf, (image) => image.endsWith(':2026.9.5'));
    await waitForInstance(api, object, (live) => live['status'].overrides === undefined);
  }, 180_000);
});
