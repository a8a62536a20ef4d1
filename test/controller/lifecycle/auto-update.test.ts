import { commonLabels, labels } from '../../../constructs/wire/names';
import { withSpec } from '../../builders';
import { stopAll } from '../world';
import { seedBucket } from './copy-story';
import { Tags, aDayLater, begun, enabled, state, told, withoutBackup } from './updating';

afterEach(stopAll);

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

  it('is not begun where the configuration has a key with which it does not start, and is when that is gone', async () => {
    const old = withSpec({ image: { tag: '2026.6.11' }, config: { raw: { canvasHost: { enabled: true } } } });
    const story = await begun(new Tags(['2026.6.11', '2026.9.7']), [withoutBackup, old]);
    await story.turns(4);
    expect([story.tag, story.condition('AutoUpdateAvailable')]).toEqual(['2026.6.11', 'True AutoUpdateAborted']);
    expect(state(story).lastUpdateError).toMatch(/spec\.config\.raw\.canvasHost: canvasHost stops releases from 2026\.8 on/);
    story.api.edit('OpenClawInstance', 'alice', { spec: { config: { raw: { canvasHost: null } } } });
    await story.turns(5);
    expect([story.tag, state(story).lastUpdateError]).toEqual(['2026.9.7', undefined]);
  });

  it('T56 a person goes on after three that were taken back, and the next release counts from one again', async () => {
    const story = await begun(new Tags(), [withoutBackup, withSpec({ autoUpdate: { checkInterval: '1h' } })]);
    await story.turns(1);
    const paused = {
      failedVersion: '2026.9.7',
      rollbackCount: 3,
      latestVersion: '2026.9.7',
      currentVersion: '2026.9.6',
      lastCheckTime: '2026-01-01T00:00:00Z',
    };
    story.api.edit('OpenClawInstance', 'alice', { status: { autoUpdate: { ...paused, pendingVersion: null, updatePhase: null } } });
    story.api.edit('OpenClawInstance', 'alice', { spec: { image: { tag: '2026.9.7' } } });
    await story.turns(2);
    aDayLater(story);
    await story.turns(3);
    expect([story.tag, state(story).rollbackCount, state(story).failedVersion]).toEqual(['2026.9.7', 0, undefined]);
    expect(story.condition('AutoUpdateAvailable')).toBe('False UpToDate');
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
});
