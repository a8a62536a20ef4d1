import { commonLabels, labels } from '../../../constructs/wire/names';
import { compare } from 'bcryptjs';
import { ApiError, FencedError } from '../../../controller/api/errors';
import type { ApiRequest } from '../../../controller/api/port';
import { ApplySink } from '../../../controller/carry-out/apply-sink';
import { Executor } from '../../../controller/carry-out/carry-out';
import { decide } from '../../../controller/decide/decide';
import { prepare } from '../../../controller/decide/prepare';
import type { KubeObject, LiveInstance, LiveMetadata } from '../../../controller/objects/objects';
import type { Outcome } from '../../../controller/decide/outcome';
import type { Observed } from '../../../controller/observe/observed';
import { type Modifier, withIngress, withSpec } from '../../builders';
import type { FakeApi } from '../fake-api';
import { FINALIZER, NOW, anObserved, cluster, names } from '../observed';
import { aServer, create, createKnown, fillCaches, stopAll } from '../world';
import { PLACE, ScriptedGit } from './scripted-git';

let api: FakeApi;
let executor: Executor;
let git: ScriptedGit;

beforeEach(async () => {
  api = aServer();
  git = new ScriptedGit();
  const { caches } = await fillCaches(api);
  executor = new Executor(api, new ApplySink(api, caches), git);
});
afterEach(stopAll);

/** What a pass over this instance sees. */
function seen(instance: LiveInstance, difference: Parameters<typeof anObserved>[0] = {}): Observed {
  return { ...anObserved(difference), instance };
}

async function run(observed: Observed): Promise<Outcome> {
  api.forgetRequests();
  const work = executor.begin(observed.instance);
  await work.prepare(prepare(observed));
  return work.carryOut(decide(observed, NOW));
}

async function ending(difference: Parameters<typeof anObserved>[0] = {}, ...modifiers: readonly Modifier[]): Promise<Observed> {
  createKnown(api, ...modifiers);
  await api.remove('OpenClawInstance', 'alice');
  return seen(api.get('OpenClawInstance', 'alice') as LiveInstance, { modifiers, ...difference });
}

const isWrite =
  (method: string, part: string) =>
  (request: ApiRequest): boolean =>
    request.method === method && request.path.includes(part);

const refused = (): ApiError => new ApiError('no', 403, 'Forbidden');
const instancePath = '/openclawinstances/alice';

