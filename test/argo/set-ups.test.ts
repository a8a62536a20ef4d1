import { type KubeObject, ok } from '../cluster/api';
import { deleteInstance, instance, ref, waitForReady } from '../cluster/controller/instances';
import { describeWith, testApi } from '../cluster/parts';
import { argoNamespace } from './argo';
import { ArgoBed } from './bed';
import { refresh, stateOf } from './follow';
import { missingArgo } from './programs';

/** An older set-up: objects are tracked by label, and Argo CD compares by itself. */
const older = { settings: { 'application.resourceTrackingMethod': 'label' }, serverSideDiff: false };

describeWith(['server', 'controllers', { why: missingArgo() }], 'Argo CD that tracks by label and compares by itself', () => {
  const api = testApi();
  let bed: ArgoBed;
  let namespace = '';

  beforeAll(async () => {
    bed = await ArgoBed.begin(api, older);
    await bed.startController();
    [namespace = ''] = await bed.namespaces(1);
  }, 120_000);

  afterAll(() => bed.end(), 120_000);

  /** What somebody made who brings instances by Argo CD, and what is applied by the controller. */
  const byHand = (): KubeObject => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    // As the instance, so that the label on everything of ours is the one by which this is tracked.
    metadata: { name: 'alice', namespace: argoNamespace },
    spec: {
      project: 'default',
      source: { repoURL: bed.server.url, targetRevision: 'main', path: 'assistants' },
      destination: { server: 'https://kubernetes.default.svc', namespace },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['ServerSideApply=true'] },
    },
  });

  test('T-S1 an instance from Git that the controller applies keeps its claim, and its health is told by our script', async () => {
    const alice = instance(namespace, 'alice');
    const annotated = { ...alice, metadata: { ...alice.metadata, annotations: { 'openclaw.rocks/delivery': 'apply' } } };
    await bed.remote.commitByOther('assistants/alice.yaml', JSON.stringify(annotated));
    ok(await api.apply(byHand()));
    await api.waitFor(alice, () => true, 60_000);
    await waitForReady(api, alice, 90_000);
    const claim = ok(await api.get(ref('PersistentVolumeClaim', namespace, 'alice-data')));
    expect(claim.metadata.labels?.['app.kubernetes.io/instance']).toBe('alice');
    // It takes what bears its label for its own, finds it in no commit, and prunes it: all but what says that it must not.
    for (let look = 0; look < 2; look += 1) {
      await refresh(api, byHand());
      await api.waitFor(byHand(), ({ metadata }) => metadata['annotations']?.['argocd.argoproj.io/refresh'] === undefined, 30_000);
    }
    const { metadata } = ok(await api.get(claim));
    expect([metadata.uid, metadata['deletionTimestamp']]).toEqual([claim.metadata.uid, undefined]);
    const { status } = await api.waitFor(byHand(), (live) => live['status'].health?.status === 'Healthy', 60_000);
    const told: { kind: string; health?: { status: string } }[] = status.resources;
    expect(told.find(({ kind }) => kind === 'OpenClawInstance')?.health?.status).toBe('Healthy');
    // Self-heal leaves a field alone that Git does not have.
    ok(await api.patch(alice, { spec: { suspended: true } }));
    await api.waitFor(byHand(), (live) => live['status'].health?.status === 'Suspended', 60_000);
    expect(stateOf(ok(await api.get(byHand())))).toContain('Suspended');
    ok(await api.delete(byHand()));
    await deleteInstance(api, alice, 60_000);
    expect(ok(await api.get(claim)).metadata.uid).toBe(claim.metadata.uid);
  }, 240_000);

  test('T-S2 an instance by way of Git is found under the label that Argo CD writes, and its deletion waits for all of it', async () => {
    const bob = instance(namespace, 'bob');
    ok(await api.apply(bob));
    await bed.settled(namespace, 'bob');
    const service = ok(await api.get(ref('Service', namespace, 'bob')));
    expect(service.metadata.labels?.['app.kubernetes.io/instance']).toBe(bed.applicationOf(namespace, 'bob').metadata.name);
    const { status } = ok(await api.get(bed.applicationOf(namespace, 'bob')));
    expect(status.resources.filter((resource: { status: string }) => resource.status !== 'Synced')).toEqual([]);
    await deleteInstance(api, bob, 120_000);
    for (const kind of ['StatefulSet', 'Service', 'ServiceAccount', 'Role'])
      expect((await api.get(ref(kind, namespace, 'bob'))).status).toBe(404);
    expect((await api.get(ref('PersistentVolumeClaim', namespace, 'bob-data'))).status).toBe(200);
  }, 240_000);
});
