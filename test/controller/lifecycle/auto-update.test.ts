import type { Instance, OpenClawInstanceStatus } from '../../../constructs';
import { autoUpdate } from '../../../controller/lifecycle/update/auto-update';
import type { LiveInstance } from '../../../controller/objects/objects';
import { dueAt } from '../../../controller/observe/releases/due';
import { RegistryError } from '../../../gitops/registry/session';
import type { TagLister } from '../../../controller/observe/releases/release-source';
import { commonLabels, labels } from '../../../constructs/wire/names';
import { type Modifier, withSpec } from '../../builders';
import { NOW, anObserved } from '../observed';
import { createKnown, stopAll } from '../world';
import { size } from '../../long';
import { CopyStory, seedBucket } from './copy-story';

afterEach(stopAll);

/** A registry in the test's hand. */
class Tags implements TagLister {
  public asked: string[] = [];
  public problem: string | undefined;

  public constructor(public known: readonly string[] = ['2026.9.6', '2026.9.7', 'latest']) {}

  public async tags({ host, path }: { readonly host: string; readonly path: string }): Promise<string[]> {
    this.asked.push(`${host}/${path}`);
    if (this.problem !== undefined) throw new RegistryError(this.problem);
    return [...this.known];
  }
}

const enabled = withSpec({ autoUpdate: { enabled: true } });
const withoutBackup = withSpec({ autoUpdate: { enabled: true, backupBeforeUpdate: false } });
const nothing = (): void => undefined;

/** An instance whose updates begin as soon as they are seen, and may take two minutes. */
const prompt: Modifier = (written) =>
  withSpec({ autoUpdate: { healthCheckTimeout: '2m' } })({ ...written, metadata: { ...written.metadata, uid: 'uid-prompt-462' } as never });

async function begun(
  tags: Tags,
  modifiers: readonly Modifier[] = [withoutBackup],
  prepare: Parameters<typeof CopyStory.begun>[1] = nothing,
): Promise<CopyStory> {
  return CopyStory.begun([...modifiers, prompt], prepare, { registry: tags });
}

function state({ world }: CopyStory): OpenClawInstanceStatus['autoUpdate'] & {} {
  return world.instance.status?.autoUpdate ?? {};
}

/** A day goes by without anything happening. */
function aDayLater({ api }: CopyStory): void {
  api.edit('OpenClawInstance', 'alice', { status: { autoUpdate: { lastCheckTime: '2025-12-30T00:00:00Z' } } });
}

const EVENTS = /^(AutoUpdate\w+|PreUpdate\w+)/;

function told({ api }: CopyStory): string[] {
  return api.events.flatMap((event) => EVENTS.exec(event)?.[1] ?? []);
}

