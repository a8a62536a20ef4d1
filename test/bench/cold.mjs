// What a cold start costs: `cdk8s synth` of one instance against `cdk8s synth` of an app that does nothing, and `openclaw-cdk8s synth` by itself.
// `npm run build` first.
//
// usage: node test/bench/cold.mjs [--json] [--lib FOLDER] [--rounds N]
//
// The commands take turns, and the best time of each counts: a start cannot be quicker than it is, but anything can come in between.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve as absolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { full } from './instances.cjs';

const require = createRequire(import.meta.url);
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean' },
    lib: { type: 'string', default: join(root, 'lib') },
    rounds: { type: 'string', default: '10' },
  },
});
const app = join(absolute(options.lib), 'app');
const cdk8s = join(dirname(require.resolve('cdk8s-cli/package.json')), 'bin', 'cdk8s');

/** What every app of cdk8s does in the end, and nothing else. */
const NOTHING = "require('node:fs').mkdirSync(process.env.CDK8S_OUTDIR, { recursive: true });\n";

const folder = mkdtempSync(join(tmpdir(), 'openclaw-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'instances'));
// JSON is YAML as well.
writeFileSync(join(folder, 'instances', 'bench.yaml'), JSON.stringify(full('bench')));
writeFileSync(join(folder, 'nothing.js'), NOTHING);

/** Milliseconds of the clock that a command takes. */
function timeOf(...words) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, words, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, OPENCLAW_INSTANCES: 'instances' },
  });
  const time = performance.now() - start;
  if (status !== 0) throw new Error(`${words.join(' ')} failed:\n${stderr}`);
  return time;
}

/** Without the look for a newer release, which asks the network. */
const synth = (program) => () => timeOf(cdk8s, 'synth', '--no-check-upgrade', '--app', `node ${program}`, '--output', 'dist');

const commands = {
  node: () => timeOf('--eval', '0'),
  nothing: synth('nothing.js'),
  cdk8s: synth(join(app, 'main.js')),
  openclaw: () => timeOf(join(app, 'cli', 'cli.js'), 'synth', '-d', 'out', 'instances'),
};

const best = Object.fromEntries(Object.keys(commands).map((name) => [name, Infinity]));
for (let round = 0; round < Number(options.rounds); round += 1) {
  for (const [name, command] of Object.entries(commands)) best[name] = Math.min(best[name], command());
}

if (options.json) {
  console.log(JSON.stringify(best));
} else {
  console.log(`node by itself:                         ${best.node.toFixed(0)} ms`);
  console.log(`cdk8s synth of an app that does nothing: ${best.nothing.toFixed(0)} ms`);
  console.log(`cdk8s synth of one instance:             ${best.cdk8s.toFixed(0)} ms (+${(best.cdk8s - best.nothing).toFixed(0)})`);
  console.log(`openclaw-cdk8s synth of one instance:    ${best.openclaw.toFixed(0)} ms`);
}
