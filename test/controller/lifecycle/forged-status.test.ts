import type { OpenClawInstanceStatus } from '../../../constructs';
import { withSpec } from '../../builders';
import { stopAll } from '../world';
import { CopyStory, seedBucket } from './copy-story';

afterEach(stopAll);

/** What a tenant writes who may edit the status. */
const forge = (story: CopyStory, status: object): unknown => story.api.edit('OpenClawInstance', 'alice', { status });
const statusOf = (story: CopyStory): OpenClawInstanceStatus => story.world.instance.status ?? {};

const FOREIGN = 'backups/team-b/carol/2026-01-01T080000Z';
const OWN = 'backups/team-a/alice/2026-01-01T080000Z';

/** A value of so many levels. */
function deep(levels: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < levels; level += 1) value = { a: value };
  return value;
}

describe('T-T3 a status that a tenant wrote', () => {
  // Where it does not say whether a Job was made, as that of an earlier version, the volume may hold half of a copy: its pods wait.
  it.each([
    ['says that no Job was made', false, 1, 'False RestoreRefused'],
    ['says that one was made', true, 0, 'False RestoreFailed'],
    ['does not say it', undefined, 0, 'False RestoreFailed'],
  ])('C35 brings no data of another tenant where it %s: what is under way is judged too', async (_what, restoreJobMade, replicas, told) => {
    const story = await CopyStory.running();
    story.api.edit('OpenClawInstance', 'alice', {
      spec: { restoreFrom: FOREIGN },
      status: {
        restoreJobName: 'alice-restore-t841c0',
        restoringFrom: FOREIGN,
        ...(restoreJobMade !== undefined && { restoreJobMade }),
        overrides: [{ field: 'replicas', value: 0, reason: 'restore' }],
      },
    });
    await story.turns(4);
    expect([story.made, story.replicas, story.condition('RestoreComplete')]).toEqual([[], replicas, told]);
    story.api.edit('OpenClawInstance', 'alice', { spec: { restoreFrom: null } });
    await story.turns(3);
    expect([story.made, story.replicas]).toEqual([[], 1]);
  });

  it('C35 of a namespace whose folder in the bucket another one has as well is restored only from what an administrator opens', async () => {
    const story = await CopyStory.running([], (api) => {
      seedBucket(api);
      api.seed({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'oc-tenant-team-a', uid: 'uid-twin' } });
    });
    story.api.edit('OpenClawInstance', 'alice', { spec: { restoreFrom: OWN } });
    await story.turns(3);
    expect([story.made, story.replicas, story.condition('RestoreComplete')]).toEqual([[], 1, 'False RestoreRefused']);
    expect(story.events('RestoreRefused').join()).toContain('namespaces team-a and oc-tenant-team-a have the same folder in the bucket');
    await story.api.remove('Namespace', 'oc-tenant-team-a', undefined);
    await story.turns(5);
    expect(story.condition('RestoreComplete')).toBe('True RestoreSucceeded');
  });

  it.each(['x', 'alice-restore-', 'alice-restore-zzzzzzzzzzzzzzzz', '../alice-restore-t841c0'])(
    'with a restore by the Job %j is a story of nobody, and the wish begins anew',
    async (restoreJobName) => {
      const story = await CopyStory.running([]);
      story.api.edit('OpenClawInstance', 'alice', { spec: { restoreFrom: OWN }, status: { restoreJobName, restoringFrom: OWN } });
      await story.turns(6);
      expect([story.condition('RestoreComplete'), story.replicas, story.condition('Ready')]).toEqual([
        'True RestoreSucceeded',
        1,
        'True ReconcileSucceeded',
      ]);
      expect(story.made).toEqual([expect.stringMatching(/^alice-restore-[0-9a-z]{6}$/)]);
    },
  );

  it.each(['2126-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59', 'soon'])(
    'T-T15 says that the last copy began at %j, and the deletion ends all the same',
    async (backingUpSince) => {
      const story = await CopyStory.running([withSpec({ backup: { timeout: '30m' } })]);
      story.jobs = 'fails';
      forge(story, { backingUpSince });
      await story.api.remove('OpenClawInstance', 'alice');
      await story.turns(8, 6);
      expect(story.isGone).toBe(true);
    },
  );

  it.each([600, 3000])('and that is %i levels deep neither holds the instance up nor its deletion', async (levels) => {
    const story = await CopyStory.running();
    forge(story, { overrides: [{ field: 'spec.config.raw', value: deep(levels), reason: 'x' }] });
    story.api.edit('OpenClawInstance', 'alice', { metadata: { generation: 2 }, spec: { suspended: true } });
    await story.turns(2);
    expect([story.replicas, statusOf(story).observedGeneration]).toEqual([0, 2]);
    await story.api.remove('OpenClawInstance', 'alice');
    await story.turns(4);
    expect(story.isGone).toBe(true);
  });

  describe('C35 that tells of an update', () => {
    const stopped = { field: 'replicas', value: 0, reason: 'the data of before the update is restored' };
    const laid = { field: 'spec.image.tag', value: '2026.9.7', reason: 'update from 2026.9.6', over: '2026.9.6' };
    const since = '2026-01-01T00:00:00Z';

    it.each([FOREIGN, 'backups/team-a/bob/pre-update-2026-01-01T080000Z', 'backups/team-a/alice/pre-update-/../../../team-b/carol'])(
      'brings nothing back from %s',
      async (preUpdateBackupPath) => {
        const story = await CopyStory.running();
        const autoUpdate = { pendingVersion: '2026.9.7', previousVersion: '2026.9.6', lastUpdateTime: since, preUpdateBackupPath };
        forge(story, { overrides: [laid, stopped], autoUpdate: { ...autoUpdate, updatePhase: 'RollingBack' } });
        await story.turns(4);
        expect([story.made, story.replicas]).toEqual([[], 1]);
      },
    );

    it.each([
      ['alice-pre-update-backup-t841c0', FOREIGN],
      ['Not A Name', 'backups/team-a/alice/pre-update-2026-01-01T080000Z'],
    ])('copies by Job %s nothing to where another one has its copies (%s)', async (backupJobName, preUpdateBackupPath) => {
      const story = await CopyStory.running();
      const autoUpdate = { pendingVersion: '2026.9.7', previousVersion: '2026.9.6', lastUpdateTime: since, preUpdateBackupPath };
      forge(story, { backupJobName, autoUpdate: { ...autoUpdate, updatePhase: 'BackingUp' } });
      story.jobs = 'hangs';
      await story.turns(3);
      const text = JSON.stringify(story.job());
      expect(story.made).toEqual([expect.stringMatching(/^alice-pre-update-backup-[0-9a-z]{6}$/)]);
      expect(text).toMatch(/"TRANSFER_PATH","value":"backups\/team-a\/alice\/pre-update-2026-01-01T\d{6}Z"/);
      expect(text).not.toContain('team-b');
    });

    it('of what is no tag ends there', async () => {
      const story = await CopyStory.running();
      forge(story, { autoUpdate: { pendingVersion: '../../team-b', updatePhase: 'BackingUp' } });
      await story.turns(3);
      expect([story.made, story.condition('Ready')]).toEqual([[], 'True ReconcileSucceeded']);
    });
  });
});
