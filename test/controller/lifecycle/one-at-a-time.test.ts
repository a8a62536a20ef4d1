import { labels } from '../../../constructs/wire/names';
import { withSpec } from '../../builders';
import { stopAll } from '../world';
import { CopyStory, seedBucket } from './copy-story';
import { Tags, begun, enabled, state, withoutBackup } from './updating';

jest.setTimeout(30_000);

afterEach(stopAll);

const FROM = 'backups/team-a/alice/2026-01-01T080000Z';

const ask = (story: CopyStory, restoreFrom: string): unknown => story.api.edit('OpenClawInstance', 'alice', { spec: { restoreFrom } });
const types = ({ made }: CopyStory): string[] => made.map((name) => name.replace(/^alice-/, '').replace(/-[a-z0-9]+$/, ''));
const told = ({ world }: CopyStory, type: string): string =>
  world.instance.status?.conditions?.find((one) => one.type === type)?.message ?? '';

async function phase(story: CopyStory, wanted: string): Promise<void> {
  for (let turn = 0; state(story).updatePhase !== wanted && turn < 60; turn += 1) await story.turns(1, 1 / 6);
  expect(state(story).updatePhase).toBe(wanted);
}

describe('a volume that a restore writes to', () => {
  it('is copied for the last time when the restore has come to its end', async () => {
    const story = await CopyStory.running([withSpec({ storage: { persistence: { orphan: false } } })]);
    ask(story, FROM);
    story.jobs = 'hangs';
    await story.turns(3);
    await story.api.remove('OpenClawInstance', 'alice');
    await story.turns(3);
    expect(types(story)).toEqual(['restore']);
    expect(told(story, 'BackupComplete')).toMatch(/is to be copied, when Job alice-restore-\w+ ends; it is tried until 30m after /);
    story.jobs = 'succeeds';
    await story.turns(5);
    expect([types(story), story.isGone]).toEqual([['restore', 'backup'], true]);
  });

  it('keeps an instance that is deleted no longer than its time, and the claim', async () => {
    const story = await CopyStory.running([withSpec({ storage: { persistence: { orphan: false } }, backup: { timeout: '10m' } })]);
    ask(story, FROM);
    story.jobs = 'hangs';
    await story.turns(3);
    await story.api.remove('OpenClawInstance', 'alice');
    await story.turns(14);
    expect([story.isGone, story.api.find('PersistentVolumeClaim', 'alice-data') !== undefined]).toEqual([true, true]);
  });

  it('is not written to while the schedule copies it', async () => {
    const story = await CopyStory.running([withSpec({ backup: { schedule: '@daily' } })]);
    const setActive = (active: object[] | null): unknown =>
      story.api.edit('CronJob', 'alice-backup-periodic', { status: { active } }, 'cronjob-controller');
    setActive([{ kind: 'Job', name: 'alice-backup-periodic-29', namespace: 'team-a' }]);
    ask(story, FROM);
    await story.turns(3);
    // The pod of the run may need that of the agent.
    expect([types(story), story.replicas, story.condition('RestoreComplete')]).toEqual([[], 1, 'False RestoreWaiting']);
    expect(told(story, 'RestoreComplete')).toMatch(/is restored when Job alice-backup-periodic-29 ends, which copies the volume/);
    setActive(null);
    await story.turns(4);
    expect([types(story), story.replicas]).toEqual([['restore'], 1]);
  });

  it('is not written to while a run of the schedule that began after it copies it', async () => {
    const story = await CopyStory.running([withSpec({ backup: { schedule: '@daily' } })]);
    ask(story, FROM);
    await story.turns(1, 1 / 60);
    story.api.edit(
      'CronJob',
      'alice-backup-periodic',
      { status: { active: [{ name: 'alice-backup-periodic-30' }] } },
      'cronjob-controller',
    );
    await story.turns(3);
    expect([types(story), story.replicas]).toEqual([[], 0]);
    expect(told(story, 'Ready')).toMatch(/before that Job alice-backup-periodic-30 ends/);
    story.api.edit('CronJob', 'alice-backup-periodic', { status: { active: null } }, 'cronjob-controller');
    await story.turns(4);
    expect([types(story), story.replicas]).toEqual([['restore'], 1]);
  });

  it('is not that of a Job of somebody else, whatever its name and labels', async () => {
    const story = await CopyStory.running();
    const own = { [labels.ownName]: 'alice', [labels.managedBy]: 'openclaw-operator', 'openclaw.rocks/job-type': 'restore' };
    story.api.seed({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'alice-restore-t8', namespace: 'team-a', labels: own } });
    ask(story, FROM);
    await story.turns(5);
    expect([story.condition('RestoreComplete'), story.replicas]).toEqual(['True RestoreSucceeded', 1]);
  });
});

