import { kinds } from '../../../constructs/wire/kinds';
import { commonLabels, labels } from '../../../constructs/wire/names';
import { kept } from '../../../controller/api/list';
import { writersOf } from '../../../controller/objects/writers';
import type { Condition } from '../../../constructs';
import type { KubeObject, LiveInstance, LiveMetadata } from '../../../controller/objects/objects';
import { type Modifier, withChromium, withIngress } from '../../builders';
import type { FakeApi } from '../fake-api';
import { World, createKnown, stopAll } from '../world';

afterEach(stopAll);

function conditionOf(api: FakeApi, type: string, name = 'alice'): Condition | undefined {
  const { status } = api.get('OpenClawInstance', name) as LiveInstance;
  return status?.conditions?.find((condition) => condition.type === type);
}

function told(api: FakeApi, type: string, name?: string): string {
  const { status, reason, message } = conditionOf(api, type, name) ?? { status: '-', reason: '-', message: '-' };
  return `${status} ${reason}: ${message}`;
}

const named =
  (name: string): Modifier =>
  (written) => ({ ...written, metadata: { ...written.metadata, name } });

function foreign(kind: string, name: string, metadata: Partial<LiveMetadata> = {}): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'team-a', ...metadata } };
}

describe("T-T4 a pod does not run with somebody else's", () => {
  it.each([
    ['PersistentVolumeClaim', 'alice-data'],
    ['ConfigMap', 'alice-config'],
    ['ConfigMap', 'alice-workspace'],
    ['ServiceAccount', 'alice'],
  ])('%s %s', async (kind, name) => {
    const { api } = await World.start((server) => {
      server.seed(foreign(kind, name));
      createKnown(server);
    });
    expect(api.names()).not.toContain('StatefulSet alice');
    expect(told(api, 'StatefulSetReady')).toContain(`would use what is not ours: ${kind} ${name}`);
    expect(told(api, 'Ready')).toContain(`${kind} ${name} was made by someone else`);
    // What the pod does not use is delivered.
    expect(api.names()).toEqual(expect.arrayContaining(['NetworkPolicy alice', 'Service alice']));
  });

  it('and does once the object is given to the instance', async () => {
    const world = await World.start((server) => {
      server.seed(foreign('ConfigMap', 'alice-config'));
      createKnown(server);
    });
    world.api.edit('ConfigMap', 'alice-config', { metadata: { annotations: { 'openclaw.rocks/adopt': 'true' } } });
    await world.passAll();
    expect(world.api.names()).toContain('StatefulSet alice');
  });

  it('a claim of an instance that is gone is taken by the next one of its name alone', async () => {
    const metadata = { labels: { ...commonLabels('bob'), [labels.ownName]: 'bob', [labels.ownUid]: 'uid-of-bob' } };
    const { api } = await World.start((server) => {
      server.seed({ ...foreign('PersistentVolumeClaim', 'alice-data', metadata), spec: { resources: { requests: { storage: '10Gi' } } } });
      createKnown(server);
    });
    expect(told(api, 'StorageReady')).toContain('was made for OpenClawInstance bob');
    expect(api.names()).not.toContain('StatefulSet alice');
  });
});

describe('T-T4 names of two instances that meet', () => {
  const persistent = withChromium({ persistence: { enabled: true } });

  it('the data of x-chromium is not the browser profile of x', async () => {
    const world = await World.start((server) => createKnown(server, named('x'), persistent));
    createKnown(world.api, named('x-chromium'));
    await world.settle();
    const message = told(world.api, 'Ready', 'x-chromium');
    expect(message).toContain(
      'False NameTaken: PersistentVolumeClaim x-chromium-data is an object of OpenClawInstance x, and x-chromium needs',
    );
    expect(world.api.names()).not.toContain('StatefulSet x-chromium');
    expect(world.api.get('PersistentVolumeClaim', 'x-chromium-data').metadata.labels?.[labels.ownName]).toBe('x');
  });

  it('nor the other way round, and the first one runs on', async () => {
    const world = await World.start((server) => createKnown(server, named('x-chromium')));
    createKnown(world.api, named('x'), persistent);
    await world.settle();
    expect(told(world.api, 'Ready', 'x')).toContain('OpenClawInstance x-chromium, and x needs');
    expect(world.api.names()).toContain('StatefulSet x-chromium');
    expect(world.api.names()).not.toContain('StatefulSet x');
  });

  it('the Service of x-cdp is not the one to the browser of x', async () => {
    const world = await World.start((server) => createKnown(server, named('x'), withChromium()));
    createKnown(world.api, named('x-cdp'));
    await world.settle();
    expect(told(world.api, 'Ready', 'x-cdp')).toContain('NameTaken: Service x-cdp is an object of OpenClawInstance x, and x-cdp needs');
  });
});

