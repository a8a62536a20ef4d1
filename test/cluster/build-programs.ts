import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fetchForeignCrds } from './foreign';
import { builtFolder, findProgram, linkerFlags, packages, programs, type Program } from './programs';

/**
 * Builds the programs and fetches the CRDs that this machine lacks, into the cache folder: about five minutes on two cores the
 * first time, nothing to do later.
 *
 * @throws Error if there is no Go, or the build fails (its own words are on stderr)
 */
export function build(): void {
  const wanted = programs.filter((program) => !findProgram(program));
  if (wanted.length) {
    console.error(`building ${wanted.join(', ')} into ${builtFolder()}: takes minutes the first time`);
    buildPrograms(wanted);
  }
  fetchForeignCrds();
}

function compile(wanted: readonly Program[], folder: string): void {
  const targets = wanted.map((program) => packages[program]);
  const args = ['build', '-buildvcs=false', '-mod=readonly', '-ldflags', linkerFlags(), '-o', `${folder}/`, ...targets];
  const { error, status } = spawnSync('go', args, { cwd: __dirname, stdio: 'inherit' });
  if (error)
    throw new Error('go was not found: install Go 1.26 or newer, or set KUBEBUILDER_ASSETS', {
      cause: error,
    });
  if (status !== 0) throw new Error(`go build ended with ${status}: see the lines above`);
}

function buildPrograms(wanted: readonly Program[]): void {
  const folder = builtFolder();
  mkdirSync(folder, { recursive: true });
  // Built beside and moved: a run that is cut short, or two at once, leave no half program behind.
  const staging = mkdtempSync(join(dirname(folder), 'building-'));
  try {
    compile(wanted, staging);
    for (const program of wanted) renameSync(join(staging, goFileName(program)), join(folder, program));
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Go names a program after its folder, which for etcd is `server` (the `/v3` is the major version). */
function goFileName(program: Program): string {
  return basename(packages[program].replace(/\/v\d+$/, ''));
}
