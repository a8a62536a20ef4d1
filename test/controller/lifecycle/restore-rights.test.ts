import { type Modifier, withSpec } from '../../builders';
import { stopAll } from '../world';
import { BUCKET, CopyStory, seedBucket, ask, seedPolicy, statusOf } from './copy-story';

afterEach(stopAll);

const FROM = 'backups/team-a/alice/2026-01-01T080000Z';

const setPolicy = (story: CopyStory, policy: object): unknown =>
  story.api.edit('ConfigMap', 'openclaw-policy', { data: { 'policy.json': JSON.stringify(policy) } }, 'admin', 'openclaw-system');

const bucketOfCopy = (story: CopyStory): string => {
  const { data } = (story.api.find('Secret', 'alice-s3-credentials') ?? { data: {} }) as { data: Record<string, string> };
  return Buffer.from(data['S3_BUCKET'] ?? '', 'base64').toString();
};

describe('C35 keys that change hands during a restore', () => {
  const foreign = 'backups/team-b/carol/2026-01-01T080000Z';

  const withOwnBucket = async (...modifiers: Modifier[]): Promise<CopyStory> => {
    const story = await CopyStory.running(modifiers, (api) => {
      seedBucket(api);
      seedBucket(api, { ...BUCKET, S3_BUCKET: 'ours' }, 'team-a');
    });
    story.jobs = 'hangs';
    ask(story, foreign);
    await story.turns(3);
    expect([story.made.length, bucketOfCopy(story)]).toEqual([1, 'ours']);
    return story;
  };

  it('of the namespace to the installation are not those of a Job that has begun, which comes to its end with what it has', async () => {
    const story = await withOwnBucket(withSpec({ backup: { schedule: '@daily' } }));
    await story.api.remove('Secret', 's3-backup-credentials');
    await story.turns(3);
    expect([bucketOfCopy(story), story.made.length, story.replicas]).toEqual(['ours', 1, 0]);
    story.jobs = 'succeeds';
    await story.turns(5);
    expect([statusOf(story).restoredFrom, story.replicas, bucketOfCopy(story)]).toEqual([foreign, 1, BUCKET.S3_BUCKET]);
  });

  it('are not made for it either where its own are taken away, nor where its instance is deleted', async () => {
    const story = await withOwnBucket();
    await story.api.remove('Secret', 's3-backup-credentials');
    await story.api.remove('Secret', 'alice-s3-credentials');
    await story.turns(3);
    expect([bucketOfCopy(story), story.job() !== undefined, story.replicas]).toEqual(['', true, 0]);
    await story.api.remove('OpenClawInstance', 'alice');
    await story.turns(3);
    expect([bucketOfCopy(story), story.isGone]).toEqual(['', false]);
    story.jobs = 'succeeds';
    await story.turns(4);
    expect(story.isGone).toBe(true);
  });

  it('are not used for another try of it: no pod starts on the half of a copy, until somebody says so', async () => {
    const story = await withOwnBucket();
    await story.api.remove('Secret', 's3-backup-credentials');
    await story.turns(1);
    story.jobs = 'fails';
    await story.turns(6);
    expect([story.made.length, story.replicas, story.condition('RestoreComplete')]).toEqual([1, 0, 'False RestoreFailed']);
    ask(story, null);
    await story.turns(4);
    expect([story.job(), story.replicas, story.made.length]).toEqual([undefined, 1, 1]);
  });

  it('count as those of the installation where their source is gone', async () => {
    const story = await CopyStory.running([withSpec({ backup: { schedule: '@daily' } })]);
    await story.api.remove('Secret', 's3-backup-credentials', 'openclaw-system');
    ask(story, foreign);
    await story.turns(3);
    expect([story.condition('RestoreComplete'), story.made]).toEqual(['False RestoreRefused', []]);
  });

  it('that somebody put beside the instance by hand are his own', async () => {
    const data = Object.fromEntries(Object.entries(BUCKET).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
    const story = await CopyStory.running([], (api) => {
      seedBucket(api);
      api.seed({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'alice-s3-credentials', namespace: 'team-a' }, data });
    });
    ask(story, foreign);
    await story.turns(5);
    expect(statusOf(story).restoredFrom).toBe(foreign);
  });
});