describe('T-S1 the claim', () => {
  it('that is being deleted is told, though it is bound', async () => {
    const world = await World.start((server) => createKnown(server));
    world.api.edit('PersistentVolumeClaim', 'alice-data', {
      metadata: { finalizers: ['kubernetes.io/pvc-protection'] },
      status: { phase: 'Bound' },
    });
    await world.settle();
    await world.api.remove('PersistentVolumeClaim', 'alice-data');
    await world.settle();
    expect(told(world.api, 'StorageReady')).toMatch(/^False ClaimTerminating: claim alice-data is being deleted, and its data/);
    expect(world.api.events.join()).toContain('ClaimTerminating');
  });

  it('that was lost and made again is told until the spec changes', async () => {
    const world = await World.start((server) => createKnown(server));
    await world.api.remove('PersistentVolumeClaim', 'alice-data');
    await world.settle();
    world.api.edit('PersistentVolumeClaim', 'alice-data', { status: { phase: 'Bound' } });
    await world.passAll();
    expect(told(world.api, 'StorageReady')).toMatch(/^False ClaimMadeAgain: claim alice-data was lost with its data and made again, empty/);
    expect(world.api.events.filter((event) => event.includes('ClaimMadeAgain'))).toHaveLength(1);
    world.api.edit('OpenClawInstance', 'alice', { metadata: { generation: 2 }, spec: { env: [{ name: 'A', value: 'b' }] } });
    await world.settle();
    expect(told(world.api, 'StorageReady')).toMatch(/^True PVCCreated/);
  });

  it('of a new instance, or of a feature that was just switched on, was never lost', async () => {
    const world = await World.start((server) => createKnown(server));
    world.api.edit('OpenClawInstance', 'alice', { spec: { chromium: { enabled: true, persistence: { enabled: true } } } });
    await world.settle();
    expect(told(world.api, 'StorageReady')).not.toContain('ClaimMadeAgain');
  });
});

describe('T-S2 an engine that writes its own value into app.kubernetes.io/instance', () => {
  it('hides nothing: objects are found by our own label, and by their names', async () => {
    const world = await World.start((server) => createKnown(server));
    for (const [kind, name] of [
      ['Service', 'alice'],
      ['StatefulSet', 'alice'],
    ] as const) {
      world.api.edit(kind, name, {
        metadata: { labels: { [labels.instance]: 'fleet_alice', [labels.ownName]: null }, ownerReferences: null },
      });
    }
    world.api.forgetRequests();
    await world.settle();
    expect(told(world.api, 'ServiceReady')).toContain('Service alice');
    expect(told(world.api, 'ServiceReady')).not.toContain('not in the cluster');
  });
});

describe('T-T16 objects that an earlier instance of the name let go', () => {
  it('are taken again without an annotation', async () => {
    const world = await World.start((server) => createKnown(server));
    const before = world.api.get('Service', 'alice');
    for (const kind of ['Service', 'StatefulSet', 'Role']) world.api.edit(kind, 'alice', { metadata: { ownerReferences: null } });
    await world.passAll();
    const after = world.api.get('Service', 'alice');
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.metadata.ownerReferences).toMatchObject([{ name: 'alice', uid: world.api.get('OpenClawInstance', 'alice').metadata.uid }]);
  });
});

