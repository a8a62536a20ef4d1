import type { KubeObject } from '../../../controller/objects/objects';
import { withSpec } from '../../builders';
import { stopAll } from '../world';
import { CopyStory, seedBucket } from './copy-story';
import { Tags, begun, enabled, state } from './updating';

jest.setTimeout(60_000);
afterEach(stopAll);

const FROM = 'backups/team-a/alice/2026-01-01T080000Z';

/** The watch of Jobs is behind, as one that is being opened anew; all others are not. @returns what lets it catch up */
function behind({ api: { watches } }: CopyStory): () => void {
  const tell = watches.tell.bind(watches);
  const late: (() => void)[] = [];
  watches.tell = (type, before, after) => {
    if (after.kind === 'Job') late.push(() => tell(type, before, after));
    else tell(type, before, after);
  };
  return () => {
    watches.tell = tell;
    for (const one of late) one();
  };
}

const ask = ({ api }: CopyStory, restoreFrom: string | null): unknown => api.edit('OpenClawInstance', 'alice', { spec: { restoreFrom } });
const unfinished = ({ api }: CopyStory): KubeObject[] => api.all('Job').filter(({ status }) => status === undefined);
const looks = ({ api }: CopyStory): number =>
  api.requests.filter(({ method, path }) => method === 'GET' && /\/jobs\/alice-/.test(path)).length;

/** A restore whose Job was made and is not in the cache. */
async function unseen(): Promise<{ readonly story: CopyStory; readonly caughtUp: () => void }> {
  const story = await CopyStory.running([withSpec({ storage: { persistence: { orphan: false } } })]);
  story.jobs = 'hangs';
  ask(story, FROM);
  const caughtUp = behind(story);
  await story.turns(3, 1 / 30);
  expect(story.made).toHaveLength(1);
  return { story, caughtUp };
}

describe('a Job that was made and is not in the cache yet', () => {
  it('is removed before the pods come back where its restore is given up', async () => {
    const { story, caughtUp } = await unseen();
    ask(story, null);
    await story.turns(3, 1 / 30);
    const removal = story.api.writes.findIndex((write) => write.startsWith('DELETE') && write.endsWith(`/jobs/${story.made[0]}`));
    const start = story.api.writes.findLastIndex((write) => write.endsWith('/statefulsets/alice'));
    expect([story.replicas, removal > 0 && removal < start]).toEqual([1, true]);
    caughtUp();
    await story.turns(3);
    expect([story.replicas, unfinished(story), story.made.length]).toEqual([1, [], 1]);
  });

  it('is removed before the pods come back where a way back is given up', async () => {
    const story = await begun(new Tags(), [enabled], seedBucket);
    story.broken.add('2026.9.7');
    for (let turn = 0; state(story).updatePhase !== 'HealthCheck' && turn < 12; turn += 1) await story.turns(1);
    story.jobs = 'hangs';
    const caughtUp = behind(story);
    for (let turn = 0; story.made.length < 2 && turn < 12; turn += 1) await story.turns(1);
    expect(story.made[1]).toMatch(/^alice-rollback-restore-/);
    story.api.edit('OpenClawInstance', 'alice', { metadata: { annotations: { 'openclaw.rocks/skip-restore': '2026.9.7' } } });
    await story.turns(2, 1 / 30);
    caughtUp();
    await story.turns(3);
    expect([story.replicas, unfinished(story)]).toEqual([1, []]);
  });

  it('is removed before an instance goes that nobody wants copied', async () => {
    const { story } = await unseen();
    story.api.edit('OpenClawInstance', 'alice', { metadata: { annotations: { 'openclaw.rocks/skip-backup': 'true' } } });
    await story.api.remove('OpenClawInstance', 'alice');
    const removals = (): string[] => story.api.requests.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
    for (let turn = 0; !story.isGone && turn < 10; turn += 1) await story.turns(1, 1 / 30);
    expect([story.isGone, removals().filter((path) => path.endsWith(`/jobs/${story.made[0]}`)).length > 0]).toEqual([true, true]);
  });

  it('is asked for at the server until it is seen, and never again', async () => {
    const { story, caughtUp } = await unseen();
    expect(looks(story)).toBeGreaterThan(0);
    caughtUp();
    await story.turns(1);
    const before = looks(story);
    await story.world.passAll();
    story.jobs = 'succeeds';
    await story.turns(3);
    expect([looks(story), story.replicas, story.made.length]).toEqual([before, 1, 1]);
    const requests = story.api.requests.length;
    await story.world.passAll();
    expect(story.api.requests).toHaveLength(requests);
  });
});

describe('a Job that writes to the volume and that no story tells of', () => {
  it('is removed by the pass that sees it', async () => {
    const story = await CopyStory.running();
    story.jobs = 'hangs';
    ask(story, FROM);
    await story.turns(3, 1 / 30);
    expect(unfinished(story)).toHaveLength(1);
    ask(story, null);
    story.api.edit('OpenClawInstance', 'alice', { status: { restoreJobName: null, restoringFrom: null, overrides: null } }, 'somebody');
    await story.turns(2, 1 / 30);
    expect([story.replicas, unfinished(story)]).toEqual([1, []]);
  });

  it('stays where it is not ours by its name', async () => {
    const story = await CopyStory.running();
    story.jobs = 'hangs';
    ask(story, FROM);
    await story.turns(3, 1 / 30);
    const [job] = unfinished(story);
    story.api.seed({ ...(job as KubeObject), metadata: { ...(job as KubeObject).metadata, name: 'restore-by-hand', uid: 'uid-by-hand' } });
    ask(story, null);
    await story.turns(3, 1 / 30);
    expect(unfinished(story).map(({ metadata }) => metadata.name)).toEqual(['restore-by-hand']);
  });
});
