import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Programs to build out of one Go module of ours, which has no source in it: go.mod and go.sum name what is built. */
export interface GoBuild {
  /** Where its go.mod stands. */
  readonly module: string;
  /** The Go package of each program, by the file name it gets. */
  readonly packages: Readonly<Record<string, string>>;
  /** @default - none */
  readonly tags?: readonly string[];
  readonly linkerFlags: string;
  /** Where the programs go. */
  readonly folder: string;
}

/** @throws Error if there is no Go, or the build fails (its own words are on stderr) */
export function goBuild(build: GoBuild): void {
  const { folder, packages } = build;
  mkdirSync(folder, { recursive: true });
  // Built beside and moved: a run that is cut short, or two at once, leave no half program behind.
  const staging = mkdtempSync(join(dirname(folder), 'building-'));
  try {
    compile(build, staging);
    for (const [program, path] of Object.entries(packages)) renameSync(join(staging, goFileName(path)), join(folder, program));
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/**
 * Where Go keeps the source of a module that a go.mod requires.
 *
 * @param from where that go.mod stands
 */
export function moduleFolder(from: string, module: string): string {
  const { stdout, stderr } = spawnSync('go', ['list', '-mod=readonly', '-m', '-f', '{{.Dir}}', module], { cwd: from, encoding: 'utf8' });
  const folder = stdout.trim();
  if (folder === '') throw new Error(`go list -m ${module}: ${stderr.trim() || 'not downloaded'}`);
  return folder;
}

function compile({ module, packages, tags = [], linkerFlags }: GoBuild, folder: string): void {
  const targets = Object.values(packages);
  const args = [
    'build',
    '-buildvcs=false',
    '-mod=readonly',
    '-tags',
    tags.join(','),
    '-ldflags',
    linkerFlags,
    '-o',
    `${folder}/`,
    ...targets,
  ];
  const { error, status } = spawnSync('go', args, { cwd: module, stdio: 'inherit' });
  if (error) throw new Error('go was not found: install Go 1.26 or newer', { cause: error });
  if (status !== 0) throw new Error(`go build ended with ${status}: see the lines above`);
}

/** Go names a program after its folder, which for etcd is `server` (the `/v3` is the major version). */
function goFileName(path: string): string {
  return basename(path.replace(/\/v\d+$/, ''));
}
