// How programs of ours handle a volume that the agent owns: it may hold anything, and nothing on it is trusted.
//
// - A folder is held open, and every name is resolved in the open folder (`/proc/self/fd/N/name`, what `openat` does), so that no link in a
//   parent leads elsewhere, not even one that is put there meanwhile.
// - A name is looked at before it is opened. Only regular files are read, up to a limit.
// - A file is written beside and renamed, and only where it differs. What stands in the way is kept under a free name.
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  opendirSync,
  readSync,
  readlinkSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** Bytes of a name, on every file system that Kubernetes knows. */
const NAME_BYTES = 255;
/** Links that are followed on one way; Linux follows as many. */
const MAX_LINKS = 40;

/** What ends a comment of JSON5. */
const LINE_ENDS = new Set(['\n', '\r', '\u2028', '\u2029']);

/** Why a call failed, without the path: that one is a number of an open folder. */
export function reason(error) {
  return error.code ?? error.message;
}

/** Gives a folder back the rights that its user, the one of this program, took from itself. */
export function unlock(path) {
  const { uid, mode } = lstatSync(path);
  if (uid === process.getuid() && (mode & 0o700) !== 0o700) chmodSync(path, (mode & 0o7777) | 0o700);
}

function kindOf(stat) {
  if (stat.isDirectory()) return 'a folder';
  if (stat.isSymbolicLink()) return 'a link';
  return stat.isFIFO() ? 'a pipe' : 'a device or a socket';
}

/** A folder, held open. */
export class Folder {
  /**
   * @param path where it is, for messages and for links that begin with a slash
   * @param encoding of names; `latin1` keeps those apart that are no UTF-8
   */
  constructor(fd, path, encoding) {
    this.fd = fd;
    this.path = path;
    this.encoding = encoding;
  }

  /** Opens a folder that the agent cannot put elsewhere: a mount point, or one that was looked at just before the agent starts. */
  static open(path, encoding = 'utf8') {
    return new Folder(openSync(path, O_RDONLY | O_DIRECTORY), path, encoding);
  }

  /** The path of a name in this very folder. */
  at(name) {
    return Buffer.from(`/proc/self/fd/${this.fd}/${name}`, this.encoding);
  }

  /** What stands at a name, the link itself where it is one. `undefined`: nothing. */
  stat(name) {
    return lstatSync(this.at(name), { throwIfNoEntry: false });
  }

