import { type Modifier, withSpec } from '../../builders';
import { stopAll } from '../world';
import { type CopyStory, seedBucket } from './copy-story';
import { Tags, begun, enabled, state, told } from './updating';

jest.setTimeout(30_000);

afterEach(stopAll);

const OTHER = 'backups/team-a/alice/2026-01-01T080000Z';
const SKIP = 'openclaw.rocks/skip-restore';

/** One whose newest release never gets ready, at the moment in which the restore of its data is to begin. */
async function takenBack(...modifiers: Modifier[]): Promise<CopyStory> {
  const story = await begun(new Tags(), [enabled, ...modifiers], seedBucket);
  story.broken.add('2026.9.7');
  for (let turn = 0; state(story).updatePhase !== 'RollingBack' && turn < 12; turn += 1) await story.turns(1);
  return story;
}

const annotate = (story: CopyStory, value: string): unknown =>
  story.api.edit('OpenClawInstance', 'alice', { metadata: { annotations: { [SKIP]: value } } });

const types = ({ made }: CopyStory): string[] => made.map((name) => name.replace(/^alice-/, '').replace(/-[a-z0-9]+$/, ''));

describe('a way back whose data cannot be restored', () => {
  it('keeps the pods away, tells why and what to do, and comes to its end when the bucket is there again', async () => {
    const story = await takenBack();
    story.jobs = 'fails';
    await story.turns(6);
    expect([story.tag, story.replicas, story.condition('Ready')]).toEqual(['2026.9.6', 0, 'False Updating']);
    expect(story.condition('AutoUpdateAvailable')).toBe('True RollbackRestoreFailed');
    const [event = ''] = story.events('RollbackRestoreFailed');
    for (const word of ['backups/team-a/alice/pre-update-', 'spec.restoreFrom', `${SKIP}: "2026.9.7"`]) expect(event).toContain(word);
    // Each try that failed is removed before the next one.
    expect(new Set(types(story))).toEqual(new Set(['pre-update-backup', 'rollback-restore']));
    story.jobs = 'succeeds';
    await story.turns(6);
    expect([story.tag, story.replicas, state(story).failedVersion, state(story).rollbackCount]).toEqual(['2026.9.6', 1, '2026.9.7', 1]);
    expect(state(story).lastUpdateError).toMatch(/the data is that of before$/);
    expect(story.world.instance.status).not.toHaveProperty('overrides');
  });

  it('waits for a bucket that is gone as well', async () => {
    const story = await takenBack();
    await story.api.remove('Secret', 's3-backup-credentials', 'openclaw-system');
    if (story.api.find('Secret', 'alice-s3-credentials')) await story.api.remove('Secret', 'alice-s3-credentials');
    await story.turns(5);
    expect([story.replicas, story.condition('AutoUpdateAvailable')]).toEqual([0, 'True RollbackRestoreFailed']);
    seedBucket(story.api);
    await story.turns(6);
    expect([story.replicas, state(story).pendingVersion]).toEqual([1, undefined]);
    expect(types(story)).toEqual(['pre-update-backup', 'rollback-restore']);
  });

  it.each(['fails', 'hangs'] as const)('is given up by the annotation where its Job %s; the Job goes before the pods come', async (end) => {
    const story = await takenBack();
    story.jobs = end;
    await story.turns(3);
    annotate(story, '2026.9.5');
    await story.turns(2);
    // Of another release that says nothing.
    expect(story.replicas).toBe(0);
    annotate(story, '2026.9.7');
    await story.turns(4);
    expect([story.tag, story.replicas, state(story).failedVersion]).toEqual(['2026.9.6', 1, '2026.9.7']);
    expect(story.api.all('Job').map(({ metadata }) => metadata.name)).not.toContainEqual(expect.stringContaining('rollback-restore'));
    expect(state(story).lastUpdateError).toMatch(
      /the data is what 2026\.9\.7 left, .* that of before is at backups\/team-a\/alice\/pre-update-/,
    );
  });

  it('gives way to another copy that a person wants, and is over with that', async () => {
    const story = await takenBack();
    story.jobs = 'fails';
    await story.turns(3);
    story.api.edit('OpenClawInstance', 'alice', { spec: { restoreFrom: OTHER } });
    await story.turns(1);
    story.jobs = 'succeeds';
    await story.turns(8);
    expect([story.replicas, state(story).pendingVersion, story.world.instance.status?.restoredFrom]).toEqual([1, undefined, OTHER]);
    expect(state(story).lastUpdateError).toContain(`the data is that of ${OTHER}, and that of before the update is at backups/`);
    expect(types(story).at(-1)).toBe('restore');
  });

  it('goes on where that other restore is given up', async () => {
    const story = await takenBack();
    story.jobs = 'fails';
    await story.turns(3);
    story.api.edit('OpenClawInstance', 'alice', { spec: { restoreFrom: OTHER } });
    await story.turns(3);
    story.api.edit('OpenClawInstance', 'alice', { spec: { restoreFrom: null } });
    await story.turns(3);
    expect([story.replicas, state(story).updatePhase]).toEqual([0, 'RollingBack']);
    story.jobs = 'succeeds';
    await story.turns(6);
    expect([story.replicas, types(story).at(-1)]).toEqual([1, 'rollback-restore']);
    expect(state(story).lastUpdateError).toMatch(/the data is that of before$/);
  });
});