describe('a pass', () => {
  it('writes the finalizer before anything else, as one field, on the version that it saw', async () => {
    const instance = create(api);
    await run(seen(instance, { secrets: new Map() }));
    const [first] = api.requests.filter(({ method }) => method !== 'GET');
    expect(first).toMatchObject({
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body: { metadata: { resourceVersion: instance.metadata.resourceVersion, finalizers: [FINALIZER] } },
    });
    expect(Object.keys(first?.body as object)).toEqual(['metadata']);
  });

  it('keeps the finalizers of others', async () => {
    api.seed({ ...create(api), metadata: { name: 'alice', namespace: 'team-a', finalizers: ['theirs'] } });
    await run(seen(api.get('OpenClawInstance', 'alice') as LiveInstance));
    expect(api.get('OpenClawInstance', 'alice').metadata.finalizers).toEqual(['theirs', FINALIZER]);
  });

  it('makes the Secrets next, then applies, then prunes', async () => {
    const instance = createKnown(api);
    const metadata = { name: 'alice-old', namespace: 'team-a', labels: commonLabels('alice') };
    const stale = api.seed({ apiVersion: 'v1', kind: 'Service', metadata });
    const owned = { ...stale, metadata: { ...stale.metadata, ownerReferences: cluster(instance)[0]!.metadata.ownerReferences! } };
    const outcome = await run(seen(instance, { secrets: new Map(), owned: [owned] }));
    const plurals = api.writes.map((write) => write.replace('/namespaces/team-a/', ' ').split(' ').at(-1));
    expect(plurals.at(0)).toBe('secrets');
    expect(plurals.at(-1)).toBe('services/alice-old');
    expect(outcome.objects.map(({ kind, action }) => `${kind} ${action}`)).toEqual(cluster(instance).map(({ kind }) => `${kind} created`));
    expect(outcome.pruned).toEqual([{ apiVersion: 'v1', kind: 'Service', namespace: 'team-a', name: 'alice-old' }]);
    expect(outcome.failures).toEqual([]);
  });

  it('goes on where one object fails, and prunes all the same', async () => {
    api.fail(refused(), isWrite('PATCH', '/roles/'));
    const { objects } = await run(seen(createKnown(api)));
    expect(objects.filter(({ action }) => action === 'failed').map(({ kind }) => kind)).toEqual(['Role']);
    expect(objects.filter(({ action }) => action === 'created').length).toBe(objects.length - 1);
  });

  it('names what it could not remove', async () => {
    const instance = createKnown(api);
    const [stale] = cluster(instance).filter(({ kind }) => kind === 'Service');
    const old = api.seed({ ...stale!, metadata: { ...stale!.metadata, name: 'alice-old' } });
    api.fail(refused(), isWrite('DELETE', 'alice-old'));
    const { failures, pruned } = await run(seen(instance, { owned: [old] }));
    expect(failures).toEqual([
      { step: 'removal of Service alice-old', failure: expect.objectContaining({ reason: 'Forbidden' }) as unknown },
    ]);
    expect(pruned).toEqual([]);
  });

  it('that may not write is given up as a whole: a closed fence is no failure of the instance', async () => {
    api.fail(new FencedError({ method: 'PATCH', path: '/x' }), isWrite('PATCH', ''));
    await expect(run(seen(createKnown(api)))).rejects.toThrow(FencedError);
  });
});

describe('a preparation that fails', () => {
  it.each([
    ['the finalizer', isWrite('PATCH', instancePath), 'finalizer'],
    ['an owner reference', isWrite('PATCH', '/persistentvolumeclaims/'), 'owner reference of PersistentVolumeClaim alice-data'],
  ])('(%s) makes no Secret and delivers nothing', async (_what, fails, step) => {
    const instance = create(api);
    const claim = cluster(instance).find(({ kind }) => kind === 'PersistentVolumeClaim')!;
    const ownerReferences = [{ apiVersion: 'v1', kind: 'OpenClawInstance', name: 'alice', uid: instance.metadata.uid }];
    const inherited = api.seed({ ...claim, metadata: { ...claim.metadata, ownerReferences } });
    api.fail(refused(), fails);
    const outcome = await run(seen(instance, { secrets: new Map(), owned: [inherited] }));
    expect(outcome.failures.map((failure) => failure.step)).toEqual([step]);
    expect([outcome.objects, outcome.secrets]).toEqual([[], []]);
    expect(api.names().filter((name) => name !== 'OpenClawInstance alice')).toEqual(['PersistentVolumeClaim alice-data']);
  });

  it('T-T10 (a Secret) holds up the StatefulSet alone: the pod would come up without it', async () => {
    api.fail(refused(), isWrite('POST', '/secrets'));
    const instance = createKnown(api);
    const outcome = await run(seen(instance, { secrets: new Map() }));
    expect(outcome.secrets).toEqual([
      { name: 'alice-gateway-token', action: 'failed', failure: expect.objectContaining({ reason: 'Forbidden' }) as unknown },
    ]);
    const others = cluster(instance).filter(({ kind }) => kind !== 'StatefulSet');
    expect(outcome.objects.map(({ kind, action }) => `${kind} ${action}`)).toEqual(others.map(({ kind }) => `${kind} created`));
    expect(api.names()).toEqual([...names(others), 'OpenClawInstance alice'].toSorted());
  });

  it('(a view that is too old) takes nothing of others away', async () => {
    const instance = create(api);
    api.edit('OpenClawInstance', 'alice', { metadata: { finalizers: ['theirs'] } });
    const outcome = await run(seen(instance));
    expect(outcome.failures).toMatchObject([{ step: 'finalizer', failure: { reason: 'Conflict', transient: true } }]);
    expect(api.get('OpenClawInstance', 'alice').metadata.finalizers).toEqual(['theirs']);
  });
});

