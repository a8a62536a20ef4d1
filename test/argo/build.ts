// `npm run argo:build`: about four minutes on two cores the first time, nothing to do later.
import { copyFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { goBuild, moduleFolder } from '../cluster/go-build';
import { argoFolder, argoModule, components, crdFiles, crdFolder, isBuilt, packages } from './programs';

function build(): void {
  const folder = argoFolder();
  console.error(`building Argo CD into ${folder}: takes minutes the first time`);
  goBuild({ module: __dirname, packages, linkerFlags: '-s -w', folder });
  const crds = join(moduleFolder(__dirname, argoModule), crdFolder);
  for (const file of crdFiles) copyFileSync(join(crds, file), join(folder, file));
  for (const component of components) {
    rmSync(join(folder, component), { force: true });
    symlinkSync('argocd', join(folder, component));
  }
}

const isThere = isBuilt();
if (!isThere) build();
console.error(`Argo CD is on this machine${isThere ? ': nothing to do' : ''}`);
