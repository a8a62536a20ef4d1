import type { OpenClawInstanceStatus } from '../../../constructs';
import { withSpec } from '../../builders';
import { stopAll } from '../world';
import { CopyStory } from './copy-story';

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
  it('C35 brings no data of another tenant: what is under way is judged like what begins', async () => {
    const story = await CopyStory.running();
    story.api.edit('OpenClawInstance', 'alice', {
      spec: { restoreFrom: FOREIGN },
      status: {
        restoreJobName: 'alice-restore-t841c0',
        restoringFrom: FOREIGN,
        overrides: [{ field: 'replicas', value: 0, reason: 'restore' }],
      },
    });
    await story.turns(4);
    expect([story.made, story.replicas, story.condition('RestoreComplete')]).toEqual([[], 1, 'False RestoreRefused']);
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
});