describe('T-T16 a Secret that an earlier instance of the name let go', () => {
  it('is taken again, and goes with this one', async () => {
    const world = await World.start((server) => createKnown(server));
    const before = world.api.edit('Secret', 'alice-gateway-token', { metadata: { ownerReferences: null } });
    await world.settle();
    await world.passAll();
    const after = world.api.get('Secret', 'alice-gateway-token');
    expect([after.metadata.uid, after['data']]).toEqual([before.metadata.uid, before['data']]);
    expect(after.metadata.ownerReferences).toMatchObject([{ name: 'alice', uid: world.api.get('OpenClawInstance', 'alice').metadata.uid }]);
    expect(world.api.events.join()).not.toContain('SecretRepaired');
    world.api.forgetRequests();
    await world.passAll();
    expect(world.api.writes).toEqual([]);
  });

  it.each<[string, Partial<LiveMetadata>]>([
    ['has another owner', { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' }] }],
    ['has no mark of ours', { ownerReferences: [], labels: { [labels.ownName]: null as never } }],
  ])('stays as it is where it %s', async (_what, metadata) => {
    const world = await World.start((server) => createKnown(server));
    const before = world.api.edit('Secret', 'alice-gateway-token', { metadata });
    await world.settle();
    expect(world.api.get('Secret', 'alice-gateway-token').metadata.ownerReferences).toEqual(before.metadata.ownerReferences);
  });
});

describe('T-T5 a Secret under a name of ours', () => {
  const ours = { ...commonLabels('alice'), [labels.ownName]: 'alice' };
  const theirs = { theirs: 'eA==' };

  async function withSecret(name: string, metadata: Partial<LiveMetadata>, ...modifiers: readonly Modifier[]): Promise<World> {
    return World.start((server) => {
      server.seed({ ...foreign('Secret', name, metadata), data: theirs });
      createKnown(server, ...modifiers);
    });
  }

  it.each<[string, Partial<LiveMetadata>]>([
    ['without a label', {}],
    ['with the mark of another instance', { labels: { ...commonLabels('bob'), [labels.ownName]: 'bob' } }],
    ['with labels that everybody can copy', { labels: commonLabels('alice') }],
    [
      'with an owner of its own',
      { labels: ours, ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x', controller: true }] },
    ],
  ])('%s gets no keys, and the pod that would read it is held back', async (_what, metadata) => {
    const { api } = await withSecret('alice-gateway-token', metadata);
    expect(api.get('Secret', 'alice-gateway-token')['data']).toEqual(theirs);
    expect(told(api, 'Ready')).toContain('Secret alice-gateway-token');
    expect(told(api, 'StatefulSetReady')).toContain('would use what is not ours: Secret alice-gateway-token');
    // What does not depend on it is delivered.
    expect(api.names()).toEqual(expect.arrayContaining(['NetworkPolicy alice', 'Service alice']));
  });

  it('that no pod reads holds no pod back', async () => {
    const { api } = await withSecret('alice-basic-auth', {}, withIngress('nginx', { security: { basicAuth: { enabled: true } } }));
    expect(api.get('Secret', 'alice-basic-auth')['data']).toEqual(theirs);
    expect(told(api, 'Ready')).toContain('Secret alice-basic-auth was made by someone else');
    expect(api.names()).toContain('StatefulSet alice');
  });

  it('that was given to us is filled, marked and owned', async () => {
    const { api } = await withSecret('alice-gateway-token', { annotations: { 'openclaw.rocks/adopt': 'true' } });
    const { metadata, data } = api.get('Secret', 'alice-gateway-token');
    expect(data).toMatchObject({ ...theirs, token: expect.any(String) as unknown });
    expect(metadata.labels).toMatchObject(ours);
    expect(metadata.ownerReferences).toMatchObject([{ kind: 'OpenClawInstance', name: 'alice' }]);
    expect(api.names()).toContain('StatefulSet alice');
  });

  it('that an earlier instance of the name made and let go is filled', async () => {
    const { api } = await withSecret('alice-gateway-token', { labels: ours });
    expect(api.get('Secret', 'alice-gateway-token')['data']).toHaveProperty('token');
  });
});

it('C23 who wrote an object is kept of its managed fields, and of an instance nothing is: it is resolved as it was written', async () => {
  const managedFields = [{ manager: 'kubectl', operation: 'Apply', apiVersion: 'openclaw.rocks/v1alpha1', fieldsV1: { 'f:spec': {} } }];
  const { api } = await World.start((server) => {
    const written = createKnown(server);
    server.edit('OpenClawInstance', 'alice', { metadata: { ...written.metadata, managedFields } });
  });
  expect(told(api, 'ConfigValid')).toMatch(/^True/);
  expect(writersOf(kept(kinds.service, api.get('Service', 'alice')))).toEqual(['ours']);
  expect(kept(kinds.service, api.get('Service', 'alice')).metadata).not.toHaveProperty('managedFields');
});
