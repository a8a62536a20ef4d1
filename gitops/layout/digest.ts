import { createHash } from 'node:crypto';
import { type TextFile, sortFiles } from '../git/text-file';

/**
 * The digest of a release: `sha256:` and 64 hexadecimal digits. It stands on objects in the cluster, so that what runs there can be compared
 * with what was committed. Equal bytes give equal digests, in any order and on any machine.
 *
 * @param files the manifest files
 * @param extras what else changes a release: the hash of its Secrets
 */
export function releaseDigest(files: readonly TextFile[], extras: Readonly<Record<string, string>> = {}): string {
  const hash = createHash('sha256');
  for (const { path, text } of sortFiles(files)) add(hash, path, text);
  for (const key of Object.keys(extras).toSorted()) add(hash, `extra ${key}`, extras[key] ?? '');
  return `sha256:${hash.digest('hex')}`;
}

/** Lengths stand before the texts, so that no two lists of files are the same bytes. */
function add(hash: ReturnType<typeof createHash>, name: string, text: string): void {
  hash.update(`${Buffer.byteLength(name)} ${Buffer.byteLength(text)} ${name}\n`).update(text);
}
