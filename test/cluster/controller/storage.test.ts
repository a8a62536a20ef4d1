import { ok, type KubeObject } from '../api';
import { describeWith } from '../parts';
import { bedWithNamespace } from './bed';
import { ref, waitForCondition, waitForReady } from './instances';

const requested = ({ spec }: KubeObject): string => spec.resources.requests.storage;

describeWith(['server', 'controllers', 'traefik'], 'claims of an instance', () => {
  const bed = bedWithNamespace('of-each');
  const { api } = bed;

  const claim = () => ref('PersistentVolumeClaim', bed.namespace, 'alice-data');
  test('T-K3 a claim grows with the spec and never shrinks', async () => {
    const alice = await bed.apply({ storage: { persistence: { size: '10Gi' } } });
    await waitForReady(api, alice);
    await bed.apply({ storage: { persistence: { size: '20Gi' } } });
    await api.waitFor(claim(), (live) => requested(live) === '20Gi', 10_000);
    await bed.apply({ storage: { persistence: { size: '5Gi' } } });
    await waitForReady(api, alice);
    await bed.running.passAll();
    expect(requested(ok(await api.get(claim())))).toBe('20Gi');
    const { message } = await waitForCondition(api, alice, 'StorageReady', 'True');
    expect(message).toContain('claim alice-data keeps its 20Gi, since no claim can shrink to 5Gi: write 20Gi in the spec');
    // Somebody else may have made it larger.
    ok(await api.patch(claim(), { spec: { resources: { requests: { storage: '30Gi' } } } }));
    await bed.running.passAll();
    await waitForReady(api, alice);
    expect(requested(ok(await api.get(claim())))).toBe('30Gi');
  });

  test('T-K2 a claim that the user promised and that is not there is named; when it comes, the instance gets ready', async () => {
    const alice = await bed.apply({ storage: { persistence: { existingClaim: 'mine' } } });
    const { message } = await waitForCondition(api, alice, 'StorageReady', 'False', 'ExistingClaimNotFound');
    expect(message).toContain('mine');
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    const mine: KubeObject = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'mine', namespace: bed.namespace },
      spec,
    };
    ok(await api.create(mine));
    await waitForReady(api, alice);
    expect(ok(await api.get(alice))['status'].managedResources.pvc).toBe('mine');
  });

  test('T-O10 T-C5 a claim that is not bound is not ready, and neither is an instance whose pod does not run', async () => {
    const alice = await bed.apply({ availability: { nodeSelector: { nobody: 'has-this' } } });
    await waitForCondition(api, alice, 'StorageReady', 'Unknown', 'ClaimPending');
    await waitForCondition(api, alice, 'Ready', 'False');
    expect(ok(await api.get(alice))['status'].phase).toBe('Provisioning');
    ok(await api.patch(alice, { spec: { availability: { nodeSelector: null } } }));
    const live = await waitForReady(api, alice);
    expect(live['status'].phase).toBe('Running');
    await waitForCondition(api, alice, 'StorageReady', 'True');
  }, 150_000);

  test('T-K9 a claim outlives its feature', async () => {
    const persistent = { enabled: true, persistence: { enabled: true, size: '2Gi' } };
    const alice = await bed.apply({ chromium: persistent });
    await waitForReady(api, alice);
    const profile = ref('PersistentVolumeClaim', bed.namespace, 'alice-chromium-data');
    const { metadata } = ok(await api.get(profile));
    await bed.apply({ chromium: { enabled: false } });
    await waitForReady(api, alice);
    await bed.running.passAll();
    expect(ok(await api.get(profile)).metadata.uid).toBe(metadata.uid);
    await bed.apply({ chromium: persistent });
    await waitForReady(api, alice);
    expect(ok(await api.get(profile)).metadata.uid).toBe(metadata.uid);
  });
});
