import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtPackage } from '../app/built-package';

export const ROOT = join(__dirname, '..', '..');

/** The package as it is published. */
export interface Packed {
  /** The tarball. */
  readonly file: string;
  /** The paths in it. */
  readonly paths: readonly string[];
}

/** Runs a program in a folder. @throws with what it printed when it fails */
export function runIn(folder: string, program: string, ...args: readonly string[]): string {
  // A worker of jest is told so by its environment, and would take a run of its own for itself.
  const { JEST_WORKER_ID: _worker, NODE_OPTIONS: _options, ...env } = process.env;
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: folder, encoding: 'utf8', env, maxBuffer: 1 << 26 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ends with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** Packs what is published, from the built package and the texts beside it, into a folder. */
export function pack(folder: string): Packed {
  const stage = mkdtempSync(join(tmpdir(), 'openclaw-stage-'));
  const built = builtPackage();
  for (const entry of ['package.json', 'lib', 'app']) cpSync(join(built, entry), join(stage, entry), { recursive: true });
  for (const entry of ['README.md', 'LICENSE', 'docs', 'test']) {
    if (existsSync(join(ROOT, entry))) cpSync(join(ROOT, entry), join(stage, entry), { recursive: true });
  }
  mkdirSync(folder, { recursive: true });
  const report = JSON.parse(runIn(folder, 'npm', 'pack', stage, '--ignore-scripts', '--json')) as [
    { filename: string; files: { path: string }[] },
  ];
  rmSync(stage, { recursive: true });
  return { file: join(folder, report[0].filename), paths: report[0].files.map(({ path }) => path) };
}

/** Installs packages as a user does; what is in npm's cache is not asked of the registry again. */
export function install(folder: string, ...packages: readonly string[]): void {
  runIn(folder, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', ...packages);
}
