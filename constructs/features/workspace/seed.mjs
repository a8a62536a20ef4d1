// Seeds workspaces on the data volume before the agent starts. One argument: a JSON file with
//   marker      remembers what was seeded, so that what the agent deleted does not come back; it lies in the root of the volume
//   workspaces  [{ root, directories, files: [{ from, to, always?, owned? }], folders }]
// `files` are copied from their path to `root/to`, once and only if nothing is there; with `always`, at every start.
// `owned` ones go when they are in the plan no more, unless the agent changed them.
// `folders` are mounted ConfigMaps: each key is a file of that name, copied once after `files`.
//
// What the agent made is left alone. Where something of its own stands in the way, or the volume takes nothing more, the entry is left out
// with a message, so that no state of the volume keeps a pod from starting. A mistake of the plan and a source that is missing stop it.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, unlinkSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { Folder, isDeeper, reason, walk } from './volume.mjs';

/** Our name in the root of the volume. */
const DRAFT = '.seed.next';
/** What is ours on the volume, by path, with its hash. Beside the marker. */
const RECORD = '.workspace-owned.json';
const MAX_MARKER_BYTES = 1024 * 1024;
/** What a ConfigMap holds at most. */
const MAX_OWNED_BYTES = 1024 * 1024;

const say = (message) => console.error(`workspace: ${message}`);

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const volume = Folder.open(dirname(plan.marker));
const marker = basename(plan.marker);
const seeded = seededBefore();
/** Of this start: path on the volume and hash of what was written there. */
const owned = new Map();

/** What was seeded at earlier starts. A marker that cannot be read counts for nothing: files that are there are kept anyway. */
function seededBefore() {
  if (volume.stat(marker) === undefined) return new Set();
  try {
    const text = volume.read(marker, MAX_MARKER_BYTES).toString();
    const list = isDeeper(text, 1) ? undefined : JSON.parse(text);
    if (Array.isArray(list)) return new Set(list.filter((entry) => typeof entry === 'string'));
    throw new Error('not a list of texts');
  } catch (error) {
    say(`${plan.marker} cannot be used (${error instanceof SyntaxError ? 'no JSON' : reason(error)}) and is written anew`);
    return new Set();
  }
}

/** The path inside the workspace. A name that leads out of it is a mistake of the plan. */
function inside(root, path) {
  const target = resolve(root, path);
  if (target !== root && !target.startsWith(root + sep)) throw new Error(`workspace: ${path} leads out of ${root}`);
  return target;
}

/** Runs `make` with the folder of a target, opened, and its name there. @returns whether it was made, or why not */
function place(workspace, target, make) {
  const { folder, fault } = walk(workspace, relative(workspace.path, dirname(target)), { make: true });
  if (fault !== undefined) return { fault };
  try {
    return make(folder, basename(target));
  } catch (error) {
    return { fault: reason(error) };
  } finally {
    folder.close();
  }
}

function sayWhy(to, { fault }) {
  if (fault !== undefined) say(`left out ${to}: ${fault}`);
}

/** Seeds a target once, unless it was seeded before or something is there. */
function once(workspace, to, make) {
  const target = inside(workspace.path, to);
  if (seeded.has(target)) return;
  const result = place(workspace, target, (folder, name) => {
    if (folder.stat(name) !== undefined) return {};
    make(folder, name);
    seeded.add(target);
    return {};
  });
  sayWhy(to, result);
}

/** Keeps a file of ours as it is, but not in the place of a folder. */
function always(workspace, { from, to, owned: isOwned }) {
  const bytes = readFileSync(from);
  const target = inside(workspace.path, to);
  const result = place(workspace, target, (folder, name) => {
    if (folder.stat(name)?.isDirectory()) return { fault: `${target} is a folder` };
    if (!folder.holds(name, bytes)) write(folder, name, bytes);
    return {};
  });
  if (isOwned) owned.set(relative(volume.path, target), hashOf(bytes));
  sayWhy(to, result);
}

