import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { patient } from '../patience/patience.cjs';

const ROOT = join(__dirname, '..', '..');
const CACHE = join(ROOT, '.cache', 'built-package');

const FOLDERS = ['imports', 'constructs', 'app', 'controller', 'gitops'].filter((folder) => existsSync(join(ROOT, folder)));
const FILES = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'build.mjs', 'cdk8s.yaml'];

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const file of [...FOLDERS.flatMap(filesIn), ...FILES].toSorted())
    hash.update(`${file}\n`).update(readFileSync(join(ROOT, file), 'utf8'));
  return hash.digest('hex').slice(0, 16);
}

function build(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const entry of [...FOLDERS, ...FILES]) cpSync(join(ROOT, entry), join(folder, entry), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['build.mjs'], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the package does not build:\n${stdout}${stderr}`);
}

/** Builds of sources that are no longer there. */
function removeOld(keep: string): void {
  const anHourAgo = Date.now() - 60 * 60 * 1000;
  for (const name of readdirSync(CACHE)) {
    if (name !== keep && statSync(join(CACHE, name)).mtimeMs < anHourAgo) rmSync(join(CACHE, name), { recursive: true, force: true });
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** All or nothing: a folder of this name is a whole build. */
function buildInto(folder: string): void {
  const next = `${folder}.${process.pid}`;
  try {
    build(next);
    renameSync(next, folder);
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

let built: string | undefined;

/**
 * A folder with the package as it stands, built by its own `build.mjs`: `lib/`, `cdk8s.yaml`, `app/examples`. Nobody's `lib/` is touched.
 * Built once for each state of the sources, and shared by test files: one builds, the others wait for it.
 */
export function builtPackage(): string {
  built ??= waitForBuild();
  return built;
}

function waitForBuild(): string {
  const name = sourcesHash();
  const folder = join(CACHE, name);
  const lock = `${folder}.lock`;
  mkdirSync(CACHE, { recursive: true });
  for (let waited = 0; !existsSync(folder); waited += 100) {
    if (takeLock(lock)) {
      try {
        if (!existsSync(folder)) buildInto(folder);
        removeOld(name);
      } finally {
        rmSync(lock, { recursive: true, force: true });
      }
    } else if (waited > patient(60_000)) {
      // Whoever held it is gone.
      rmSync(lock, { recursive: true, force: true });
      waited = 0;
    } else sleep(100);
  }
  return folder;
}

function takeLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    // Somebody else builds.
    return false;
  }
}
