// What a fleet costs in Git: 200 instances in one commit, a pass in which nothing changed, one changed instance after it. `npm run build` first.
//
// usage: node test/bench/git.mjs [--json] [--lib FOLDER] [--count N]
//
// The remote is a bare repository in a folder, so that the network has no part in it. Times are wall time of this machine; `git` counts commands.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve as absolute } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { full } from './instances.cjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values: options } = parseArgs({
  options: { json: { type: 'boolean' }, lib: { type: 'string', default: join(root, 'lib') }, count: { type: 'string', default: '200' } },
});
const load = (path) => createRequire(import.meta.url)(join(absolute(options.lib), path));
const { render, resolve } = load('constructs/index.js');
const { createGit } = load('gitops/git/git.js');
const { layout } = load('gitops/layout/layout.js');
const { Publisher } = load('gitops/publish/publisher.js');
const { Repository } = load('gitops/publish/repository.js');
const { taintsOf } = load('gitops/gate/taint.js');

const OWNER = '2f6e2a0c-6a07-4b6c-9a53-6f7b3f0c2f11';
const COUNT = Number(options.count);
const clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  random: Math.random,
};
const taints = taintsOf(['s3cret-value-of-a-Secret', 'an0ther-one-4711']);

const folder = mkdtempSync(join(tmpdir(), 'openclaw-bench-'));
const remote = join(folder, 'fleet.git');
const git = (...args) => execFileSync('/usr/bin/env', ['git', ...args], { encoding: 'utf8' }).trim();

/** Counts the commands of the writer: a `git` before the real one on its PATH. */
function countCommands() {
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'commands'), '');
  writeFileSync(join(folder, 'bin', 'git'), `#!/bin/sh\necho "$1" >>${folder}/commands\nexec ${real} "$@"\n`);
  chmodSync(join(folder, 'bin', 'git'), 0o755);
  process.env.PATH = `${join(folder, 'bin')}:${process.env.PATH}`;
}

function commands() {
  const list = readFileSync(join(folder, 'commands'), 'utf8').split('\n').filter(Boolean);
  writeFileSync(join(folder, 'commands'), '');
  return list;
}

function request(index, note) {
  const written = full();
  const resolution = resolve({
    ...written,
    metadata: { ...written.metadata, name: `agent-${index}`, namespace: `team-${index % 10}` },
    spec: { ...written.spec, podAnnotations: { note } },
  });
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  const { name, namespace } = resolution.instance;
  const laid = layout(
    { name, namespace, manifests: render(resolution.instance) },
    { cluster: 'bench', owner: OWNER, flux: { source: 'fleet' } },
  );
  return { placement: laid.placement, layout: laid, owner: OWNER, gate: { taints } };
}

async function timed(name, work) {
  commands();
  const begun = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  const list = commands();
  return {
    name,
    ms: Math.round(performance.now() - begun),
    cpuMs: Math.round((user + system) / 1000),
    commands: list.length,
    git: list.join(' '),
  };
}

async function publishAll(publisher, requests) {
  const answers = requests.map((one) => publisher.publish(one));
  await publisher.flush();
  for (const result of await Promise.all(answers)) if (!result.ok) throw result.error;
}

async function main() {
  git('init', '--quiet', '--bare', '--initial-branch=main', remote);
  git('-C', remote, 'config', 'uploadpack.allowFilter', 'true');
  countCommands();
  const open = () => {
    const repository = new Repository(createGit({ url: remote, branch: 'main', allow: ['file'] }), { createBranch: true });
    return new Publisher({ repository, clock, engine: 'bench', fence: { mayWrite: () => true }, times: { most: COUNT } });
  };
  const rows = [];
  let requests = [];
  rows.push(
    await timed(`render and lay out ${COUNT}`, () => (requests = Array.from({ length: COUNT }, (_, index) => request(index, 'a')))),
  );
  const publisher = open();
  rows.push(await timed(`${COUNT} new in one commit`, () => publishAll(publisher, requests)));
  rows.push(await timed(`${COUNT} unchanged`, () => publishAll(publisher, requests)));
  const changed = request(7, 'b');
  rows.push(await timed('1 changed', () => publishAll(publisher, [changed])));
  rows.push(await timed('1 unchanged', () => publishAll(publisher, [changed])));
  const edited = requests.map((_, index) => request(index, 'c'));
  rows.push(await timed(`${COUNT} changed`, () => publishAll(publisher, edited)));
  const second = open();
  rows.push(await timed(`${COUNT} unchanged, new process`, () => publishAll(second, edited)));
  await publisher.close();
  await second.close();
  const files = git('-C', remote, 'ls-tree', '-r', '--name-only', 'main').split('\n').length;
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  if (options.json) console.log(JSON.stringify({ rows, files, memory }));
  else {
    console.table(rows);
    console.log(`${files} files, ${git('-C', remote, 'rev-list', '--count', 'main')} commits, peak memory ${memory} MiB`);
  }
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
