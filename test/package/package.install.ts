import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, install, pack, runIn } from './packed';

const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

let folder: string;
let packed: readonly string[];

/** Runs a program in the empty folder. @throws with what it printed when it fails */
function run(program: string, ...args: readonly string[]): string {
  return runIn(folder, program, ...args);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'openclaw-package-'));
  const { file, paths } = pack(folder);
  packed = paths;
  writeFileSync(join(folder, 'package.json'), '{ "name": "app", "private": true }\n');
  install(folder, file);
  // Not a .ts file here: it would be checked against a lib/ of yesterday.
  for (const name of ['main.ts', 'module.mts']) cpSync(join(__dirname, 'user-app.ts.txt'), join(folder, 'src', name));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the published package', () => {
  test('holds the compiled library, the CRDs, the programs of the pods and the documentation, and no tests', () => {
    expect(packed).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'lib/constructs/index.js',
        'lib/constructs/index.d.ts',
        'lib/app/cli/cli.js',
        'lib/imports/crds/all.yaml',
        'lib/imports/schemas/openclawinstances.json',
        'lib/imports/schemas/openclawinstances.defaults.json',
        'lib/constructs/core/config/install-config.mjs',
        'lib/constructs/core/gateway/nginx.conf',
        'lib/constructs/features/workspace/seed.mjs',
        'lib/constructs/schema/cel/LICENSE-cel-js.txt',
        'lib/app/cli/completion/completion.bash',
        'lib/imports/editor/all.json',
      ]),
    );
    const extra = packed.filter((path) => !/^(?:lib|docs)\/|^(?:package\.json|README\.md|LICENSE)$/.test(path));
    expect(extra).toEqual([]);
    expect(packed.filter((path) => /(^|\/)test\/|\.test\./.test(path))).toEqual([]);
  });

  test('is required', () => {
    expect(run('node', '-p', `typeof require('openclaw-cdk8s').OpenClaw`).trim()).toBe('function');
  });

  test('is imported by name', () => {
    const program = `import { OpenClaw, render, resolve } from 'openclaw-cdk8s'; console.log([OpenClaw, render, resolve].map((f) => typeof f).join());`;

    expect(run('node', '--input-type=module', '-e', program).trim()).toBe('function,function,function');
  });

  test('gives out the L1 classes of its resources, and the CRDs', () => {
    expect(run('node', '-p', `typeof require('openclaw-cdk8s/imports').OpenClawInstance`).trim()).toBe('function');
    expect(run('node', '-p', `require('node:fs').readFileSync(require.resolve('openclaw-cdk8s/crds/all.yaml'), 'utf8')`)).toContain(
      'kind: CustomResourceDefinition',
    );
  });

  test.each([
    ['node16', 'node16', { skipLibCheck: false }],
    ['nodenext', 'nodenext', { exactOptionalPropertyTypes: true }],
    ['esnext', 'bundler', { skipLibCheck: false }],
    ['esnext', 'bundler', { exactOptionalPropertyTypes: true }],
  ])('has types for module %s with resolution %s and %p', (module, moduleResolution, more) => {
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      ...more,
    };
    writeFileSync(join(folder, 'src', 'node.d.ts'), 'declare const process: { stdout: { write(text: string): void } };\n');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));

    expect(run(process.execPath, TSC, '-p', '.')).toBe('');
  });

  test('runs in the app of a user', () => {
    const compilerOptions = { module: 'node16', target: 'es2022', types: [], skipLibCheck: true, rootDir: 'src', outDir: 'out' };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
    run(process.execPath, TSC, '-p', '.');

    for (const file of ['main.js', 'module.mjs']) {
      const { kinds, yaml } = JSON.parse(run('node', join('out', file))) as { kinds: string[]; yaml: string };
      expect(kinds).toContain('StatefulSet');
      expect(yaml).toContain('name: alice');
      expect(yaml).toContain('install-config.mjs');
    }
  });

  test('T-R23 asks for no ES module', () => {
    const { dependencies, engines } = JSON.parse(readFileSync(join(folder, 'node_modules', 'openclaw-cdk8s', 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      engines: { node: string };
    };
    expect(Object.keys(dependencies)).not.toContain('@marcbachmann/cel-js');
    expect(readdirSync(join(folder, 'node_modules'))).not.toContain('@marcbachmann');
    expect(engines.node).toBe('^20.19 || >=22.12');
  });

  test('T-R24 brings its bins, and none that is called openclaw', () => {
    const bins = readdirSync(join(folder, 'node_modules', '.bin'));
    expect(bins).toEqual(expect.arrayContaining(['openclaw-cdk8s', 'kubectl-openclaw']));
    expect(bins).not.toContain('openclaw');
    writeFileSync(
      join(folder, 'alice.yaml'),
      'apiVersion: openclaw.rocks/v1alpha1\nkind: OpenClawInstance\nmetadata:\n  name: alice\n  namespace: team-a\n',
    );
    for (const bin of ['openclaw-cdk8s', 'kubectl-openclaw']) {
      expect(run(join('node_modules', '.bin', bin), '--help')).toContain('synth');
      expect(run(join('node_modules', '.bin', bin), 'synth', '-f', 'alice.yaml')).toContain('kind: StatefulSet');
    }
    expect(run('npx', '--no-install', 'openclaw-cdk8s', 'version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('gives out the schemas for editors', () => {
    const names = ['all', 'openclawinstance', 'openclawselfconfig', 'openclawclusterdefaults'];
    const program = `for (const name of ${JSON.stringify(names)}) console.log(require('openclaw-cdk8s/schemas/' + name + '.json').title)`;
    expect(run('node', '-e', program)).toBe('openclaw.rocks\nOpenClawInstance\nOpenClawSelfConfig\nOpenClawClusterDefaults\n');
  });
});