describe('an update and a restore', () => {
  it('a way back waits for a run of the schedule as well, and names its Job', async () => {
    const story = await begun(new Tags(), [enabled, withSpec({ backup: { schedule: '@daily' } })], seedBucket);
    story.broken.add('2026.9.7');
    await phase(story, 'HealthCheck');
    story.api.edit(
      'CronJob',
      'alice-backup-periodic',
      { status: { active: [{ name: 'alice-backup-periodic-31' }] } },
      'cronjob-controller',
    );
    await story.turns(6);
    // The pod of the run may need that of the agent, so that one stays.
    expect([types(story), story.replicas, story.tag]).toEqual([['pre-update-backup'], 1, '2026.9.7']);
    expect(told(story, 'Ready')).toMatch(/2026\.9\.7 was not ready within 2m: it is taken back when Job alice-backup-periodic-31 ends/);
    story.api.edit('CronJob', 'alice-backup-periodic', { status: { active: null } }, 'cronjob-controller');
    await story.turns(5);
    expect([types(story), story.replicas, story.tag]).toEqual([['pre-update-backup', 'rollback-restore'], 1, '2026.9.6']);
  });

  it('a way back that has begun waits for a run that began in that moment, and names its Job', async () => {
    const story = await begun(new Tags(), [enabled, withSpec({ backup: { schedule: '@daily' } })], seedBucket);
    story.broken.add('2026.9.7');
    await phase(story, 'RollingBack');
    story.api.edit(
      'CronJob',
      'alice-backup-periodic',
      { status: { active: [{ name: 'alice-backup-periodic-32' }] } },
      'cronjob-controller',
    );
    await story.turns(4);
    expect([types(story), story.replicas]).toEqual([['pre-update-backup'], 0]);
    expect(told(story, 'Ready')).toMatch(/the data of before is restored; before that Job alice-backup-periodic-32 ends/);
    story.api.edit('CronJob', 'alice-backup-periodic', { status: { active: null } }, 'cronjob-controller');
    await story.turns(4);
    expect([types(story), story.replicas]).toEqual([['pre-update-backup', 'rollback-restore'], 1]);
  });

  it('a release that gets ready while its way back waits for a run of the schedule stays', async () => {
    const story = await begun(new Tags(), [enabled, withSpec({ backup: { schedule: '@daily' } })], seedBucket);
    story.broken.add('2026.9.7');
    await phase(story, 'HealthCheck');
    story.api.edit(
      'CronJob',
      'alice-backup-periodic',
      { status: { active: [{ name: 'alice-backup-periodic-33' }] } },
      'cronjob-controller',
    );
    await story.turns(6);
    story.broken.clear();
    const lastTransitionTime = story.world.clock.now().toISOString();
    story.api.edit('Pod', 'alice-0', { status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }] } }, 'kubelet');
    await story.turns(4);
    expect([story.tag, state(story).pendingVersion, types(story)]).toEqual(['2026.9.7', undefined, ['pre-update-backup']]);
  });

  it('that is asked for while the data is copied goes first; the update begins anew, with a copy of what was restored', async () => {
    const story = await begun(new Tags(), [enabled], seedBucket);
    story.jobs = 'hangs';
    await phase(story, 'BackingUp');
    await story.turns(2);
    ask(story, FROM);
    await story.turns(2);
    // Nobody waits for the copy any more.
    expect(story.api.all('Job').map(({ metadata }) => metadata.name)).toEqual([expect.stringContaining('alice-restore-')]);
    story.jobs = 'succeeds';
    await story.turns(24);
    expect([types(story), story.tag]).toEqual([['pre-update-backup', 'restore', 'pre-update-backup'], '2026.9.7']);
    expect(state(story)).not.toHaveProperty('pendingVersion');
  });

  it('that is asked for while its pods are looked at waits, so that a way back does not take what was restored', async () => {
    const story = await begun(new Tags(), [enabled], seedBucket);
    story.broken.add('2026.9.7');
    await phase(story, 'HealthCheck');
    ask(story, FROM);
    await story.turns(1, 1 / 6);
    expect([story.condition('RestoreComplete'), story.replicas]).toEqual(['False RestoreWaiting', 1]);
    expect(told(story, 'RestoreComplete')).toMatch(
      /when the update to 2026\.9\.7 has come to its end; another tag in the spec ends it now/,
    );
    await story.turns(14);
    // What a person wants goes before what the way back would bring.
    expect(types(story)).toEqual(['pre-update-backup', 'restore']);
    expect(state(story).lastUpdateError).toContain(`the data is that of ${FROM}`);
    expect([story.tag, story.replicas, story.condition('RestoreComplete')]).toEqual(['2026.9.6', 1, 'True RestoreSucceeded']);
  });

  it('begins at once where a person ends the update by a tag', async () => {
    const story = await begun(new Tags(), [enabled], seedBucket);
    story.broken.add('2026.9.7');
    await phase(story, 'HealthCheck');
    ask(story, FROM);
    story.api.edit('OpenClawInstance', 'alice', { spec: { image: { tag: '2026.9.5' }, autoUpdate: { enabled: false } } });
    await story.turns(8);
    expect([story.tag, types(story).at(-1), story.world.instance.status?.restoredFrom]).toEqual(['2026.9.5', 'restore', FROM]);
  });
});

