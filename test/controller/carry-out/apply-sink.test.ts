import { ApiError, ConnectionError } from '../../../controller/api/errors';
import { ApplySink } from '../../../controller/carry-out/apply-sink';
import type { LiveInstance } from '../../../controller/objects/objects';
import type { ObjectOutcome } from '../../../controller/decide/outcome';
import { withSpec } from '../../builders';
import type { FakeApi } from '../fake-api';
import { live } from '../observed';
import { type Filled, aServer, fillCaches, stopAll } from '../world';
import { type Manifest, manifest, patchesOf, placeOn } from './manifests';

let api: FakeApi;
let filled: Filled;
let sink: ApplySink;
let instance: LiveInstance;

beforeEach(async () => {
  api = aServer();
  filled = await fillCaches(api);
  sink = new ApplySink(api, filled.caches);
  instance = live();
});
afterEach(stopAll);

/** One apply; the caches then know of it. */
async function apply(what: Manifest): Promise<ObjectOutcome> {
  api.forgetRequests();
  const outcome = await sink.apply(what, instance);
  await filled.caughtUp();
  return outcome;
}

const patches = (): object[] => patchesOf(api);

describe('an object that is not there', () => {
  it('is created, with the owner reference, by our field manager, unforced', async () => {
    const outcome = await apply(manifest('Service'));
    expect(outcome).toMatchObject({ apiVersion: 'v1', kind: 'Service', name: 'alice', action: 'created' });
    expect(patches()).toEqual([{ fieldManager: 'openclaw-controller' }]);
    // Nothing is read before: the server itself makes sure that there is none of the name.
    expect(api.reads).toEqual([]);
    expect(api.requests[0]?.body).toMatchObject({ metadata: { resourceVersion: '1' } });
    expect(api.get('Service', 'alice').metadata.ownerReferences).toEqual([
      {
        apiVersion: 'openclaw.rocks/v1alpha1',
        kind: 'OpenClawInstance',
        name: 'alice',
        uid: 'uid-alice',
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
  });

  it('T4 that is a claim gets no owner', async () => {
    await apply(manifest('PersistentVolumeClaim'));
    expect(api.get('PersistentVolumeClaim', 'alice-data').metadata.ownerReferences).toBeUndefined();
  });

  it('gets the namespace of the instance, whatever the manifest says', async () => {
    const { metadata, ...rest } = manifest('Service');
    const { namespace: _namespace, ...without } = metadata;
    await apply({ ...rest, metadata: without });
    expect(api.get('Service', 'alice').metadata.namespace).toBe('team-a');
  });
});

describe('an object that is as it should be', () => {
  it('T1 is not sent a second time, and not even read', async () => {
    await apply(manifest('Service'));
    const cached = filled.caches.ownedObject({ apiVersion: 'v1', kind: 'Service', namespace: 'team-a', name: 'alice' });
    expect(await apply(manifest('Service'))).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      namespace: 'team-a',
      name: 'alice',
      action: 'unchanged',
      live: cached,
    });
    expect(api.requests).toEqual([]);
  });

  it('is not sent before the cache has seen it either', async () => {
    api.watches.hold();
    await apply(manifest('Service'));
    // Status would take it for missing: the object goes along.
    expect(await apply(manifest('Service'))).toMatchObject({ action: 'unchanged', live: { metadata: { name: 'alice' } } });
    expect(api.writes).toEqual([]);
  });

  it('is not sent again while the cache has what it was before', async () => {
    const next = manifest('StatefulSet', withSpec({ image: { tag: '2026.9.7' } }));
    await apply(manifest('StatefulSet'));
    api.watches.hold();
    await apply(next);
    expect(await apply(next)).toMatchObject({ action: 'unchanged', live: { metadata: { generation: 2 } } });
    expect(api.requests).toEqual([]);
    api.watches.release();
    await filled.caughtUp();
    expect((await apply(next)).action).toBe('unchanged');
    expect(api.requests).toEqual([]);
  });

  it('is made again where it went before the cache had seen it', async () => {
    api.watches.hold();
    await apply(manifest('Service'));
    await api.remove('Service', 'alice');
    expect((await apply(manifest('Service'))).action).toBe('created');
  });

  it('is not sent again for its status', async () => {
    await apply(manifest('StatefulSet'));
    api.edit('StatefulSet', 'alice', { status: { readyReplicas: 1 } });
    await filled.caughtUp();
    expect((await apply(manifest('StatefulSet'))).action).toBe('unchanged');
    expect(api.requests).toEqual([]);
  });

  it('is sent again when the manifest changes', async () => {
    await apply(manifest('StatefulSet'));
    const outcome = await apply(manifest('StatefulSet', withSpec({ image: { tag: '2026.9.7' } })));
    expect(outcome).toMatchObject({ action: 'configured', live: { metadata: { generation: 2 } } });
    expect(outcome).not.toHaveProperty('conflicts');
  });

  it('is looked at anew after the instance was forgotten', async () => {
    await apply(manifest('Service'));
    api.edit('Service', 'alice', { metadata: { labels: { 'app.kubernetes.io/name': null } } });
    await filled.caughtUp();
    sink.forget({ namespace: 'team-a', name: 'alice' });
    // Nothing is known of who had which fields before, so nothing is told of it.
    expect(await apply(manifest('Service'))).not.toHaveProperty('mended');
    expect(api.writes).toHaveLength(1);
  });
});

describe('what others change', () => {
  it('T41 a label of their own: no patch, and the label stays', async () => {
    await apply(manifest('Service'));
    api.edit('Service', 'alice', { metadata: { labels: { team: 'a' }, annotations: { note: 'b' } } });
    await filled.caughtUp();
    expect((await apply(manifest('Service'))).action).toBe('unchanged');
    expect(api.writes).toEqual([]);
    expect(api.get('Service', 'alice').metadata).toMatchObject({ labels: { team: 'a' }, annotations: { note: 'b' } });
  });

  it('what the cluster fills in beside ours: the volume of a claim', async () => {
    await apply(manifest('PersistentVolumeClaim'));
    api.edit('PersistentVolumeClaim', 'alice-data', { spec: { volumeName: 'pv-1' }, metadata: { annotations: { bound: 'yes' } } });
    await filled.caughtUp();
    expect((await apply(manifest('PersistentVolumeClaim'))).action).toBe('unchanged');
    expect(api.writes).toEqual([]);
  });

  it('a key more in a selector, which is one field to the server: it is taken out', async () => {
    await apply(manifest('Service'));
    api.edit('Service', 'alice', { spec: { selector: { tier: 'x' } } });
    await filled.caughtUp();
    await apply(manifest('Service'));
    expect(api.writes).toHaveLength(1);
  });

  it('a field of ours: the conflict names them, and the field is taken back', async () => {
    await apply(manifest('StatefulSet'));
    api.edit('StatefulSet', 'alice', { spec: { replicas: 3 } }, 'kubectl-scale');
    await filled.caughtUp();
    const outcome = await apply(manifest('StatefulSet'));
    expect(outcome).toMatchObject({ action: 'configured', conflicts: [{ manager: 'kubectl-scale', fields: ['.spec.replicas'] }] });
    expect(patches()).toEqual([{ fieldManager: 'openclaw-controller' }, { fieldManager: 'openclaw-controller', force: 'true' }]);
    expect((api.get('StatefulSet', 'alice')['spec'] as { replicas: number }).replicas).toBe(1);
    expect((await apply(manifest('StatefulSet'))).action).toBe('unchanged');
    expect(api.writes).toEqual([]);
  });

  it('several fields by several hands: each is named with what it held', async () => {
    await apply(manifest('Service'));
    api.edit('Service', 'alice', { spec: { type: 'NodePort' } }, 'one');
    api.edit('Service', 'alice', { metadata: { labels: { 'app.kubernetes.io/name': 'x' } }, spec: { ports: [] } }, 'other');
    await filled.caughtUp();
    const { conflicts } = (await apply(manifest('Service'))) as { conflicts?: { manager: string; fields: string[] }[] };
    expect(conflicts?.map(({ manager, fields }) => [manager, fields.toSorted()])).toEqual([
      ['one', ['.spec.type']],
      ['other', ['.metadata.labels.app.kubernetes.io/name', '.spec.ports']],
    ]);
  });

  it('a conflict that names nobody is a failure: nothing is forced blindly', async () => {
    await apply(manifest('Service'));
    api.edit('Service', 'alice', { spec: { type: 'NodePort' } });
    await filled.caughtUp();
    api.fail(new ApiError('try again', 409, 'Conflict'), ({ method }) => method === 'PATCH');
    expect(await apply(manifest('Service'))).toMatchObject({ action: 'failed', failure: { reason: 'Conflict', transient: true } });
    expect(patches()).toHaveLength(1);
  });
});

describe('an object that is not ours', () => {
  it('is not touched, and is named', async () => {
    const { metadata } = placeOn(api, { kind: 'Service', spec: { ports: [] } });
    expect(await apply(manifest('Service'))).toMatchObject({
      action: 'foreign',
      message: expect.stringMatching(/^Service alice was made by/) as string,
    });
    // Asked for as a new object, which the server refuses; from then on it is looked at first.
    expect(api.requests.map(({ method }) => method)).toEqual(['PATCH', 'GET']);
    expect((await apply(manifest('Service'))).action).toBe('foreign');
    expect(api.writes).toEqual([]);
    expect(api.get('Service', 'alice').metadata.resourceVersion).toBe(metadata.resourceVersion);
  });

  it('is replaced by ours once it has gone', async () => {
    placeOn(api, { kind: 'Service', spec: { ports: [] } });
    await apply(manifest('Service'));
    await api.remove('Service', 'alice');
    expect((await apply(manifest('Service'))).action).toBe('created');
  });

  it('is found although it has no label of ours, and so is in no cache', async () => {
    placeOn(api, { kind: 'ConfigMap', metadata: { name: 'alice-config', labels: { team: 'a' } } });
    expect((await apply(manifest('ConfigMap'))).action).toBe('foreign');
  });

  it('is taken with the annotation, and keeps its own labels', async () => {
    placeOn(api, {
      kind: 'Service',
      metadata: { name: 'alice', labels: { team: 'a' }, annotations: { 'openclaw.rocks/adopt': 'true' } },
      spec: {},
    });
    expect((await apply(manifest('Service'))).action).toBe('configured');
    const { metadata } = api.get('Service', 'alice');
    expect(metadata.ownerReferences?.map(({ uid }) => uid)).toEqual(['uid-alice']);
    expect(metadata.labels).toMatchObject({ team: 'a', 'app.kubernetes.io/instance': 'alice' });
  });

  it('is not taken from another controller, annotation or not', async () => {
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true }];
    placeOn(api, { kind: 'Service', metadata: { name: 'alice', ownerReferences, annotations: { 'openclaw.rocks/adopt': 'true' } } });
    expect(await apply(manifest('Service'))).toMatchObject({
      action: 'foreign',
      message: 'Service alice belongs to Pod p: rename the instance, or remove that object',
    });
  });
});

