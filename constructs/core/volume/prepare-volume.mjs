// Prepares the data volume before any part of it is mounted on its own: the first init container runs this, with the whole volume mounted.
// Then it runs the program that its further arguments name. The first argument is a JSON file with
//   volume   where the whole volume is mounted
//   layout   subfolder: the agent's state is the folder `state` of the volume
//            root: it is the root of the volume, and what was moved into `state` before is moved back
//            untouched: it is the root of the volume, and nothing is moved, since others may use the volume too
//   state    name of the state's folder
//   marker   name of the file that says: the state is in its folder
//   links    names in the state that have a link in the root from the first start on
//   folders  names of further folders in the root that are mounted on their own
//
// The root of a volume belongs to root, and the application cannot live in a folder that is not its user's: it sets its mode. So the state
// moves into a folder of its own, entry by entry. A relative link stays in the root for each entry: whoever mounts the root, such as a pod
// of the older layout, finds everything where it was. The program may be cut at any step, and goes on there at the next start.
import { accessSync, chmodSync, closeSync, constants, mkdirSync, openSync, readFileSync } from 'node:fs';
import { renameSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Folder, reason, unlock, walk } from './volume.mjs';

/** ext4 keeps this one in the root, and nobody but root can move it. */
const LOST_AND_FOUND = 'lost+found';
/** Entries of the state that get a link in the root at most. An agent needs a few dozen. */
const MAX_LINKS = 1000;
/** Lines of one kind in the log. */
const MAX_LINES = 20;

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
/** Says: what is in the state's folder was put there by us, but not all of it yet. */
const moving = `${plan.marker}.moving`;
/** The state of another user, while it moves into a folder of ours. */
const otherOwner = `${plan.state}.other-owner`;
/** What never moves between the root and the state. */
const fixed = new Set([LOST_AND_FOUND, plan.state, plan.marker, moving, otherOwner, ...plan.folders]);
const lines = new Map();

/** Logs a line. Of each kind only so many: the number of entries is the agent's to choose. */
function say(kind, message) {
  const count = (lines.get(kind) ?? 0) + 1;
  lines.set(kind, count);
  if (count <= MAX_LINES) console.error(`volume: ${message}`);
  else if (count === MAX_LINES + 1) console.error('volume: and more of these');
}

/** A name as people read it, on one line; here it is bytes. */
const shown = (name) =>
  Buffer.from(name, 'latin1')
    .toString()
    .replace(/\p{Cc}/gu, '?');

/** Runs `step`. One that fails on this volume is told and left out. @returns whether it was done */
function attempt(kind, message, step) {
  try {
    step();
    return true;
  } catch (error) {
    say(kind, `${message}: ${reason(error)}`);
    return false;
  }
}

const isLink = (root, name) => root.target(name) === `${plan.state}/${name}`;

/** Moves every entry into another folder. Where both have one, that of `to` wins, and the other gets a free name beside it. */
function moveAll(from, to) {
  let moved = 0;
  for (const name of from.names(Infinity)) {
    if (fixed.has(name) || isLink(from, name)) continue;
    const isThere = to.stat(name) !== undefined;
    const free = isThere ? to.freeName(name, 'older') : name;
    const isMoved = attempt('stays', `${shown(name)} stays where it is`, () => renameSync(from.at(name), to.at(free)));
    if (isMoved) moved += 1;
    if (isMoved && isThere) say('both', `${shown(name)} is in ${plan.state} too: the other one is ${plan.state}/${shown(free)}`);
    if (isMoved) attempt('link', `${shown(free)} has no link`, () => link(from, free));
  }
  if (moved > 0) say('moved', `moved ${moved} entries into ${plan.state}`);
}

/** After the move: what appeared in the root since, for instance in a pod of the older layout, follows unless the state has one. */
function moveLateComers(root, state) {
  for (const name of root.names(Infinity)) {
    if (fixed.has(name) || isLink(root, name)) continue;
    if (state.stat(name) !== undefined) say('both', `${shown(name)} is in the root and in ${plan.state}: the agent uses the latter`);
    else attempt('stays', `${shown(name)} stays in the root`, () => renameSync(root.at(name), state.at(name)));
  }
}

function link(root, name) {
  if (root.stat(name) === undefined) symlinkSync(Buffer.from(`${plan.state}/${name}`, 'latin1'), root.at(name));
}

/** Brings the links in the root in line with the state. */
function linkAll(root, state) {
  for (const name of root.names(Infinity)) {
    if (!isLink(root, name) || plan.links.includes(name) || state.stat(name) !== undefined) continue;
    attempt('link', `${shown(name)} stays a link that leads nowhere`, () => unlinkSync(root.at(name)));
  }
  for (const name of [...plan.links, ...state.names(MAX_LINKS)]) {
    if (!fixed.has(name)) attempt('link', `${shown(name)} has no link`, () => link(root, name));
  }
}

/** Before the first step: an entry of the older layout that has the name of the state's folder is an entry like any other. */
function begin(root) {
  if (root.stat(plan.state) !== undefined) root.moveAside(plan.state, 'older');
  closeSync(openSync(root.at(moving), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644));
}

