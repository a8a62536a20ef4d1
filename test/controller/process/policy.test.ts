import type { FakeApi } from '../fake-api';
import type { RbacRule } from '../../../imports/types';
import { withAnnotations, withSpec } from '../../builders';
import { OWN_NAMESPACE, World, create, stopAll } from '../world';

afterEach(stopAll);

const secrets: RbacRule = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
const pods: RbacRule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
const greedy = withSpec({ security: { rbac: { additionalRules: [pods, secrets] } } });

function setPolicy(api: FakeApi, policy: object): void {
  const metadata = { name: 'openclaw-policy', namespace: OWN_NAMESPACE };
  api.seed({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'policy.json': JSON.stringify(policy) } });
}

function granted(world: World): unknown[] {
  return (world.api.get('Role', 'alice')['rules'] as unknown[]).slice(1);
}

describe('T-T13 the controller', () => {
  it('leaves out what no administrator allows, names the rule, and freezes nothing', async () => {
    const world = await World.start((api) => create(api, greedy));
    await world.live();
    expect(granted(world)).toEqual([pods]);
    expect(world.condition('RBACReady')).toBe('False RulesLeftOut');
    expect(JSON.stringify(world.instance.status)).toContain('spec.security.rbac.additionalRules[1]: is left out of the Role');
    expect([world.condition('Ready'), world.instance.status?.phase]).toEqual(['True ReconcileSucceededDegraded', 'Degraded']);
    world.api.edit('OpenClawInstance', 'alice', { spec: { image: { tag: '2026.9.7' } }, metadata: { generation: 2 } });
    await world.settle();
    expect(JSON.stringify(world.api.get('StatefulSet', 'alice'))).toContain('2026.9.7');
  });

  it('follows the policy as soon as it changes, and when it goes', async () => {
    const world = await World.start((api) => create(api, greedy));
    await world.live();
    setPolicy(world.api, { rules: [{ namespaces: ['team-*'], ...secrets }] });
    await world.settle();
    expect([granted(world), world.condition('RBACReady')]).toEqual([[pods, secrets], 'True RBACCreated']);
    await world.api.remove('ConfigMap', 'openclaw-policy', OWN_NAMESPACE);
    await world.settle();
    expect([granted(world), world.condition('RBACReady')]).toEqual([[pods], 'False RulesLeftOut']);
  });

  it('takes no policy from another namespace than its own', async () => {
    const world = await World.start((api) => {
      const metadata = { name: 'openclaw-policy', namespace: 'team-a' };
      const data = { 'policy.json': JSON.stringify({ rules: [{ namespaces: ['*'], ...secrets }] }) };
      api.seed({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
      create(api, greedy);
    });
    expect(granted(world)).toEqual([pods]);
  });
});

const lock = (...allow: string[]) => ({ delivery: [{ namespaces: ['team-a'], allow }] });
const asking = (delivery: string) => withAnnotations({ 'openclaw.rocks/delivery': delivery });

describe('T-T13 a lock on deliveries', () => {
  it.each([
    ['apply', ['git'], 'False DeliveryLocked'],
    ['apply', [], 'False DeliveryLocked'],
    ['apply', ['apply'], 'False StatefulSetNotReady'],
    ['git', ['apply'], 'False DeliveryLocked'],
  ])('that asks for %s where %j is allowed: %s', async (delivery, allow, expected) => {
    const world = await World.start((api) => {
      setPolicy(api, lock(...allow));
      create(api, asking(delivery));
    });
    expect(world.condition('Ready')).toBe(expected);
    expect(world.api.find('StatefulSet', 'alice') === undefined).toBe(expected.includes('Locked'));
  });

  it.each([
    ['git', 'apply'],
    ['apply', 'git'],
  ])('that asks for %s and says in its status that it had that before, where %s is allowed', async (delivery, allowed) => {
    const world = await World.start((api) => {
      setPolicy(api, lock(allowed));
      const { metadata } = create(api, asking(delivery));
      api.edit('OpenClawInstance', metadata.name, { status: { delivery, git: { tree: 'a'.repeat(40), commit: 'b'.repeat(40) } } });
    });
    expect(world.condition('Ready')).toBe('False DeliveryLocked');
    expect(world.api.find('StatefulSet', 'alice')).toBeUndefined();
  });

  it('gives a namespace that asks for nothing what it may have', async () => {
    const world = await World.start((api) => {
      setPolicy(api, lock('git'));
      create(api);
    });
    // There is no repository here, which tells that one was asked for.
    expect(JSON.stringify(world.instance.status)).toContain('delivery is \\"git\\"');
  });

  it('does not touch what was chosen before it', async () => {
    const world = await World.start((api) => create(api, asking('apply')));
    setPolicy(world.api, lock('git'));
    await world.settle();
    expect(world.condition('Ready')).toBe('False StatefulSetNotReady');
  });
});

/** Another instance, with this account. */
const bob = (account: object) => ({
  apiVersion: 'openclaw.rocks/v1alpha1',
  kind: 'OpenClawInstance',
  metadata: { name: 'bob', namespace: 'team-a', uid: 'uid-bob', generation: 1 },
  spec: { image: { tag: '2026.9.6' }, security: { rbac: account } },
});

/** What is said of the account of alice, beside that instance. */
async function told(other: object, ...modifiers: Parameters<typeof create>[1][]): Promise<string | undefined> {
  const world = await World.start((api) => {
    create(api, ...modifiers);
    api.seed(other as Parameters<typeof api.seed>[0]);
  });
  await world.live();
  return world.condition('RBACReady');
}

describe('C41 instances whose pods speak to the API server as one account', () => {
  const shared = withSpec({
    selfConfigure: { enabled: true, allowedActions: ['skills'] },
    security: { rbac: { createServiceAccount: false, serviceAccountName: 'shared' } },
  });
  it('are told, each with the names of the others', async () => {
    expect(await told(bob({ createServiceAccount: false, serviceAccountName: 'shared' }), shared)).toBe('False AccountShared');
  });

  it.each([
    ['an account of its own', bob({}), [shared]],
    ['the same in another namespace', { ...bob({}), metadata: { ...bob({}).metadata, namespace: 'team-b' } }, [shared]],
    ['the same, where the pod has no token', bob({ serviceAccountName: 'alice', createServiceAccount: false }), []],
  ])('are not those where the other has %s', async (_what, other, modifiers) => {
    expect(await told(other, ...modifiers)).toBe('True RBACCreated');
  });

  it('are those whose name is the account of another', async () => {
    const own = withSpec({ selfConfigure: { enabled: true, allowedActions: ['skills'] } });
    expect(await told(bob({ serviceAccountName: 'alice', createServiceAccount: false }), own)).toBe('False AccountShared');
  });
});
