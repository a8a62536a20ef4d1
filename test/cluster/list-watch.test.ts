import { HttpApi } from '../../controller/api/http-api';
import { ListWatch } from '../../controller/api/list-watch';
import type { ListWatchOptions } from '../../controller/api/live-copy';
import { systemClock } from '../../gitops/git/clock';
import { openFence } from '../../gitops/git/fence';
import { configMaps, secrets, type Kind } from '../../controller/objects/kinds';
import type { KubeObject } from '../../controller/objects/objects';
import { ok, waitUntil } from './api';
import { accessOf } from './faults/access';
import { FaultProxy, isList, isWatch, type Fault } from './faults/proxy';
import { createNamespace } from './namespaces';
import { describeWith, testApi, testCluster } from './parts';

const valueOf = (object: KubeObject | undefined): string => String((object?.['data'] as { value?: string } | undefined)?.value);

/** The same numbers each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const ours = { labels: { of: 'us' } };

async function until(watch: ListWatch, namespace: string, contents: Readonly<Record<string, string>>): Promise<void> {
  await waitUntil(
    'the cache',
    async () => Object.fromEntries(watch.list(namespace).map((object) => [object.metadata.name, valueOf(object)])),
    (held) => JSON.stringify(Object.entries(held).toSorted()) === JSON.stringify(Object.entries(contents).toSorted()),
  );
}

describeWith(['server'], 'the list-watch', () => {
  const admin = testApi();
  let proxy: FaultProxy;
  let api: HttpApi;
  const running: ListWatch[] = [];

  beforeEach(async () => {
    proxy = await FaultProxy.start(testCluster());
    api = new HttpApi({ access: accessOf(testCluster(), proxy.url), clock: systemClock, fence: openFence });
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((watch) => watch.stop()));
    api.close();
    await proxy.stop();
  });

  interface Subject {
    readonly watch: ListWatch;
    /** What the handler heard: `name value` of each change, `name -` of each deletion. */
    readonly heard: string[];
  }

  function start(options: Partial<ListWatchOptions> = {}): Subject {
    const watch = new ListWatch({ api, clock: systemClock, kind: configMaps, labelSelector: 'of=us', firstBackoffMs: 50, ...options });
    const heard: string[] = [];
    watch.onChange((before, after) => heard.push(`${(after ?? before)?.metadata.name} ${after ? valueOf(after) : '-'}`));
    running.push(watch);
    watch.start();
    return { watch, heard };
  }

  async function put(namespace: string, name: string, value: string): Promise<void> {
    const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ...ours }, data: { value } };
    ok(await admin.apply(object, { force: true }));
  }

  async function drop(namespace: string, name: string): Promise<void> {
    ok(await admin.delete({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } }));
  }

  test('hears each change once, and whole namespaces apart', async () => {
    const namespace = await createNamespace(admin);
    const other = await createNamespace(admin);
    await put(namespace, 'a', '1');
    const { watch, heard } = start({ namespace });
    await watch.synced;
    await put(other, 'b', '1');
    await put(namespace, 'a', '2');
    await put(namespace, 'a', '2');
    await put(namespace, 'c', '1');
    await drop(namespace, 'a');
    await until(watch, namespace, { c: '1' });
    expect(heard).toEqual(['a 1', 'a 2', 'c 1', 'a -']);
    expect(watch.get(namespace, 'c')?.metadata['managedFields']).toBeUndefined();
    expect(watch.counts).toEqual({ relists: 0, reconnects: 0, events: 3, failures: 0 });
  });

  test('keeps Secrets as metadata only', async () => {
    const namespace = await createNamespace(admin);
    const { watch } = start({ namespace, kind: secrets, metadataOnly: true });
    await watch.synced;
    const secret: KubeObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace, ...ours },
      stringData: { a: 'hunter2' },
    };
    ok(await admin.create(secret));
    await until(watch, namespace, { s: 'undefined' });
    expect(JSON.stringify(watch.list())).not.toContain(Buffer.from('hunter2').toString('base64'));
    expect(watch.list()[0]).toMatchObject({ apiVersion: 'v1', kind: 'Secret' });
  });

  const faults: readonly (readonly [string, Fault, { readonly relists: number }])[] = [
    ['a 500', { kind: 'answer', status: 500 }, { relists: 0 }],
    ['a 429', { kind: 'answer', status: 429, headers: { 'Retry-After': '1' } }, { relists: 0 }],
    ['a refused connection', { kind: 'refuse' }, { relists: 0 }],
    ['half a line and a cut', { kind: 'halfLine', ending: 'cut' }, { relists: 0 }],
    ['half a line and an end', { kind: 'halfLine', ending: 'end' }, { relists: 1 }],
    ['a broken line', { kind: 'brokenLine' }, { relists: 1 }],
    ['a 410', { kind: 'answer', status: 410 }, { relists: 1 }],
    [
      'a 410 as an event',
      { kind: 'event', event: { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } } },
      { relists: 1 },
    ],
    ['a slow start', { kind: 'delay', ms: 500 }, { relists: 0 }],
  ];

  test.each(faults)('bears %s of the watch: nothing is missed, nothing is told twice', async (_title, fault, { relists }) => {
    const namespace = await createNamespace(admin);
    await put(namespace, 'a', '1');
    proxy.fail(isWatch, fault);
    const { watch, heard } = start({ namespace });
    await watch.synced;
    await put(namespace, 'a', '2');
    await put(namespace, 'b', '1');
    await drop(namespace, 'a');
    await until(watch, namespace, { b: '1' });
    // Whoever lists again sees where things ended, not each step.
    const steps = heard.filter((step) => step !== 'a 2');
    expect(steps).toEqual(expect.arrayContaining(['a 1', 'b 1', 'a -']));
    expect(steps).toHaveLength(3);
    expect(proxy.requests.filter((request) => request.fault !== undefined)).toHaveLength(1);
    expect(watch.counts.relists).toBe(relists);
  });

  test('bears a server that is away, and finds out what happened meanwhile', async () => {
    const namespace = await createNamespace(admin);
    await put(namespace, 'a', '1');
    const { watch, heard } = start({ namespace, maxBackoffMs: 200 });
    await watch.synced;
    await put(namespace, 'a', '2');
    await until(watch, namespace, { a: '2' });
    proxy.goAway();
    await put(namespace, 'b', '1');
    await drop(namespace, 'a');
    await waitUntil(
      'some failures',
      async () => watch.counts.failures,
      (count) => count >= 3,
    );
    proxy.comeBack();
    await until(watch, namespace, { b: '1' });
    expect(heard.toSorted()).toEqual(['a -', 'a 1', 'a 2', 'b 1']);
  });

  test('through a storm of faults and changes ends where the server ends, and its handler with it', async () => {
    const namespace = await createNamespace(admin);
    const surprises: unknown[] = [];
    const onError = (error: unknown, waitMs: number): void => {
      // No wait is said only for what a handler threw.
      if (waitMs === 0) surprises.push(error);
    };
    const { watch } = start({ namespace, firstBackoffMs: 5, maxBackoffMs: 40, resyncMs: 1000, onError });
    await watch.synced;
    const told = new Map<string, string>();
    watch.onChange((before, after) => {
      const name = (after ?? before)?.metadata.name ?? '';
      // Each call goes on from where the one before it left off.
      expect(before?.metadata.resourceVersion).toBe(told.get(name));
      if (after) told.set(name, after.metadata.resourceVersion ?? '');
      else told.delete(name);
    });
    const random = seeded(7);
    const storm = faults.map(([, fault]) => fault).filter((fault) => fault.kind !== 'delay' && !('headers' in fault));
    for (let step = 0; step < 300; step += 1) {
      const name = `c-${Math.floor(random() * 10)}`;
      if (random() < 0.3) await admin.delete({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } });
      else await put(namespace, name, String(step));
      const fault = storm[Math.floor(random() * storm.length)];
      if (fault && random() < 0.3 && proxy.pending < 2) proxy.fail(random() < 0.7 ? isWatch : isList, fault);
      if (random() < 0.1) proxy.cutAll();
      await new Promise((resolve) => setTimeout(resolve, random() * 20));
    }
    const there = await admin.list('v1', 'ConfigMap', namespace, { labelSelector: 'of=us' });
    await until(watch, namespace, Object.fromEntries(there.map((object) => [object.metadata.name ?? '', object['data'].value])));
    expect(told).toEqual(new Map(watch.list().map(({ metadata }) => [metadata.name, metadata.resourceVersion])));
    expect(surprises).toEqual([]);
    expect(watch.counts.failures).toBeGreaterThan(5);
    expect(watch.counts.relists).toBeGreaterThan(3);
  });

  test('hears nothing after stop, and leaves no connection', async () => {
    const namespace = await createNamespace(admin);
    const { watch, heard } = start({ namespace });
    await watch.synced;
    await waitUntil(
      'the watch',
      async () => proxy.requests.some(isWatch),
      (there) => there,
    );
    await watch.stop();
    const requests = proxy.requests.length;
    await put(namespace, 'a', '1');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(heard).toEqual([]);
    expect(proxy.requests).toHaveLength(requests);
  });

  test('asks only for what it was told, in watch and list', async () => {
    const namespace = await createNamespace(admin);
    const { watch } = start({ namespace });
    await watch.synced;
    await waitUntil(
      'the watch',
      async () => proxy.requests.find(isWatch)?.url.search,
      (search) => search !== undefined,
    );
    expect(proxy.requests.find(isList)?.url.search).toBe('?labelSelector=of%3Dus&limit=100');
    const query = proxy.requests.find(isWatch)?.url.searchParams;
    expect(query?.get('allowWatchBookmarks')).toBe('true');
    expect(Number(query?.get('timeoutSeconds'))).toBeGreaterThanOrEqual(300);
  });

  test('follows a CRD that comes and goes', async () => {
    const namespace = await createNamespace(admin);
    const kind: Kind = { apiVersion: 'port.example.test/v1', kind: 'Widget', plural: 'widgets', namespaced: true, optional: true };
    const { watch, heard } = start({ namespace, kind, labelSelector: '', absentMs: 200 });
    await watch.synced;
    expect(watch.isServed).toBe(false);
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.port.example.test' },
      spec: {
        group: 'port.example.test',
        scope: 'Namespaced',
        names: { plural: 'widgets', kind: 'Widget' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    };
    ok(await admin.create(crd));
    await waitUntil(
      'the kind',
      async () => watch.isServed,
      (served) => served,
    );
    const widget: KubeObject = { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name: 'w', namespace }, data: { value: '1' } };
    ok(await admin.create(widget));
    await until(watch, namespace, { w: '1' });
    ok(await admin.delete(crd));
    await waitUntil(
      'the end of the kind',
      async () => watch.isServed,
      (served) => !served,
      40_000,
    );
    expect(watch.size).toBe(0);
    expect(heard).toEqual(['w 1', 'w -']);
  });
});
