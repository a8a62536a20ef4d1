// `npm run gitea:build`: about four minutes on two cores the first time, nothing to do later.
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { goBuild, moduleFolder } from '../cluster/go-build';
import { GITEA, TAGS, giteaFolder, missingGitea, packages } from './programs';

if (missingGitea() === undefined) {
  console.error('Gitea is on this machine: nothing to do');
} else {
  const folder = giteaFolder();
  console.error(`building Gitea into ${folder}: takes minutes the first time`);
  mkdirSync(folder, { recursive: true });
  // What it reads at its start, before the program: where that is, all of it is.
  for (const name of ['templates', 'options']) cpSync(join(moduleFolder(__dirname, GITEA), name), join(folder, name), { recursive: true });
  goBuild({ module: __dirname, packages, tags: TAGS, linkerFlags: '-s -w', folder });
}
