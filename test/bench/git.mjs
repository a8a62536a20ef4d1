// What a fleet costs in Git: 200 instances in one commit, a pass in which nothing changed, one changed instance after it, many deletions at once.
// `npm run build` first.
//
// usage: node test/bench/git.mjs [--json] [--lib FOLDER] [--count N] [--by-hand]
//
// The remote is a bare repository in a folder, so that the network has no part in it. Times are wall time of this machine; `git` counts commands.
// --by-hand does the same by files, `git add`, `git commit` and `git push` in a clone, and prints how much longer or shorter we take.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve as absolute } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { full } from './instances.cjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean' },
    lib: { type: 'string', default: join(root, 'lib') },
    count: { type: 'string', default: '200' },
    'by-hand': { type: 'boolean' },
  },
});
const load = (path) => createRequire(import.meta.url)(join(absolute(options.lib), path));
const { render, resolve } = load('constructs/index.js');
const { createGit } = load('gitops/git/git.js');
const { layout, tombstone } = load('gitops/layout/layout.js');
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
mkdirSync(join(folder, 'tmp'));
// The caches of the writer.
process.env.TMPDIR = join(folder, 'tmp');
const remote = join(folder, 'fleet.git');
const git = (...args) => execFileSync('/usr/bin/env', ['git', ...args], { encoding: 'utf8', maxBuffer: 1e9 }).trim();

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

const mebibytes = (bytes) => Math.round(bytes / 2 ** 20);

/** Bytes on disk of a folder. */
function sizeOf(path) {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** What a person does: files in a clone, added, committed and pushed. */
class ByHand {
  constructor() {
    this.remote = join(folder, 'by-hand.git');
    this.clone = join(folder, 'by-hand');
    git('init', '--quiet', '--bare', '--initial-branch=main', this.remote);
    git('clone', '--quiet', this.remote, this.clone);
    for (const [name, value] of [
      ['user.name', 'x'],
      ['user.email', 'x@example.com'],
      ['gc.auto', '0'],
    ])
      this.git('config', name, value);
  }

  git(...args) {
    return git('-C', this.clone, ...args);
  }

  write(requests) {
    for (const { layout: laid } of requests) {
      for (const { path, text } of laid.files) {
        mkdirSync(dirname(join(this.clone, path)), { recursive: true });
        writeFileSync(join(this.clone, path), text);
      }
    }
  }

  /** Whoever is not alone looks first for what others did. */
  change(change) {
    if (this.git('branch', '--list', '--remotes') !== '') this.git('pull', '--quiet', '--ff-only');
    change();
    this.git('add', '--all');
    if (this.git('status', '--porcelain') === '') return;
    this.git('commit', '--quiet', '--message', 'by hand');
    this.git('push', '--quiet', 'origin', 'HEAD:main');
  }

  remove(requests) {
    for (const { layout: laid } of requests) for (const { path } of laid.files) rmSync(join(this.clone, path), { force: true });
  }
}

const graveOf = ({ placement }) => ({ placement, owner: OWNER, layout: tombstone(placement, { owner: OWNER, flux: { source: 'fleet' } }) });
const removalOf = ({ placement }) => ({ placement, owner: OWNER });

async function main() {
  git('init', '--quiet', '--bare', '--initial-branch=main', remote);
  git('-C', remote, 'config', 'uploadpack.allowFilter', 'true');
  countCommands();
  const open = () => {
    const repository = new Repository(createGit({ url: remote, branch: 'main', allow: ['file'] }), { createBranch: true });
    return new Publisher({ repository, clock, engine: 'bench', fence: { mayWrite: () => true }, times: { most: COUNT } });
  };
  const hand = options['by-hand'] ? new ByHand() : undefined;
  const rows = [];
  /** Ours, and the same by hand. */
  const compare = async (name, ours, byHand) => {
    const row = await timed(name, ours);
    if (hand && byHand) {
      const begun = performance.now();
      hand.change(byHand);
      row.byHandMs = Math.round(performance.now() - begun);
      row.ratio = Number((row.ms / row.byHandMs).toFixed(2));
    }
    rows.push(row);
  };
  let requests = [];
  await compare(`render and lay out ${COUNT}`, () => (requests = Array.from({ length: COUNT }, (_, index) => request(index, 'a'))));
  const before = process.memoryUsage().rss;
  const publisher = open();
  await compare(
    `${COUNT} new in one commit`,
    () => publishAll(publisher, requests),
    () => hand.write(requests),
  );
  await compare(
    `${COUNT} unchanged`,
    () => publishAll(publisher, requests),
    () => hand.write(requests),
  );
  const changed = request(7, 'b');
  await compare(
    '1 changed',
    () => publishAll(publisher, [changed]),
    () => hand.write([changed]),
  );
  await compare(
    '1 unchanged',
    () => publishAll(publisher, [changed]),
    () => undefined,
  );
  const edited = requests.map((_, index) => request(index, 'c'));
  await compare(
    `${COUNT} changed`,
    () => publishAll(publisher, edited),
    () => hand.write(edited),
  );
  const second = open();
  await compare(`${COUNT} unchanged, new process`, () => publishAll(second, edited));
  await second.close();
  const going = edited.slice(0, 200);
  const count = () => Number(git('-C', remote, 'rev-list', '--count', 'main'));
  const commits = count();
  // The engine sees a tombstone first, and a person has no such stage: two commits are compared with one.
  await compare(
    `${going.length} deleted`,
    async () => {
      await publishAll(publisher, going.map(graveOf));
      await publishAll(publisher, going.map(removalOf));
    },
    () => hand.remove(going),
  );
  const deletions = count() - commits;
  const cache = mebibytes(sizeOf(process.env.TMPDIR));
  await publisher.close();
  const files = git('-C', remote, 'ls-tree', '-r', '--name-only', 'main').split('\n').length;
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  if (options.json) console.log(JSON.stringify({ rows, files, memory, cache, deletions }));
  else {
    console.table(rows);
    console.log(`${files} files, ${count()} commits, ${deletions} of them for ${going.length} deletions`);
    console.log(
      `peak memory ${memory} MiB, of which ${mebibytes(before)} MiB are the program and what is to be written; cache on disk ${cache} MiB`,
    );
  }
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
