// Puts openclaw.json onto the data volume: in the init container before the agent starts, and again whenever its container starts, since
// init containers do not run again then. One argument: a JSON file with
//   source      the config as rendered, read only
//   target      the file on the data volume
//   mode        overwrite | merge: merge keeps what was changed at run time, where `source` says nothing else
//   forcePaths  merge only: dotted paths that are removed from the file on the volume first
//   application where the application is installed, with the JSON5 parser that it brings
//
// Whatever the agent left on the volume, the config gets there or the one that is there stays, and the pod starts. Without a config in
// place the application would not start, so then the program fails and says why.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { Folder, isDeeper, reason, unlock } from './volume.mjs';

/** Our name beside the config. Its blocks are kept, so that a config can be replaced on a full volume. */
const DRAFT = '.install-config.next';
/** Larger files, and deeper ones, are no config of anybody. The application's own schema has 20 levels. */
const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 100;
/** Beyond this the file is written without indentation, which could make it many times as large. */
const MAX_INDENTED = 128 * 1024;

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const say = (message) => console.error(`config: ${message}`);

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
function parse(text, application) {
  try {
    return JSON.parse(text);
  } catch {
    try {
      return createRequire(`${application}/package.json`)('json5').parse(text);
    } catch {
      // The parsers' own messages quote the text, which may hold what must not reach a log.
      throw new Error('no JSON');
    }
  }
}

/** The config on the volume. Throws, with the reason, where it is none. */
function read(folder, name, application) {
  const text = folder.read(name, MAX_BYTES).toString();
  if (isDeeper(text, MAX_DEPTH)) throw new Error(`more than ${MAX_DEPTH} levels`);
  const document = parse(text, application);
  if (!isObject(document)) throw new Error('not an object');
  return document;
}

/** What is on the volume now. What cannot be used is moved out of the way. */
function current(folder, name, application) {
  if (folder.stat(name) === undefined) return {};
  try {
    return read(folder, name, application);
  } catch (error) {
    say(`${folder.path}/${name} cannot be used (${reason(error)}) and is now ${folder.moveAside(name)}`);
    return {};
  }
}

function merged(base, incoming, forcePaths) {
  for (const path of forcePaths) remove(base, path.split('.'));
  const document = merge(base, incoming);
  const text = JSON.stringify(document);
  return Buffer.from(`${text.length > MAX_INDENTED ? text : JSON.stringify(document, null, 2)}\n`);
}

/** Writes the config, unless it is there. */
function install(folder, name, bytes, application) {
  if (folder.holds(name, bytes)) return;
  try {
    folder.replace(name, bytes, 0o600, { folder, name: DRAFT });
  } catch (error) {
    say(`${folder.path}/${name} cannot be written (${reason(error)})`);
    // Throws where the application would not start either.
    read(folder, name, application);
    say('the one that is there stays; make room on the volume and restart the pod');
    return;
  }
  say(`wrote ${folder.path}/${name}`);
}

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const source = readFileSync(plan.source);
unlock(dirname(plan.target));
const folder = Folder.open(dirname(plan.target));
const name = basename(plan.target);
const bytes =
  plan.mode === 'merge' ? merged(current(folder, name, plan.application), JSON.parse(source.toString()), plan.forcePaths) : source;
install(folder, name, bytes, plan.application);
folder.reserve(DRAFT, Math.ceil(bytes.length / 4096) * 4096 + 4096);
