import { type Modifier, withSpec } from '../../../builders';
import { CopyStory, seedBucket } from '../copy-story';

export const FROM = 'backups/team-a/alice/2026-01-01T080000Z';
export const OTHER = 'backups/team-a/bob/2026-01-02T080000Z';

/** A story of one state machine: what is there, what begins it, and how it has to end. */
export interface Tale {
  readonly name: string;
  begin(): Promise<CopyStory>;
  act(story: CopyStory): Promise<unknown>;
  /** Turns until it is over where nothing goes wrong. */
  readonly turns: number;
  /** The Jobs that run to their end, by type. */
  readonly jobs: readonly string[];
  /** A release may be applied only after a copy. @default false */
  readonly wantsCopy?: boolean;
  /** What was given up may have come to its end before anybody heard of that. @default - nothing is given up */
  readonly mayRunFirst?: string;
  /** What is to be seen in the end. */
  readonly end: Readonly<Record<string, unknown>>;
  seen(story: CopyStory): Readonly<Record<string, unknown>>;
  /** Lets so much time pass that what was put off is begun again. @default - it begins by itself */
  later?(story: CopyStory): void;
}

const ask = async (story: CopyStory, restoreFrom: string): Promise<void> => {
  story.api.edit('OpenClawInstance', 'alice', { spec: { restoreFrom } });
  await story.world.settle();
};

const remove = async (story: CopyStory): Promise<void> => {
  await story.api.remove('OpenClawInstance', 'alice');
  await story.world.settle();
};

/** Updates begin as soon as they are seen. */
const prompt: Modifier = (written) => ({ ...written, metadata: { ...written.metadata, uid: 'uid-prompt-462' } as never });

const follows = [withSpec({ autoUpdate: { enabled: true, checkInterval: '1h', healthCheckTimeout: '2m' } }), prompt];

const registry = { tags: async (): Promise<string[]> => ['2026.9.6', '2026.9.7', 'latest'] };

async function following(prepare: Parameters<typeof CopyStory.begun>[1]): Promise<CopyStory> {
  return CopyStory.begun([...follows, withSpec({ autoUpdate: { enabled: false } })], prepare, { registry });
}

const switchOn = async (story: CopyStory): Promise<void> => {
  story.api.edit('OpenClawInstance', 'alice', { spec: { autoUpdate: { enabled: true } } });
  await story.world.settle();
};

/** Another look at the registry is due. */
const anHourLater = (story: CopyStory): void => {
  story.api.edit('OpenClawInstance', 'alice', { status: { autoUpdate: { lastCheckTime: '2025-12-30T00:00:00Z' } } });
};

function running({ world, replicas, tag }: CopyStory): Record<string, unknown> {
  const { status = {} } = world.instance;
  const { pendingVersion, updatePhase } = status.autoUpdate ?? {};
  const open = [status.restoreJobName, status.restoringFrom, status.backupJobName, pendingVersion, updatePhase].filter(Boolean);
  return { phase: status.phase, replicas, tag, open, restoredFrom: status.restoredFrom, error: status.autoUpdate?.lastUpdateError };
}

const RUNNING = { phase: 'Running', replicas: 1, tag: '2026.9.6', open: [] as string[] };
const GONE = { isGone: true };

const claimIn = (story: CopyStory): Record<string, unknown> => ({
  isGone: story.isGone,
  claim: story.api.find('PersistentVolumeClaim', 'alice-data') === undefined ? 'gone' : 'there',
});

export const tales: readonly Tale[] = [
  {
    name: 'a schedule',
    begin: async () => CopyStory.running(),
    act: async (story) => {
      story.api.edit('OpenClawInstance', 'alice', { spec: { backup: { schedule: '@daily' } } });
      await story.world.settle();
    },
    turns: 2,
    jobs: [],
    end: { ...RUNNING, ready: 'True CronJobReady', objects: ['CronJob alice-backup-periodic', 'Secret alice-s3-credentials'] },
    seen: (story) => ({
      ...running(story),
      ready: story.condition('ScheduledBackupReady'),
      objects: story.api.names().filter((name) => /^CronJob|s3-credentials/.test(name)),
    }),
  },
  {
    name: 'a deletion that keeps the claim',
    begin: async () => CopyStory.running(),
    act: remove,
    turns: 4,
    jobs: ['backup'],
    end: { ...GONE, claim: 'there' },
    seen: claimIn,
  },
  {
    name: 'a deletion with the claim',
    begin: async () => CopyStory.running([withSpec({ storage: { persistence: { orphan: false } } })]),
    act: remove,
    turns: 4,
    jobs: ['backup'],
    end: { ...GONE, claim: 'gone' },
    seen: claimIn,
  },
  {
    name: 'a restore',
    begin: async () => CopyStory.running(),
    act: async (story) => ask(story, FROM),
    turns: 5,
    jobs: ['restore'],
    end: { ...RUNNING, restoredFrom: FROM },
    seen: running,
  },
  {
    name: 'a restore that gives way to another one',
    begin: async () => CopyStory.running(),
    act: async (story) => {
      const { jobs } = story;
      story.jobs = 'hangs';
      await ask(story, FROM);
      await story.turns(3);
      await ask(story, OTHER);
      story.jobs = jobs;
    },
    turns: 7,
    jobs: ['restore'],
    mayRunFirst: 'restore',
    end: { ...RUNNING, restoredFrom: OTHER },
    seen: running,
  },
  {
    name: 'an update',
    begin: async () => following(seedBucket),
    act: switchOn,
    turns: 8,
    jobs: ['pre-update-backup'],
    wantsCopy: true,
    end: { ...RUNNING, tag: '2026.9.7' },
    seen: running,
    later: anHourLater,
  },
  {
    name: 'an update without a bucket',
    begin: async () => following(() => undefined),
    act: switchOn,
    turns: 6,
    jobs: [],
    end: { ...RUNNING, tag: '2026.9.7' },
    seen: running,
    later: anHourLater,
  },
  {
    name: 'an update that is taken back',
    begin: async () => {
      const story = await following(seedBucket);
      story.broken.add('2026.9.7');
      return story;
    },
    act: switchOn,
    turns: 12,
    jobs: ['pre-update-backup', 'rollback-restore'],
    wantsCopy: true,
    end: RUNNING,
    seen: running,
    later: anHourLater,
  },
];