interface Exit {
  readonly name: string;
  readonly modifiers?: readonly Modifier[];
  /** What happens when the update has come to this phase. */
  readonly at: 'BackingUp' | 'HealthCheck' | 'RollingBack';
  readonly isBroken?: boolean;
  readonly happens: (story: CopyStory) => unknown;
  readonly tag: string;
}

const edit = (story: CopyStory, spec: object): unknown => story.api.edit('OpenClawInstance', 'alice', { spec });
const nothing = (): void => undefined;

const exits: readonly Exit[] = [
  { name: 'it is confirmed', at: 'HealthCheck', happens: nothing, tag: '2026.9.7' },
  { name: 'it is taken back', at: 'HealthCheck', isBroken: true, happens: nothing, tag: '2026.9.6' },
  {
    name: 'its copy fails',
    at: 'BackingUp',
    happens: (story) => (story.jobs = 'fails'),
    tag: '2026.9.6',
  },
  { name: 'the volume is empty', at: 'BackingUp', happens: (story) => (story.jobs = 'finds nothing'), tag: '2026.9.7' },
  {
    name: 'the bucket goes',
    at: 'BackingUp',
    happens: async ({ api }) => api.remove('Secret', 's3-backup-credentials', 'openclaw-system'),
    tag: '2026.9.7',
  },
  {
    name: 'a person writes a tag',
    at: 'HealthCheck',
    isBroken: true,
    happens: (story) => edit(story, { image: { tag: '2026.9.5' } }),
    tag: '2026.9.5',
  },
  {
    name: 'a person writes a tag while it is taken back',
    at: 'RollingBack',
    isBroken: true,
    happens: (story) => edit(story, { image: { tag: '2026.9.5' } }),
    tag: '2026.9.5',
  },
  {
    name: 'updates are switched off',
    at: 'HealthCheck',
    happens: (story) => edit(story, { autoUpdate: { enabled: false } }),
    tag: '2026.9.7',
  },
  {
    name: 'updates are switched off while it is taken back',
    at: 'RollingBack',
    isBroken: true,
    happens: (story) => edit(story, { autoUpdate: { enabled: false } }),
    tag: '2026.9.6',
  },
  {
    name: 'nothing is kept any more while it is taken back',
    at: 'RollingBack',
    isBroken: true,
    happens: (story) => edit(story, { storage: { persistence: { enabled: false } } }),
    tag: '2026.9.6',
  },
  {
    name: 'its Job is removed while it is taken back',
    at: 'RollingBack',
    isBroken: true,
    happens: async (story) => {
      story.jobs = 'hangs';
      await story.turns(2);
      for (const { metadata } of story.api.all('Job')) await story.api.remove('Job', metadata.name);
      story.jobs = 'succeeds';
    },
    tag: '2026.9.6',
  },
  {
    name: 'a restore is asked for while it is copied',
    at: 'BackingUp',
    happens: (story) => edit(story, { restoreFrom: OTHER }),
    tag: '2026.9.7',
  },
];

