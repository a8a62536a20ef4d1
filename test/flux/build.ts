// `npm run flux:build`: about five minutes on two cores the first time, nothing to do later.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { goBuild, moduleFolder } from '../cluster/go-build';
import { crdFiles, crdFolder, fluxFolder, helmPackage, isBuilt, missingHelm, packages, programs, type FluxProgram } from './programs';

function build(wanted: readonly FluxProgram[]): void {
  const folder = fluxFolder();
  console.error(`building ${wanted.join(', ')} of Flux into ${folder}: takes minutes the first time`);
  const chosen = Object.fromEntries(wanted.map((program) => [program, packages[program]]));
  goBuild({ module: __dirname, packages: chosen, linkerFlags: '-s -w', folder });
  for (const program of wanted) {
    const bases = join(moduleFolder(__dirname, packages[program]), crdFolder);
    for (const file of crdFiles[program]) copyFileSync(join(bases, file), join(folder, file));
  }
}

function buildHelm(): void {
  goBuild({ module: __dirname, packages: { helm: helmPackage }, linkerFlags: '-s -w', folder: fluxFolder() });
}

const lacksHelm = missingHelm() !== undefined;
const wanted = programs.filter((program) => !isBuilt(program));
if (wanted.length) build(wanted);
if (lacksHelm) buildHelm();
console.error(`Flux and Helm are on this machine${wanted.length || lacksHelm ? '' : ': nothing to do'}`);