describe('a release that is newer', () => {
  it('is found, applied over the spec, waited for, and confirmed by its own pods', async () => {
    const story = await begun(new Tags());
    await story.turns(5);
    expect(story.tag).toBe('2026.9.7');
    expect(story.world.instance.spec?.image?.tag).toBe('2026.9.6');
    expect(state(story)).toMatchObject({ currentVersion: '2026.9.7', latestVersion: '2026.9.7', rollbackCount: 0 });
    expect(state(story)).not.toHaveProperty('pendingVersion');
    expect(story.world.instance.status?.overrides).toEqual([
      { field: 'spec.image.tag', value: '2026.9.7', reason: 'update from 2026.9.6', over: '2026.9.6' },
    ]);
    expect(told(story)).toEqual(['AutoUpdateAvailable', 'AutoUpdateApplied', 'AutoUpdateConfirmed']);
    expect(story.condition('AutoUpdateAvailable')).toBe('False AutoUpdateConfirmed');
    expect(story.world.instance.status?.phase).toBe('Running');
  });

  it('T-M2 T53 is not confirmed by pods of the old one', async () => {
    const story = await begun(new Tags());
    story.broken.add('2026.9.7');
    await story.turns(2);
    expect(story.tag).toBe('2026.9.7');
    expect(state(story)).toMatchObject({ pendingVersion: '2026.9.7', updatePhase: 'HealthCheck' });
    expect(story.world.instance.status?.phase).toBe('Updating');
    expect(story.condition('Ready')).toBe('False Updating');
  });

  it('T-M2 whose pods are ready for a moment each time, and crash, is taken back', async () => {
    const story = await begun(new Tags());
    story.crashing.add('2026.9.7');
    const seen = new Set<string | undefined>();
    for (let look = 0; look < 60 && state(story).rollbackCount === undefined; look += 1) {
      await story.turns(1, 1 / 6);
      seen.add(state(story).updatePhase);
    }
    expect([...seen]).toEqual(expect.arrayContaining(['HealthCheck']));
    expect([story.tag, state(story).failedVersion]).toEqual(['2026.9.6', '2026.9.7']);
  });

  it('is waited for to its end when it got ready in time, and no longer', async () => {
    const story = await begun(new Tags());
    story.broken.add('2026.9.7');
    while (state(story).updatePhase !== 'HealthCheck') await story.turns(1, 1 / 6);
    await story.turns(11, 1 / 6);
    story.broken.clear();
    story.api.take('Pod', 'alice-0');
    for (let look = 0; look < 12 && state(story).pendingVersion !== undefined; look += 1) await story.turns(1, 1 / 6);
    expect([story.tag, state(story).currentVersion]).toEqual(['2026.9.7', '2026.9.7']);
  });

  it('that never gets ready is taken back, skipped, and tried no more', async () => {
    const tags = new Tags();
    const story = await begun(tags);
    story.broken.add('2026.9.7');
    await story.turns(6);
    expect(story.tag).toBe('2026.9.6');
    expect(state(story)).toMatchObject({ currentVersion: '2026.9.6', failedVersion: '2026.9.7', rollbackCount: 1 });
    expect(state(story).lastUpdateError).toMatch(/2026\.9\.7 was not ready within 2m/);
    expect(told(story)).toEqual(['AutoUpdateAvailable', 'AutoUpdateApplied', 'AutoUpdateHealthCheckFailed', 'AutoUpdateRolledBack']);
    expect(story.world.instance.status).not.toHaveProperty('overrides');
    story.broken.clear();
    aDayLater(story);
    await story.turns(4);
    expect(story.tag).toBe('2026.9.6');
    expect(tags.asked.length).toBe(2);
  });

  it('T56 after three in a row nothing is tried until there is a newer one, and that is seen', async () => {
    const tags = new Tags();
    const story = await begun(tags, [withSpec({ autoUpdate: { enabled: true, backupBeforeUpdate: false, checkInterval: '1h' } })]);
    const seen: unknown[] = [];
    for (const patch of [7, 8, 9, 10]) {
      tags.known = [...tags.known, `2026.9.${patch}`];
      if (patch < 10) story.broken.add(`2026.9.${patch}`);
      await story.turns(8);
      aDayLater(story);
      seen.push(story.condition('AutoUpdateAvailable'));
    }
    expect(seen[2]).toBe('True AutoUpdatePaused');
    expect(story.tag).toBe('2026.9.10');
    expect(state(story).rollbackCount).toBe(0);
  });

  it('is not rolled back where nobody asked for that', async () => {
    const story = await begun(new Tags(), [
      withSpec({ autoUpdate: { enabled: true, backupBeforeUpdate: false, rollbackOnFailure: false } }),
    ]);
    story.broken.add('2026.9.7');
    await story.turns(4);
    expect([story.tag, state(story).pendingVersion]).toEqual(['2026.9.7', undefined]);
  });

  it('C31 a person who changes the tag has the last word, in the middle of an update too', async () => {
    const story = await begun(new Tags());
    story.broken.add('2026.9.7');
    await story.turns(2);
    expect(story.tag).toBe('2026.9.7');
    story.api.edit('OpenClawInstance', 'alice', { spec: { image: { tag: '2026.9.5' }, autoUpdate: { enabled: false } } });
    await story.turns(3);
    expect(story.tag).toBe('2026.9.5');
    expect(state(story)).not.toHaveProperty('pendingVersion');
    expect(story.world.instance.status).not.toHaveProperty('overrides');
  });

  it('stays when updates are switched off: data that it has seen is not for an older one', async () => {
    const story = await begun(new Tags());
    await story.turns(5);
    story.api.edit('OpenClawInstance', 'alice', { spec: { autoUpdate: { enabled: false } } });
    await story.turns(3);
    expect(story.tag).toBe('2026.9.7');
    expect(story.condition('AutoUpdateAvailable')).toBeUndefined();
  });

  it('wakes no instance that is suspended', async () => {
    const story = await begun(new Tags(), [withoutBackup, withSpec({ suspended: true })]);
    await story.turns(5);
    expect([story.tag, story.replicas]).toEqual(['2026.9.6', 0]);
    expect(story.condition('AutoUpdateAvailable')).toBe('True NewVersionAvailable');
  });
});

