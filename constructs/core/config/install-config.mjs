// Puts openclaw.json onto the data volume: in the init container before the agent starts, and again whenever its container starts, since
// init containers do not run again then. One argument: a JSON file with
//   source      the config as rendered, read only
//   target      the file on the data volume
//   mode        overwrite | merge: merge keeps what was changed at run time, where `source` says nothing else
//   forcePaths  merge only: dotted paths that are removed from the file on the volume first
//   application where the application is installed, with the JSON5 parser that it brings
//   folders     folders that must exist and belong to this user before they are mounted on their own
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const isFolder = (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Objects meet key by key; any other value of `incoming` replaces what was there. */
function merge(base, incoming) {
  const result = { ...base };
  for (const [key, value] of Object.entries(incoming)) {
    if (key === '__proto__') continue;
    result[key] = isObject(value) && isObject(result[key]) ? merge(result[key], value) : value;
  }
  return result;
}

function remove(document, [key, ...rest]) {
  if (!isObject(document) || !Object.hasOwn(document, key)) return;
  if (rest.length === 0) delete document[key];
  else remove(document[key], rest);
}

/** The application writes JSON and reads JSON5, so a person may have left comments in the file. Its own parser is in the image. */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    try {
      return createRequire(`${plan.application}/package.json`)('json5').parse(text);
    } catch {
      throw error;
    }
  }
}

/** Moves what cannot be used out of the way, so that the agent can start. */
function moveAside(path, reason) {
  rmSync(`${path}.broken`, { recursive: true, force: true });
  renameSync(path, `${path}.broken`);
  console.error(`config: ${path} cannot be used (${reason}); moved to ${path}.broken`);
}

/** What is on the volume now. */
function current(target) {
  if (!existsSync(target)) return {};
  try {
    const document = parse(readFileSync(target, 'utf8'));
    if (isObject(document)) return document;
    throw new Error('not an object');
  } catch (error) {
    moveAside(target, error.message);
    return {};
  }
}

function write(target, text) {
  if (isFolder(target)) moveAside(target, 'a folder');
  if (existsSync(target) && readFileSync(target, 'utf8') === text) return;
  // The same folder, hence the same file system: a rename there is atomic.
  const next = `${target}.next`;
  rmSync(next, { recursive: true, force: true });
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, target);
  console.error(`config: wrote ${target}`);
}

/** Makes a folder that is mounted on its own later on. */
function makeFolder(folder) {
  if (!isFolder(folder) && lstatSync(folder, { throwIfNoEntry: false })) moveAside(folder, 'not a folder');
  mkdirSync(folder, { recursive: true });
}

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
mkdirSync(dirname(plan.target), { recursive: true });
for (const folder of plan.folders) makeFolder(folder);

const source = readFileSync(plan.source, 'utf8');
if (plan.mode === 'merge') {
  const base = current(plan.target);
  for (const path of plan.forcePaths) remove(base, path.split('.'));
  write(plan.target, `${JSON.stringify(merge(base, JSON.parse(source)), null, 2)}\n`);
} else {
  write(plan.target, source);
}
