/**
 * Archives whose bytes follow from the files alone. The digest of an artifact is made of them, so they must not change with the release of a library,
 * a clock or a user.
 */

import { view } from './bytes';

export interface TarEntry {
  /** Without a slash at the ends. */
  readonly path: string;
  readonly bytes: Buffer;
}

const BLOCK = 512;
const NAME = { at: 0, length: 100 };
const SIZE = { at: 124, length: 12 };
const TYPE_AT = 156;
const PREFIX = { at: 345, length: 155 };

/** Characters of a path, and folders in it: what stands deeper could not be walked through. */
const LONGEST_PATH = 4096;
const DEEPEST = 64;

const FILE_TYPE = '0';
const PAX_TYPE = 'x';
const GNU_NAME_TYPE = 'L';
const GLOBAL_TYPE = 'g';

/** @param entries files alone, in the order in which they shall stand */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const { path, bytes } of entries) {
    const name = Buffer.from(path);
    if (name.length > NAME.length) add(parts, FILE_NAME_OF_PAX, PAX_TYPE, paxPath(name));
    add(parts, name, FILE_TYPE, bytes);
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return Buffer.concat(parts);
}

const FILE_NAME_OF_PAX = Buffer.from('pax');

function add(parts: Uint8Array[], name: Buffer, type: string, bytes: Buffer): void {
  const header = Buffer.alloc(BLOCK);
  header.set(view(name).subarray(0, NAME.length), NAME.at);
  // Mode, owner, group, size and time, in octal.
  header.write('0000644\x000000000\x000000000\x00', 100, 'latin1');
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0`, SIZE.at, 'latin1');
  header.write(`        ${type}`, 148, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  parts.push(view(header), view(bytes), new Uint8Array(padding(bytes.length)));
}

function padding(length: number): number {
  return (BLOCK - (length % BLOCK)) % BLOCK;
}

/** `LENGTH path=PATH\n`, where the length counts its own digits. */
function paxPath(name: Buffer): Buffer {
  const rest = ` path=${name.toString()}\n`;
  const size = Buffer.byteLength(rest);
  let length = size + String(size).length;
  length = size + String(length).length;
  return Buffer.from(`${length}${rest}`);
}

/**
 * The plain files of an archive; links and the like are left out. Long names are read in both of the forms that are about.
 *
 * @throws Error for what is no archive, or is cut off
 */
export function readTar(archive: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= archive.length;) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const size = sizeOf(header);
    const begin = at + BLOCK;
    if (begin + size > archive.length) throw new Error('the archive is cut off');
    const bytes = archive.subarray(begin, begin + size);
    const type = header.toString('latin1', TYPE_AT, TYPE_AT + 1).replace('\0', FILE_TYPE);
    at = begin + size + padding(size);
    if (type === PAX_TYPE) longName = paxName(bytes) ?? longName;
    else if (type === GNU_NAME_TYPE) longName = textOf(bytes);
    else if (type !== GLOBAL_TYPE) {
      const path = cleanPath(longName ?? nameOf(header));
      longName = undefined;
      if (type === FILE_TYPE && path !== '') entries.push({ path, bytes });
    }
  }
  return entries;
}

function sizeOf(header: Buffer): number {
  const text = header.toString('latin1', SIZE.at, SIZE.at + SIZE.length).replaceAll(/[\0 ]/g, '');
  if (!/^[0-7]+$/.test(text)) throw new Error('this is no archive');
  return Number.parseInt(text, 8);
}

function nameOf(header: Buffer): string {
  const [prefix, name] = [PREFIX, NAME].map(({ at, length }) => textOf(header.subarray(at, at + length)));
  return prefix === '' ? (name ?? '') : `${prefix}/${name}`;
}

function paxName(bytes: Buffer): string | undefined {
  return /^\d+ path=(.*)$/m.exec(bytes.toString())?.[1];
}

function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}

/** `./a/b` is `a/b`. A path that leads out of the archive is none of ours, nor is one that no disk would take. */
function cleanPath(path: string): string {
  const steps = path.split('/').filter((step) => step !== '' && step !== '.');
  if (steps.includes('..')) throw new Error('the archive has a path that leads out of it');
  if (path.includes('\0') || path.length > LONGEST_PATH || steps.length > DEEPEST) throw new Error('the archive has a path that is none');
  return steps.join('/');
}
