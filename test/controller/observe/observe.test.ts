import { ClusterFacts } from '../../../controller/observe/cluster-facts';
import { Observer } from '../../../controller/observe/observe';
import { ApiError } from '../../../controller/api/errors';
import { MissingRightsError } from '../../../controller/observe/missing-rights';
import { type Delivery, type Observed, UNRESOLVED } from '../../../controller/observe/observed';
import { PackSource } from '../../../controller/observe/packs/pack-source';
import { SecretFacts } from '../../../controller/observe/secret-facts';
import { type Modifier, withEnv, withMistake, withSpec } from '../../builders';
import type { FakeApi } from '../fake-api';
import { idIn } from '../observed';
import { type Filled, aServer, createKnown, fillCaches, stopAll } from '../world';

const KEY = { namespace: 'team-a', name: 'alice' };

let api: FakeApi;
let filled: Filled;
let observer: Observer;

async function observing(delivery: Delivery = 'apply'): Promise<void> {
  filled = await fillCaches(api);
  observer = new Observer(
    filled.caches,
    new ClusterFacts(api, filled.caches, 'openclaw-system', new PackSource({ now: () => 0, onChange: () => {} })),
    new SecretFacts(api, Buffer.alloc(32)),
    delivery,
  );
  api.forgetRequests();
}

beforeEach(() => {
  api = aServer();
});
afterEach(stopAll);

async function see(): Promise<Observed> {
  await filled.caughtUp();
  const observed = await observer.observe(KEY);
  if (observed === undefined) throw new Error('there is no instance');
  return observed;
}

function configMap(name: string, data: Record<string, string> = {}): void {
  api.seed({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'team-a' }, data });
}

const fromMap = withSpec({ config: { configMapRef: { name: 'settings', key: 'openclaw.json' } } });
const secretEnv = withEnv({ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } });

it('sees nothing where there is no instance', async () => {
  await observing();
  expect(await observer.observe(KEY)).toBeUndefined();
});

/** Passes of which each one may resolve or not. */
async function resolvedAnew(change: () => void, ...modifiers: readonly Modifier[]): Promise<boolean> {
  createKnown(api, ...modifiers);
  await observing();
  const first = (await see()).resolution;
  expect((await see()).resolution).toBe(first);
  change();
  return (await see()).resolution !== first;
}

describe('an instance that is being deleted', () => {
  const deleted = { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } };

  it('T-T3 is not resolved, so that no spec can hold up its end', async () => {
    createKnown(api, fromMap, secretEnv);
    configMap('settings');
    api.edit('OpenClawInstance', 'alice', deleted);
    await observing();
    const { resolution, secrets, owned } = await see();
    expect(resolution).toBe(UNRESOLVED);
    expect([secrets.size, owned, api.requests]).toEqual([0, [], []]);
  });

  it('T-T8 is not judged while its claims may not be seen', async () => {
    createKnown(api);
    api.edit('OpenClawInstance', 'alice', deleted);
    api.fail(new ApiError('no', 403, 'Forbidden'), ({ path }) => path.endsWith('/persistentvolumeclaims'));
    await observing();
    await expect(see()).rejects.toThrow(MissingRightsError);
  });

  it.each([
    ['apply', false],
    ['git', true],
  ] as const)('T-T8 delivered by %s counts as gone only where everything of it may be seen: %s', async (delivery, isRefused) => {
    createKnown(api);
    api.edit('OpenClawInstance', 'alice', { ...deleted, status: { delivery } });
    api.fail(new ApiError('no', 403, 'Forbidden'), ({ path }) => path.endsWith('/statefulsets'));
    await observing();
    const seen = await see().catch((error: unknown) => error);
    expect(seen instanceof MissingRightsError).toBe(isRefused);
  });
});