const data = (name: string): Record<string, string> => {
  const all = (api.get('Secret', name)['data'] ?? {}) as Record<string, string>;
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
};

describe('a Secret of our own making', () => {
  const basicAuth = withIngress('nginx', { security: { basicAuth: { enabled: true } } });

  it('is made once, with our labels and the instance as its owner', async () => {
    const outcome = await run(seen(createKnown(api, basicAuth), { modifiers: [basicAuth], secrets: new Map() }));
    expect(outcome.secrets).toEqual([
      { name: 'alice-gateway-token', action: 'created', keys: ['token'] },
      { name: 'alice-basic-auth', action: 'created', keys: ['username', 'password', 'auth'] },
    ]);
    const { type, metadata } = api.get('Secret', 'alice-gateway-token');
    expect([type, metadata.labels?.['app.kubernetes.io/instance'], metadata.ownerReferences?.map(({ controller }) => controller)]).toEqual([
      'Opaque',
      'alice',
      [true],
    ]);
    const { username = '', password = '', auth = '' } = data('alice-basic-auth');
    expect(await compare(password, auth.slice(username.length + 1))).toBe(true);
  });

  it('that somebody else made first is a conflict, and theirs stays', async () => {
    api.seed({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'alice-gateway-token', namespace: 'team-a' },
      data: { token: 'dGhlaXJz' },
    });
    const outcome = await run(seen(createKnown(api), { secrets: new Map() }));
    expect(outcome.secrets).toMatchObject([{ action: 'failed', failure: { reason: 'AlreadyExists', transient: true } }]);
    expect(data('alice-gateway-token')).toEqual({ token: 'theirs' });
  });

  it('T87 is completed in its missing keys; a password that a user chose stays and is the one that is hashed', async () => {
    const chosen = { username: 'b3BlbmNsYXc=', password: Buffer.from('chosen by hand').toString('base64') };
    const metadata = { name: 'alice-basic-auth', namespace: 'team-a', labels: { [labels.ownName]: 'alice', ...commonLabels('alice') } };
    api.seed({ apiVersion: 'v1', kind: 'Secret', metadata, data: chosen });
    const fact = { uid: 'u', keys: ['password', 'username'], hash: 'h' };
    const observed = seen(createKnown(api, basicAuth), { modifiers: [basicAuth] });
    const outcome = await run({ ...observed, secrets: new Map([...observed.secrets, ['alice-basic-auth', fact]]) });
    expect(outcome.secrets).toEqual([{ name: 'alice-basic-auth', action: 'repaired', keys: ['auth'] }]);
    const { username, password, auth = '' } = data('alice-basic-auth');
    expect([username, password]).toEqual(['openclaw', 'chosen by hand']);
    expect(await compare('chosen by hand', auth.split(':')[1] ?? '')).toBe(true);
  });

  it('that is gone by the time of the repair is left to the next pass', async () => {
    const fact = { uid: 'u', keys: [], hash: 'h' };
    await run(seen(createKnown(api), { secrets: new Map([['alice-gateway-token', fact]]) }));
    expect(api.find('Secret', 'alice-gateway-token')).toBeUndefined();
  });
});

function reference(uid: string) {
  return { apiVersion: 'v1', kind: 'OpenClawInstance', name: 'alice', uid };
}