/**
 * Opens the state's folder: one that belongs to the user of this program.
 *
 * A folder takes a block. Where the volume has none left, a link to the root takes its place, so that the pod starts as it did in the older
 * layout and somebody can make room; the next start goes on. @returns undefined then
 */
function openState(root) {
  if (root.target(plan.state) === '.') unlinkSync(root.at(plan.state));
  const found = root.stat(plan.state);
  const isForeign = found?.isDirectory() && found.uid !== process.getuid() && process.getuid() !== 0;
  if (found !== undefined && !found.isDirectory()) root.moveAside(plan.state);
  else if (isForeign && root.stat(otherOwner) === undefined) {
    attempt('owner', `${plan.state} belongs to user ${found.uid}`, () => renameSync(root.at(plan.state), root.at(otherOwner)));
  }
  if (root.stat(plan.state) === undefined && !makeState(root)) return undefined;
  unlock(root.at(plan.state));
  return root.folder(plan.state);
}

function makeState(root) {
  try {
    mkdirSync(root.at(plan.state));
  } catch (error) {
    if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') throw error;
    symlinkSync('.', root.at(plan.state));
    say('full', 'the volume is full: nothing is moved, and the agent finds its state in the root; make room and restart the pod');
    return false;
  }
  // Whatever the umask: the group writes to the root of the volume too.
  chmodSync(root.at(plan.state), 0o2770);
  return true;
}

/** The application sets the mode of its state, which only its owner can do: a state of another user moves into a folder of ours. */
function takeOver(root, state) {
  if (!root.stat(otherOwner)?.isDirectory()) return;
  attempt('owner', `${otherOwner} stays`, () => {
    const other = root.folder(otherOwner);
    for (const name of other.names(Infinity)) {
      const free = state.stat(name) === undefined ? name : state.freeName(name, 'older');
      attempt('stays', `${otherOwner}/${shown(name)} stays where it is`, () => renameSync(other.at(name), state.at(free)));
    }
    rmdirSync(root.at(otherOwner));
  });
}

function moveIntoFolder(root) {
  const isMoved = root.stat(plan.marker) !== undefined;
  if (!isMoved && root.stat(moving) === undefined) begin(root);
  const state = openState(root);
  if (state === undefined) return;
  takeOver(root, state);
  if (isMoved) moveLateComers(root, state);
  else moveAll(root, state);
  linkAll(root, state);
  if (!isMoved) renameSync(root.at(moving), root.at(plan.marker));
}

/** Moves an entry back to where it was. It wins where both sides have one, but for the folders that are mounted on their own. */
function moveEntryBack(root, state, name) {
  if (isLink(root, name)) unlinkSync(root.at(name));
  else if (!fixed.has(name) && root.stat(name) !== undefined) root.moveAside(name, 'older');
  const free = root.stat(name) === undefined ? name : root.freeName(name, 'older');
  renameSync(state.at(name), root.at(free));
}

/** @returns whether the state has no folder any more */
function emptyState(root) {
  if (root.target(plan.state) === '.') unlinkSync(root.at(plan.state));
  if (!root.stat(plan.state)?.isDirectory()) return true;
  const state = openState(root);
  for (const name of state.names(Infinity)) {
    attempt('stays', `${plan.state}/${shown(name)} stays where it is`, () => moveEntryBack(root, state, name));
  }
  // Links of what went before there was anything to move.
  for (const name of root.names(Infinity)) if (isLink(root, name) && state.stat(name) === undefined) unlinkSync(root.at(name));
  return attempt('stays', `${plan.state} stays`, () => rmdirSync(root.at(plan.state)));
}

function moveBack(root) {
  const marks = [moving, plan.marker].filter((name) => root.stat(name) !== undefined);
  if (marks.length === 0 || !emptyState(root)) return;
  for (const name of marks) unlinkSync(root.at(name));
  say('moved', `moved the entries of ${plan.state} back`);
}

const isWritable = (folder) => {
  try {
    accessSync(folder.at('.'), constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Whether a name can be mounted on its own and written to: a folder, or a link to one that is on the volume. */
function isUsable(root, name) {
  if (root.stat(name)?.isDirectory()) attempt('unlock', `${name} keeps its mode`, () => unlock(root.at(name)));
  const { folder } = walk(root, name);
  if (folder === undefined) return false;
  const usable = isWritable(folder);
  folder.close();
  return usable;
}

/** Makes a folder that is mounted on its own. Kubernetes would make a missing one too, but for root. */
function prepareFolder(root, name) {
  if (isUsable(root, name)) return;
  try {
    if (root.stat(name) !== undefined) say('aside', `${name} cannot be used and is now ${root.moveAside(name)}`);
    mkdirSync(root.at(name), 0o775);
  } catch (error) {
    if (!root.stat(name)?.isDirectory()) throw error;
    say('aside', `${name} stays as it is: ${reason(error)}`);
  }
}

attempt('unlock', `${plan.volume} keeps its mode`, () => unlock(plan.volume));
const root = Folder.open(plan.volume, 'latin1');
if (plan.layout === 'subfolder') moveIntoFolder(root);
if (plan.layout === 'root') moveBack(root);
for (const folder of plan.folders) prepareFolder(root, folder);

const [node, , , next, ...rest] = process.argv;
if (next !== undefined) {
  process.argv = [node, next, ...rest];
  await import(pathToFileURL(next));
}