describe('C35 a path that is closed in the middle of a restore', () => {
  const foreign = 'backups/team-b/carol/2026-01-01T080000Z';
  const opened = { restores: [{ namespaces: ['team-a'], paths: ['backups/team-b/carol'] }] };
  const twin = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'oc-tenant-team-a', uid: 'uid-twin' } };

  async function open(turns: number): Promise<CopyStory> {
    const story = await CopyStory.running([], (api) => {
      seedBucket(api);
      seedPolicy(api, opened);
    });
    story.jobs = 'hangs';
    ask(story, foreign);
    await story.turns(turns, turns === 1 ? 1 / 60 : 1);
    return story;
  }

  it('does not end a Job that was made: what was decided at its beginning holds', async () => {
    const story = await open(3);
    expect(statusOf(story)).toMatchObject({ restoreJobMade: true });
    setPolicy(story, {});
    await story.turns(3);
    expect([story.made.length, story.job()?.metadata.deletionTimestamp, story.replicas]).toEqual([1, undefined, 0]);
    story.jobs = 'succeeds';
    await story.turns(4);
    expect([statusOf(story).restoredFrom, story.replicas]).toEqual([foreign, 1]);
    expect(statusOf(story)).not.toHaveProperty('restoreJobMade');
  });

  it('ends one whose Job was not made yet, and the pods come back: the volume is as it was', async () => {
    const story = await open(1);
    expect([story.made, statusOf(story).restoringFrom]).toEqual([[], foreign]);
    setPolicy(story, {});
    await story.turns(4);
    expect([story.made, story.replicas, story.condition('RestoreComplete')]).toEqual([[], 1, 'False RestoreRefused']);
    expect(story.events('RestoreAbandoned')[0]).toContain('the volume is as it was');
  });

  it.each(['fails', 'is removed'])(
    'lets no pod start on the half of a copy where its Job %s, tells what to do, and goes on when it is open',
    async (end) => {
      const story = await open(3);
      setPolicy(story, {});
      await story.turns(1);
      if (end === 'fails') story.jobs = 'fails';
      else await story.api.remove('Job', story.job()!.metadata.name);
      await story.turns(8);
      expect([story.made.length, story.replicas, story.condition('RestoreComplete')]).toEqual([1, 0, 'False RestoreFailed']);
      const message = statusOf(story).conditions?.find(({ type }) => type === 'RestoreComplete')?.message;
      for (const words of ['"restores" in the policy', 'no pod starts', 'take restoreFrom out', 'pre-restore-'])
        expect(message).toContain(words);
      setPolicy(story, opened);
      story.jobs = 'succeeds';
      await story.turns(6);
      expect([statusOf(story).restoredFrom, story.replicas]).toEqual([foreign, 1]);
    },
  );

  it('does not end one either whose folder another namespace comes to share', async () => {
    const story = await CopyStory.running();
    story.jobs = 'hangs';
    ask(story, FROM);
    await story.turns(3);
    story.api.seed(twin);
    await story.turns(3);
    expect([story.made.length, story.job() !== undefined, story.replicas]).toEqual([1, true, 0]);
    story.jobs = 'succeeds';
    await story.turns(4);
    expect([statusOf(story).restoredFrom, story.replicas]).toEqual([FROM, 1]);
  });
});

it('a restore under way is given up where persistence is switched off: the pods have no part of the volume', async () => {
  const story = await CopyStory.running();
  story.jobs = 'hangs';
  ask(story, FROM);
  await story.turns(3);
  story.api.edit('OpenClawInstance', 'alice', { spec: { storage: { persistence: { enabled: false } } } });
  await story.turns(5);
  expect([story.job(), story.replicas, story.condition('RestoreComplete')]).toEqual([undefined, 1, 'False RestoreRefused']);
});

it('a restore whose bucket is gone before its Job is made says so and waits, and goes on when it is there again', async () => {
  const story = await CopyStory.running();
  ask(story, FROM);
  await story.turns(1, 1 / 60);
  expect([story.made, statusOf(story).restoringFrom]).toEqual([[], FROM]);
  await story.api.remove('Secret', 's3-backup-credentials', 'openclaw-system');
  if (story.api.find('Secret', 'alice-s3-credentials')) await story.api.remove('Secret', 'alice-s3-credentials');
  await story.turns(3);
  const message = statusOf(story).conditions?.find(({ type }) => type === 'RestoreComplete')?.message;
  expect([story.made, story.replicas, story.condition('RestoreComplete')]).toEqual([[], 0, 'False RestoreFailed']);
  expect(message).toMatch(/there is no Secret s3-backup-credentials .* take restoreFrom out/);
  seedBucket(story.api);
  await story.turns(5);
  expect([statusOf(story).restoredFrom, story.replicas]).toEqual([FROM, 1]);
});