describe('resolution', () => {
  it('keeps no hosts between passes, but what is read of them', async () => {
    createKnown(api);
    await observing();
    const { resolution } = await see();
    expect(resolution.ok && resolution.hosts).toEqual({ usesApiServer: false, replicas: 1, claimTemplates: [] });
  });

  it.each<[string, boolean, () => void]>([
    ['the spec', true, () => api.edit('OpenClawInstance', 'alice', { spec: { suspended: true } })],
    [
      'an annotation',
      true,
      () => api.edit('OpenClawInstance', 'alice', { metadata: { annotations: { 'openclaw.rocks/app-version': '2026.7.1' } } }),
    ],
    ['the cluster defaults', true, () => defaults()],
    ['the status', false, () => api.edit('OpenClawInstance', 'alice', { status: { phase: 'Running' } })],
    ['the finalizers', false, () => api.edit('OpenClawInstance', 'alice', { metadata: { finalizers: ['other'] } })],
    ['another ConfigMap', false, () => configMap('other')],
  ])('after a change of %s is made anew: %s', async (_what, expected, change) => {
    expect(await resolvedAnew(change)).toBe(expected);
  });

  it('T36 is made anew when the ConfigMap that the spec names changes, comes or goes', async () => {
    const change = (): void => void api.edit('ConfigMap', 'settings', { data: { 'openclaw.json': '{"a": 2}' } });
    configMap('settings', { 'openclaw.json': '{"a": 1}' });
    expect(await resolvedAnew(change, fromMap)).toBe(true);
    await api.remove('ConfigMap', 'settings');
    expect((await see()).resolution.ok).toBe(false);
    configMap('settings', { 'openclaw.json': '{"a": 3}' });
    expect((await see()).resolution.ok).toBe(true);
  });

  it('takes in the cluster defaults', async () => {
    defaults();
    createKnown(api);
    await observing();
    const { resolution } = await see();
    expect(resolution.ok && resolution.instance.spec.registry).toBe('mirror.example');
  });

  it('is made once by a hundred passes', async () => {
    createKnown(api);
    await observing();
    const resolutions = new Set();
    for (let pass = 0; pass < 100; pass += 1) resolutions.add((await see()).resolution);
    expect(resolutions.size).toBe(1);
    expect(api.requests).toEqual([]);
  });

  it('is that of the new instance where one of the same name took its place', async () => {
    expect(
      await resolvedAnew(() => {
        api.edit('OpenClawInstance', 'alice', { metadata: { finalizers: [] } });
        void api.remove('OpenClawInstance', 'alice');
        createKnown(api);
      }),
    ).toBe(true);
  });
});

function defaults(): void {
  api.seed({
    apiVersion: 'openclaw.rocks/v1alpha1',
    kind: 'OpenClawClusterDefaults',
    metadata: { name: 'cluster' },
    spec: { registry: 'mirror.example' },
  });
}

describe('ConfigMaps', () => {
  it('are read once a version, also by several instances', async () => {
    configMap('settings', { 'openclaw.json': '{"a": 1}' });
    createKnown(api, fromMap);
    await observing();
    await see();
    api.edit('OpenClawInstance', 'alice', { spec: { suspended: true } });
    await see();
    expect(api.reads).toEqual(['/api/v1/namespaces/team-a/configmaps/settings']);
    api.edit('ConfigMap', 'settings', { data: { 'openclaw.json': '{"a": 2}' } });
    await see();
    expect(api.reads).toHaveLength(2);
  });

  it('are not asked for where the cache knows of none', async () => {
    createKnown(api, fromMap);
    await observing();
    expect((await see()).resolution.ok).toBe(false);
    expect(api.reads).toEqual([]);
  });

  it('that are gone by the time of the read are none', async () => {
    configMap('settings', { 'openclaw.json': '{}' });
    createKnown(api, fromMap);
    await observing();
    api.watches.hold();
    await api.remove('ConfigMap', 'settings');
    expect((await see()).resolution.ok).toBe(false);
  });

  it('wake the instance even where its spec is invalid: a mistake may stand in the map', async () => {
    createKnown(api, fromMap, withMistake({ gateway: { enabled: 'perhaps' } }));
    await observing();
    await see();
    filled.woken.length = 0;
    configMap('settings');
    await filled.caughtUp();
    expect(filled.woken).toContain('team-a/alice');
  });
});

