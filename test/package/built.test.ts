import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { asset } from '../../constructs/wire/assets';
import { builtPackage } from '../app/built-package';
import { folderWith, removeFolders } from '../app/program';

afterAll(removeFolders);

const CORE = join(__dirname, '..', '..', 'constructs');

/** Runs code that has the built library in it and nothing beside it. */
function runAlone(code: string): string {
  const folder = folderWith();
  buildSync({
    stdin: { contents: code, resolveDir: builtPackage() },
    outfile: join(folder, 'bundle.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
  });
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bundle.cjs'], { cwd: folder, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

describe('the built library', () => {
  it.each([
    ['core/config', 'install-config.mjs'],
    ['core/gateway', 'nginx.conf'],
    ['features/workspace', 'seed.mjs'],
    ['features/workspace', 'ENVIRONMENT.md'],
    ['features/ollama', 'pull-models.sh'],
  ])('T-R26 has the text of %s/%s as the sources have it', (folder, file) => {
    const built = require(join(builtPackage(), 'lib', 'constructs', 'wire', 'assets.js')) as { asset: typeof asset };
    expect(built.asset(folder, file)).toBe(asset(join(CORE, folder), file));
    expect(() => built.asset(folder, 'none')).toThrow(`the asset ${folder}/none was not there when the package was built`);
  });

  it('T-R26 T-R23 renders from one bundled file, with schemas, rules and programs in it', () => {
    const printed = runAlone(`
      const { render, resolve } = require('./lib/constructs');
      const written = (spec) => ({ apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawInstance', metadata: { name: 'alice' }, spec });
      const { instance } = resolve(written({ image: { tag: '2026.9.6' } }));
      const wrong = resolve(written({ image: { tag: 'no tag' } }));
      console.log(JSON.stringify({ text: JSON.stringify(render(instance)), rules: wrong.issues.map(({ rule }) => rule) }));
    `);
    const { text, rules } = JSON.parse(printed) as { text: string; rules: string[] };
    expect(text).toContain('install-config.mjs');
    expect(rules).toContain('rule/invalid');
  });

  it('T-R23 has no ES module to load', () => {
    const engine = readFileSync(join(builtPackage(), 'lib', 'constructs', 'schema', 'cel', 'library.js'), 'utf8');
    expect(engine).not.toMatch(/require\(["']@marcbachmann/);
    expect(engine).not.toMatch(/^(?:import|export) /m);
  });
});

describe('the schemas for editors', () => {
  interface Schema {
    readonly title?: string;
    readonly type?: string | readonly string[];
    readonly description?: string;
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly additionalProperties?: boolean | Schema;
    readonly const?: string;
  }
  const read = (name: string): Schema => require(join(builtPackage(), 'lib', 'imports', 'editor', name)) as Schema;

  it('name kind and version, describe fields, and mark those that are not there', () => {
    const { properties = {}, additionalProperties } = read('openclawinstance.json');
    expect([properties['kind']?.const, properties['apiVersion']?.const]).toEqual(['OpenClawInstance', 'openclaw.rocks/v1alpha1']);
    expect(additionalProperties).toBe(false);
    const spec = properties['spec']?.properties ?? {};
    expect(Object.values(spec).filter(({ description = '' }) => description === '')).toEqual([]);
    expect(spec['storage']?.additionalProperties).toBe(false);
    // A type of Kubernetes may have fields that are newer than ours.
    expect(spec['affinity']?.additionalProperties).toBeUndefined();
  });

  it('hold nothing that only the API server understands', () => {
    for (const name of ['all.json', 'openclawinstance.json', 'openclawselfconfig.json', 'openclawclusterdefaults.json']) {
      expect(JSON.stringify(read(name)).match(/"(?:x-kubernetes-[\w-]+|nullable|rule)":/g)).toBeNull();
    }
  });
});
