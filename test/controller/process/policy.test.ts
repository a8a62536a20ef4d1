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
