// `npm run test:long`: every test that has a long form, in it. What follows the command goes to jest, and to the suites it fits:
// `npm run test:long -- test/cluster/random-specs`. RANDOM_SEED=... runs random instances of a failure again.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The suite of each file: the first whose pattern fits. Real parts are tested one file at a time. */
const suites = [
  [/\.slow\.ts$/, 'jest.docs.config.cjs'],
  [/^test\/cluster\//, 'jest.cluster.config.cjs'],
  [/^test\/flux\//, 'jest.flux.config.cjs'],
  [/^test\/argo\//, 'jest.argo.config.cjs'],
  [/^test\/openclaw\//, 'jest.openclaw.config.cjs'],
  [/^test\/gitops\/real\//, 'jest.git.config.cjs'],
  [/^test\/pods\//, 'jest.pods.config.cjs'],
  [/^test\//, 'jest.config.cjs'],
];

const named = process.argv.slice(2);
const isNamed = (file) => named.length === 0 || named.some((part) => file.includes(part));
const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(?:test|slow)\.ts$/.test(file))
  .map((file) => join('test', file))
  .filter((file) => isNamed(file) && /from '(?:\.\.?\/)+long'/.test(readFileSync(file, 'utf8')));
if (files.length === 0) throw new Error(`no test with a long form is called ${named.join(' or ')}`);

const configOf = (file) => suites.find(([pattern]) => pattern.test(file))?.[1];
const env = { ...process.env, LONG_TESTS: '1' };
for (const [, config] of suites) {
  const its = files.filter((file) => configOf(file) === config);
  if (its.length === 0) continue;
  console.error(`\n== ${config}: ${its.join(' ')}`);
  const { status } = spawnSync('npx', ['jest', '--config', config, '--runInBand', '--runTestsByPath', ...its], { env, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
