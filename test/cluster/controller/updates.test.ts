import { ok, waitUntil, type KubeObject } from '../api';
import { describeWith } from '../parts';
import { bedWithNamespace } from './bed';
import { condition, eventsOf, instance, isReady, podsOf, ref, waitForInstance, waitForReady } from './instances';

/** Whatever had so much time has had it. */
const longAgo = (): string => new Date(Date.now() - 20 * 60_000).toISOString().replace(/\.\d+/, '');

const isRestore = ({ metadata }: KubeObject): boolean => metadata.labels?.['openclaw.rocks/job-type'] === 'rollback-restore';

const state = ({ status }: KubeObject) => status?.autoUpdate ?? {};

const isHanging = ({ metadata: { labels, annotations } }: KubeObject): boolean =>
  labels?.['openclaw.rocks/job-type'] === 'periodic-backup' && annotations?.['testbed.openclaw.rocks/pod'] === 'unready';

const told = (live: KubeObject): string => condition(live, 'Ready')?.message ?? '';

describeWith(['server', 'controllers', 'traefik'], 'updates', () => {
  const bed = bedWithNamespace('of-all', { registry: { tags: async () => ['latest', '2026.9.6', '2026.9.7', '2026.10.0-beta.1'] } });
  const { api } = bed;

  const imageOf = async (name = 'alice'): Promise<string> => {
    const { spec } = ok(await api.get(ref('StatefulSet', bed.namespace, name)));
    return spec.template.spec.containers.find((one: { name: string }) => one.name === 'openclaw').image;
  };

  test('T-M2 a newer release is found, applied over the spec, and confirmed by the pods of its own revision', async () => {
    const object = instance(bed.namespace, 'alice', { autoUpdate: { enabled: true } });
    ok(await api.apply(object));
    await waitForReady(api, object);
    const before = await waitForInstance(api, object, (live) => state(live).latestVersion === '2026.9.7');
    const revision = ok(await api.get(ref('StatefulSet', bed.namespace, 'alice')))['status'].currentRevision;
    // Its turn comes within a quarter of an hour after the look.
    ok(await api.patch(object, { status: { autoUpdate: { ...state(before), lastCheckTime: longAgo() } } }, 'status'));
    const after = await waitForInstance(api, object, (live) => state(live).currentVersion === '2026.9.7', 120_000);
    expect(state(after)).toMatchObject({ rollbackCount: 0, lastUpdateTime: expect.any(String) });
    expect(state(after)).not.toHaveProperty('pendingVersion');
    expect(after['status'].overrides).toEqual([
      { field: 'spec.image.tag', value: '2026.9.7', reason: 'update from 2026.9.6', over: '2026.9.6' },
    ]);
    expect(after['spec'].image.tag).toBe('2026.9.6');
    expect(await imageOf()).toMatch(/:2026\.9\.7$/);
    const { status } = ok(await api.get(ref('StatefulSet', bed.namespace, 'alice')));
    expect(status.currentRevision).toBe(status.updateRevision);
    expect(status.currentRevision).not.toBe(revision);
    // The event comes behind the status.
    await waitUntil(
      'the event',
      () => eventsOf(api, object),
      (events) => JSON.stringify(events).includes('AutoUpdateConfirmed'),
    );
    // Whoever changes the tag has the last word.
    ok(await api.apply(instance(bed.namespace, 'alice', { image: { tag: '2026.9.5' }, autoUpdate: { enabled: false } })));
    await waitUntil(
      'the tag that was written',
      async () => imageOf(),
      (image) => image.endsWith(':2026.9.5'),
    );
    await waitForInstance(api, object, (live) => live['status'].overrides === undefined);
  }, 180_000);

  async function makeBucket(): Promise<void> {
    const stringData = { S3_ENDPOINT: 'https://s3.example.com', S3_BUCKET: 'copies' };
    ok(await api.apply({ ...ref('Secret', bed.namespace, 's3-backup-credentials'), stringData } as KubeObject));
  }

  /** What an autoscaler does. */
  const scale = async (replicas: number): Promise<KubeObject> =>
    ok(await api.patch(ref('StatefulSet', bed.namespace, 'many'), { spec: { replicas } }, 'scale'));

  /** The pods of a release do not get ready. */
  const failPods = async (tag: string, name = 'many'): Promise<number> => {
    const pods = await podsOf(api, instance(bed.namespace, name));
    const fresh = pods.filter(({ spec }) => spec.containers.some(({ image }: { image: string }) => image.endsWith(`:${tag}`)));
    const body = { metadata: { annotations: { 'testbed.openclaw.rocks/pod': 'unready' } } };
    for (const { metadata } of fresh) await api.patch(ref('Pod', bed.namespace, metadata.name ?? ''), body);
    return fresh.length;
  };

  test("T59 under an autoscaler a release is taken back with its data: no pod while that is restored, then one, and the number is the autoscaler's", async () => {
    await makeBucket();
    const many = instance(bed.namespace, 'many', {
      availability: { autoScaling: { enabled: true, minReplicas: 1, maxReplicas: 3 } },
      autoUpdate: { enabled: true, healthCheckTimeout: '2m' },
    });
    ok(await api.apply(many));
    await waitForReady(api, many);
    await scale(2);
    await waitUntil(
      'two pods',
      async () => (await podsOf(api, many)).length,
      (count) => count === 2,
    );
    const before = await waitForInstance(api, many, (live) => state(live).latestVersion === '2026.9.7');
    ok(await api.patch(many, { status: { autoUpdate: { ...state(before), lastCheckTime: longAgo() } } }, 'status'));
    await waitForInstance(api, many, (live) => state(live).updatePhase === 'HealthCheck', 120_000);
    // It begins with the last pod.
    await waitUntil(
      'a pod of the new release',
      async () => failPods('2026.9.7'),
      (count) => count > 0,
    );
    ok(await api.patch(many, { status: { autoUpdate: { lastUpdateTime: longAgo() } } }, 'status'));
    const [job] = await waitUntil(
      'the restore',
      async () => (await api.list('batch/v1', 'Job', bed.namespace)).filter(isRestore),
      (jobs) => jobs.length > 0,
      60_000,
    );
    expect(await podsOf(api, many)).toEqual([]);
    expect(job?.['spec'].template.spec.volumes).toContainEqual(
      expect.objectContaining({ persistentVolumeClaim: { claimName: 'data-many-0' } }),
    );
    const back = await waitForInstance(api, many, (live) => state(live).failedVersion === '2026.9.7' && isReady(live), 120_000);
    expect(state(back)).toMatchObject({ currentVersion: '2026.9.6', rollbackCount: 1 });
    expect(state(back).lastUpdateError).toMatch(/the data is that of before; the claims of other pods are as 2026\.9\.7 left them$/);
    expect(back['status'].overrides).toBeUndefined();
    expect(await imageOf('many')).toMatch(/:2026\.9\.6$/);
    await scale(2);
    await bed.running.passAll();
    await waitForInstance(api, many, (live) => isReady(live));
    expect(ok(await api.get(ref('StatefulSet', bed.namespace, 'many')))['spec'].replicas).toBe(2);
  }, 240_000);

  test('a release is taken back when a run of the schedule has ended, and its pods stay until then', async () => {
    await makeBucket();
    const spec = { backup: { schedule: '@every 5s' }, autoUpdate: { enabled: true, healthCheckTimeout: '2m' } };
    const slow = instance(bed.namespace, 'slow', spec);
    ok(await api.apply(slow));
    await waitForReady(api, slow);
    const before = await waitForInstance(api, slow, (live) => state(live).latestVersion === '2026.9.7');
    ok(await api.patch(slow, { status: { autoUpdate: { ...state(before), lastCheckTime: longAgo() } } }, 'status'));
    await waitForInstance(api, slow, (live) => state(live).updatePhase === 'HealthCheck', 120_000);
    await waitUntil(
      'a pod of the new release',
      async () => failPods('2026.9.7', 'slow'),
      (count) => count > 0,
    );
    // From now on no pod of a run comes to its end.
    const schedule = ref('CronJob', bed.namespace, 'slow-backup-periodic', 'batch/v1');
    const metadata = { annotations: { 'testbed.openclaw.rocks/pod': 'unready' } };
    ok(await api.patch(schedule, { spec: { jobTemplate: { spec: { template: { metadata } } } } }));
    await waitUntil(
      'the pod of a run',
      async () => (await api.list('v1', 'Pod', bed.namespace)).filter(isHanging).length,
      (count) => count > 0,
      60_000,
    );
    ok(await api.patch(slow, { status: { autoUpdate: { lastUpdateTime: longAgo() } } }, 'status'));
    const waiting = await waitForInstance(
      api,
      slow,
      (live) => told(live).includes('it is taken back when Job slow-backup-periodic-'),
      60_000,
    );
    expect([state(waiting).updatePhase, (await podsOf(api, slow)).length]).toEqual(['HealthCheck', 1]);
    // Its Jobs go with the schedule.
    ok(await api.patch(slow, { spec: { backup: { schedule: null } } }));
    const back = await waitForInstance(api, slow, (live) => state(live).failedVersion === '2026.9.7' && isReady(live), 120_000);
    expect(state(back).lastUpdateError).toMatch(/the data is that of before$/);
    expect(await imageOf('slow')).toMatch(/:2026\.9\.6$/);
  }, 240_000);
});
