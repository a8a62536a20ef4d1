import { ok, waitUntil, type KubeObject } from '../api';
import { kubectl } from '../kubectl';
import { describeWith, testCluster } from '../parts';
import { bedWithNamespace } from './bed';
import { FINALIZER, deleteInstance, instance, namesIn, podUids, ref, waitForCondition, waitForNames } from './instances';
import { patient } from '../../patience/patience.cjs';

describeWith(['server', 'controllers', 'traefik'], 'the end of an instance', () => {
  const bed = bedWithNamespace('of-each');
  const { api } = bed;

  const claim = () => ref('PersistentVolumeClaim', bed.namespace, 'alice-data');

  test.each(['Background', 'Foreground'] as const)(
    'the claim survives a deletion in the %s, and nothing else does',
    async (policy) => {
      const alice = await bed.ready();
      const { metadata } = ok(await api.get(claim()));
      ok(await api.delete(alice, policy));
      await api.waitForGone(alice, 30_000);
      await waitForNames(api, bed.namespace, ['PersistentVolumeClaim alice-data']);
      const kept = ok(await api.get(claim()));
      expect(kept.metadata.uid).toBe(metadata.uid);
      expect(kept.metadata['deletionTimestamp']).toBeUndefined();
      // A new instance of the name finds its data again.
      await bed.ready();
      expect(ok(await api.get(claim())).metadata.uid).toBe(metadata.uid);
    },
    90_000,
  );

  test('orphan: false takes the claim along', async () => {
    await deleteInstance(api, await bed.ready({ storage: { persistence: { orphan: false } } }));
    await waitForNames(api, bed.namespace, []);
    expect(await namesIn(api, bed.namespace)).toEqual([]);
  });

  test('T-K7 orphan: false on a claim that an earlier instance left takes that along, too', async () => {
    await deleteInstance(api, await bed.ready());
    await waitForNames(api, bed.namespace, ['PersistentVolumeClaim alice-data']);
    await deleteInstance(api, await bed.ready({ storage: { persistence: { orphan: false } } }));
    await waitForNames(api, bed.namespace, []);
    expect(await namesIn(api, bed.namespace)).toEqual([]);
  });

  test('orphan: false leaves a claim that the user brought', async () => {
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    const mine: KubeObject = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'mine', namespace: bed.namespace },
      spec,
    };
    const { metadata } = ok(await api.create(mine));
    await deleteInstance(api, await bed.ready({ storage: { persistence: { existingClaim: 'mine', orphan: false } } }));
    await waitForNames(api, bed.namespace, ['PersistentVolumeClaim mine']);
    expect(ok(await api.get(mine)).metadata.uid).toBe(metadata.uid);
  });

  test('--cascade=orphan leaves everything running', async () => {
    const alice = await bed.ready({ storage: { persistence: { orphan: false } } });
    const before = await namesIn(api, bed.namespace);
    const pods = await podUids(api, alice);
    const { status } = await kubectl(testCluster(), [
      'delete',
      'openclawinstance/alice',
      `--namespace=${bed.namespace}`,
      '--cascade=orphan',
      `--timeout=${patient(30_000)}ms`,
    ]);
    expect(status).toBe(0);
    await bed.running.passAll();
    expect(await namesIn(api, bed.namespace)).toEqual(before);
    expect(await podUids(api, alice)).toEqual(pods);
    expect(ok(await api.get(ref('StatefulSet', bed.namespace, 'alice'))).metadata['ownerReferences']).toBeUndefined();
  });

  test('a spec that no longer resolves can be deleted', async () => {
    const alice = await bed.ready();
    ok(await api.patch(alice, { spec: { config: { configMapRef: { name: 'nowhere' } } } }));
    await waitForCondition(api, alice, 'Ready', 'False', 'ConfigMapNotFound');
    await deleteInstance(api, alice);
    await waitForNames(api, bed.namespace, ['PersistentVolumeClaim alice-data']);
    expect((await api.get(alice)).status).toBe(404);
  });

  test('T-T3 a spec that is nested eight thousand levels deep is told, and its instance goes like any other', async () => {
    const alice = await bed.ready();
    const levels = 8000;
    const text = `{"spec":{"config":{"raw":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}}}`;
    const { status } = await kubectl(testCluster(), [
      'patch',
      'openclawinstance/alice',
      `--namespace=${bed.namespace}`,
      '--type=merge',
      `--patch=${text}`,
    ]);
    expect(status).toBe(0);
    await waitForCondition(api, alice, 'Ready', 'False');
    await deleteInstance(api, alice);
    await waitForNames(api, bed.namespace, ['PersistentVolumeClaim alice-data']);
  });

  test('an instance that was deleted while no controller ran waits for one', async () => {
    const alice = await bed.ready({ storage: { persistence: { orphan: false } } });
    await bed.running.stop();
    ok(await api.delete(alice));
    expect(ok(await api.get(alice)).metadata['finalizers']).toEqual([FINALIZER]);
    await bed.start();
    await api.waitForGone(alice, 20_000);
    await waitForNames(api, bed.namespace, []);
    expect((await api.get(claim())).status).toBe(404);
  });

  test('an instance that never was delivered goes as well', async () => {
    const broken = instance(bed.namespace, 'broken', { config: { configMapRef: { name: 'nowhere' } } });
    ok(await api.apply(broken));
    await waitForCondition(api, broken, 'Ready', 'False', 'ConfigMapNotFound');
    await deleteInstance(api, broken);
    expect(await namesIn(api, bed.namespace)).toEqual([]);
  });

  test('C6 a namespace that is deleted does not hang, whether the instance is well or not', async () => {
    await bed.ready({ storage: { persistence: { orphan: false } } });
    const broken = instance(bed.namespace, 'broken', { config: { configMapRef: { name: 'nowhere' } } });
    ok(await api.apply(broken));
    await waitForCondition(api, broken, 'Ready', 'False');
    const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: bed.namespace } };
    ok(await api.delete(space));
    await api.waitForGone(space, 60_000);
    const rest = bed.running.log.filter((line) => line.includes(bed.namespace)) ?? [];
    expect(rest.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    await waitUntil(
      'no failing instance',
      async () => bed.running.controller.failing ?? [],
      (failing) => failing.length === 0,
    );
  }, 90_000);
});