  /** Opens a folder in this one. Throws where the name is anything else, a link to a folder too. */
  folder(name) {
    return new Folder(openSync(this.at(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW), `${this.path}/${name}`, this.encoding);
  }

  /** The same folder, to be closed on its own. */
  again() {
    return new Folder(openSync(this.at('.'), O_RDONLY | O_DIRECTORY), this.path, this.encoding);
  }

  close() {
    closeSync(this.fd);
  }

  /** The first names, as many as `limit`, sorted. */
  names(limit) {
    const names = [];
    const entries = opendirSync(this.at('.'), { encoding: this.encoding });
    for (let entry = entries.readSync(); entry !== null && names.length < limit; entry = entries.readSync()) names.push(entry.name);
    entries.closeSync();
    return names.sort();
  }

  /** Where a link leads, as it is written. `undefined`: no link. */
  target(name) {
    return this.stat(name)?.isSymbolicLink() ? readlinkSync(this.at(name), { encoding: this.encoding }) : undefined;
  }

  /** The bytes of a regular file. Throws, with the reason, where there is none that can be read within `limit` bytes. */
  read(name, limit) {
    const found = lstatSync(this.at(name));
    if (!found.isFile()) throw new Error(kindOf(found));
    // A pipe that took its place meanwhile would be waited for.
    const fd = openSync(this.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const opened = fstatSync(fd);
      if (!opened.isFile()) throw new Error(kindOf(opened));
      if (opened.size > limit) throw new Error(`larger than ${limit} bytes`);
      return readAll(fd, opened.size);
    } finally {
      closeSync(fd);
    }
  }

  /** Whether a regular file with these bytes stands at the name. */
  holds(name, bytes) {
    const found = this.stat(name);
    if (found?.isFile() !== true || found.size !== bytes.length) return false;
    try {
      return this.read(name, bytes.length).equals(bytes);
    } catch {
      return false;
    }
  }

  /** Makes a folder, unless one is there. Throws where anything else is. @returns it, opened */
  makeFolder(name) {
    if (this.stat(name) === undefined) mkdirSync(this.at(name), 0o775);
    return this.folder(name);
  }

  /** A name that is not taken: `NAME.LABEL`, `NAME.LABEL-2` and so on, no longer than a name may be. */
  freeName(name, label) {
    for (let count = 1; ; count += 1) {
      const ending = count === 1 ? `.${label}` : `.${label}-${count}`;
      const free = `${this.cut(name, NAME_BYTES - ending.length)}${ending}`;
      if (this.stat(free) === undefined) return free;
    }
  }

  /** Gives what stands at the name a free one, whatever it is, and returns that. */
  moveAside(name, label = 'broken') {
    const free = this.freeName(name, label);
    renameSync(this.at(name), this.at(free));
    return free;
  }

  /**
   * Puts a file with these bytes at the name, at once: whoever looks sees the old one or the new one. A folder there is moved aside first,
   * anything else is replaced and never written through. Throws where the volume has no room, and leaves what was there.
   *
   * @param draft where the file is written first, on the same volume: a folder of ours, and a name there that nobody else uses
   */
  replace(name, bytes, mode, draft) {
    const fd = draft.folder.openDraft(draft.name);
    try {
      writeAll(fd, bytes);
      ftruncateSync(fd, bytes.length);
      fchmodSync(fd, mode);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    if (this.stat(name)?.isDirectory()) this.moveAside(name);
    renameSync(draft.folder.at(draft.name), this.at(name));
  }

  /** Opens a draft for writing. One that is there is written over, so that its blocks serve where the volume is full. */
  openDraft(name) {
    const found = this.stat(name);
    const isUsable = found?.isFile() === true && found.nlink === 1 && (found.mode & 0o600) === 0o600 && found.uid === process.getuid();
    if (isUsable) return openSync(this.at(name), O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
    // The bytes of a file that has another name stay there.
    if (found?.isFile()) unlinkSync(this.at(name));
    else if (found !== undefined) this.moveAside(name);
    return openSync(this.at(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  }

  /** Sets `size` bytes of the volume aside in a draft. Does nothing where enough are, or where the volume has no room. */
  reserve(name, size) {
    const found = this.stat(name);
    if (found?.isFile() && found.size >= size && found.blocks > 0) return;
    try {
      const fd = this.openDraft(name);
      try {
        writeAll(fd, Buffer.alloc(size));
      } finally {
        closeSync(fd);
      }
    } catch {
      // A full volume: what was set aside before is used up, and there is room again when somebody made some.
    }
  }

  /** Removes a draft that is of no more use. */
  removeDraft(name) {
    if (this.stat(name)?.isFile()) unlinkSync(this.at(name));
  }

  cut(name, bytes) {
    let end = name.length;
    while (Buffer.byteLength(name.slice(0, end), this.encoding) > bytes) end -= 1;
    return name.slice(0, end);
  }
}

/** A way from `root` through folders, and through links that stay inside. */
class Way {
  constructor(root) {
    this.root = root;
    this.folders = [root.again()];
  }

  get here() {
    return this.folders.at(-1);
  }

  enter(name) {
    this.folders.push(this.here.folder(name));
  }

  /** @returns whether there is a way up inside the root */
  leave() {
    if (this.folders.length === 1) return false;
    this.folders.pop().close();
    return true;
  }

  backToRoot() {
    while (this.leave());
  }

  /** Keeps the last folder open and closes all others. */
  arrive() {
    const folder = this.folders.pop();
    this.close();
    return folder;
  }

  close() {
    for (const folder of this.folders.splice(0)) folder.close();
  }
}

/**
 * Follows a path of folders, and of links between them, that stays inside `root`.
 *
 * @param make makes the folders that are missing, but none that only a link leads to
 * @returns `{ folder }`, which the caller closes, or `{ fault }`, why there is none
 */
export function walk(root, path, { make = false } = {}) {
  let way;
  try {
    way = new Way(root);
    const fault = follow(way, path.split('/'), make);
    return fault === undefined ? { folder: way.arrive() } : { fault };
  } catch (error) {
    return { fault: `${path}: ${reason(error)}` };
  } finally {
    way?.close();
  }
}

/** @returns why the way ends early */
function follow(way, steps, make) {
  const { root } = way;
  let links = 0;
  // So many steps are left when those of the last link are done.
  let afterLink = Infinity;
  while (steps.length > 0) {
    const step = steps.shift();
    if (step === '' || step === '.') continue;
    const name = `${way.here.path}/${step}`;
    if (step === '..') {
      if (!way.leave()) return `the link leads out of ${root.path}`;
      continue;
    }
    if (make && steps.length < afterLink && way.here.stat(step) === undefined) mkdirSync(way.here.at(step), 0o775);
    const found = way.here.stat(step);
    if (found === undefined) return links === 0 ? `${name} is not there` : `the link to ${name} leads nowhere`;
    if (found.isDirectory()) {
      way.enter(step);
      continue;
    }
    const target = way.here.target(step);
    if (target === undefined) return `${name} is not a folder`;
    links += 1;
    if (links > MAX_LINKS) return `the link ${name} leads to itself`;
    const isAbsolute = target.startsWith('/');
    if (isAbsolute && !`${target}/`.startsWith(`${root.path}/`)) return `the link ${name} leads out of ${root.path}`;
    if (isAbsolute) way.backToRoot();
    afterLink = Math.min(afterLink, steps.length);
    steps.unshift(...(isAbsolute ? target.slice(root.path.length) : target).split('/'));
  }
  return undefined;
}

/**
 * Whether a text of JSON or JSON5 opens more brackets in one another than `limit`. To be asked before it is parsed: a parser takes 300 bytes
 * for each level.
 */
export function isDeeper(text, limit) {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    else if (character === '"' || character === "'") at = endOfString(text, at);
    else if (character === '/') at = endOfComment(text, at);
    if (depth > limit) return true;
  }
  return false;
}

function endOfString(text, start) {
  let at = start + 1;
  while (at < text.length && text[at] !== text[start]) at += text[at] === '\\' ? 2 : 1;
  return at;
}

function endOfComment(text, start) {
  if (text[start + 1] === '*') {
    const end = text.indexOf('*/', start + 2);
    return end === -1 ? text.length : end + 1;
  }
  let at = start;
  if (text[start + 1] === '/') while (at < text.length && !LINE_ENDS.has(text[at])) at += 1;
  return at;
}

function readAll(fd, size) {
  const bytes = Buffer.alloc(size);
  let filled = 0;
  while (filled < size) {
    const count = readSync(fd, bytes, filled, size - filled, null);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

function writeAll(fd, bytes) {
  for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written, bytes.length - written, written);
}
