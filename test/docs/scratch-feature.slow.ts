import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyOfCheckout, hashes, linkPackages } from './checkout';

const PIECES = join(__dirname, 'scratch-feature');

/** Runs a program in the copy, and throws with everything that it told when it fails. */
function run(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, env: { ...process.env, ...env }, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')}:\n${stdout}${stderr}`);
  return stdout;
}

function jest(folder: string, ...args: string[]): string {
  // A worker of jest is told so by its environment, and would take this run for its own.
  return run(folder, ['node_modules/jest/bin/jest.js', '--runInBand', ...args], {
    UPDATE_GOLDEN: '1',
    JEST_WORKER_ID: '',
    FORCE_COLOR: '0',
  });
}

function edit(folder: string, file: string, change: (text: string) => string): void {
  const before = readFileSync(join(folder, file), 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`${file}: the edit found nothing to change`);
  writeFileSync(join(folder, file), after);
}

/** The five steps of CONTRIBUTING.md. */
function addFeature(folder: string): void {
  // 1. Fields.
  const fields = readFileSync(join(PIECES, 'fields.yaml'), 'utf8');
  edit(folder, 'imports/source/openclawinstance.yaml', (text) =>
    text.replace(/^ {16}image: \{ x-shape: AgentImage/m, (line) => fields + line),
  );
  run(folder, ['imports/generate.mjs']);
  run(folder, ['docs/generate.mjs']);
  // 2. One folder.
  mkdirSync(join(folder, 'constructs/features/greeter'));
  cpSync(join(PIECES, 'feature.ts.txt'), join(folder, 'constructs/features/greeter/greeter.ts'));
  cpSync(join(PIECES, 'greet.sh'), join(folder, 'constructs/features/greeter/greet.sh'));
  edit(folder, 'docs/errors.md', (text) =>
    text.replace('| `chromium/unpinned`', '| `greeter/shouts` | warning | the greeting is loud |\n| `chromium/unpinned`'),
  );
  edit(folder, 'docs/objects.md', (text) =>
    text.replace('| Service (headless) | `N-cdp`', '| CronJob | `N-letters` | with the greeter |\n| Service (headless) | `N-cdp`'),
  );
  // 3. One line, and its import.
  edit(folder, 'constructs/features/index.ts', (text) =>
    text.replace('import { ingress', "import { greeter } from './greeter/greeter';\nimport { ingress").replace(/,?\s*\];/, ', greeter];'),
  );
  // 4. One test.
  cpSync(join(PIECES, 'test.ts.txt'), join(folder, 'test/constructs/features/greeter.test.ts'));
  // 5. One example.
  cpSync(join(PIECES, 'example.yaml'), join(folder, 'app/examples/greeter.yaml'));
}

function isGenerated(file: string): boolean {
  return /^(imports\/(?!source\/)|test\/golden\/|docs\/reference\.md$)/.test(file);
}

describe('a feature that is added by the five steps of CONTRIBUTING.md', () => {
  let folder: string;
  let before: Map<string, string>;

  beforeAll(() => {
    folder = copyOfCheckout();
    linkPackages(folder);
    before = hashes(folder);
    addFeature(folder);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('passes its test, and writes its golden files', () => {
    expect(() => jest(folder, 'test/constructs/features/greeter.test.ts', 'test/golden.test.ts', 'test/docs/facts.test.ts')).not.toThrow();
  }, 120_000);

  it('renders', () => {
    const golden = readFileSync(join(folder, 'test/golden/greeter.k8s.yaml'), 'utf8');
    for (const piece of ['- name: greeter\n', 'value: good morning', 'greet.sh: |', 'port: 8080']) expect(golden).toContain(piece);
  });

  it('touches one folder, one registry, the fields, a test, an example and the list of rules; the rest is generated', () => {
    const after = hashes(folder);
    const touched = [...after].filter(([file, hash]) => before.get(file) !== hash).map(([file]) => file);
    expect(touched.filter((file) => !isGenerated(file)).toSorted()).toEqual([
      'app/examples/greeter.yaml',
      'constructs/features/greeter/greet.sh',
      'constructs/features/greeter/greeter.ts',
      'constructs/features/index.ts',
      'docs/errors.md',
      'docs/objects.md',
      'imports/source/openclawinstance.yaml',
      'test/constructs/features/greeter.test.ts',
    ]);
    expect(touched.filter(isGenerated).toSorted()).toEqual([
      'docs/reference.md',
      'imports/crds/all.yaml',
      'imports/crds/openclawinstances.yaml',
      'imports/openclaw.rocks.ts',
      'imports/schemas/openclawinstances.defaults.json',
      'imports/schemas/openclawinstances.json',
      'imports/types.ts',
      'test/golden/greeter.issues.txt',
      'test/golden/greeter.k8s.yaml',
    ]);
    expect([...before.keys()].filter((file) => !after.has(file))).toEqual([]);
  });
});
