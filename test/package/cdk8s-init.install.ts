import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { render, resolve } from '../../constructs';
import { install, pack, runIn } from './packed';

const require = createRequire(__filename);
const TEMPLATE = join(dirname(require.resolve('cdk8s-cli/package.json')), 'templates', 'typescript-app');

/** The newest cdk8s-plus, and the one that the library itself uses. `cdk8s init` names one in between. */
const NEWEST = 'cdk8s-plus-34';

let folder: string;
let plus: string;

function version(name: string): string {
  return (require(`${name}/package.json`) as { version: string }).version;
}

/** What `cdk8s init typescript-app` writes. Its placeholders get the versions of this checkout, and `cdk8s import` is left to the network. */
function initialize(): void {
  const values: Readonly<Record<string, string>> = {
    $base: 'app',
    cdk8s_core_version: version('cdk8s'),
    cdk8s_plus_version: '2.5.0',
    constructs_version: version('constructs'),
    cdk8s_cli_spec: version('cdk8s-cli'),
  };
  for (const name of readdirSync(TEMPLATE).filter((entry) => /\.(?:ts|js|json)$/.test(entry) && !entry.startsWith('.'))) {
    const text = readFileSync(join(TEMPLATE, name), 'utf8').replaceAll(/\{\{ *([$\w]+) *\}\}/g, (_all, key: string) => values[key] ?? '');
    writeFileSync(join(folder, name), text);
  }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'openclaw-init-'));
  const { file } = pack(join(folder, 'packed'));
  initialize();
  plus = /cdk8s-plus-\d+/.exec(readFileSync(join(folder, 'package.json'), 'utf8'))?.[0] ?? '';
  install(folder, file, NEWEST, 'esbuild');
  runIn(folder, 'node', join('node_modules', 'esbuild', 'install.js'));
  for (const used of [plus, NEWEST, 'cdk8s-plus-28']) {
    const text = readFileSync(join(__dirname, 'plus-app.ts.txt'), 'utf8').replace('PLUS', used);
    writeFileSync(join(folder, `${used}.test.ts`), text);
  }
  cpSync(join(__dirname, 'bundled.ts.txt'), join(folder, 'bundled.ts'));
}, 600_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the project that cdk8s init writes', () => {
  test('T-R23 T-R26 runs its tests under jest and ts-jest, types checked, with each cdk8s-plus', () => {
    expect(plus).toMatch(/^cdk8s-plus-\d+$/);
    const report = JSON.parse(runIn(folder, 'npx', 'jest', '--ci=false', '--json')) as { numPassedTests: number; numFailedTests: number };
    // One of the template, two for each cdk8s-plus.
    expect(report).toMatchObject({ numPassedTests: 7, numFailedTests: 0 });
  }, 600_000);

  test('T-R26 compiles by its own tsconfig.json, imports of openclaw-cdk8s/imports too', () => {
    expect(runIn(folder, 'npx', 'tsc', '--noEmit', '-p', '.')).toBe('');
  }, 300_000);

  test('T-R26 is bundled by esbuild into one file that runs without anything beside it', () => {
    const alone = mkdtempSync(join(tmpdir(), 'openclaw-bundle-'));
    const spec = { image: { tag: '2026.9.6' }, chromium: { enabled: true }, ollama: { enabled: true, models: ['llama3.2'] } };
    const resolution = resolve({ apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawInstance', metadata: { name: 'alice' }, spec });
    const manifests = resolution.ok ? render(resolution.instance) : [];
    const args = ['bundled.ts', '--bundle', '--platform=node', '--target=node20'];
    for (const [format, file] of [
      ['cjs', 'bundle.cjs'],
      ['esm', 'bundle.mjs'],
    ] as const) {
      const banner =
        format === 'esm'
          ? ["--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"]
          : [];
      runIn(folder, 'npx', 'esbuild', ...args, `--format=${format}`, `--outfile=${join(alone, file)}`, ...banner);
      expect(JSON.parse(runIn(alone, 'node', file))).toEqual({ objects: manifests.length, assets: 3, refused: ['spec.imagee'] });
    }
    rmSync(alone, { recursive: true });
  }, 300_000);
});

test('T-R23 an ES module imports the package by name', () => {
  writeFileSync(
    join(folder, 'module.mjs'),
    [
      "import { App, Chart } from 'cdk8s';",
      "import { OpenClaw } from 'openclaw-cdk8s';",
      "import { OpenClawInstance } from 'openclaw-cdk8s/imports';",
      "const openclaw = new OpenClaw(new Chart(new App(), 'c'), 'alice', { image: { tag: '2026.9.6' } });",
      'console.log(openclaw.name, typeof OpenClawInstance);',
    ].join('\n'),
  );
  expect(runIn(folder, 'node', 'module.mjs')).toBe('alice function\n');
});