describe('references', () => {
  it('are told as far as they are there', async () => {
    createKnown(api, secretEnv, withSpec({ storage: { persistence: { existingClaim: 'old' } } }));
    await observing();
    expect([...(await see()).present]).toEqual([]);
    api.seed({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', namespace: 'team-a' }, data: { a: 'eA==' } });
    api.seed({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'old', namespace: 'team-a' }, spec: {} });
    const observed = await see();
    expect([...observed.present].toSorted()).toEqual([idIn('PersistentVolumeClaim', 'old'), idIn('Secret', 'keys')]);
    expect(observed.secrets.get('keys')?.keys).toEqual(['a']);
    expect(observed.claims.map(({ metadata }) => metadata.name)).toEqual(['old']);
  });

  it('in another namespace are none', async () => {
    createKnown(api, secretEnv);
    api.seed({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', namespace: 'kube-system' }, data: { a: 'eA==' } });
    await observing();
    expect((await see()).secrets.has('keys')).toBe(false);
    expect(api.reads).toEqual([]);
  });

  it('wake the instance when they come, and no longer once it is gone', async () => {
    createKnown(api, secretEnv);
    await observing();
    await see();
    filled.woken.length = 0;
    api.seed({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', namespace: 'team-a' } });
    await filled.caughtUp();
    expect(filled.woken).toEqual(['team-a/alice']);
    api.edit('OpenClawInstance', 'alice', { metadata: { finalizers: [] } });
    await api.remove('OpenClawInstance', 'alice');
    await filled.caughtUp();
    await observer.observe(KEY);
    filled.woken.length = 0;
    api.edit('Secret', 'keys', { data: { a: 'eA==' } });
    await filled.caughtUp();
    expect(filled.woken).toEqual([]);
  });

  it('take in what was just written', async () => {
    createKnown(api);
    await observing();
    const { secrets } = await see();
    const written = api.seed({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', namespace: 'team-a' }, data: { a: 'eA==' } });
    expect(observer.withSecrets(secrets, [])).toBe(secrets);
    expect(observer.withSecrets(secrets, [written]).get('keys')?.keys).toEqual(['a']);
    expect(secrets.has('keys')).toBe(false);
  });
});

const annotations = (value: string) => ({ metadata: { annotations: { 'openclaw.rocks/delivery': value } } });

describe('delivery', () => {
  it.each<[Delivery, string | undefined, string | undefined, Delivery]>([
    ['apply', undefined, undefined, 'apply'],
    ['git', undefined, undefined, 'git'],
    ['apply', 'git', undefined, 'git'],
    ['apply', undefined, 'git', 'git'],
    ['apply', 'git', 'apply', 'apply'],
    ['git', 'apply', undefined, 'apply'],
  ])('by setting %s, namespace %s and instance %s is by %s', async (setting, ofNamespace, ofInstance, expected) => {
    createKnown(api);
    if (ofNamespace !== undefined) api.editNamespace('team-a', annotations(ofNamespace));
    if (ofInstance !== undefined) api.edit('OpenClawInstance', 'alice', annotations(ofInstance));
    await observing(setting);
    expect((await see()).wantedDelivery).toBe(expected);
  });
});

it.each(['pigeon', '', 'GIT'])('tells a delivery that there is none of, and does not guess: %j', async (asked) => {
  createKnown(api);
  api.edit('OpenClawInstance', 'alice', annotations(asked));
  api.editNamespace('team-a', annotations('git'));
  await observing();
  expect(await see()).toMatchObject({ wantedDelivery: 'apply', unknownDelivery: asked });
});

it('sees a namespace that is being deleted', async () => {
  createKnown(api);
  await observing();
  expect((await see()).namespaceTerminating).toBe(false);
  api.editNamespace('team-a', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['kubernetes'] } });
  expect((await see()).namespaceTerminating).toBe(true);
});
