import type { Instance, OpenClawInstanceStatus } from '../../../constructs';
import { autoUpdate } from '../../../controller/lifecycle/update/auto-update';
import type { LiveInstance } from '../../../controller/objects/objects';
import { dueAt } from '../../../controller/observe/releases/due';
import { type Modifier, withSpec } from '../../builders';
import { size } from '../../long';
import { NOW, anObserved } from '../observed';
import { createKnown, stopAll } from '../world';
import { CopyStory } from './copy-story';
import { Tags, aDayLater, begun, state, told, withoutBackup } from './updating';

afterEach(stopAll);

/** Nobody makes pods for a fleet of the fake server, so what was begun is taken back after a while. */
function isBegun({ pendingVersion, failedVersion }: OpenClawInstanceStatus['autoUpdate'] & {} = {}): boolean {
  return pendingVersion !== undefined || failedVersion !== undefined;
}

/** The policy of an administrator who opens these releases. */
function policy(...releases: readonly string[]): Readonly<Record<string, string>> {
  return { 'policy.json': JSON.stringify({ updates: [{ namespaces: ['team-*'], releases }] }) };
}

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

  it('is asked where an administrator holds a release: it is told, and begun as soon as the policy opens it', async () => {
    const metadata = { name: 'openclaw-policy', namespace: 'openclaw-system' };
    const tags = new Tags(['2026.9.6', '2026.9.7', '2026.10.1']);
    const story = await begun(tags, [withoutBackup], (api) => {
      api.seed({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: policy() });
    });
    await story.turns(4);
    expect([story.tag, story.condition('AutoUpdateAvailable'), state(story).latestVersion]).toEqual([
      '2026.9.6',
      'True HeldByPolicy',
      '2026.10.1',
    ]);
    story.api.edit('ConfigMap', metadata.name, { data: policy('2026.10.*') }, 'kubectl', metadata.namespace);
    await story.turns(5);
    expect([story.tag, tags.asked.length]).toEqual(['2026.10.1', 1]);
  });

  it('is followed to the newest release that an administrator opens, where there are newer ones', async () => {
    const story = await begun(new Tags(['2026.9.6', '2026.9.7', '2026.10.1']), [withoutBackup], (api) => {
      api.seed({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'openclaw-policy', namespace: 'openclaw-system' },
        data: policy('2026.9.*'),
      });
    });
    await story.turns(6);
    aDayLater(story);
    await story.turns(3);
    expect([story.tag, story.condition('AutoUpdateAvailable')]).toEqual(['2026.9.7', 'True HeldByPolicy']);
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

  it('T-M10 is asked once for a fleet whose updates are due at once, and these begin within a quarter of an hour, not together', async () => {
    const tags = new Tags();
    const many = size(10, 200);
    const { world, api } = await CopyStory.begun(
      [],
      (server) => {
        for (let index = 0; index < many; index += 1) {
          createKnown(
            server,
            (written) => ({ ...written, metadata: { ...written.metadata, name: `bob-${index}`, uid: `uid-bob-${index}` } }),
            withoutBackup,
          );
        }
      },
      { registry: tags },
    );
    const begunBy: number[] = [];
    for (let minute = 0; minute <= 16; minute += 4) {
      const fleet = api.all('OpenClawInstance') as LiveInstance[];
      begunBy.push(fleet.filter(({ status }) => isBegun(status?.autoUpdate)).length);
      await world.clock.advance(4 * 60_000);
      await world.settle();
    }
    expect([begunBy.at(-1), tags.asked.length]).toEqual([many, 1]);
    expect(Math.max(...begunBy.map((count, look) => count - (begunBy[look - 1] ?? 0)))).toBeLessThan(many / 1.5);
  }, 600_000);

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
