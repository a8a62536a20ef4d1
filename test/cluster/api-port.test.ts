import { HttpApi } from '../../controller/api/http-api';
import { ListWatch } from '../../controller/api/list-watch';
import { byLabel } from '../../controller/api/object-store';
import { apply, get, remove } from '../../controller/api/requests';
import { systemClock } from '../../controller/clock';
import { configMaps } from '../../controller/kinds';
import { waitUntil } from './api';
import { accessOf } from './faults/access';
import { createNamespace } from './namespaces';
import { describeWith, testApi, testCluster } from './parts';

describeWith(['server'], 'the port to the API server', () => {
  const admin = testApi();
  const open: HttpApi[] = [];

  afterAll(() => open.forEach((api) => api.close()));

  function port(): HttpApi {
    const api = new HttpApi({
      access: accessOf(testCluster()),
      clock: systemClock,
      mayWrite: () => true,
      userAgent: 'openclaw-cdk8s/test',
    });
    open.push(api);
    return api;
  }

  test('applies, reads and removes; a list-watch sees each step once', async () => {
    const namespace = await createNamespace(admin);
    const api = port();
    const seen: string[] = [];
    const watch = new ListWatch({
      api,
      clock: systemClock,
      kind: configMaps,
      namespace,
      labelSelector: 'app=x',
      indexes: { app: byLabel('app') },
    });
    watch.onChange((before, after) =>
      seen.push(`${before?.['data'] ? JSON.stringify(before['data']) : '-'} ${JSON.stringify(after?.['data'])}`),
    );
    watch.start();
    await watch.synced;

    const map = (value: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace, labels: { app: 'x' } },
      data: { value },
    });
    const { object } = await apply(api, map('1'), { fieldManager: 'openclaw' });
    expect((await get(api, configMaps, namespace, 'a'))?.metadata.uid).toBe(object.metadata.uid);
    await apply(api, map('2'), { fieldManager: 'openclaw' });
    await waitUntil(
      'the change',
      async () => watch.by('app', 'x')[0]?.['data'],
      (data) => JSON.stringify(data) === '{"value":"2"}',
    );
    expect(watch.get(namespace, 'a')?.metadata['managedFields']).toBeUndefined();
    expect(await remove(api, configMaps, namespace, 'a', { uid: object.metadata.uid ?? '' })).toBe(true);
    expect(await remove(api, configMaps, namespace, 'a')).toBe(false);
    await waitUntil(
      'the deletion',
      async () => watch.size,
      (size) => size === 0,
    );
    await watch.stop();
    expect(seen).toEqual(['- {"value":"1"}', '{"value":"1"} {"value":"2"}', '{"value":"2"} undefined']);
    expect(watch.counts).toMatchObject({ events: 3, failures: 0, relists: 0, reconnects: 0 });
  });
});
