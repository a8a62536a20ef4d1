// `npm run bench`: every measure against its target, in one table. Builds lib/ if a source is newer.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const SOURCES = ['imports', 'constructs', 'app', 'controller', 'gitops'];
const BUILT = join(root, 'lib', 'constructs', 'index.js');

function newest(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return Math.max(...files.map((file) => statSync(join(folder, file)).mtimeMs));
}

function isStale() {
  if (!existsSync(BUILT)) return true;
  const built = statSync(BUILT).mtimeMs;
  return SOURCES.some((folder) => newest(join(root, folder)) > built);
}

function node(...words) {
  const { status, stdout } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
  return stdout;
}

/** Each in a process of its own, so that none inherits the heap of another. */
const results = (name) => JSON.parse(node(join('test', 'bench', `${name}.mjs`), '--json'));

if (isStale()) node('build.mjs');
const render = results('render');
const yaml = results('yaml');
const cold = results('cold');

/** What is measured, the value, and the target; `atMost` or `atLeast`. Without a target a line tells what there is. */
const rows = [
  ...['full', 'minimal'].flatMap((name) => {
    const { objects, kilobytes, render: rendering, resolve, both } = render[name];
    const what = `${name} (${objects} objects, ${kilobytes} KB)`;
    return [
      { what: `${what}: render to JSON / plain objects to JSON`, value: rendering.ratio, atMost: 1.6, digits: 2 },
      { what: `${what}: resolve, parts bound / plain objects to JSON`, value: resolve.ratio, digits: 2 },
      { what: `${what}: from document to JSON / plain objects to JSON`, value: both.ratio, digits: 2 },
    ];
  }),
  { what: '1,000 instances / one, an App each', value: render.manyApps, atMost: 1100, digits: 0 },
  { what: '1,000 instances / one, all in one App', value: render.oneApp, atMost: 1100, digits: 0 },
  { what: 'cdk8s synth of one instance - of nothing (ms)', value: cold.cdk8s - cold.nothing, atMost: 250, digits: 0 },
  { what: 'openclaw-cdk8s synth of one instance - node itself (ms)', value: cold.openclaw - cold.node, digits: 0 },
  { what: `YAML documents of ${yaml.documents} with another text than cdk8s writes`, value: yaml.different, atMost: 0, digits: 0 },
  { what: 'YAML of cdk8s / ours: the manifests of an instance', value: yaml.manifests.ratio, atLeast: 8, digits: 1 },
  { what: 'YAML of cdk8s / ours: nasty strings only', value: yaml.nasty.ratio, digits: 1 },
];

function verdict({ value, atMost, atLeast }) {
  if (atMost === undefined && atLeast === undefined) return ['', ''];
  const isMet = atMost === undefined ? value >= atLeast : value <= atMost;
  return [atMost === undefined ? `>= ${atLeast}` : `<= ${atMost}`, isMet ? 'met' : 'not met'];
}

const width = Math.max(...rows.map(({ what }) => what.length));
console.log(`${'measure'.padEnd(width)}  ${'value'.padStart(7)}  ${'target'.padStart(8)}`);
for (const row of rows) {
  const [target, met] = verdict(row);
  console.log(`${row.what.padEnd(width)}  ${row.value.toFixed(row.digits).padStart(7)}  ${target.padStart(8)}  ${met}`.trimEnd());
}
