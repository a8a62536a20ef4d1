// Seeds workspaces on the data volume before the agent starts. One argument: a JSON file with
//   marker      remembers what was seeded, so that what the agent deleted does not come back
//   workspaces  [{ root, directories, files: [{ from, to, always? }], folders }]
// `files` are copied from their path to `root/to`, once and only if nothing is there; with `always`, at every start.
// `folders` are mounted ConfigMaps: each key is a file of that name, copied once after `files`.
//
// What the agent made is left alone: where a file or a link of its own stands in the way, the entry is skipped with a message, so that an
// agent cannot keep its own pod from starting. Everything else that goes wrong stops the pod.
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

const statOf = (path) => lstatSync(path, { throwIfNoEntry: false });
const isFolder = (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const say = (message) => console.error(`workspace: ${message}`);

/** What was seeded at earlier starts. A marker that cannot be read counts for nothing: files that are there are kept anyway. */
function seededBefore(marker) {
  if (statOf(marker) === undefined) return new Set();
  try {
    const list = JSON.parse(readFileSync(marker, 'utf8'));
    if (Array.isArray(list)) return new Set(list);
    throw new Error('not a list');
  } catch (error) {
    say(`${marker} cannot be used (${error.message}) and is written anew`);
    rmSync(marker, { recursive: true, force: true });
    return new Set();
  }
}

/** The path inside the workspace. A name that leads out of it is a mistake of the plan. */
function inside(root, path) {
  const target = resolve(root, path);
  if (target !== root && !target.startsWith(root + sep)) throw new Error(`workspace: ${path} leads out of ${root}`);
  return target;
}

/** What stands between the root and the target that is no folder of this workspace, if anything does. */
function obstacle(root, target) {
  const outside = (path) => relative(realpathSync(root), realpathSync(path)).startsWith('..');
  let path = root;
  for (const step of relative(root, dirname(target)).split(sep).filter(Boolean)) {
    path = join(path, step);
    const stat = statOf(path);
    if (stat === undefined) return undefined;
    if (stat.isDirectory()) continue;
    if (!stat.isSymbolicLink()) return `${path} is not a folder`;
    try {
      if (outside(path)) return `the link ${path} leads out of ${root}`;
      if (!lstatSync(realpathSync(path)).isDirectory()) return `the link ${path} leads to no folder`;
    } catch {
      return `the link ${path} leads nowhere`;
    }
  }
  return undefined;
}

function isSame(from, target) {
  return statOf(target)?.isFile() === true && readFileSync(from).equals(readFileSync(target));
}

/** Writes beside the target and renames, so that a link in its place is replaced and not followed, and no half of a file is ever seen. */
function copy(from, target) {
  const next = `${target}.next`;
  mkdirSync(dirname(target), { recursive: true });
  rmSync(next, { recursive: true, force: true });
  copyFileSync(from, next);
  const script = readFileSync(from).subarray(0, 2).toString('latin1') === '#!';
  chmodSync(next, script ? 0o755 : 0o644);
  renameSync(next, target);
  say(`wrote ${target}`);
}

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const seeded = seededBefore(plan.marker);

/** Runs `make` once for a target, unless it was done before, something is there, or something is in the way. */
function once(root, to, make) {
  const target = inside(root, to);
  if (seeded.has(target)) return;
  const found = obstacle(root, target);
  if (found !== undefined) {
    say(`left out ${to}: ${found}`);
    return;
  }
  if (statOf(target) !== undefined) return;
  make(target);
  seeded.add(target);
}

function always(root, { from, to }) {
  const target = inside(root, to);
  const found = obstacle(root, target) ?? (statOf(target)?.isDirectory() ? `${target} is a folder` : undefined);
  if (found !== undefined) say(`left out ${to}: ${found}`);
  else if (!isSame(from, target)) copy(from, target);
}

/** The keys of a mounted ConfigMap; kubelet's own links begin with two dots. */
function keysOf(folder) {
  return readdirSync(folder)
    .filter((key) => !key.startsWith('..'))
    .sort();
}

for (const { root, directories, files, folders } of plan.workspaces) {
  if (statOf(root) !== undefined && !isFolder(root)) {
    say(`left out ${root}: it is not a folder`);
    continue;
  }
  mkdirSync(root, { recursive: true });
  for (const directory of directories) once(root, directory, (target) => mkdirSync(target, { recursive: true }));
  for (const file of files) {
    if (file.always) always(root, file);
    else once(root, file.to, (target) => copy(file.from, target));
  }
  for (const folder of folders) for (const key of keysOf(folder)) once(root, key, (target) => copy(join(folder, key), target));
}
rmSync(`${plan.marker}.next`, { recursive: true, force: true });
writeFileSync(`${plan.marker}.next`, `${JSON.stringify([...seeded].sort(), null, 2)}\n`);
renameSync(`${plan.marker}.next`, plan.marker);
