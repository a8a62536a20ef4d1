import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfConfigAdmission } from '../../../controller/process/self-config-policy';
import { isLong, size } from '../../long';
import { type KubeObject, ok } from '../api';
import { installCrds } from '../install-crds';
import { describeWith, testApi } from '../parts';
import { controllerToken, startController } from './controller';
import { removeNamespaces } from './instances';
import { Lane, type Run, type Side } from './kills/lane';
import { type Story, stories } from './kills/stories';

/** No story has that many writes. */
const MOST_WRITES = 60;

/** The short form dies at these writes, one a story: they are among those in which something begins. */
const SAMPLE: Readonly<Record<Side, readonly number[]>> = { before: [2, 4, 6, 1], after: [3, 3, 9, 2] };

describeWith(['server', 'controllers', 'traefik'], 'C30 the program, killed at a write of its story', () => {
  const api = testApi();
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-kills-'));
  const namespaces: string[] = [];
  /** The writes at which a process died, by story. */
  const counts: Record<string, string[]> = {};
  let token = '';

  beforeAll(async () => {
    await installCrds(api);
    for (const object of selfConfigAdmission() as KubeObject[]) ok(await api.apply(object, { force: true }));
    token = await controllerToken(api);
  }, 60_000);

  afterAll(async () => {
    if (isLong) process.stderr.write(`${JSON.stringify(counts, undefined, 2)}\n`);
    const end = await startController(api);
    await removeNamespaces(api, namespaces);
    await end.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 300_000);

  /** Kills at one write after the other, until the story has no more. */
  async function tell(story: Story, side: Side, first: number, most: number): Promise<void> {
    const deaths: string[] = [];
    const lane = await Lane.open(api, token, folder, `${stories.indexOf(story)}-${side}`);
    try {
      for (let at = first; at < first + most; at += 1) {
        const run: Run = await lane.run(story, at, side, namespaces);
        const { killedAt, ...outcome } = run;
        expect({ story: story.name, at, killedAt, ...outcome }).toEqual({
          story: story.name,
          at,
          killedAt,
          seen: story.end,
          jobs: story.jobs,
          findings: [],
        });
        if (killedAt === undefined) break;
        deaths.push(killedAt);
      }
      // The short form has to die as well.
      expect(deaths).not.toEqual([]);
    } finally {
      counts[`${story.name}, ${side}`] = deaths;
      await lane.close();
    }
  }

  test.each(['before', 'after'] as const)(
    '%s it is done: each story ends as if nothing had been, each Job runs once, nothing goes before its copy',
    async (side) => {
      const most = size(1, MOST_WRITES);
      const ends = await Promise.allSettled(
        stories.map(async (story, row) => tell(story, side, isLong ? 1 : (SAMPLE[side][row] ?? 1), most)),
      );
      const failures = ends.flatMap((end) => (end.status === 'rejected' ? [String((end.reason as Error).stack)] : []));
      expect(failures).toEqual([]);
    },
    size(180_000, 3_600_000),
  );
});
