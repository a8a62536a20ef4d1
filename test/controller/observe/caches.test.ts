import { ApiError } from '../../../controller/api/errors';
import { MissingRightsError } from '../../../controller/observe/missing-rights';
import { Caches } from '../../../controller/observe/caches';
import { emittedKinds } from '../../../controller/objects/kinds';
import type { KubeObject, LiveInstance, LiveMetadata } from '../../../controller/objects/objects';
import { ownerReference } from '../../../controller/objects/ownership';
import { FakeClock, settle } from '../api/fake-clock';
import type { FakeApi } from '../fake-api';
import { names } from '../observed';
import { idIn } from '../observed';
import { type Filled, OWN_NAMESPACE, aServer, createKnown, fillCaches, stopAll } from '../world';

const ignore = (): void => undefined;

const LABELS = { 'app.kubernetes.io/instance': 'alice', 'app.kubernetes.io/managed-by': 'openclaw-operator' };

let api: FakeApi;
let filled: Filled;
let alice: LiveInstance;

beforeEach(async () => {
  api = aServer();
  alice = createKnown(api);
  filled = await fillCaches(api);
});
afterEach(stopAll);

function place(kind: string, metadata: Partial<LiveMetadata> = {}): KubeObject {
  const { apiVersion } = emittedKinds.find((one) => one.kind === kind) ?? { apiVersion: 'v1' };
  return api.seed({ apiVersion, kind, metadata: { name: 'thing', namespace: 'team-a', ...metadata } });
}

/** Who is woken by what happens. */
async function wokenBy(happens: () => unknown): Promise<string[]> {
  filled.woken.length = 0;
  await happens();
  await filled.caughtUp();
  return [...new Set(filled.woken)];
}

/** Of what wakes the instance as its own change, whether it is asked for. */
async function askedBy(happens: () => unknown): Promise<boolean[]> {
  filled.asked.length = 0;
  await happens();
  await filled.caughtUp();
  return filled.asked;
}

