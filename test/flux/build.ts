// `npm run flux:build`: about five minutes on two cores the first time, nothing to do later.
import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { goBuild } from '../cluster/go-build';
import { crdFiles, crdFolder, fluxFolder, isBuilt, packages, programs, type FluxProgram } from './programs';

/** Where Go keeps the source of a module that go.mod requires. */
function moduleFolder(module: string): string {
  const { stdout, stderr } = spawnSync('go', ['list', '-mod=readonly', '-m', '-f', '{{.Dir}}', module], {
    cwd: __dirname,
    encoding: 'utf8',
  });
  const folder = stdout.trim();
  if (folder === '') throw new Error(`go list -m ${module}: ${stderr.trim() || 'not downloaded'}`);
  return folder;
}

function build(wanted: readonly FluxProgram[]): void {
  const folder = fluxFolder();
  console.error(`building ${wanted.join(', ')} of Flux into ${folder}: takes minutes the first time`);
  const chosen = Object.fromEntries(wanted.map((program) => [program, packages[program]]));
  goBuild({ module: __dirname, packages: chosen, linkerFlags: '-s -w', folder });
  for (const program of wanted) {
    const bases = join(moduleFolder(packages[program]), crdFolder);
    for (const file of crdFiles[program]) copyFileSync(join(bases, file), join(folder, file));
  }
}

const wanted = programs.filter((program) => !isBuilt(program));
if (wanted.length) build(wanted);
console.error(`Flux is on this machine${wanted.length ? '' : ': nothing to do'}`);