const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** What earlier starts owned. It lies where the agent can write, so that it can name its own files at most. */
function ownedBefore() {
  try {
    const text = volume.read(RECORD, MAX_MARKER_BYTES).toString();
    const record = isDeeper(text, 1) ? {} : JSON.parse(text);
    return Object.entries(record).filter(([path, hash]) => isInWorkspace(path) && typeof hash === 'string');
  } catch {
    return [];
  }
}

/** Workspaces that are gone from the plan count too. */
function isInWorkspace(path) {
  const [first, ...rest] = path.split('/');
  return /^workspace(-[a-z0-9-]+)?$/.test(first) && rest.length > 0 && !rest.some((step) => step === '' || step === '.' || step === '..');
}

/** Removes what was ours and is planned no more. What the agent changed is the agent's. */
function removeOld() {
  for (const [path, hash] of ownedBefore()) {
    if (owned.has(path)) continue;
    const { folder } = walk(volume, dirname(path));
    try {
      if (folder && hashOf(folder.read(basename(path), MAX_OWNED_BYTES)) === hash) {
        unlinkSync(folder.at(basename(path)));
        say(`removed ${path}`);
      }
    } catch (error) {
      if (error.code !== 'ENOENT') say(`${path} stays: ${reason(error)}`);
    }
    folder?.close();
  }
}

/** Written only where there is or was something to own. */
function rememberOwned() {
  if (owned.size === 0 && volume.stat(RECORD) === undefined) return;
  const bytes = Buffer.from(`${JSON.stringify(Object.fromEntries([...owned].sort()), null, 2)}\n`);
  if (volume.holds(RECORD, bytes)) return;
  try {
    volume.replace(RECORD, bytes, 0o644, { folder: volume, name: DRAFT });
  } catch (error) {
    say(`${RECORD} cannot be written (${reason(error)}): what is ours now stays when it is planned no more`);
  }
}

function write(folder, name, bytes) {
  const isProgram = bytes.subarray(0, 2).toString('latin1') === '#!';
  folder.replace(name, bytes, isProgram ? 0o755 : 0o644, { folder: volume, name: DRAFT });
  say(`wrote ${folder.path}/${name}`);
}

/** Copies a file once. It is read before anything of the volume is touched: a source that is missing is no fault of the volume. */
function copy(workspace, from, to) {
  const bytes = readFileSync(from);
  once(workspace, to, (folder, name) => write(folder, name, bytes));
}

/** The keys of a mounted ConfigMap; kubelet's own links begin with two dots. */
function keysOf(folder) {
  return readdirSync(folder)
    .filter((key) => !key.startsWith('..'))
    .sort();
}

/** The folder of a workspace, which the agent may have moved elsewhere on the volume. */
function openWorkspace(root) {
  const { folder, fault } = walk(volume, relative(volume.path, root), { make: true });
  if (folder === undefined) say(`left out ${root}: ${fault}`);
  else folder.path = root;
  return folder;
}

function seed({ root, directories, files, folders }) {
  const workspace = openWorkspace(root);
  if (workspace === undefined) return;
  for (const directory of directories) once(workspace, directory, (folder, name) => folder.makeFolder(name).close());
  for (const file of files) {
    if (file.always) always(workspace, file);
    else copy(workspace, file.from, file.to);
  }
  for (const folder of folders) for (const key of keysOf(folder)) copy(workspace, join(folder, key), key);
  workspace.close();
}

function remember() {
  const bytes = Buffer.from(`${JSON.stringify([...seeded].sort(), null, 2)}\n`);
  if (volume.holds(marker, bytes)) return;
  try {
    volume.replace(marker, bytes, 0o644, { folder: volume, name: DRAFT });
  } catch (error) {
    say(`${plan.marker} cannot be written (${reason(error)}): what was seeded now and is deleted comes back once`);
  }
}

for (const workspace of plan.workspaces) seed(workspace);
remember();
removeOld();
rememberOwned();
try {
  volume.removeDraft(DRAFT);
} catch (error) {
  say(`${DRAFT} stays: ${reason(error)}`);
}