const skip = (story: CopyStory): unknown =>
  story.api.edit('OpenClawInstance', 'alice', { metadata: { annotations: { 'openclaw.rocks/skip-backup': 'true' } } });

describe('an instance that is deleted in a hurry', () => {
  it('is gone after the pod of its restore, so that one of its name does not get the claim under it', async () => {
    const story = await CopyStory.running();
    ask(story, FROM);
    story.jobs = 'hangs';
    await story.turns(3);
    expect(types(story)).toEqual(['restore']);
    // Its pod takes its time.
    const [job] = story.api.all('Job');
    story.api.edit('Job', job?.metadata.name ?? '', { metadata: { finalizers: ['foregroundDeletion'] } }, 'gc');
    skip(story);
    await story.api.remove('OpenClawInstance', 'alice');
    await story.turns(1, 1 / 6);
    expect([story.isGone, story.job()?.metadata.deletionTimestamp !== undefined]).toEqual([false, true]);
    story.api.edit('Job', job?.metadata.name ?? '', { metadata: { finalizers: null } }, 'gc');
    await story.turns(1, 1 / 6);
    expect([story.isGone, story.api.all('Job')]).toEqual([true, []]);
  });

  it('does not wait for ever for a pod whose node is gone', async () => {
    const story = await CopyStory.running();
    ask(story, FROM);
    story.jobs = 'hangs';
    await story.turns(3);
    story.api.edit('Job', story.job()?.metadata.name ?? '', { metadata: { finalizers: ['foregroundDeletion'] } }, 'gc');
    skip(story);
    await story.api.remove('OpenClawInstance', 'alice');
    await story.turns(3);
    expect(story.isGone).toBe(true);
  });
});

describe('a restore that is refused', () => {
  const foreign = withSpec({ restoreFrom: 'backups/team-b/bob/2026-01-01T080000Z' });

  it('keeps no update away', async () => {
    const story = await begun(new Tags(), [enabled, foreign], seedBucket);
    await story.turns(40);
    expect([story.condition('RestoreComplete'), story.replicas]).toEqual(['False RestoreRefused', 1]);
    expect([story.tag, state(story).pendingVersion]).toEqual(['2026.9.7', undefined]);
  });

  it('ends no update whose copy is being made', async () => {
    const story = await begun(new Tags(), [enabled], seedBucket);
    story.jobs = 'hangs';
    await phase(story, 'BackingUp');
    await story.turns(1, 1 / 30);
    ask(story, 'backups/team-b/bob/2026-01-01T080000Z');
    await story.turns(3);
    expect([story.condition('RestoreComplete'), state(story).updatePhase]).toEqual(['False RestoreRefused', 'BackingUp']);
    story.jobs = 'succeeds';
    await story.turns(20);
    expect([story.tag, types(story)]).toEqual(['2026.9.7', ['pre-update-backup']]);
  });
});

describe('a restore without a bucket that can be used', () => {
  it.each([
    ['is not there', undefined],
    ['lacks a key', { S3_BUCKET: 'copies' }],
  ])('keeps no update away for ever, where the Secret %s, and tells how it is given up', async (_what, data) => {
    const story = await begun(new Tags(), [withoutBackup], () => undefined);
    if (data !== undefined) seedBucket(story.api, data);
    await story.turns(1);
    ask(story, FROM);
    await story.turns(40);
    expect([story.condition('RestoreComplete'), story.replicas]).toEqual(['False RestoreCredentialsFailed', 1]);
    expect(told(story, 'RestoreComplete')).toMatch(/until that is mended or restoreFrom is taken out, the pods run on, and updates go on$/);
    expect([story.tag, state(story).pendingVersion]).toEqual(['2026.9.7', undefined]);
    // It is a wish all the same.
    seedBucket(story.api);
    await story.turns(8);
    expect([types(story), story.condition('RestoreComplete'), story.replicas]).toEqual([['restore'], 'True RestoreSucceeded', 1]);
  });
});

it('an update that waits for a restore says so, and how that is given up', async () => {
  const story = await begun(new Tags(), [enabled, withSpec({ backup: { schedule: '@daily' } })], seedBucket);
  await story.turns(1, 1 / 60);
  story.api.edit('CronJob', 'alice-backup-periodic', { status: { active: [{ name: 'alice-backup-periodic-34' }] } }, 'cronjob-controller');
  ask(story, FROM);
  await story.turns(5);
  expect([story.condition('RestoreComplete'), story.condition('AutoUpdateAvailable')]).toEqual([
    'False RestoreWaiting',
    'True NewVersionAvailable',
  ]);
  expect(told(story, 'AutoUpdateAvailable')).toMatch(
    /^the update to 2026\.9\.7 waits for the restore: .*without restoreFrom it is given up$/,
  );
});
