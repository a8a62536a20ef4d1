/** Objects of Git as bytes: ids, trees, commits and packs, without any process. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

export type ObjectType = 'commit' | 'tree' | 'blob';

/** The hash of a repository; it follows from the length of its ids. */
export type ObjectFormat = 'sha1' | 'sha256';

export interface GitObject {
  readonly id: string;
  readonly type: ObjectType;
  readonly bytes: Buffer;
}

/** What a name in a tree stands for. */
export interface TreeEntry {
  /** As Git writes it: `40000` a directory, `100644` a file, `120000` a symbolic link, `160000` a submodule. */
  readonly mode: string;
  readonly id: string;
}

/** Names are kept byte for byte, as Latin-1: names of others need not be valid in any encoding. */
export type Tree = ReadonlyMap<string, TreeEntry>;

export const DIRECTORY = '40000';
export const FILE = '100644';

export function formatOf(id: string): ObjectFormat {
  return id.length === 64 ? 'sha256' : 'sha1';
}

export function makeObject(type: ObjectType, bytes: Buffer, format: ObjectFormat): GitObject {
  const id = createHash(format).update(`${type} ${bytes.length}\0`).update(view(bytes)).digest('hex');
  return { id, type, bytes };
}

/** The bytes of a tree. Git wants the order of the names as if those of directories ended in a slash. */
export function treeBytes(tree: Tree): Buffer {
  const sortable = [...tree].map(([name, entry]) => ({ name, entry, key: entry.mode === DIRECTORY ? `${name}/` : name }));
  const sorted = sortable.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return Buffer.concat(
    sorted.flatMap(({ name, entry }) => [view(Buffer.from(`${entry.mode} ${name}\0`, 'latin1')), view(Buffer.from(entry.id, 'hex'))]),
  );
}

export function parseTree(bytes: Buffer, format: ObjectFormat): Tree {
  const idLength = format === 'sha256' ? 32 : 20;
  const tree = new Map<string, TreeEntry>();
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const zero = bytes.indexOf(0, space);
    if (space < 0 || zero < 0 || zero + 1 + idLength > bytes.length) throw new Error('a tree of the repository is damaged');
    const id = bytes.toString('hex', zero + 1, zero + 1 + idLength);
    tree.set(bytes.toString('latin1', space + 1, zero), { mode: bytes.toString('latin1', at, space), id });
    at = zero + 1 + idLength;
  }
  return tree;
}

/** Who a commit is by. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

export interface CommitFields {
  readonly tree: string;
  /** Missing for the first commit of a branch. */
  readonly parent?: string | undefined;
  readonly identity: Identity;
  /** Seconds since 1970. */
  readonly seconds: number;
  readonly message: string;
}

export function commitBytes({ tree, parent, identity, seconds, message }: CommitFields): Buffer {
  const who = `${identityText(identity.name)} <${identityText(identity.email)}> ${seconds} +0000`;
  const head = [`tree ${tree}`, ...(parent === undefined ? [] : [`parent ${parent}`]), `author ${who}`, `committer ${who}`];
  return Buffer.from(`${head.join('\n')}\n\n${message}`);
}

/**
 * The bytes of a commit with its signature, which stands behind the other fields; its lines go on after a space.
 *
 * @param signature armored, lines end in LF
 */
export function signedCommit(commit: Buffer, signature: string, format: ObjectFormat): Buffer {
  const end = commit.indexOf('\n\n');
  const field = format === 'sha256' ? 'gpgsig-sha256' : 'gpgsig';
  const lines = signature.trimEnd().replaceAll('\n', '\n ');
  return Buffer.concat([view(commit.subarray(0, end)), view(Buffer.from(`\n${field} ${lines}`)), view(commit.subarray(end))]);
}

/** Angle brackets and line ends would end the field. */
function identityText(text: string): string {
  return text.replaceAll(/[\p{Cc}<>]+/gu, ' ').trim();
}

const PACK_TYPES: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3 };

/** A pack of whole objects, as `git index-pack --stdin` reads it: any number of objects arrive by one process, all or none. */
export function packBytes(objects: readonly GitObject[], format: ObjectFormat): Buffer {
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  header.writeUInt32BE(objects.length, 8);
  const parts = [view(header)];
  for (const { type, bytes } of objects) parts.push(view(entryHeader(PACK_TYPES[type], bytes.length)), view(deflateSync(view(bytes))));
  const body = Buffer.concat(parts);
  return Buffer.concat([view(body), view(createHash(format).update(view(body)).digest())]);
}

/** Type and size: four bits of the size in the first byte, seven in each that follows. */
function entryHeader(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let rest = Math.floor(size / 16);
  let byte = type * 16 + (size % 16);
  while (rest > 0) {
    bytes.push(byte + 128);
    byte = rest % 128;
    rest = Math.floor(rest / 128);
  }
  bytes.push(byte);
  return Buffer.from(bytes);
}

/** The compiler's types of a Buffer and of what takes one differ between releases of Node's types. */
function view(buffer: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.length);
}
