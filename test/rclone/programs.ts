import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cluster/programs';

/** rclone of the release that Jobs run, with the storages and verbs that they need. */
export const packages = { rclone: './rclone' } as const;

/** The folder of the built program. Its name says what it was built from. */
export function rcloneFolder(): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'rclone/main.go']) hash.update(readFileSync(join(__dirname, file))).update('\0');
  hash.update(`${process.platform}/${process.arch}`);
  return join(cacheFolder(), 'rclone', hash.digest('hex').slice(0, 16));
}

/** Why rclone cannot be run, or undefined. */
export function missingRclone(): string | undefined {
  return existsSync(join(rcloneFolder(), 'rclone')) ? undefined : 'rclone is not built: run `npm run rclone:build`';
}