describe('an object on its way out', () => {
  it('is waited for', async () => {
    await apply(manifest('Service'));
    api.edit('Service', 'alice', { metadata: { finalizers: ['hold'] } });
    await api.remove('Service', 'alice');
    await filled.caughtUp();
    expect((await apply(manifest('Service'))).action).toBe('replacing');
    expect(api.writes).toEqual([]);
    api.edit('Service', 'alice', { metadata: { finalizers: [] } });
    await filled.caughtUp();
    expect((await apply(manifest('Service'))).action).toBe('created');
  });
});

const changed = (): Manifest => {
  const { spec, ...rest } = manifest('StatefulSet') as Manifest & { spec: object };
  return { ...rest, spec: { ...spec, serviceName: 'other' } };
};

describe('a StatefulSet whose fields cannot change', () => {
  it('is deleted without its pods, by its UID, and made anew when it is gone', async () => {
    await apply(manifest('StatefulSet'));
    const { uid = '' } = api.get('StatefulSet', 'alice').metadata;
    const pod = api.seed({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'stands-for-a-pod',
        namespace: 'team-a',
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'alice', uid }],
      },
    });
    expect((await apply(changed())).action).toBe('replacing');
    const deletion = api.requests.find(({ method }) => method === 'DELETE');
    expect(deletion?.body).toMatchObject({ propagationPolicy: 'Orphan', preconditions: { uid } });
    api.collectGarbage();
    expect(api.get('Service', pod.metadata.name).metadata.ownerReferences).toEqual([]);
    await filled.caughtUp();
    expect((await apply(changed())).action).toBe('created');
    expect(api.get('StatefulSet', 'alice')['spec']).toMatchObject({ serviceName: 'other' });
  });

  it('is left alone where its selector differs: the pods would be lost', async () => {
    const { spec, ...rest } = manifest('StatefulSet') as Manifest & { spec: object };
    await apply({ ...rest, spec: { ...spec, selector: { matchLabels: { app: 'old' } } } });
    expect(await apply(manifest('StatefulSet'))).toMatchObject({
      action: 'failed',
      failure: {
        reason: 'ImmutableSelector',
        transient: false,
        message: expect.stringContaining('delete the StatefulSet yourself') as string,
      },
    });
    expect(api.writes.filter((write) => write.startsWith('DELETE'))).toEqual([]);
    expect(api.find('StatefulSet', 'alice')).toBeDefined();
  });

  it.each([
    ['another refusal of a StatefulSet', 'StatefulSet', 'spec.template.spec.containers[0].image: Required value'],
    ['the same refusal of another kind', 'Service', 'updates to statefulset spec for fields other than'],
  ])('%s is a failure', async (_what, kind, message) => {
    await apply(manifest(kind));
    api.edit(kind, 'alice', { metadata: { labels: { 'app.kubernetes.io/name': null } } });
    await filled.caughtUp();
    api.fail(new ApiError(message, 422, 'Invalid'), ({ method }) => method === 'PATCH');
    expect(await apply(manifest(kind))).toMatchObject({ action: 'failed', failure: { reason: 'Invalid', status: 422, transient: false } });
    expect(api.writes.filter((write) => write.startsWith('DELETE'))).toEqual([]);
  });
});