describe('the registry', () => {
  it('is asked once an interval, and what it says wrong is told', async () => {
    const tags = new Tags();
    tags.problem = 'registry ghcr.io does not answer (within 15 seconds)';
    const story = await begun(tags);
    await story.turns(7);
    expect(tags.asked).toEqual(['ghcr.io/openclaw/openclaw']);
    expect(story.condition('AutoUpdateAvailable')).toBe('False AutoUpdateCheckFailed');
    // The pods serve, and nothing that the spec asks for is missing.
    expect([story.world.instance.status?.phase, story.condition('Ready')]).toEqual(['Running', 'True ReconcileSucceeded']);
    expect(story.events('AutoUpdateCheckFailed')).toHaveLength(1);
    tags.problem = undefined;
    aDayLater(story);
    await story.turns(4);
    expect(tags.asked).toHaveLength(2);
    expect([state(story).latestVersion, told(story).includes('AutoUpdateApplied')]).toEqual(['2026.9.7', true]);
  });

  it.each<[string, Modifier, string]>([
    ['no updates are asked for', withSpec({}), '2026.9.6'],
    [
      'T-M9 the image is pinned by digest',
      withSpec({ autoUpdate: { enabled: true }, image: { digest: `sha256:${'a'.repeat(64)}` } }),
      'a'.repeat(64),
    ],
  ])('is not asked where %s', async (_what, modifier, tag) => {
    const tags = new Tags();
    const story = await begun(tags, [modifier]);
    await story.turns(3);
    expect([tags.asked, story.tag]).toEqual([[], tag]);
  });

  it('says what latest is before the first pod, and the pod is made once', async () => {
    const tags = new Tags();
    const story = await begun(tags, [withoutBackup, withSpec({ image: { tag: 'latest' } })]);
    await story.turns(2);
    expect(story.tag).toBe('2026.9.7');
    expect(story.api.requests.filter(({ path, method }) => method === 'PATCH' && path.endsWith('/statefulsets/alice')).length).toBe(1);
    expect(told(story)).toContain('AutoUpdateTagResolved');
  });

  it('is not waited for by a new instance for long', async () => {
    const tags = new Tags();
    tags.tags = async () => new Promise<string[]>(() => undefined);
    const story = await begun(tags, [withoutBackup, withSpec({ image: { tag: 'latest' } })]);
    await story.turns(2);
    expect(story.tag).toBe('latest');
  });

  it('T-M10 is asked once for many instances', async () => {
    const tags = new Tags();
    await CopyStory.begun(
      [withoutBackup],
      (api) => {
        for (let index = 0; index < 20; index += 1) {
          createKnown(api, (written) => ({ ...written, metadata: { ...written.metadata, name: `bob-${index}` } }), withoutBackup);
        }
      },
      { registry: tags },
    );
    expect(tags.asked.length).toBe(1);
  });

  it('T-M10 two hundred updates that are due at once begin at moments of their own, within a quarter of an hour', () => {
    const status = { autoUpdate: { lastCheckTime: '2026-03-01T08:00:00Z', latestVersion: '2026.9.7', currentVersion: '2026.9.6' } };
    const fleet = Array.from({ length: 200 }, (_, index) =>
      anObserved({ modifiers: [withoutBackup], metadata: { uid: `uid-${index}` }, status }),
    );
    const begunBy = (minute: number): number => {
      const now = new Date(NOW.getTime() + minute * 60_000);
      return fleet.filter((observed) => autoUpdate(observed, now)?.record?.autoUpdate?.pendingVersion !== undefined).length;
    };
    const counts = [0, 3, 6, 9, 12, 15].map(begunBy);
    expect([counts.at(0), counts.at(-1)]).toEqual([0, 200]);
    expect(Math.max(...counts.map((count, index) => count - (counts[index - 1] ?? 0)))).toBeLessThan(60);
  });

  it('is asked again a tenth of the interval sooner or later, by instance', () => {
    const dues = Array.from({ length: 200 }, (_, index) => {
      const live = {
        metadata: { uid: `uid-${index}` },
        status: { autoUpdate: { lastCheckTime: '2026-03-01T08:00:00Z' } },
      } as unknown as LiveInstance;
      return (dueAt(live, { spec: { autoUpdate: { checkInterval: '10h' } } } as unknown as Instance) - NOW.getTime()) / 3_600_000;
    });
    expect(Math.min(...dues)).toBeGreaterThanOrEqual(9);
    expect(Math.max(...dues)).toBeLessThanOrEqual(11);
    expect(Math.max(...dues) - Math.min(...dues)).toBeGreaterThan(1.8);
  });
});

