import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const VARIABLE = 'OPENCLAW_TEST_PATIENCE';

/** A process of its own, which is given a factor or has to measure. */
function patienceOf(given?: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const { [VARIABLE]: _, ...env } = process.env;
  const program = `const { patience, patient } = require('./patience.cjs');
    console.log(JSON.stringify([patience(), patient(1000), process.env.${VARIABLE}]))`;
  return spawnSync(process.execPath, ['-e', program], {
    cwd: __dirname,
    env: { ...env, ...(given !== undefined && { [VARIABLE]: given }) },
    encoding: 'utf8',
  });
}

describe('the patience of tests', () => {
  test('stretches deadlines by a given factor', () => {
    expect(JSON.parse(patienceOf('2.5').stdout)).toEqual([2.5, 2500, '2.5']);
  });

  test('is measured where none is given, is never less than 1, and is handed down', () => {
    const [factor, stretched, inherited] = JSON.parse(patienceOf().stdout);
    expect(factor).toBeGreaterThanOrEqual(1);
    expect(factor).toBeLessThanOrEqual(10);
    expect([stretched, inherited]).toEqual([Math.ceil(1000 * factor), String(factor)]);
  });

  test.each(['0.5', 'fast'])('refuses %j as a factor', (given) => {
    const { status, stderr } = patienceOf(given);
    expect(status).toBe(1);
    expect(stderr).toContain(`${VARIABLE}=${given}: a number of at least 1 is wanted`);
  });

  test('reaches the deadline of every test and hook, once each, and leaves it a deadline', () => {
    // A worker of jest is told so by its environment, and would take this run for its own.
    const { stdout } = spawnSync(
      process.execPath,
      ['node_modules/jest/bin/jest.js', '--runInBand', '--json', '--testMatch', '**/deadlines.fixture.ts'],
      { cwd: ROOT, env: { ...process.env, [VARIABLE]: '4', JEST_WORKER_ID: '', LONG_TESTS: '' }, encoding: 'utf8' },
    );
    const { assertionResults } = JSON.parse(stdout).testResults[0] as { assertionResults: { title: string; status: string }[] };
    expect(Object.fromEntries(assertionResults.map(({ title, status }) => [title, status]))).toEqual({
      'half of the longer deadline is enough': 'passed',
      'the next test has the same hook': 'passed',
      'more than the longer deadline is too much': 'failed',
    });
  });
});

describe('deadlines of real parts', () => {
  const folders = ['test/cluster', 'test/flux', 'test/gitops/real', 'test/openclaw', 'test/bench/cluster'];
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  );

  test('are stretched wherever one is made', () => {
    const makes = /Date\.now\(\) \+|AbortSignal\.timeout\(|^\s*timeout: |--timeout=/;
    const plain = files.flatMap((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      const lines = text.split('\n').filter((line) => makes.test(line) && !/patient\(|\blimit\b/.test(line));
      return lines.map((line) => `${file}: ${line.trim()}`);
    });
    // How long something is watched is no deadline.
    expect(plain).toEqual([
      'test/cluster/soak/soak.test.ts: while (Date.now() + ms < until.end) {',
      'test/cluster/soak/soak.test.ts: const until = { end: Date.now() + SECONDS * 1000 };',
      'test/gitops/real/transports.test.ts: const end = Date.now() + 300;',
    ]);
  });
});