describe('owner references on a claim', () => {
  it('T4 of ours are taken off, those of others stay', async () => {
    const instance = createKnown(api);
    const claim = cluster(instance).find(({ kind }) => kind === 'PersistentVolumeClaim')!;
    const ownerReferences = [reference('other'), reference(instance.metadata.uid)];
    const inherited = api.seed({ ...claim, metadata: { ...claim.metadata, ownerReferences } });
    await run(seen(instance, { owned: [inherited] }));
    expect(api.get('PersistentVolumeClaim', 'alice-data').metadata.ownerReferences).toEqual([reference('other')]);
  });

  it('T-T16 that are off already, by our own last write, are done', async () => {
    const instance = createKnown(api);
    const claim = cluster(instance).find(({ kind }) => kind === 'PersistentVolumeClaim')!;
    const inherited = api.seed({ ...claim, metadata: { ...claim.metadata, ownerReferences: [reference(instance.metadata.uid)] } });
    api.edit('PersistentVolumeClaim', 'alice-data', { metadata: { ownerReferences: [reference('other')] } });
    const { failures } = await run(seen(instance, { owned: [inherited] }));
    expect(failures).toEqual([]);
    expect(api.get('PersistentVolumeClaim', 'alice-data').metadata.ownerReferences).toEqual([reference('other')]);
  });
});

describe('delivery by Git', () => {
  it('hands the manifests over and applies nothing', async () => {
    const instance = createKnown(api);
    const outcome = await run(seen(instance, { wantedDelivery: 'git' }));
    expect(git.asked).toEqual([`publish ${cluster(instance).length}`]);
    expect(outcome).toMatchObject({ objects: [], git: { ...PLACE, state: 'pending' } });
    expect(api.writes).toEqual([]);
  });

  it('makes the Secrets in the cluster', async () => {
    await run(seen(createKnown(api), { wantedDelivery: 'git', secrets: new Map() }));
    expect(api.writes).toEqual(['POST /api/v1/namespaces/team-a/secrets']);
  });

  it('T-T10 publishes although a Secret is refused: the pod waits for it, the policies need not', async () => {
    api.fail(refused(), isWrite('POST', '/secrets'));
    const instance = createKnown(api);
    await run(seen(instance, { wantedDelivery: 'git', secrets: new Map() }));
    expect(git.asked).toEqual([`publish ${cluster(instance).length}`]);
  });

  it('hands nothing over while nothing is to be delivered', async () => {
    const instance: LiveInstance = { ...createKnown(api), status: { delivery: 'git' } };
    const outcome = await run(seen(instance));
    expect([git.asked, outcome.git, api.writes]).toEqual([[], undefined, []]);
  });

  it('without a repository is a failure that says so', async () => {
    const { caches } = await fillCaches(api);
    executor = new Executor(api, new ApplySink(api, caches), undefined);
    const outcome = await run(seen(createKnown(api), { wantedDelivery: 'git' }));
    expect(outcome.failures).toEqual([
      {
        step: 'delivery',
        failure: {
          reason: 'GitNotConfigured',
          message: 'delivery is "git" and the controller has no repository: set one, or change the delivery',
          transient: false,
        },
      },
    ]);
  });
});

function claimOf(observed: Observed): KubeObject {
  const claim = cluster(observed.instance).find(({ kind }) => kind === 'PersistentVolumeClaim')!;
  const { uid: _uid, ...metadata } = claim.metadata;
  return api.seed({ ...claim, metadata });
}

