import { labels } from '../../../constructs/wire/names';
import { partsWithDashboards, priorityClass } from '../../controller/scratch-part';
import { ok, type KubeObject } from '../api';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { describeWith, testApi } from '../parts';
import { controllerNamespace, startController, type RunningController } from './controller';
import { deleteInstance, instance, ref, removeNamespaces, waitForReady } from './instances';

const RIGHTS = 'openclaw-controller-priority-classes';

/** What the scratch part needs beyond the rights that we ship. */
function rights(): KubeObject[] {
  const api = 'rbac.authorization.k8s.io';
  const verbs = ['get', 'list', 'watch', 'create', 'patch', 'delete'];
  return [
    {
      apiVersion: `${api}/v1`,
      kind: 'ClusterRole',
      metadata: { name: RIGHTS },
      rules: [{ apiGroups: ['scheduling.k8s.io'], resources: [priorityClass.plural], verbs }],
    },
    {
      apiVersion: `${api}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: RIGHTS },
      roleRef: { apiGroup: api, kind: 'ClusterRole', name: RIGHTS },
      subjects: [{ kind: 'ServiceAccount', name: 'openclaw-controller', namespace: controllerNamespace }],
    },
  ];
}

const enabled = (on: boolean) => ({ observability: { metrics: { grafanaDashboard: { enabled: on } } } });

describeWith(['server', 'controllers'], 'C28 objects outside the namespace of their instance', () => {
  const api = testApi();
  let running: RunningController | undefined;
  let namespace = '';
  let monitoring = '';

  beforeAll(async () => {
    await installCrds(api);
    for (const object of rights()) ok(await api.apply(object));
    namespace = await createNamespace(api);
    monitoring = await createNamespace(api);
    running = await startController(api, { parts: partsWithDashboards(monitoring) });
  }, 60_000);

  afterAll(async () => {
    await removeNamespaces(api, [namespace, monitoring]);
    await running?.stop();
    for (const object of rights()) await api.delete(object);
  }, 120_000);

  const dashboard = () => ref('ConfigMap', monitoring, `${namespace}-alice-dashboard`);
  const priority = () => ({
    apiVersion: priorityClass.apiVersion,
    kind: priorityClass.kind,
    metadata: { name: `${namespace}-alice-priority` },
  });

  async function alice(on: boolean): Promise<KubeObject> {
    const object = instance(namespace, 'alice', enabled(on));
    ok(await api.apply(object));
    return waitForReady(api, object);
  }

  test('are made, pruned when their feature is switched off, made again, and gone with the instance', async () => {
    const { metadata } = await alice(true);
    for (const object of [dashboard(), priority()]) {
      const live = ok(await api.get(object));
      expect(live.metadata['ownerReferences']).toBeUndefined();
      expect(live.metadata.labels).toMatchObject({
        [labels.ownName]: 'alice',
        [labels.ownNamespace]: namespace,
        [labels.ownUid]: metadata.uid,
      });
    }
    await alice(false);
    await api.waitForGone(dashboard(), 30_000);
    await api.waitForGone(priority(), 30_000);
    await alice(true);
    await deleteInstance(api, instance(namespace, 'alice'));
    expect([(await api.get(dashboard())).status, (await api.get(priority())).status]).toEqual([404, 404]);
  }, 120_000);

  test('go with the instance when its namespace is deleted', async () => {
    await alice(true);
    ok(await api.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }));
    await api.waitForGone(dashboard(), 60_000);
    await api.waitForGone(priority(), 60_000);
    expect([(await api.get(dashboard())).status, (await api.get(priority())).status]).toEqual([404, 404]);
  }, 120_000);

  test('of two instances of one name in two namespaces are told apart', async () => {
    namespace = await createNamespace(api);
    await alice(true);
    const mine = [dashboard(), priority()];
    const first = namespace;
    namespace = await createNamespace(api);
    await alice(true);
    await deleteInstance(api, instance(namespace, 'alice'));
    expect([(await api.get(dashboard())).status, (await api.get(priority())).status]).toEqual([404, 404]);
    for (const object of mine) ok(await api.get(object));
    await removeNamespaces(api, [namespace]);
    namespace = first;
  }, 180_000);
});
