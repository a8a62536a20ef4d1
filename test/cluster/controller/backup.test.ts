import { ok, waitUntil, type KubeObject } from '../api';
import { describeWith } from '../parts';
import { bedWithNamespace } from './bed';
import { eventsOf, instance, podsOf, ref, waitForCondition, waitForInstance, waitForNames, waitForReady } from './instances';

const PATH = 'backups/any/alice/one';

describeWith(['server', 'controllers', 'traefik'], 'copies of the data, by real Jobs', () => {
  const bed = bedWithNamespace('of-all');
  const { api } = bed;

  /** Of the namespace's own, so that every path may be used. */
  async function makeBucket(): Promise<void> {
    const stringData = { S3_ENDPOINT: 'https://s3.example.com', S3_BUCKET: 'copies' };
    ok(await api.create({ ...ref('Secret', bed.namespace, 's3-backup-credentials'), stringData } as KubeObject));
  }

  beforeAll(makeBucket, 90_000);

  const jobs = (): Promise<readonly KubeObject[]> => api.list('batch/v1', 'Job', bed.namespace);

  /** The UID of the Job of the last copy. */
  const ofCopy = async (): Promise<string> => {
    const found = (await jobs()).filter(({ metadata }) => metadata.labels?.['openclaw.rocks/job-type'] === 'backup');
    return found.map(({ metadata }) => metadata.uid ?? '').join();
  };

  test('T63 T-L13 a running instance is restored, and a second time from the same path', async () => {
    const alice = instance(bed.namespace, 'alice', { storage: { persistence: { orphan: false } } });
    ok(await api.create(alice));
    await waitForReady(api, alice);
    for (const count of [1, 2]) {
      ok(await api.patch(alice, { spec: { restoreFrom: PATH } }));
      await waitForInstance(api, alice, ({ status }) => status.phase === 'Restoring', 30_000);
      const restored = await waitForInstance(
        api,
        alice,
        ({ spec, status }) => spec.restoreFrom === undefined && status.restoreJobName === undefined && status.mayRestoreAgain === true,
        60_000,
      );
      expect(restored['status']).toMatchObject({ restoredFrom: PATH });
      await waitForReady(api, alice);
      expect(await jobs()).toHaveLength(count);
    }
    for (const job of await jobs()) expect(job['status'].succeeded).toBe(1);
  }, 120_000);

  test('T55 T61 nothing goes before the last copy: its Job hangs, is removed, is made anew, and then the instance and its claim go', async () => {
    const alice = instance(bed.namespace, 'alice');
    // Nowhere to run: the pods of the Job wait for a node.
    ok(await api.patch(alice, { spec: { availability: { nodeSelector: { nobody: 'has-this' } } } }));
    ok(await api.delete(alice));
    const first = await waitUntil('the Job', ofCopy, (uid) => uid !== '', 60_000);
    await waitForCondition(api, alice, 'BackupComplete', 'False', 'BackupRunning');
    const live = ok(await api.get(alice));
    expect(live['status'].phase).toBe('BackingUp');
    expect(ok(await api.get(ref('StatefulSet', bed.namespace, 'alice')))['spec'].replicas).toBe(0);
    ok(await api.patch(alice, { spec: { availability: { nodeSelector: null } } }));
    await api.delete(
      { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: live['status'].backupJobName as string, namespace: bed.namespace } },
      'Background',
    );
    await waitUntil('another Job', ofCopy, (uid) => uid !== '' && uid !== first, 30_000);
    await api.waitForGone(alice, 60_000);
    await waitForNames(api, bed.namespace, ['Secret s3-backup-credentials']);
    const events = await eventsOf(api, alice);
    expect(events.filter((event) => /Backup(Started|Complete)/.test(event))).toHaveLength(2);
  }, 120_000);

  test('an instance moves: it begins in another namespace with the last copy of the one that was deleted, before its first pod', async () => {
    const there = await bed.ready({}, 'mover');
    ok(await api.delete(there));
    await api.waitForGone(there, 60_000);
    const events = await eventsOf(api, there);
    const [, path = ''] = /BackupComplete.*?(backups\/\S+?\/mover\/[0-9TZ-]+)/.exec(events.join('\n')) ?? [];
    expect(path).not.toBe('');
    // What was not asked to go is there until a person takes it away.
    await waitForNames(api, bed.namespace, ['PersistentVolumeClaim mover-data', 'Secret s3-backup-credentials']);

    await bed.makeNamespace();
    await makeBucket();
    const here = await bed.apply({ restoreFrom: path }, 'mover');
    const [job] = await waitUntil('the restore', jobs, (found) => found.length > 0, 60_000);
    expect(await podsOf(api, here)).toEqual([]);
    expect(job?.['spec'].template.spec.containers[0].env).toContainEqual({ name: 'TRANSFER_PATH', value: path });
    const restored = await waitForInstance(api, here, ({ status }) => status?.restoredFrom === path, 60_000);
    expect(restored['status']).not.toHaveProperty('restoringSince');
    await waitForReady(api, here);
  }, 120_000);
});
