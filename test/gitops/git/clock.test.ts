import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../gitops/git/clock';

const ROOT = join(__dirname, '..', '..', '..');

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));
}

it('T-T15 no duration comes of the time of day: it is read for what is shown or written down', () => {
  const readers = ['controller', 'gitops'].flatMap(sources).filter((file) => {
    return /\bDate\.now\(|\bnew Date\(\)|\bnow\(\)\.(?:getTime|valueOf)\(/.test(readFileSync(join(ROOT, file), 'utf8'));
  });
  // The age of a request, whose end stands in its status; a proof to GitHub, with the end of a token; a time at which a forge may be asked again; the clock itself; and the time of a commit.
  expect(readers).toEqual([
    'controller/self-config/request-worker.ts',
    'gitops/forge/github-app.ts',
    'gitops/forge/http.ts',
    'gitops/git/clock.ts',
    'gitops/publish/commit-of.ts',
  ]);
});

it('the monotonic clock goes on as sleep does', async () => {
  const before = systemClock.monotonic();
  await systemClock.sleep(20);
  const passed = systemClock.monotonic() - before;
  // Timers count whole milliseconds.
  expect(passed).toBeGreaterThanOrEqual(19);
});