describe('T-M1 T26 T58 an update', () => {
  it.each(exits)(
    'leaves the pods running where $name, and none is started while a restore runs',
    async ({ at, isBroken, happens, tag }) => {
      const story = await begun(new Tags(), [withSpec({ autoUpdate: { enabled: true, checkInterval: '1h' } })], seedBucket);
      if (isBroken) story.broken.add('2026.9.7');
      const { jobs } = story;
      if (at === 'BackingUp') story.jobs = 'hangs';
      for (let turn = 0; state(story).updatePhase !== at && turn < 40; turn += 1) await story.turns(1, 1 / 3);
      expect(state(story).updatePhase).toBe(at);
      story.jobs = jobs;
      await happens(story);
      const beside: (number | undefined)[] = [];
      for (let turn = 0; turn < 10; turn += 1) {
        await story.turns(1);
        const restores = story.api.all('Job').filter(({ metadata, status }) => metadata.name.includes('restore') && status === undefined);
        if (restores.length > 0) beside.push(story.replicas);
      }
      expect(beside.filter((replicas) => replicas !== 0)).toEqual([]);
      expect([story.tag, story.replicas, state(story).pendingVersion]).toEqual([tag, 1, undefined]);
      expect(story.world.instance.status?.phase).toBe('Running');
      expect(told(story)).not.toEqual([]);
    },
  );
});

const ask = (story: CopyStory, restoreFrom: string): unknown => story.api.edit('OpenClawInstance', 'alice', { spec: { restoreFrom } });
const statusOf = (story: CopyStory) => story.world.instance.status ?? {};

describe('a way back and the restores that a person asks for', () => {
  const FIRST = 'backups/team-a/alice/2026-01-01T080000Z';
  const SECOND = 'backups/team-a/alice/2026-01-02T080000Z';

  it('another path after the first one failed is the last word: the data of before the update does not come over it', async () => {
    const story = await takenBack();
    story.jobs = 'fails';
    await story.turns(3);
    ask(story, FIRST);
    await story.turns(3);
    ask(story, SECOND);
    await story.turns(2);
    story.jobs = 'succeeds';
    await story.turns(12);
    expect([types(story).at(-1), statusOf(story).restoredFrom]).toEqual(['restore', SECOND]);
    expect(state(story).lastUpdateError).toContain(`the data is that of ${SECOND}`);
  });

  it('one that is asked for in the pass in which the way back is over stops the pods all the same', async () => {
    const story = await takenBack();
    story.jobs = 'hangs';
    await story.turns(2);
    expect(types(story).at(-1)).toBe('rollback-restore');
    // Both are seen in one pass, as after a change of the leader.
    story.jobs = 'succeeds';
    ask(story, FIRST);
    await story.turns(20);
    const { restoredFrom, restoreJobName, overrides } = statusOf(story);
    expect([types(story).at(-1), restoredFrom, restoreJobName, overrides]).toEqual(['restore', FIRST, undefined, undefined]);
    expect(story.replicasAtJob.at(-1)).toBe(0);
  });

  it('one whose end was recorded and not told, when the controller ended, is not written over', async () => {
    const story = await takenBack();
    story.jobs = 'fails';
    await story.turns(3);
    ask(story, FIRST);
    await story.turns(1);
    story.jobs = 'hangs';
    await story.turns(4);
    expect([story.condition('RestoreComplete'), types(story).at(-1)]).toEqual(['False RestoreRunning', 'restore']);
    story.jobs = 'succeeds';
    const left = (statusOf(story).overrides ?? []).filter(({ reason }) => reason !== 'restore');
    const overrides = left.length > 0 ? left : null;
    const status = { restoreJobName: null, restoringFrom: null, restoredFrom: FIRST, overrides };
    story.api.edit('OpenClawInstance', 'alice', { status });
    await story.turns(10);
    expect(types(story).at(-1)).toBe('restore');
    expect(state(story).lastUpdateError).toContain(`the data is that of ${FIRST}`);
  });

  it('the same path again, in the pass in which the copy before an update is done, is restored, and both come to an end', async () => {
    const story = await begun(new Tags(), [enabled], seedBucket);
    story.api.edit('OpenClawInstance', 'alice', { status: { restoredFrom: FIRST, mayRestoreAgain: true } });
    story.jobs = 'hangs';
    for (let turn = 0; state(story).updatePhase !== 'BackingUp' && turn < 12; turn += 1) await story.turns(1);
    await story.turns(1);
    expect(types(story)).toEqual(['pre-update-backup']);
    story.jobs = 'succeeds';
    ask(story, FIRST);
    await story.turns(20);
    expect([types(story).includes('restore'), statusOf(story).restoreJobName]).toEqual([true, undefined]);
  });
});
