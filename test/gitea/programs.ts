import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cluster/programs';

export const GITEA = 'code.gitea.io/gitea';

/** The server, with a database in one file. Its pages are not built: what is tested is its API and its git. */
export const packages = { gitea: GITEA } as const;

export const TAGS = ['sqlite', 'sqlite_unlock_notify'] as const;

/** The folder of the built program and of the files that it reads. Its name says what they were built from. */
export function giteaFolder(): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(__dirname, file))).update('\0');
  hash.update(`${process.platform}/${process.arch} ${TAGS.join()}`);
  return join(cacheFolder(), 'gitea', hash.digest('hex').slice(0, 16));
}

/** Why Gitea cannot be run, or undefined. */
export function missingGitea(): string | undefined {
  return existsSync(join(giteaFolder(), 'gitea')) ? undefined : 'Gitea is not built: run `npm run gitea:build`';
}
