import { isConflict, isGone, isInvalid, isNoMatch, isNotFound } from '../../controller/api/errors';
import { HttpApi, type HttpApiOptions } from '../../controller/api/http-api';
import { listAll } from '../../controller/api/list';
import { apply, applyStatus, create, get, jsonPatch, mergePatch, patchStatus, remove } from '../../controller/api/requests';
import { systemClock } from '../../gitops/git/clock';
import { openFence } from '../../gitops/git/fence';
import { claims, configMaps, secrets, type Kind } from '../../controller/objects/kinds';
import type { KubeObject } from '../../controller/objects/objects';
import { startAudit } from './audit';
import { accessOf } from './faults/access';
import { FaultProxy, isList } from './faults/proxy';
import { createNamespace } from './namespaces';
import { describeWith, testApi, testCluster } from './parts';

const manager = { fieldManager: 'openclaw' };

/** What a promise is rejected with. */
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const condition = (type: string): object => ({ conditions: [{ type, status: 'True' }] });

const map = (namespace: string, value: string, labels?: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace, ...(labels && { labels }) },
  data: { value },
});

describeWith(['server'], 'the port to the API server', () => {
  const admin = testApi();
  const open: HttpApi[] = [];
  let proxy: FaultProxy | undefined;

  afterEach(async () => {
    for (const api of open.splice(0)) api.close();
    await proxy?.stop();
    proxy = undefined;
  });

  function port(options: Partial<HttpApiOptions> = {}, server?: string): HttpApi {
    const api = new HttpApi({ access: accessOf(testCluster(), server), clock: systemClock, fence: openFence, ...options });
    open.push(api);
    return api;
  }

  async function faulty(options: Partial<HttpApiOptions> = {}): Promise<{ api: HttpApi; faults: FaultProxy }> {
    proxy = await FaultProxy.start(testCluster());
    return { api: port(options, proxy.url), faults: proxy };
  }

  test('applies, patches, reads and removes, under our name', async () => {
    const namespace = await createNamespace(admin);
    const api = port();
    const audit = await startAudit(testCluster(), admin);
    const made = await apply(api, map(namespace, '1'), manager);
    expect(made.warnings).toEqual([]);
    const uid = made.object.metadata.uid ?? '';
    expect((await apply(api, map(namespace, '2'), { ...manager, dryRun: true })).object['data']).toEqual({ value: '2' });
    expect((await get(api, configMaps, namespace, 'a'))?.['data']).toEqual({ value: '1' });
    await mergePatch(api, configMaps, namespace, 'a', { data: { more: 'x' } });
    await jsonPatch(api, configMaps, namespace, 'a', [{ op: 'remove', path: '/data/more' }]);
    expect((await get(api, configMaps, namespace, 'a'))?.['data']).toEqual({ value: '1' });
    expect(isInvalid(await failure(jsonPatch(api, configMaps, namespace, 'a', [{ op: 'test', path: '/data/value', value: '7' }])))).toBe(
      true,
    );
    expect(await remove(api, configMaps, namespace, 'a', { uid, dryRun: true })).toBe(true);
    expect(await remove(api, configMaps, namespace, 'a', { uid })).toBe(true);
    expect(await remove(api, configMaps, namespace, 'a', { uid })).toBe(false);
    expect(await get(api, configMaps, namespace, 'a')).toBeUndefined();
    const ours = (await audit.read()).filter(
      ({ objectRef, userAgent }) => objectRef?.namespace === namespace && userAgent?.startsWith('openclaw-cdk8s/'),
    );
    expect(ours.map(({ verb }) => verb)).toEqual('patch patch get patch patch get patch delete delete delete get'.split(' '));
  });

  test('a conflict names the other manager, and force takes the field', async () => {
    const namespace = await createNamespace(admin);
    const api = port();
    await apply(api, map(namespace, '1'), { fieldManager: 'somebody' });
    const conflict = await failure(apply(api, map(namespace, '2'), manager));
    expect(isConflict(conflict) && conflict.message).toContain('conflict with "somebody"');
    expect(isConflict(conflict) && conflict.details.causes).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "somebody"', field: '.data.value' },
    ]);
    expect((await apply(api, map(namespace, '2'), { ...manager, force: true })).object['data']).toEqual({ value: '2' });
  });

  test('removes only the object that is meant', async () => {
    const namespace = await createNamespace(admin);
    const api = port();
    const { object } = await create(api, map(namespace, '1'));
    expect(isConflict(await failure(remove(api, configMaps, namespace, 'a', { uid: '00000000-0000-0000-0000-000000000000' })))).toBe(true);
    expect(isConflict(await failure(remove(api, configMaps, namespace, 'a', { resourceVersion: '1' })))).toBe(true);
    expect((await get(api, configMaps, namespace, 'a'))?.metadata.uid).toBe(object.metadata.uid);
  });

  test('writes a status by patch and by apply', async () => {
    const namespace = await createNamespace(admin);
    const api = port();
    const claim: KubeObject = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'c', namespace },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: '', volumeName: 'none' },
    };
    await create(api, claim);
    const patched = await patchStatus(api, claims, namespace, 'c', { status: condition('Resizing') });
    expect(patched.object['status']).toMatchObject(condition('Resizing'));
    const { spec: _spec, ...bare } = claim;
    const applied = await applyStatus(api, { ...bare, status: condition('FileSystemResizePending') }, manager);
    expect(applied.object['status']).toMatchObject({ conditions: [{ type: 'Resizing' }, { type: 'FileSystemResizePending' }] });
  });

  test('tells a missing object, a missing namespace and a missing kind apart', async () => {
    const namespace = await createNamespace(admin);
    const api = port();
    const object = await failure(api.request({ method: 'GET', path: `/api/v1/namespaces/${namespace}/configmaps/none` }));
    expect([isNotFound(object), isNoMatch(object)]).toEqual([true, false]);
    const place = await failure(create(api, map('no-such-namespace', '1')));
    expect([isNotFound(place), isNoMatch(place)]).toEqual([true, false]);
    const unknown: Kind = { apiVersion: 'example.test/v1', kind: 'Nothing', plural: 'nothings', namespaced: true };
    const collection = await failure(listAll(api, unknown));
    expect([isNotFound(collection), isNoMatch(collection)]).toEqual([true, true]);
    expect(await get(api, unknown, namespace, 'a')).toBeUndefined();
  });

  test('lists all pages, and metadata only where that is wanted', async () => {
    const namespace = await createNamespace(admin);
    const api = port();
    const bulk = 'x'.repeat(1000);
    const labels = { bulk: 'yes' };
    const names = Array.from({ length: 60 }, (_, count) => `s-${count}`);
    await Promise.all(
      names.map((name) => create(api, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, labels }, stringData: { bulk } })),
    );
    // Room for some 35 Secrets with their bulk: the pages have to become smaller.
    const narrow = port({ maxAnswerBytes: 60_000 });
    const whole = await listAll(narrow, secrets, { namespace, labelSelector: 'bulk=yes' });
    expect(whole.items.map(({ metadata }) => metadata.name).toSorted()).toEqual(names.toSorted());
    expect(whole.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'Secret', data: { bulk: expect.any(String) } });
    const bare = await listAll(api, secrets, { namespace, labelSelector: 'bulk=yes', metadataOnly: true });
    expect(bare.items).toHaveLength(60);
    expect(bare.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'Secret', metadata: { labels } });
    expect(bare.items.some((item) => 'data' in item)).toBe(false);
  });

  test('an error about a Secret does not quote it', async () => {
    const namespace = await createNamespace(admin);
    const api = port();
    const secret = (data: unknown): KubeObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace }, data });
    for (const data of ['hunter2', { token: 'hunter2!' }, { token: { deep: 'hunter2' } }]) {
      for (const attempt of [() => apply(api, secret(data), manager), () => create(api, secret(data))]) {
        const error = await failure(attempt());
        expect(error).toMatchObject({ name: 'ApiError' });
        expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
      }
    }
  });

  test('works off a crowd over at most sixteen connections', async () => {
    const namespace = await createNamespace(admin);
    const { api, faults } = await faulty();
    await Promise.all(Array.from({ length: 100 }, () => get(api, configMaps, namespace, 'a')));
    expect(faults.requests).toHaveLength(100);
    expect(faults.connections).toBeLessThanOrEqual(16);
  });

  test('an apply whose answer is lost is sent again and is done once; a create is left to the caller', async () => {
    const namespace = await createNamespace(admin);
    const { api, faults } = await faulty();
    faults.fail(({ method }) => method === 'PATCH', { kind: 'loseAnswer' });
    const { object } = await apply(api, map(namespace, '1'), manager);
    expect(object['data']).toEqual({ value: '1' });
    expect(faults.requests.map(({ fault }) => fault)).toEqual(['loseAnswer', undefined]);
    faults.fail(({ method }) => method === 'POST', { kind: 'loseAnswer' });
    const other = { ...map(namespace, '1'), metadata: { name: 'other', namespace } };
    await expect(create(api, other)).rejects.toMatchObject({ name: 'ConnectionError' });
    expect((await get(api, configMaps, namespace, 'other'))?.metadata.uid).toBeDefined();
  });

  test.each([
    ['429', { kind: 'answer', status: 429, headers: { 'Retry-After': '1' } }],
    ['503', { kind: 'answer', status: 503, headers: { 'Retry-After': '1' } }],
    ['a connection cut before the answer', { kind: 'refuse' }],
    ['half an answer', { kind: 'halfLine', ending: 'cut' }],
    ['silence', { kind: 'silence' }],
    ['a slow network', { kind: 'delay', ms: 300 }],
  ] as const)('a list bears %s', async (_title, fault) => {
    const namespace = await createNamespace(admin);
    const { api, faults } = await faulty({ timeoutMs: 1000 });
    faults.fail(isList, fault);
    await create(api, map(namespace, '1', { of: 'us' }));
    expect((await listAll(api, configMaps, { namespace, labelSelector: 'of=us' })).items).toHaveLength(1);
  });

  test('a refusal that is no answer about the object is told as what it is', async () => {
    const { api, faults } = await faulty();
    faults.fail(isList, { kind: 'answer', status: 410 }, 2);
    expect(isGone(await failure(listAll(api, configMaps)))).toBe(true);
    faults.fail(isList, { kind: 'answer', status: 502, headers: { 'Content-Type': 'text/html' }, body: '<html>' });
    await expect(listAll(api, configMaps)).rejects.toMatchObject({ status: 502 });
  });
});
