// Copies the SQLite databases of a volume while the agent writes them: a copy of their files, one after the other, may be torn. Arguments: the
// folder of the volume, and a folder of its own, in which each database gets the place that it has in a bucket (see transfer.sh).
//
// SQLite itself makes the copies. A file of such a name that is no database, or one that SQLite cannot read, is copied as it is, with its journal,
// as soon as it stands still.
import { closeSync, constants, copyFileSync, existsSync, fstatSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { readSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const NAMES = /\.(sqlite3?|db)$/;
const JOURNALS = ['-wal', '-journal'];
const HEADER = 'SQLite format 3\0';
/** Names in the root of the volume that are no part of a copy, or that stand in the state's place. */
const LEFT_OUT = new Set(['lost+found', '.private', '.cache']);
const TRIES = 20;

const [data, snapshot] = process.argv.slice(-2);
const sqlite = await import('node:sqlite').catch(() => undefined);
const target = `${snapshot}/databases`;
let count = 0;

/** Names are bytes: nobody promises that they are text. */
const bytes = (path) => Buffer.from(path, 'latin1');
const stat = (path) => lstatSync(bytes(path), { throwIfNoEntry: false });

function isDatabase(path) {
  const fd = openSync(bytes(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const head = Buffer.alloc(HEADER.length);
    return readSync(fd, head, 0, head.length, 0) === head.length && head.toString('latin1') === HEADER;
  } finally {
    closeSync(fd);
  }
}

/** A copy in which every page is of one moment. */
function copyBySqlite(path, to) {
  const draft = `${snapshot}/draft`;
  rmSync(draft, { force: true });
  const database = new sqlite.DatabaseSync(bytes(path), { readOnly: true, timeout: 60_000 });
  try {
    database.exec(`VACUUM INTO '${draft}'`);
  } finally {
    database.close();
  }
  renameSync(draft, bytes(to));
}

const filesOf = (path) => [path, ...JOURNALS.map((ending) => path + ending)].filter((file) => stat(file)?.isFile());
const stampOf = (path) => JSON.stringify(filesOf(path).map((file) => [file, stat(file)?.size, stat(file)?.mtimeMs, stat(file)?.ino]));

/** All files of it, of a time in which none of them changed. */
async function copyAsItIs(path, to) {
  for (let left = TRIES; left > 0; left -= 1) {
    const before = stampOf(path);
    for (const file of filesOf(path)) copyFileSync(bytes(file), bytes(to + file.slice(path.length)));
    if (stampOf(path) === before) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${JSON.stringify(path)} is written all the time`);
}

async function copy(path, to) {
  if (sqlite !== undefined && isDatabase(path)) {
    try {
      return copyBySqlite(path, to);
    } catch (error) {
      console.error(`${JSON.stringify(path)} is copied as it is: ${error.message}`);
    }
  }
  return copyAsItIs(path, to);
}

async function copyOne(path, to) {
  try {
    await copy(path, to);
    count += 1;
  } catch (error) {
    // Gone since its folder was read.
    if (stat(path) !== undefined) throw error;
  }
}

/** @param leaves names that are left out in this folder */
async function walk(from, to, leaves = new Set()) {
  const entries = readdirSync(bytes(from), { withFileTypes: true, encoding: 'latin1' });
  const wanted = entries.filter((entry) => !leaves.has(entry.name));
  const databases = wanted.filter((entry) => entry.isFile() && NAMES.test(entry.name));
  if (databases.length > 0) mkdirSync(bytes(to), { recursive: true });
  for (const { name } of databases) await copyOne(`${from}/${name}`, `${to}/${name}`);
  for (const entry of wanted) if (entry.isDirectory()) await walkInto(`${from}/${entry.name}`, `${to}/${entry.name}`);
}

async function walkInto(from, to) {
  try {
    await walk(from, to);
  } catch (error) {
    if (error.code !== 'ENOENT' || stat(from) !== undefined) throw error;
  }
}

/** Which restore wrote to the volume last: transfer.sh compares that with what it finds when all is read. Its order is explained there. */
function noteGeneration() {
  writeFileSync(`${snapshot}/generation`, generation());
  const mark = stat(`${data}/.openclaw-restoring`);
  // A start of the pod has left a link in its place: somebody goes on with what is there.
  if (mark !== undefined && !mark.isSymbolicLink()) throw new Error('a restore of this volume has begun and not ended: let it end first');
}

/** The start of a pod may have moved the file, so a link is followed. */
function generation() {
  if (!existsSync(`${data}/.openclaw-restored`)) return '';
  const fd = openSync(`${data}/.openclaw-restored`, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const text = Buffer.alloc(1000);
    return fstatSync(fd).isFile() ? text.subarray(0, readSync(fd, text, 0, text.length, 0)) : '';
  } finally {
    closeSync(fd);
  }
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
noteGeneration();
const inFolder = stat(`${data}/.openclaw-subfolder`) !== undefined;
await walk(data, target, new Set([...LEFT_OUT, ...(inFolder ? ['.openclaw'] : [])]));
if (inFolder) await walk(`${data}/.openclaw`, target, new Set(['cache', 'tmp']));
console.error(`copied ${count} databases`);
