import { commonLabels } from '../../../constructs/wire/names';
import type { ApiPort, ApiRequest } from '../../../controller/api/port';
import { ok, type KubeObject } from '../api';
import { describeWith } from '../parts';
import { bedWithNamespace } from './bed';
import {
  condition,
  deleteInstance,
  eventsOf,
  instance,
  objectsIn,
  podUids,
  ref,
  waitForCondition,
  waitForInstance,
  waitForNames,
  waitForReady,
} from './instances';

/** Names every request that goes by. */
function recorder(requests: ApiRequest[]): (api: ApiPort) => ApiPort {
  return (api) => ({
    request: async (request) => {
      requests.push(request);
      return api.request(request);
    },
    stream: (request, signal) => api.stream(request, signal),
  });
}

const owners = ({ metadata }: KubeObject) =>
  (metadata['ownerReferences'] ?? []) as readonly { readonly kind: string; readonly name: string; readonly uid: string }[];

describeWith(['server', 'controllers', 'traefik'], 'what belongs to an instance', () => {
  const requests: ApiRequest[] = [];
  const bed = bedWithNamespace('of-each', { between: recorder(requests) });
  const { api } = bed;

  test('a foreign object of the same name is named in status and left alone; with the annotation it is adopted', async () => {
    const foreign: KubeObject = {
      ...ref('Service', bed.namespace, 'bob'),
      metadata: { name: 'bob', namespace: bed.namespace },
      spec: { ports: [{ name: 'web', port: 80 }] },
    };
    const before = ok(await api.create(foreign));
    const bob = instance(bed.namespace, 'bob');
    ok(await api.apply(bob));
    const { message } = await waitForCondition(api, bob, 'ServiceReady', 'False');
    expect(message).toContain('Service bob was made by someone else');
    expect((await waitForCondition(api, bob, 'Ready', 'False')).message).toContain('Service bob');
    expect(ok(await api.get(foreign)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);

    ok(await api.patch(foreign, { metadata: { annotations: { 'openclaw.rocks/adopt': 'true' } } }));
    await bed.running.passAll();
    await waitForReady(api, bob);
    const after = ok(await api.get(foreign));
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(owners(after)).toMatchObject([{ kind: 'OpenClawInstance', name: 'bob' }]);
  });

  test('an object that another controller owns is not taken, whatever its annotation says', async () => {
    const owner = ok(await api.create(ref('ConfigMap', bed.namespace, 'owner')));
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid, controller: true }];
    const metadata = { name: 'carol-config', namespace: bed.namespace, annotations: { 'openclaw.rocks/adopt': 'true' }, ownerReferences };
    const foreign = ok(await api.create({ ...ref('ConfigMap', bed.namespace, 'carol-config'), metadata }));
    const carol = instance(bed.namespace, 'carol');
    ok(await api.apply(carol));
    expect((await waitForCondition(api, carol, 'Ready', 'False')).message).toContain('belongs to ConfigMap owner');
    expect(ok(await api.get(foreign)).metadata.resourceVersion).toBe(foreign.metadata.resourceVersion);
  });

  test('T-J7 a shared ServiceAccount is not adopted, and outlives the instance', async () => {
    const account = ok(await api.create(ref('ServiceAccount', bed.namespace, 'shared')));
    const dave = instance(bed.namespace, 'dave', { security: { rbac: { serviceAccountName: 'shared' } } });
    ok(await api.apply(dave));
    const { message } = await waitForCondition(api, dave, 'RBACReady', 'False');
    expect(message).toContain('ServiceAccount shared');
    await deleteInstance(api, dave);
    expect(ok(await api.get(account)).metadata.resourceVersion).toBe(account.metadata.resourceVersion);
  });

  test('T-J3 rules that the controller may not grant are named, and the rest is delivered', async () => {
    const erin = instance(bed.namespace, 'erin', {
      security: { rbac: { additionalRules: [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] }] } },
    });
    ok(await api.apply(erin));
    const { message } = await waitForCondition(api, erin, 'RBACReady', 'False');
    expect(message).toContain('security.rbac.additionalRules');
    expect((await waitForCondition(api, erin, 'Ready', 'False')).message).toContain('security.rbac.additionalRules');
    await api.waitFor(ref('StatefulSet', bed.namespace, 'erin'), ({ status }) => status?.readyReplicas === 1, 30_000);
    ok(await api.patch(erin, { spec: { security: { rbac: { additionalRules: null } } } }));
    await waitForReady(api, erin);
  });

  test('owner references of older operators are taken off claims on sight, those of others stay', async () => {
    const frank = await bed.ready({}, 'frank');
    const claim = ref('PersistentVolumeClaim', bed.namespace, 'frank-data');
    const { uid } = ok(await api.create(ref('ConfigMap', bed.namespace, 'other'))).metadata;
    const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid };
    const { apiVersion, kind } = frank;
    const inherited = { apiVersion, kind, name: 'frank', uid: frank.metadata.uid, controller: true, blockOwnerDeletion: true };
    ok(await api.patch(claim, { metadata: { ownerReferences: [other, inherited] } }));
    const live = await api.waitFor(claim, (object) => owners(object).length === 1, 10_000);
    expect(owners(live)).toEqual([other]);
  });

  test('a feature that is switched off takes its objects along, each by its UID', async () => {
    const ingress = { enabled: true, className: 'traefik', hosts: [{ host: 'g.example.com' }], security: { basicAuth: { enabled: true } } };
    const grace = await bed.ready({ networking: { ingress } }, 'grace');
    const before = await objectsIn(api, bed.namespace);
    requests.length = 0;
    const off = {
      networking: { ingress: null },
      security: { networkPolicy: { enabled: false } },
      availability: { podDisruptionBudget: { enabled: false } },
    };
    ok(await api.patch(grace, { spec: off }));
    await waitForReady(api, grace);
    const stay = new Set(
      ['ConfigMap grace-config', 'ConfigMap grace-workspace', 'PersistentVolumeClaim grace-data', 'Secret grace-gateway-token'].concat(
        ['Role', 'RoleBinding', 'Service', 'ServiceAccount', 'StatefulSet'].map((kind) => `${kind} grace`),
      ),
    );
    await waitForNames(api, bed.namespace, [...stay], 10_000);
    const gone = before.filter(({ kind, metadata }) => !stay.has(`${kind} ${metadata.name}`));
    expect(gone.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['Ingress', 'Middleware', 'NetworkPolicy', 'PodDisruptionBudget', 'Secret']),
    );
    const deletions = requests
      .filter(({ method }) => method === 'DELETE')
      .map(({ body }) => (body as { preconditions: { uid: string } }).preconditions.uid);
    expect(deletions.toSorted()).toEqual(gone.map(({ metadata }) => metadata.uid ?? '').toSorted());
    const { managedResources } = ok(await api.get(grace))['status'];
    for (const field of ['networkPolicy', 'podDisruptionBudget', 'basicAuthSecret']) expect(managedResources).not.toHaveProperty(field);
    expect(await eventsOf(api, grace)).toContain('Normal Pruned: removed Ingress grace');
    // What stays: the claim, whatever becomes of its feature.
    ok(await api.patch(grace, { spec: { storage: { persistence: { enabled: false } } } }));
    await waitForReady(api, grace);
    ok(await api.get(ref('PersistentVolumeClaim', bed.namespace, 'grace-data')));
  });

  test('a StatefulSet with another immutable field is replaced under its pod, which lives on', async () => {
    const heidi = await bed.ready({}, 'heidi');
    const workload = ref('StatefulSet', bed.namespace, 'heidi');
    const live = ok(await api.get(workload));
    const pods = await podUids(api, heidi);
    await bed.running.stop();
    ok(await api.delete(workload, 'Orphan'));
    await api.waitForGone(workload);
    const { labels, annotations = {}, ownerReferences } = live.metadata;
    const other: KubeObject = {
      ...workload,
      metadata: { name: 'heidi', namespace: bed.namespace, labels: labels ?? {}, annotations, ownerReferences },
      spec: { ...live['spec'], serviceName: 'elsewhere' },
    };
    const made = ok(await api.create(other));
    await api.waitFor(workload, ({ status }) => status?.readyReplicas === 1, 30_000);

    await bed.start();
    const after = await api.waitFor(
      workload,
      ({ metadata, spec }) => metadata.uid !== made.metadata.uid && spec.serviceName === 'heidi',
      20_000,
    );
    await api.waitFor(workload, ({ status }) => status?.readyReplicas === 1, 30_000);
    await waitForReady(api, heidi);
    expect(owners(after)).toMatchObject([{ name: 'heidi' }]);
    expect(await podUids(api, heidi)).toEqual(pods);
    expect(await eventsOf(api, heidi)).toContainEqual(expect.stringMatching(/^Normal StatefulSetReplacing/));
  });

  test('a StatefulSet that selects other pods is not replaced: it is said', async () => {
    const ivan = instance(bed.namespace, 'ivan');
    await bed.running.stop();
    const { uid } = ok(await api.apply(ivan)).metadata;
    const labels = { app: 'other' };
    const ownerReferences = [
      { apiVersion: ivan.apiVersion, kind: ivan.kind, name: 'ivan', uid, controller: true, blockOwnerDeletion: true },
    ];
    const template = { metadata: { labels }, spec: { containers: [{ name: 'openclaw', image: 'example.com/x:1' }] } };
    const workload: KubeObject = {
      ...ref('StatefulSet', bed.namespace, 'ivan'),
      metadata: { name: 'ivan', namespace: bed.namespace, ownerReferences },
      spec: { replicas: 0, serviceName: 'ivan', selector: { matchLabels: labels }, template },
    };
    const made = ok(await api.create(workload));
    await bed.start();
    const live = await waitForInstance(
      api,
      ivan,
      (object) => condition(object, 'StatefulSetReady')?.status === 'False' && condition(object, 'Ready') !== undefined,
    );
    expect(condition(live, 'Ready')?.message).toContain('selector');
    expect(ok(await api.get(workload)).metadata.uid).toBe(made.metadata.uid);
  });

  test('an older object of a deleted namesake is not taken for ours', async () => {
    const judy = instance(bed.namespace, 'judy');
    await bed.running.stop();
    ok(await api.apply(judy));
    const staleUid = '00000000-0000-4000-8000-000000000000';
    const stale = [{ apiVersion: judy.apiVersion, kind: judy.kind, name: 'judy', uid: staleUid, controller: true }];
    const service: KubeObject = {
      ...ref('Service', bed.namespace, 'judy'),
      metadata: { name: 'judy', namespace: bed.namespace, labels: commonLabels('judy'), ownerReferences: stale },
      spec: { ports: [{ port: 80 }] },
    };
    ok(await api.create(service));
    await bed.start();
    // The collector removes what its owner has left behind, and then ours is made.
    await waitForReady(api, judy, 120_000);
    const live = await api.waitFor(service, (object) => owners(object).every(({ uid }) => uid !== staleUid), 30_000);
    expect(owners(live)).toMatchObject([{ name: 'judy' }]);
  }, 180_000);
});
