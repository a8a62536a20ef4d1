import { labels } from '../../../constructs/wire/names';
import { ApiError } from '../../../controller/api/errors';
import type { FakeApi } from '../fake-api';
import { partsWithDashboards, withDashboards } from '../scratch-part';
import { World, create, stopAll } from '../world';

afterEach(stopAll);

type Place = readonly [kind: string, name: string, namespace?: string];

const DASHBOARD: Place = ['ConfigMap', 'team-a-alice-dashboard', 'monitoring'];
const PRIORITY: Place = ['PriorityClass', 'team-a-alice-priority'];

function outside(api: FakeApi): string[] {
  const found = [api.find(...DASHBOARD), api.find(...PRIORITY)];
  return found.flatMap((object) => (object ? [`${object.kind} ${object.metadata.namespace ?? '-'}`] : []));
}

const start = (prepare: (api: FakeApi) => unknown = (api) => create(api, withDashboards())): Promise<World> =>
  World.start(prepare, { parts: partsWithDashboards() });

const off = { observability: { metrics: { grafanaDashboard: { enabled: false } } } };

describe('C28 objects outside the namespace of their instance', () => {
  it('are applied where they belong, with labels that name the instance and without an owner', async () => {
    const { api, instance } = await start();
    expect(outside(api)).toEqual(['ConfigMap monitoring', 'PriorityClass -']);
    for (const place of [DASHBOARD, PRIORITY]) {
      const { metadata } = api.get(...place);
      expect(metadata.ownerReferences).toBeUndefined();
      expect(metadata.labels).toMatchObject({
        [labels.ownName]: 'alice',
        [labels.ownNamespace]: 'team-a',
        [labels.ownUid]: instance.metadata.uid,
      });
    }
    expect(instance.status?.managedResources?.grafanaDashboardInstance).toBe(DASHBOARD[1]);
    const inside = api.get('Service', 'alice').metadata;
    expect(inside.labels).toMatchObject({ [labels.ownName]: 'alice' });
    expect(inside.labels).not.toHaveProperty([labels.ownNamespace]);
    expect(inside.ownerReferences).toHaveLength(1);
  });

  it('are left alone while nothing changes, and mended where somebody changed them', async () => {
    const world = await start();
    await world.live();
    world.api.forgetRequests();
    await world.passAll();
    expect(world.api.writes).toEqual([]);
    world.api.edit('ConfigMap', DASHBOARD[1], { data: { 'dashboard.json': 'spoilt' } }, 'kubectl-edit', 'monitoring');
    await world.settle();
    expect(world.api.get(...DASHBOARD)['data']).toEqual({ 'dashboard.json': '{}' });
  });

  it('come back when somebody deletes them', async () => {
    const world = await start();
    await world.api.remove(...DASHBOARD);
    await world.settle();
    expect(outside(world.api)).toEqual(['ConfigMap monitoring', 'PriorityClass -']);
  });

  it('are pruned when their feature is switched off, and nothing of others with them', async () => {
    const world = await start();
    const other = { metadata: { ...world.api.get(...DASHBOARD).metadata, name: 'of-bob', labels: { [labels.ownName]: 'bob' } } };
    world.api.seed({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...other.metadata, uid: 'uid-of-bob' } });
    world.api.edit('OpenClawInstance', 'alice', { spec: off });
    await world.settle();
    expect(outside(world.api)).toEqual([]);
    expect(world.api.find('ConfigMap', 'of-bob', 'monitoring')).toBeDefined();
    expect(world.api.events).toContain('Pruned: removed ConfigMap monitoring/team-a-alice-dashboard');
  });

  it('are pruned by a controller that starts anew: the inventory stands in the cluster', async () => {
    const first = await start();
    const objects = [first.api.get(...DASHBOARD), first.api.get(...PRIORITY), first.instance];
    const second = await start((api) => {
      for (const object of objects) api.seed(object);
      api.edit('OpenClawInstance', 'alice', { spec: off });
    });
    expect(outside(second.api)).toEqual([]);
  });

  it('go with their instance, before the finalizer does', async () => {
    const world = await start();
    world.api.forgetRequests();
    await world.api.remove('OpenClawInstance', 'alice');
    await world.settle();
    expect(outside(world.api)).toEqual([]);
    expect(world.api.find('OpenClawInstance', 'alice')).toBeUndefined();
    expect(world.api.writes.at(-1)).toMatch(/^PATCH .*openclawinstances\/alice$/);
  });

  it('hold the instance while they cannot be removed', async () => {
    const world = await start();
    world.api.fail(new ApiError('no', 403, 'Forbidden'), ({ method, path }) => method === 'DELETE' && path.includes('priorityclasses'));
    await world.api.remove('OpenClawInstance', 'alice');
    await world.settle();
    expect(world.api.find('OpenClawInstance', 'alice')).toBeDefined();
    world.api.heal();
    await world.passAll();
    expect(world.api.find('OpenClawInstance', 'alice')).toBeUndefined();
  });

  it('stay with --cascade=orphan, as everything does', async () => {
    const world = await start();
    world.api.edit('OpenClawInstance', 'alice', { metadata: { finalizers: ['openclaw.rocks/finalizer', 'orphan'] } });
    await world.api.remove('OpenClawInstance', 'alice');
    await world.settle();
    expect(outside(world.api)).toEqual(['ConfigMap monitoring', 'PriorityClass -']);
  });

  it('that somebody else made are told as not ours, and stay as they are', async () => {
    const world = await start((api) => {
      create(api, withDashboards());
      api.seed({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: DASHBOARD[1], namespace: 'monitoring' }, data: { theirs: 'yes' } });
    });
    expect(world.api.get(...DASHBOARD)['data']).toEqual({ theirs: 'yes' });
    const ready = world.instance.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready?.message).toContain('ConfigMap monitoring/team-a-alice-dashboard was made by someone else');
  });

  it('are found by our own labels where an engine has written into the others', async () => {
    const world = await start();
    const overwritten = { [labels.instance]: 'fleet_apps_ConfigMap_monitoring_dashboard' };
    world.api.edit('ConfigMap', DASHBOARD[1], { metadata: { labels: overwritten } }, 'argocd', 'monitoring');
    world.api.edit('OpenClawInstance', 'alice', { spec: off });
    await world.settle();
    expect(outside(world.api)).toEqual([]);
  });
});
