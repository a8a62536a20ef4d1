// Seeds workspaces on the data volume before the agent starts. One argument: a JSON file with
//   marker      remembers what was seeded, so that a file that the agent deleted does not come back
//   workspaces  [{ root, directories, files: [{ from, to, always? }], folders }]
// `files` are copied from their path to `root/to`, once and only if nothing is there; with `always`, at every start.
// `folders` are mounted ConfigMaps: each key is a file of that name, copied once after `files`.
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const seeded = new Set(existsSync(plan.marker) ? JSON.parse(readFileSync(plan.marker, 'utf8')) : []);

/** The path inside the workspace. Neither a name nor a link that the agent made may lead out of it. */
function inside(root, path) {
  const target = resolve(root, path);
  let parent = dirname(target);
  while (!existsSync(parent)) parent = dirname(parent);
  const real = relative(realpathSync(root), realpathSync(parent));
  if (relative(root, target).startsWith('..') || real.startsWith('..')) {
    throw new Error(`workspace: ${path} leads out of ${root}`);
  }
  return target;
}

const exists = (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function copy(from, target) {
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(from, target);
  const script = readFileSync(from).subarray(0, 2).toString('latin1') === '#!';
  chmodSync(target, script ? 0o755 : 0o644);
}

function seed(root, { from, to, always }) {
  const target = inside(root, to);
  if (!always && (seeded.has(target) || exists(target))) return;
  copy(from, target);
  seeded.add(target);
  console.error(`workspace: wrote ${target}`);
}

/** The keys of a mounted ConfigMap; kubelet's own links begin with two dots. */
function keysOf(folder) {
  return readdirSync(folder)
    .filter((key) => !key.startsWith('..'))
    .sort();
}

for (const { root, directories, files, folders } of plan.workspaces) {
  mkdirSync(root, { recursive: true });
  for (const directory of directories) mkdirSync(inside(root, directory), { recursive: true });
  for (const file of files) seed(root, file);
  for (const folder of folders) for (const key of keysOf(folder)) seed(root, { from: join(folder, key), to: key });
}
writeFileSync(plan.marker, `${JSON.stringify([...seeded].sort(), null, 2)}\n`);
