import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fencesOf, pages } from './docs/pages';

const ROOT = join(__dirname, '..');
const RUN = readFileSync(join(ROOT, '.ci/run'), 'utf8');
const table = /^parts='\n([^']*)'$/m.exec(RUN)?.[1] ?? '';
const scripts = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts;

interface Part {
  readonly name: string;
  readonly minutes: number;
  readonly kind: string;
  readonly command: string;
}

function parse(text: string): Part[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [name = '', minutes = '', kind = '', command = ''] = line.split('|').map((cell) => cell.trim());
      return { name, minutes: Number(minutes), kind, command };
    });
}

/** What a command runs, with the scripts of package.json that it names. */
function unfolded(command: string): string {
  const texts = command.split('&&').map((text) => {
    const name = /^npm (?:run )?(\S+)/.exec(text.trim())?.[1];
    const script = name === undefined ? undefined : scripts[name];
    return script === undefined ? text.trim() : unfolded(script);
  });
  return texts.join(' && ');
}

describe('the parts of .ci/run', () => {
  const parts = parse(table);

  test('have budgets in whole minutes, names of their own, and a kind', () => {
    expect(parts.map(({ minutes }) => minutes).filter((minutes) => !Number.isInteger(minutes) || minutes < 1)).toEqual([]);
    expect(new Set(parts.map(({ name }) => name)).size).toBe(parts.length);
    expect(parts.filter(({ kind }) => !['build', 'step', 'jest', 'beside'].includes(kind))).toEqual([]);
  });

  test('run every suite that there is', () => {
    const configs = [...readdirSync(ROOT).filter((file) => /^jest\.\w+\.config\.cjs$/.test(file)), 'test/package/jest.config.cjs'];
    const commands = parts.filter(({ kind }) => ['jest', 'beside'].includes(kind)).map(({ command }) => unfolded(command));
    expect(configs.filter((config) => !commands.some((command) => command.includes(`jest --config ${config}`)))).toEqual([]);
    expect(commands.filter((command) => command.endsWith('&& jest'))).toHaveLength(1);
  });
});

test('commands of the pages that .ci/run is said to run are among its parts', () => {
  const said = pages()
    .flatMap(fencesOf)
    .filter(({ language, info }) => language === 'bash' && info === 'ci')
    .flatMap(({ text }) => text.trimEnd().split('\n'));
  const run = parse(table).flatMap(({ command }) => unfolded(command).split(' && '));
  expect(said).toContain('npm test');
  expect(said.filter((command) => !run.includes(unfolded(command)))).toEqual([]);
});

