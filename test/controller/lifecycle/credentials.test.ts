import { withSpec } from '../../builders';
import { stopAll } from '../world';
import { BUCKET, CopyStory, seedBucket } from './copy-story';

afterEach(stopAll);

const scheduled = withSpec({ backup: { schedule: '@daily' } });
const COPY = 'alice-s3-credentials';
const encoded = (value: string): string => Buffer.from(value).toString('base64');

describe('C35 the Secret that Jobs name', () => {
  it('is a copy of six keys, owned by the instance, and follows its source', async () => {
    const story = await CopyStory.running([scheduled], (api) => seedBucket(api, { ...BUCKET, NOTES: 'of the administrator' }));
    const copy = story.api.get('Secret', COPY);
    expect(Object.keys(copy['data'] as object).toSorted()).toEqual(Object.keys(BUCKET).toSorted());
    expect(copy.metadata.ownerReferences).toMatchObject([{ kind: 'OpenClawInstance', name: 'alice' }]);
    expect(story.condition('ScheduledBackupReady')).toBe('True CronJobReady');
    expect(story.events('SecretNotFound')).toEqual([]);
    const data = { S3_BUCKET: encoded('others'), S3_ACCESS_KEY_ID: null, S3_SECRET_ACCESS_KEY: null };
    story.api.edit('Secret', 's3-backup-credentials', { data }, 'kubectl-edit', 'openclaw-system');
    await story.turns(2);
    expect(story.api.get('Secret', COPY)['data']).toEqual({ S3_ENDPOINT: encoded(BUCKET.S3_ENDPOINT), S3_BUCKET: encoded('others') });
  });

  it('T-T16 that an earlier instance of the name let go is owned again, and follows its source', async () => {
    const story = await CopyStory.running([scheduled]);
    story.api.edit('Secret', COPY, { metadata: { ownerReferences: null } });
    await story.turns(2);
    expect(story.api.get('Secret', COPY).metadata.ownerReferences).toMatchObject([{ kind: 'OpenClawInstance', name: 'alice' }]);
    story.api.edit('Secret', 's3-backup-credentials', { data: { S3_BUCKET: encoded('others') } }, 'kubectl-edit', 'openclaw-system');
    await story.turns(2);
    expect(story.api.get('Secret', COPY)['data']).toMatchObject({ S3_BUCKET: encoded('others') });
    story.api.forgetRequests();
    await story.world.passAll();
    expect(story.api.writes).toEqual([]);
  });

  it('goes when nobody needs it any more', async () => {
    const story = await CopyStory.running([scheduled]);
    story.api.edit('OpenClawInstance', 'alice', { spec: { backup: null } });
    await story.turns(2);
    expect(story.api.find('Secret', COPY)).toBeUndefined();
  });

  it('costs nothing while nothing changes', async () => {
    const story = await CopyStory.running([scheduled]);
    story.api.forgetRequests();
    await story.world.passAll();
    expect([story.api.writes, story.api.reads]).toEqual([[], []]);
  });

  it('T-L11 is missed by its schedule, which says where it is looked for', async () => {
    const story = await CopyStory.running([scheduled], () => undefined);
    expect(story.condition('ScheduledBackupReady')).toBe('False S3CredentialsMissing');
    const told = story.world.instance.status?.conditions?.find(({ type }) => type === 'ScheduledBackupReady');
    expect(told?.message).toBe('there is no Secret s3-backup-credentials in namespace team-a or openclaw-system');
    seedBucket(story.api);
    await story.turns(3);
    expect(story.condition('ScheduledBackupReady')).toBe('True CronJobReady');
  });

  it('has no value in what is written of the instance, or in the log', async () => {
    const story = await CopyStory.running([scheduled]);
    const told = JSON.stringify([story.world.instance, story.api.events, story.world.lines]);
    for (const value of [BUCKET.S3_SECRET_ACCESS_KEY, BUCKET.S3_ACCESS_KEY_ID]) {
      expect(told).not.toContain(value);
      expect(told).not.toContain(encoded(value));
    }
  });
});

it('T-L15 the last good copy is that of the schedule once its CronJob says so', async () => {
  const story = await CopyStory.running([scheduled]);
  expect(story.world.instance.status).not.toHaveProperty('lastBackupPath');
  const lastSuccessfulTime = '2026-01-01T02:00:07Z';
  story.api.edit('CronJob', 'alice-backup-periodic', { status: { lastSuccessfulTime } }, 'cronjob-controller');
  await story.turns(1);
  expect(story.world.instance.status).toMatchObject({
    lastBackupPath: 'backups/team-a/alice/periodic/latest',
    lastBackupTime: lastSuccessfulTime,
  });
});
