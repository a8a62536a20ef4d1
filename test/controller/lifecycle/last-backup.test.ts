import { ConnectionError } from '../../../controller/api/errors';
import { commonLabels, labels } from '../../../constructs/wire/names';
import { withAnnotations, withMistake, withSpec } from '../../builders';
import { stopAll } from '../world';
import { BUCKET, CopyStory, seedBucket } from './copy-story';

afterEach(stopAll);

const PATH = /^backups\/team-a\/alice\/\d{4}-\d\d-\d\dT\d{6}Z$/;
const destroy = withSpec({ storage: { persistence: { orphan: false } } });

async function deleted(story: CopyStory): Promise<void> {
  await story.api.remove('OpenClawInstance', 'alice');
  await story.world.settle();
}

/** Everything that stands until the copy is sure. */
const KEPT = ['OpenClawInstance alice', 'PersistentVolumeClaim alice-data', 'StatefulSet alice'];

describe('the last backup', () => {
  it('stops the pods, copies, and only then lets the instance and its claim go', async () => {
    const story = await CopyStory.running([destroy]);
    story.jobs = 'hangs';
    await deleted(story);
    await story.turns(3);
    expect(story.api.names()).toEqual(expect.arrayContaining(KEPT));
    expect(story.replicas).toBe(0);
    expect([story.world.instance.status?.phase, story.condition('BackupComplete')]).toEqual(['BackingUp', 'False BackupRunning']);
    const { backupJobName, backingUpSince, lastBackupPath } = story.world.instance.status ?? {};
    expect([backupJobName, lastBackupPath]).toEqual([story.job()?.metadata.name, undefined]);
    expect(backingUpSince).toMatch(/Z$/);
    story.jobs = 'succeeds';
    await story.turns(2);
    expect(story.isGone).toBe(true);
    expect(story.api.find('PersistentVolumeClaim', 'alice-data')).toBeUndefined();
    expect([story.made.length, story.replicasAtJob]).toEqual([1, [0]]);
    const [path = ''] = /backups\S+/.exec(story.events('BackupComplete')[0] ?? '') ?? [];
    expect(path).toMatch(PATH);
    expect(JSON.stringify(story.events('BackupStarted'))).toContain(path);
  });

  it("T-L17 T27 makes a Job of the agent's labels in no pod, with keys by their Secret alone", async () => {
    const story = await CopyStory.running();
    story.jobs = 'hangs';
    await deleted(story);
    await story.turns(2);
    const job = story.job()!;
    expect(job.metadata.ownerReferences).toMatchObject([{ kind: 'OpenClawInstance', name: 'alice', controller: true }]);
    const text = JSON.stringify(job);
    expect(text).not.toContain(BUCKET.S3_SECRET_ACCESS_KEY);
    expect(text).toContain('"name":"alice-s3-credentials"');
    const { metadata } = (job['spec'] as { template: { metadata: { labels: object } } }).template;
    expect(metadata.labels).not.toHaveProperty(['app.kubernetes.io/name']);
    expect(story.api.get('Secret', 'alice-s3-credentials')['data']).toMatchObject({
      S3_SECRET_ACCESS_KEY: Buffer.from(BUCKET.S3_SECRET_ACCESS_KEY).toString('base64'),
    });
  });

  it.each([
    ['the annotation skip-backup', [withAnnotations({ 'openclaw.rocks/skip-backup': 'true' })], seedBucket, 'asks for no copy'],
    ['T-L10 T3 no credentials', [], () => undefined, 'there is no Secret s3-backup-credentials in namespace team-a or openclaw-system'],
  ] as const)('T44 T-L9 is skipped with %s, before anything stops, and said so', async (_why, modifiers, prepare, words) => {
    const story = await CopyStory.running(modifiers, prepare);
    story.api.forgetRequests();
    await deleted(story);
    await story.turns(1);
    expect(story.isGone).toBe(true);
    expect(story.made).toEqual([]);
    expect(story.replicas).toBe(1);
    expect(story.events('BackupSkipped')).toEqual([expect.stringContaining(words)]);
    expect(JSON.stringify(story.api.requests)).not.toContain('BackingUp');
    expect(story.api.find('PersistentVolumeClaim', 'alice-data')).toBeDefined();
  });

  it('is no matter where nothing is kept', async () => {
    const story = await CopyStory.running([withSpec({ storage: { persistence: { enabled: false } } })]);
    await deleted(story);
    await story.turns(1);
    expect([story.isGone, story.made, story.events('BackupSkipped')]).toEqual([true, [], []]);
  });

  it('T61 is skipped in a namespace that is being deleted, where no Job can be made', async () => {
    const story = await CopyStory.running();
    story.api.editNamespace('team-a', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['kubernetes'] } });
    await deleted(story);
    await story.turns(1);
    expect([story.isGone, story.made]).toEqual([true, []]);
    expect(story.events('BackupSkipped')[0]).toContain('namespace is being deleted');
  });

  it('ends where the Job finds an empty volume, and before one is made where the claim has no volume', async () => {
    const story = await CopyStory.running();
    story.jobs = 'finds nothing';
    await deleted(story);
    await story.turns(3);
    expect([story.isGone, story.made.length]).toEqual([true, 1]);
    expect(story.events('BackupSkipped')[0]).toContain('volume is empty');
    const other = await CopyStory.begun();
    other.api.edit('PersistentVolumeClaim', 'alice-data', { status: { phase: 'Pending' } }, 'binder');
    await deleted(other);
    await other.world.settle();
    await other.world.clock.advance(60_000);
    expect([other.isGone, other.made]).toEqual([true, []]);
  });

  it('is made of a spec that makes no sense any more, from what does', async () => {
    const story = await CopyStory.running([withSpec({ storage: { persistence: { existingClaim: 'mine' } } })], (api) => {
      seedBucket(api);
      api.seed({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'mine', namespace: 'team-a' } });
    });
    const broken = { gateway: { enabled: 'perhaps' }, storage: { persistence: { existingClaim: 'mine', size: 'large' } }, registry: 7 };
    story.api.edit('OpenClawInstance', 'alice', { spec: broken });
    await story.turns(1);
    expect(story.condition('ConfigValid')).toBe('False InvalidSpec');
    story.jobs = 'hangs';
    await deleted(story);
    await story.turns(2);
    expect(JSON.stringify(story.job())).toContain('"claimName":"mine"');
    story.jobs = 'succeeds';
    await story.turns(2);
    expect(story.isGone).toBe(true);
  });

  it('T18 T-L8 ends after its time-out, and keeps the data although it was to go', async () => {
    const story = await CopyStory.running([destroy, withSpec({ backup: { timeout: '10m' }, storage: { persistence: { orphan: false } } })]);
    story.jobs = 'hangs';
    await deleted(story);
    await story.turns(9);
    expect(story.isGone).toBe(false);
    await story.turns(3);
    expect(story.isGone).toBe(true);
    expect(story.api.find('PersistentVolumeClaim', 'alice-data')).toBeDefined();
    expect(story.events('BackupTimedOut')[0]).toContain('claim alice-data stays');
  });

  it('makes a failed Job anew, and one that was taken away under it', async () => {
    const story = await CopyStory.running();
    story.jobs = 'fails';
    await deleted(story);
    await story.turns(3);
    expect(story.events('BackupFailed')[0]).toContain('skip-backup');
    expect(story.isGone).toBe(false);
    story.jobs = 'hangs';
    await story.turns(3);
    await story.api.remove('Job', story.job()!.metadata.name);
    await story.turns(1);
    story.jobs = 'succeeds';
    await story.turns(2);
    expect(story.isGone).toBe(true);
    expect(story.made.length).toBeGreaterThan(2);
    expect(new Set(story.made).size).toBe(1);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['lacks its bucket', { S3_ENDPOINT: 'https://s3.example.com' }, 'has no S3_BUCKET'],
    ['has half a pair of keys', { ...BUCKET, S3_SECRET_ACCESS_KEY: '' }, 'has S3_ACCESS_KEY_ID and no S3_SECRET_ACCESS_KEY'],
  ])('waits for credentials that %s, with its pods running, and goes on when they are mended', async (_what, data, words) => {
    const story = await CopyStory.running([], (api) => seedBucket(api, data));
    await deleted(story);
    await story.turns(2);
    expect(story.condition('BackupComplete')).toBe('False BackupCredentialsFailed');
    expect(story.events('BackupCredentialsFailed')[0]).toContain(words);
    expect([story.made, story.replicas]).toEqual([[], 1]);
    const mended = Object.fromEntries(Object.entries(BUCKET).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
    story.api.edit('Secret', 's3-backup-credentials', { data: mended }, 'kubectl-edit', 'openclaw-system');
    await story.turns(4);
    expect([story.isGone, story.made.length]).toEqual([true, 1]);
  });

  it('T18 that was made counts, whatever has become of the bucket since, and after the time-out too', async () => {
    const story = await CopyStory.running([destroy]);
    story.jobs = 'hangs';
    await deleted(story);
    await story.turns(2);
    story.api.fail(new ConnectionError('ECONNREFUSED', 'away'));
    story.jobs = 'succeeds';
    story.api.edit('Secret', 's3-backup-credentials', { data: { S3_BUCKET: null } }, 'kubectl-edit', 'openclaw-system');
    await story.turns(40);
    story.api.heal();
    await story.turns(4);
    expect([story.isGone, story.api.find('PersistentVolumeClaim', 'alice-data'), story.made.length]).toEqual([true, undefined, 1]);
    expect([story.events('BackupComplete').length, story.events('BackupTimedOut')]).toEqual([1, []]);
  });

  it('C35 takes the Secret of the namespace before that of the installation, and one made by hand before both', async () => {
    const story = await CopyStory.running([], (api) => {
      seedBucket(api);
      seedBucket(api, { ...BUCKET, S3_BUCKET: 'ours' }, 'team-a');
    });
    story.jobs = 'hangs';
    await deleted(story);
    await story.turns(2);
    expect(story.api.get('Secret', 'alice-s3-credentials')['data']).toMatchObject({ S3_BUCKET: Buffer.from('ours').toString('base64') });
  });

  it('is not made for --cascade=orphan, which keeps everything', async () => {
    const story = await CopyStory.running();
    story.api.edit('OpenClawInstance', 'alice', { metadata: { finalizers: ['openclaw.rocks/finalizer', 'orphan'] } });
    await deleted(story);
    await story.turns(1);
    expect([story.made, story.replicas]).toEqual([[], 1]);
    expect(story.world.instance.metadata.finalizers).toEqual(['orphan']);
  });

  it('takes no claim along that was not copied: with an autoscaler that of the first pod is', async () => {
    const availability = { autoScaling: { enabled: true } };
    const claims = ['data-alice-0', 'data-alice-1'];
    const story = await CopyStory.running([withSpec({ availability, storage: { persistence: { orphan: false } } })], (api) => {
      seedBucket(api);
      for (const name of claims) {
        const metadata = { name, namespace: 'team-a', labels: { ...commonLabels('alice'), [labels.ownName]: 'alice' } };
        api.seed({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, status: { phase: 'Bound' } });
      }
    });
    await deleted(story);
    await story.turns(4);
    expect([story.isGone, claims.filter((name) => story.api.find('PersistentVolumeClaim', name))]).toEqual([true, ['data-alice-1']]);
    expect(story.events('BackupComplete')[0]).toContain('claims of other pods were not copied');
  });

  it('C37 is hot under Git delivery: no pod stops for it, and nothing leaves Git before it', async () => {
    const story = await CopyStory.running([], seedBucket);
    story.api.edit('OpenClawInstance', 'alice', { status: { delivery: 'git' } }, 'openclaw-controller');
    story.jobs = 'hangs';
    await deleted(story);
    await story.turns(2);
    expect(story.replicas).toBe(1);
    expect(JSON.stringify(story.job())).toContain('{"name":"HOT","value":"true"}');
    story.jobs = 'succeeds';
    await story.turns(2);
    expect(story.isGone).toBe(true);
  });
});

it('writes nothing into a Secret that somebody made under the name of the copy', async () => {
  const story = await CopyStory.running([withMistake({})], (api) => {
    seedBucket(api);
    const data = Object.fromEntries(Object.entries(BUCKET).map(([key, value]) => [key, Buffer.from(`${value}-mine`).toString('base64')]));
    api.seed({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'alice-s3-credentials', namespace: 'team-a' }, data });
  });
  const before = story.api.get('Secret', 'alice-s3-credentials').metadata.resourceVersion;
  await deleted(story);
  await story.turns(3);
  expect([story.isGone, story.made.length]).toEqual([true, 1]);
  expect(story.api.get('Secret', 'alice-s3-credentials').metadata.resourceVersion).toBe(before);
});