describe('the end of an instance', () => {
  const destroy = withSpec({ storage: { persistence: { orphan: false } } });

  it('is the removal of the finalizer, and of nothing else', async () => {
    const observed = await ending();
    await run({ ...observed, owned: [claimOf(observed)] });
    expect(api.writes).toEqual([`PATCH /apis/openclaw.rocks/v1alpha1/namespaces/team-a${instancePath}`]);
    expect(api.names()).toEqual(['PersistentVolumeClaim alice-data']);
  });

  it('takes the claim first where that is asked for, by its UID', async () => {
    const observed = await ending({}, destroy);
    const claim = claimOf(observed);
    const outcome = await run({ ...observed, owned: [claim] });
    expect(outcome.pruned).toMatchObject([{ kind: 'PersistentVolumeClaim', name: 'alice-data' }]);
    expect(api.requests.find(({ method }) => method === 'DELETE')?.body).toMatchObject({ preconditions: { uid: claim.metadata.uid } });
    expect(api.names()).toEqual([]);
  });

  it('T60 waits while the claim cannot be deleted', async () => {
    const observed = await ending({}, destroy);
    api.fail(refused(), isWrite('DELETE', '/persistentvolumeclaims/'));
    const { failures } = await run({ ...observed, owned: [claimOf(observed)] });
    expect(failures.map(({ step }) => step)).toEqual(['removal of PersistentVolumeClaim alice-data']);
    expect(api.find('OpenClawInstance', 'alice')).toBeDefined();
  });

  it('leaves finalizers of others, and does nothing once ours is gone', async () => {
    const observed = await ending();
    api.edit('OpenClawInstance', 'alice', { metadata: { finalizers: ['theirs', FINALIZER] } });
    const instance = api.get('OpenClawInstance', 'alice') as LiveInstance;
    await run({ ...observed, instance });
    expect(api.get('OpenClawInstance', 'alice').metadata.finalizers).toEqual(['theirs']);
    await run({ ...observed, instance: api.get('OpenClawInstance', 'alice') as LiveInstance });
    expect(api.requests).toEqual([]);
  });

  it('never takes off the finalizer of another in place of ours', async () => {
    const observed = await ending();
    // The list has moved since it was seen.
    api.edit('OpenClawInstance', 'alice', { metadata: { finalizers: ['theirs', FINALIZER] } });
    const { failures } = await run(observed);
    expect(failures).toEqual([]);
    expect(api.get('OpenClawInstance', 'alice').metadata.finalizers).toEqual(['theirs']);
  });

  it('in Git waits until the repository holds nothing any more; the claim and the tombstone go after that', async () => {
    const observed = await ending({ wantedDelivery: 'git' }, destroy);
    const grave = api.seed({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'alice-tombstone', namespace: 'team-a' } });
    const owned = [claimOf(observed), grave];
    const first = await run({ ...observed, owned });
    expect([git.asked, first.git?.state, api.writes]).toEqual([['unpublish, gone: true'], 'pending', []]);
    git.state = 'committed';
    const last = await run({ ...observed, owned });
    expect(names(last.pruned.map(({ kind, name }) => ({ kind, metadata: { name } })))).toEqual([
      'PersistentVolumeClaim alice-data',
      'ConfigMap alice-tombstone',
    ]);
    expect(api.names()).toEqual([]);
  });

  it.each<[string, Partial<LiveMetadata>, boolean]>([
    ['with labels that an engine has written over', { labels: { ...commonLabels('fleet_alice') } }, false],
    ['of another instance', { labels: { ...commonLabels('alice'), [labels.ownName]: 'bob' } }, true],
    ['of somebody else', {}, true],
  ])('T-S2 is not gone for an empty look-up: a Service %s is asked for by its name', async (_what, metadata, isGone) => {
    const observed = await ending({ wantedDelivery: 'git', owned: [] });
    api.seed({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'alice', namespace: 'team-a', ...metadata } });
    await run(observed);
    expect(git.asked).toEqual([`unpublish, gone: ${isGone}`]);
  });

  it('T61 in Git and in a namespace that is being deleted waits for no repository', async () => {
    git.state = 'committed';
    await run(await ending({ wantedDelivery: 'git', namespaceTerminating: true }));
    expect(git.asked).toEqual(['abandon']);
    expect(api.names()).toEqual([]);
  });

  it.each([
    ['goes where nothing was ever committed', undefined, []],
    ['stays where something was', { tree: 'abc' }, ['removal from Git']],
  ])('in Git without a repository %s', async (_what, committed, steps) => {
    const { caches } = await fillCaches(api);
    executor = new Executor(api, new ApplySink(api, caches), undefined);
    const observed = await ending({ wantedDelivery: 'git' });
    const instance: LiveInstance = { ...observed.instance, status: { delivery: 'git', ...(committed && { git: committed }) } };
    const { failures } = await run({ ...observed, instance });
    expect(failures.map(({ step }) => step)).toEqual(steps);
    expect(api.names()).toEqual(steps.length === 0 ? [] : ['OpenClawInstance alice']);
  });

  it('is forgotten everywhere', () => {
    executor.forget({ namespace: 'team-a', name: 'alice' });
    expect(git.asked).toEqual(['forget team-a/alice']);
  });
});
