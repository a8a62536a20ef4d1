import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const SOURCES = join(__dirname, '..', '..', 'constructs', 'index.ts');

/** The packages that a process loads that imports ours and renders an instance. cdk8s carries packages of its own, which count as cdk8s. */
function packagesLoaded(...args: readonly string[]): Set<string> {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'loads.cjs'), SOURCES, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const { objects, files } = JSON.parse(stdout) as { objects: number; files: string[] };
  expect(objects).toBeGreaterThan(10);
  return new Set(files.flatMap((file) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []));
}

/** What the test itself loads to read TypeScript. */
const COMPILER = /^@swc\//;

test('importing the package and rendering an instance loads cdk8s, constructs, json5 and the CEL engine, and nothing else', () => {
  const packages = [...packagesLoaded()].filter((name) => !COMPILER.test(name));

  expect(packages.toSorted()).toEqual(['@marcbachmann/cel-js', 'cdk8s', 'constructs', 'json5']);
});

test('making an OpenClaw and asking it for names loads nothing more', () => {
  const packages = packagesLoaded('props');

  expect(packages).not.toContain('cdk8s-plus-28');
  expect(packages).not.toContain('yaml');
  expect(packages).not.toContain('@kubernetes/client-node');
});