describe('.ci/run', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'openclaw-ci-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A run of these parts instead of the real ones; their reports are as jest writes them. */
  function runOf(
    parts: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    files: Readonly<Record<string, string>> = {},
  ): { readonly status: number | null; readonly lines: readonly string[] } {
    mkdirSync(join(folder, '.ci'));
    for (const script of ['summary.mjs', 'failed-files.mjs']) cpSync(join(ROOT, '.ci', script), join(folder, '.ci', script));
    writeFileSync(
      join(folder, '.ci/run'),
      RUN.replace(table, () => parts),
      { mode: 0o755 },
    );
    // Counts of what passes, fails and is skipped; more behind a colon for the second try.
    const report = `const args = process.argv.slice(2);
      const file = args.find((arg) => arg.startsWith('--outputFile=')).split('=')[1];
      const isAgain = args.includes('--runTestsByPath');
      const counts = args.slice(0, 3).map((text) => Number(text.split(':').at(isAgain ? -1 : 0)));
      const of = (status, count) => Array.from({ length: count }, () => ({ status, fullName: 'a holds' }));
      const assertionResults = ['passed', 'failed', 'pending'].flatMap((status, at) => of(status, counts[at]));
      const status = counts[1] > 0 ? 'failed' : 'passed';
      require('node:fs').writeFileSync(file, JSON.stringify({ testResults: [{ name: '/work/a.test.ts', status, assertionResults }] }));
      process.exit(counts[1] > 0 ? 1 : 0);`;
    for (const [name, text] of Object.entries({ 'jest.cjs': report, ...files })) writeFileSync(join(folder, name), text);
    const { status, stdout } = spawnSync(join(folder, '.ci/run'), args, { encoding: 'utf8', env: { ...process.env, ...env } });
    return { status, lines: stdout.trimEnd().split('\n') };
  }

  test('ends with the sum of the tests, and passes where every part does', () => {
    const { status, lines } = runOf('a | 1 | step | true\nb | 1 | jest | node jest.cjs 5 0 1\nc | 1 | jest | node jest.cjs 2 0 0\n');
    expect([status, lines.at(-1)]).toEqual([0, '7 passed, 0 failed, 1 skipped']);
  });

  test('shows the time of each part against its budget, and which build had nothing to do', () => {
    const { lines } = runOf('a | 1 | build | echo nothing to do\nb | 2 | build | echo built\nc | 3 | step | false\n');
    const rows = lines.map((line) => line.replaceAll(/ +/g, ' ').replace(/ \d+ s of/, ' N s of'));
    expect(rows[0]).toBe('at most 88 minutes, aim 45');
    expect(rows.slice(-6)).toEqual([
      'a N s of 60 s nothing to do',
      'b N s of 120 s passed',
      'c N s of 180 s FAILED',
      'together N s of 2700 s',
      'failed: c',
      '0 passed, 0 failed, 0 skipped',
    ]);
  });

  test.each([
    ['a test fails', 'a | 1 | jest | node jest.cjs 5 2 0\n', '5 passed, 2 failed, 0 skipped'],
    ['a part leaves no report', 'a | 1 | jest | true\nb | 1 | jest | node jest.cjs 1 0 0\n', '1 passed, 1 failed, 0 skipped'],
    [
      'a part without tests fails, and the later ones run',
      'a | 1 | step | false\nb | 1 | jest | node jest.cjs 1 0 0\n',
      '1 passed, 0 failed, 0 skipped',
    ],
  ])('fails where %s', (_title, parts, last) => {
    const { status, lines } = runOf(parts);
    expect([status, lines.at(-1)]).toEqual([1, last]);
  });

  test('names every test that failed, below all that it shows', () => {
    const { lines } = runOf('a | 1 | jest | node jest.cjs 5 1 0\nb | 1 | jest | node jest.cjs 3 0 0\n');
    expect(lines.slice(-3)).toEqual([
      'failed: a',
      expect.stringMatching(/^failed: .*a\.test\.ts: a holds$/),
      '8 passed, 1 failed, 0 skipped',
    ]);
  });

  test('runs a few files that failed once more, and says so', () => {
    const { status, lines } = runOf('a | 1 | jest | node jest.cjs 5:6 1:0 2\nb | 1 | jest | node jest.cjs 3 0 0\n');
    expect(status).toBe(0);
    expect(lines).toContainEqual(expect.stringMatching(/^a .* passed at the second try$/));
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(/^passed at the second try: .*a\.test\.ts: a holds$/),
      '9 passed, 0 failed, 2 skipped',
    ]);
  });

  test('takes what the second try leaves out for a failure', () => {
    const { status, lines } = runOf('a | 1 | jest | node jest.cjs 5:5 1:0 0:1\n');
    expect([status, lines.at(-1)]).toEqual([1, '5 passed, 1 failed, 0 skipped']);
  });

  test('runs a part beside those after it, shows it in its place, and counts its tests', () => {
    const { status, lines } = runOf(
      'a | 1 | beside | sh waits.sh 3 1 0\nb | 1 | jest | sh comes.sh 5 0 0\n',
      [],
      {},
      {
        'waits.sh': 'while ! test -e came; do sleep 0.05; done; exec node jest.cjs "$@"',
        'comes.sh': 'touch came; exec node jest.cjs "$@"',
      },
    );
    expect([status, lines.at(-1)]).toEqual([1, '8 passed, 1 failed, 0 skipped']);
    expect(lines.filter((line) => /^[ab] .*(?:passed|FAILED)$/.test(line)).map((line) => line.slice(0, 1))).toEqual(['a', 'b']);
    expect(lines).toContain('failed: a');
  });

  // What a process has begun is read from /proc.
  (existsSync('/proc/self/task') ? describe : describe.skip)('on Linux', () => {
    test('takes along what runs beside, when it is ended itself', async () => {
      runOf(
        'a | 1 | beside | sh stays.sh\nb | 1 | step | sh ends.sh\n',
        [],
        {},
        {
          'stays.sh': 'echo $$ > pid; sleep 60',
          // Its parent is the limit of the part, and the parent of that the run: the fourth field.
          'ends.sh': 'while ! test -s pid; do sleep 0.05; done; set -- $(cat /proc/$PPID/stat); kill -TERM $4',
        },
      );
      const pid = readFileSync(join(folder, 'pid'), 'utf8').trim();
      while (existsSync(`/proc/${pid}`)) await setTimeout(50);
      expect(existsSync(`/proc/${pid}`)).toBe(false);
    });
  });

  test('gives no part more than what is left of all minutes, and sums up all the same', () => {
    const { status, lines } = runOf('a | 2 | step | sleep 60\nb | 1 | jest | node jest.cjs 5 0 0\n', [], { OPENCLAW_CI_MINUTES: '0' });
    expect([status, lines.find((line) => line.startsWith('a '))]).toEqual([1, expect.stringMatching(/STOPPED after [1-9] s/)]);
    expect(lines.at(-1)).toBe('5 passed, 0 failed, 0 skipped');
  });

  test('refuses parts that it does not know', () => {
    expect(runOf('a | 1 | step | true\n', ['b']).status).toBe(2);
  });
});
