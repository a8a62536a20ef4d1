import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cluster/programs';

/** rclone of the release that Jobs run, with the storages and verbs that they need. */
export const packages = { rclone: './rclone' } as const;

/** A server of S3 that is not of rclone's making. Its module is apart: both need the same packages, of different releases. */
export const serverModule = join(__dirname, 'versitygw');
export const serverPackages = { versitygw: 'github.com/versity/versitygw/cmd/versitygw' } as const;

/** The folder of what was built of these files. Its name says what that was. */
function folderOf(name: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(__dirname, file))).update('\0');
  hash.update(`${process.platform}/${process.arch}`);
  return join(cacheFolder(), name, hash.digest('hex').slice(0, 16));
}

export function rcloneFolder(): string {
  return folderOf('rclone', ['go.mod', 'go.sum', 'rclone/main.go']);
}

export function serverFolder(): string {
  return folderOf('versitygw', ['versitygw/go.mod', 'versitygw/go.sum']);
}

/** Why rclone cannot be run, or undefined. */
export function missingRclone(): string | undefined {
  return existsSync(join(rcloneFolder(), 'rclone')) ? undefined : 'rclone is not built: run `npm run rclone:build`';
}

/** Why the other server cannot be run, or undefined. */
export function missingServer(): string | undefined {
  return existsSync(join(serverFolder(), 'versitygw')) ? undefined : 'versitygw is not built: run `npm run rclone:build`';
}