describe('an instance is woken by', () => {
  it('itself: when it comes, changes and goes', async () => {
    expect(await wokenBy(() => api.edit('OpenClawInstance', 'alice', { spec: { suspended: true } }))).toEqual(['team-a/alice']);
    expect(await wokenBy(() => api.edit('OpenClawInstance', 'alice', { metadata: { finalizers: [] } }))).toEqual(['team-a/alice']);
    expect(await wokenBy(() => api.remove('OpenClawInstance', 'alice'))).toEqual(['team-a/alice']);
    expect(await wokenBy(() => createKnown(api))).toEqual(['team-a/alice']);
  });

  it('itself, which counts as asked for when a user changed it, and not when we wrote its status', async () => {
    expect(await askedBy(() => api.edit('OpenClawInstance', 'alice', { spec: { suspended: true } }))).toEqual([true]);
    expect(await askedBy(() => api.edit('OpenClawInstance', 'alice', { metadata: { annotations: { a: 'b' } } }))).toEqual([true]);
    expect(await askedBy(() => api.edit('OpenClawInstance', 'alice', { status: { phase: 'Running' } }))).toEqual([false]);
    expect(await askedBy(() => api.edit('OpenClawInstance', 'alice', { metadata: { labels: { a: 'b' } } }))).toEqual([false]);
    expect(await askedBy(() => api.remove('OpenClawInstance', 'alice'))).toEqual([true]);
    // Each pass brings its end nearer.
    expect(await askedBy(() => api.edit('OpenClawInstance', 'alice', { status: { phase: 'Terminating' } }))).toEqual([true]);
    await askedBy(() => api.edit('OpenClawInstance', 'alice', { metadata: { finalizers: [] } }));
    expect(await askedBy(() => createKnown(api))).toEqual([true]);
  });

  it.each(emittedKinds)('$kind that it owns', async ({ kind }) => {
    const owner = { labels: LABELS, ownerReferences: [ownerReference(alice)] };
    expect(await wokenBy(() => place(kind, owner))).toEqual(['team-a/alice']);
    expect(await wokenBy(() => api.edit(kind, 'thing', { metadata: { annotations: { a: 'b' } } }))).toEqual(['team-a/alice']);
    expect(await wokenBy(() => api.remove(kind, 'thing'))).toEqual(['team-a/alice']);
  });

  it.each(['PersistentVolumeClaim', 'ConfigMap', 'StatefulSet'])('%s without an owner and with its labels', async (kind) => {
    expect(await wokenBy(() => place(kind, { labels: LABELS }))).toEqual(['team-a/alice']);
  });

  it('an owned object that loses its label', async () => {
    place('Service', { labels: LABELS, ownerReferences: [ownerReference(alice)] });
    await filled.caughtUp();
    expect(await wokenBy(() => api.edit('Service', 'thing', { metadata: { labels: { 'app.kubernetes.io/managed-by': 'x' } } }))).toEqual([
      'team-a/alice',
    ]);
  });

  it('the cluster defaults and its namespace', async () => {
    const defaults = { apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawClusterDefaults', metadata: { name: 'cluster' }, spec: {} };
    expect(await wokenBy(() => api.seed(defaults))).toEqual(['team-a/alice']);
    expect(await wokenBy(() => api.editNamespace('team-a', { metadata: { labels: { a: 'b' } } }))).toEqual(['team-a/alice']);
  });

  it.each(['Secret', 'ConfigMap', 'PersistentVolumeClaim'])('%s that it refers to, and no longer when it does not', async (kind) => {
    filled.caches.remember({ namespace: 'team-a', name: 'alice' }, [idIn(kind, 'thing')]);
    expect(await wokenBy(() => place(kind))).toEqual(['team-a/alice']);
    expect(await wokenBy(() => api.edit(kind, 'thing', { metadata: { labels: { a: 'b' } } }))).toEqual(['team-a/alice']);
    filled.caches.remember({ namespace: 'team-a', name: 'alice' }, [idIn(kind, 'other')]);
    expect(await wokenBy(() => api.remove(kind, 'thing'))).toEqual([]);
    filled.caches.remember({ namespace: 'team-a', name: 'alice' }, []);
    expect(await wokenBy(() => place(kind, { name: 'other' }))).toEqual([]);
  });
});

describe('an instance sleeps through', () => {
  it.each<[string, () => unknown]>([
    ['a Secret of nobody', () => place('Secret')],
    ['objects of another instance', () => place('Service', { labels: { ...LABELS, 'app.kubernetes.io/instance': 'bob' } })],
    ['objects of another tool', () => place('Service', { labels: { ...LABELS, 'app.kubernetes.io/managed-by': 'Helm' } })],
    ['objects with its labels in another namespace', () => place('ConfigMap', { labels: LABELS, namespace: 'kube-system' })],
    ['another namespace', () => api.editNamespace('kube-system', { metadata: { labels: { a: 'b' } } })],
    [
      'objects of an earlier instance of its name',
      () => place('Secret', { ownerReferences: [{ ...ownerReference(alice), uid: 'earlier' }] }),
    ],
    [
      'what it refers to by name in another namespace',
      () => {
        filled.caches.remember({ namespace: 'team-a', name: 'alice' }, ['Secret/thing']);
        return place('Secret', { namespace: 'kube-system' });
      },
    ],
  ])('%s', async (_what, happens) => {
    expect(await wokenBy(happens)).toEqual([]);
  });
});

it('everybody who refers to an object is woken', async () => {
  for (const name of ['alice', 'bob'])
    filled.caches.remember({ namespace: 'team-a', name }, [idIn('Secret', 'thing'), idIn('ConfigMap', 'thing')]);
  expect(await wokenBy(() => place('Secret'))).toEqual(['team-a/alice', 'team-a/bob']);
});

describe('the inventory of an instance', () => {
  it('is what carries its UID, and what carries its labels, in its namespace, each once', async () => {
    const both = { labels: LABELS, ownerReferences: [ownerReference(alice)] };
    place('Service', { name: 'both', ...both });
    place('Secret', { name: 'owned', ownerReferences: [ownerReference(alice)] });
    place('PersistentVolumeClaim', { name: 'labelled', labels: LABELS });
    place('ConfigMap', { name: 'from-git', labels: LABELS });
    place('Service', { name: 'of-bob', labels: { ...LABELS, 'app.kubernetes.io/instance': 'bob' } });
    place('Service', { name: 'elsewhere', labels: LABELS, namespace: 'kube-system' });
    await filled.caughtUp();
    expect(names(filled.caches.ownedBy(alice)).toSorted()).toEqual([
      'ConfigMap from-git',
      'PersistentVolumeClaim labelled',
      'Secret owned',
      'Service both',
    ]);
  });

  it.each(emittedKinds)('T76 has every kind that we ever made: $kind', async ({ kind }) => {
    place(kind, { labels: LABELS, ownerReferences: [ownerReference(alice)] });
    await filled.caughtUp();
    expect(names(filled.caches.ownedBy(alice))).toEqual([`${kind} thing`]);
  });
});

describe('what is kept', () => {
  it('of Secrets and ConfigMaps of others is their metadata alone', async () => {
    for (const kind of ['Secret', 'ConfigMap']) {
      api.seed({ apiVersion: 'v1', kind, metadata: { name: 'thing', namespace: 'team-a' }, data: { a: 'geheim' } });
      await filled.caughtUp();
      const kept = filled.caches.reference(kind, 'team-a', 'thing');
      expect(Object.keys(kept ?? {}).toSorted()).toEqual(['apiVersion', 'kind', 'metadata']);
    }
    expect(filled.caches.reference('Service', 'team-a', 'thing')).toBeUndefined();
  });

  it('is asked for by our label where we make it, and as metadata where others do', async () => {
    await stopAll();
    api.forgetRequests();
    await fillCaches(api);
    const asked = api.requests.map(({ path, query, accept }) => {
      const what = [query?.['labelSelector'], query?.['fieldSelector'], accept?.includes('PartialObjectMetadata') && 'metadata'].filter(
        Boolean,
      );
      return `${path.split('/').at(-1)}: ${what.join() || 'whole'}`;
    });
    const ours = 'app.kubernetes.io/managed-by=openclaw-operator';
    // Those are kept whoever made them.
    const apart = ['Secret', 'PersistentVolumeClaim'];
    expect(asked.toSorted()).toEqual(
      [
        'openclawinstances: whole',
        'openclawclusterdefaults: whole',
        'namespaces: metadata',
        'secrets: metadata',
        'configmaps: metadata',
        'persistentvolumeclaims: whole',
        'pods: app.kubernetes.io/name=openclaw',
        'events: involvedObject.kind=StatefulSet,reason=FailedCreate',
        ...emittedKinds.filter(({ kind }) => !apart.includes(kind)).map(({ plural }) => `${plural}: ${ours}`),
      ].toSorted(),
    );
  });

  it('can be looked up', async () => {
    place('PersistentVolumeClaim', { labels: LABELS });
    place('Service', { labels: LABELS });
    await filled.caughtUp();
    expect(filled.caches.ownedObject({ apiVersion: 'v1', kind: 'Service', namespace: 'team-a', name: 'thing' })?.kind).toBe('Service');
    expect(filled.caches.ownedObject({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'team-a', name: 'thing' })?.kind).toBe(
      'PersistentVolumeClaim',
    );
    expect(filled.caches.ownedObject({ apiVersion: 'v1', kind: 'Service', namespace: 'team-a', name: 'other' })).toBeUndefined();
  });
});

it('T6 T75 a cluster without Traefik is complete without it', async () => {
  await stopAll();
  api.absent.add('middlewares');
  const { caches } = await fillCaches(api);
  expect(caches.isServed('traefik.io/v1alpha1', 'Middleware')).toBe(false);
  expect(caches.isServed('networking.k8s.io/v1', 'Ingress')).toBe(true);
  expect(caches.isServed('v1', 'Pod')).toBe(true);
});

it('are filled before they start to count, and their age is that of the quietest', async () => {
  const clock = new FakeClock();
  const caches = new Caches({ ownNamespace: OWN_NAMESPACE, api: aServer(clock), clock, onError: ignore, onRight: ignore, wake: ignore });
  const starting = caches.start();
  await settle();
  await starting;
  await clock.advance(20_000);
  expect(caches.oldestEventAge).toBe(20_000);
  await caches.stop();
});

describe('T-T8 rights that are missing', () => {
  const forbidden = new ApiError('forbidden', 403, 'Forbidden');
  const lacks = (plural: string): void => api.fail(forbidden, ({ method, path }) => method === 'GET' && path.endsWith(`/${plural}`));

  beforeEach(stopAll);

  it('hold no start up, and are told by the names that kubectl has for the kinds', async () => {
    lacks('networkpolicies');
    lacks('services');
    const { caches } = await fillCaches(api);
    expect(caches.missingRights).toEqual(['list networkpolicies.networking.k8s.io', 'list services']);
    expect(caches.knowsInstances).toBe(true);
    expect(() => caches.requireFacts()).not.toThrow();
  });

  it.each(['secrets', 'configmaps', 'persistentvolumeclaims', 'namespaces', 'openclawclusterdefaults', 'openclawinstances'])(
    'to %s leave nothing to decide by: what cannot be seen is not absent',
    async (plural) => {
      lacks(plural);
      const { caches } = await fillCaches(api);
      expect(() => caches.requireFacts()).toThrow(MissingRightsError);
      expect(() => caches.requireFacts()).toThrow(new RegExp(`may not list ${plural}`));
      expect(caches.knowsInstances).toBe(plural !== 'openclawinstances');
    },
  );

  it('wake every instance when they are granted', async () => {
    const clock = new FakeClock();
    lacks('services');
    const rights: string[] = [];
    const woken: string[] = [];
    const onRight = (right: string, isMissing: boolean): unknown => rights.push(`${isMissing ? '-' : '+'} ${right}`);
    const caches = new Caches({ ownNamespace: OWN_NAMESPACE, api, clock, onError: ignore, onRight, wake: ({ name }) => woken.push(name) });
    await caches.start();
    woken.length = 0;
    api.heal();
    await clock.advance(30_000);
    expect([rights, woken, caches.missingRights]).toEqual([['- list services', '+ list services'], ['alice'], []]);
    await caches.stop();
  });
});