const sized = (wanted: string): Manifest => manifest('PersistentVolumeClaim', withSpec({ storage: { persistence: { size: wanted } } }));

const size = (): unknown =>
  (api.get('PersistentVolumeClaim', 'alice-data')['spec'] as { resources: { requests: { storage: string } } }).resources.requests.storage;

describe('a claim', () => {
  it.each([
    ['10Gi', '20Gi', '20Gi', 'configured'],
    ['10Gi', '5Gi', '10Gi', 'unchanged'],
    ['10Gi', '10240Mi', '10240Mi', 'configured'],
    ['1Ti', '1000Gi', '1Ti', 'unchanged'],
  ])('of %s that should have %s has %s', async (before, wanted, after, action) => {
    await apply(sized(before));
    expect((await apply(sized(wanted))).action).toBe(action);
    expect(size()).toBe(after);
    await apply(sized(wanted));
    expect(api.writes).toEqual([]);
  });

  it('that somebody made larger stays so', async () => {
    await apply(sized('10Gi'));
    api.edit('PersistentVolumeClaim', 'alice-data', { spec: { resources: { requests: { storage: '40Gi' } } } });
    await filled.caughtUp();
    const outcome = await apply(sized('10Gi'));
    expect(size()).toBe('40Gi');
    expect(outcome).not.toHaveProperty('conflicts');
  });
});

describe('a failure', () => {
  it('becomes part of the outcome, and the next apply is sent', async () => {
    await apply(manifest('Service'));
    api.fail(new ConnectionError('cut', 'ECONNRESET'), ({ method }) => method === 'PATCH');
    api.edit('Service', 'alice', { spec: { ports: [] } });
    await filled.caughtUp();
    expect(await apply(manifest('Service'))).toMatchObject({
      action: 'failed',
      failure: { reason: 'ECONNRESET', message: 'cut', transient: true },
    });
    api.heal();
    expect((await apply(manifest('Service'))).action).toBe('configured');
  });
});

describe('prune', () => {
  it('removes this very object in the background, and no later one of its name', async () => {
    await apply(manifest('Service'));
    const first = api.get('Service', 'alice');
    expect(await sink.prune(first, instance)).toBe(true);
    expect(api.requests.at(-1)?.body).toMatchObject({ propagationPolicy: 'Background', preconditions: { uid: first.metadata.uid } });
    expect(await sink.prune(first, instance)).toBe(false);
    await filled.caughtUp();
    await apply(manifest('Service'));
    await expect(sink.prune(first, instance)).rejects.toMatchObject({ status: 409 });
    expect(api.find('Service', 'alice')).toBeDefined();
  });
});