describe('the copy before an update', () => {
  it('is made under the running agent, before anything is applied', async () => {
    const story = await begun(new Tags(), [enabled], seedBucket);
    story.jobs = 'hangs';
    await story.turns(4);
    expect(story.tag).toBe('2026.9.6');
    expect([story.replicasAtJob, story.made.length]).toEqual([[1], 1]);
    expect(state(story)).toMatchObject({
      updatePhase: 'BackingUp',
      preUpdateBackupPath: expect.stringMatching(/^backups\/team-a\/alice\/pre-update-/),
    });
    expect(JSON.stringify(story.job())).toContain(state(story).preUpdateBackupPath);
    expect(story.condition('Ready')).toMatch(/^True/);
    story.jobs = 'succeeds';
    await story.turns(5);
    expect(story.tag).toBe('2026.9.7');
    expect(story.world.instance.status?.lastBackupPath).toMatch(/pre-update-/);
  });

  it('T57 T-M5 is skipped without a bucket, and the update goes on', async () => {
    const story = await begun(new Tags(), [enabled]);
    await story.turns(6);
    expect([story.tag, story.made]).toEqual(['2026.9.7', []]);
  });

  it('T55 T-M4 that fails puts the update off; the next try makes one of its own', async () => {
    const story = await begun(new Tags(), [enabled, withSpec({ autoUpdate: { enabled: true, checkInterval: '1h' } })], seedBucket);
    story.jobs = 'fails';
    await story.turns(5);
    expect(story.tag).toBe('2026.9.6');
    expect(story.condition('AutoUpdateAvailable')).toBe('True AutoUpdateAborted');
    expect(state(story).lastUpdateError).toMatch(/Job alice-pre-update-backup-\S+ failed/);
    story.jobs = 'succeeds';
    aDayLater(story);
    await story.turns(8);
    expect(story.tag).toBe('2026.9.7');
    expect(new Set(story.made).size).toBe(2);
  });

  it('T54 T-M3 is restored when the release is taken back, while no pod runs', async () => {
    const story = await begun(new Tags(), [enabled], seedBucket);
    story.broken.add('2026.9.7');
    await story.turns(12);
    expect([story.tag, story.replicas]).toEqual(['2026.9.6', 1]);
    expect(story.made.map((name) => name.replace(/-[a-z0-9]+$/, ''))).toEqual(['alice-pre-update-backup', 'alice-rollback-restore']);
    expect(story.replicasAtJob).toEqual([1, 0]);
    expect(state(story).lastUpdateError).toMatch(/the data is that of before$/);
    expect(story.world.instance.status).not.toHaveProperty('overrides');
  });

  it("T59 with an autoscaler it is restored to the first pod, which comes back, and the number is the autoscaler's again", async () => {
    const scaled = withSpec({ availability: { autoScaling: { enabled: true } } });
    const metadata = { name: 'data-alice-0', namespace: 'team-a', labels: { ...commonLabels('alice'), [labels.ownName]: 'alice' } };
    const story = await begun(new Tags(), [enabled, scaled], (api) => {
      seedBucket(api);
      api.seed({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, status: { phase: 'Bound' } });
    });
    story.broken.add('2026.9.7');
    await story.turns(12);
    expect([story.tag, story.replicas, story.replicasAtJob.at(-1)]).toEqual(['2026.9.6', undefined, 0]);
    expect(state(story).lastUpdateError).toMatch(/that of before; the claims of other pods are as 2026\.9\.7 left them$/);
  });

  it('that cannot be restored leaves the agent running on the data that there is, and says where the copy is', async () => {
    const story = await begun(new Tags(), [enabled], seedBucket);
    story.broken.add('2026.9.7');
    for (let turn = 0; story.tag !== '2026.9.7' && turn < 9; turn += 1) await story.turns(1);
    story.jobs = 'fails';
    await story.turns(8);
    expect([story.tag, story.replicas]).toEqual(['2026.9.6', 1]);
    expect(state(story).lastUpdateError).toMatch(/could not be restored from backups\/team-a\/alice\/pre-update-/);
  });
});

describe('kill -9 at each write', () => {
  it.each([
    ['of an update', [] as string[], '2026.9.7', ['alice-pre-update-backup']],
    ['of an update that is taken back', ['2026.9.7'], '2026.9.6', ['alice-pre-update-backup', 'alice-rollback-restore']],
  ])(
    '%s it goes on where it was',
    async (_what, broken, tag, jobs) => {
      for (let write = 1; write < 60; write += size(4, 1)) {
        const story = await begun(new Tags(), [enabled], seedBucket);
        for (const one of broken) story.broken.add(one);
        const died = await story.dieAt(write, () => story.turns(9));
        await story.turns(9);
        expect({ write, tag: story.tag, replicas: story.replicas, pending: state(story).pendingVersion }).toEqual({
          write,
          tag,
          replicas: 1,
          pending: undefined,
        });
        expect(new Set(story.made.map((name) => name.replace(/-[a-z0-9]+$/, '')))).toEqual(new Set(jobs));
        if (!died) return;
      }
      throw new Error('the story has no end');
    },
    120_000,
  );
});
