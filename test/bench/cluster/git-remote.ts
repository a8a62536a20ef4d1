import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A bare repository in a folder, and a `git` that notes each command of the controller down. */
export class GitRemote {
  public readonly url: string;
  private readonly notes: string;
  private readonly programs: string;

  public constructor(folder: string) {
    this.url = join(folder, 'fleet.git');
    this.notes = join(folder, 'commands');
    this.programs = join(folder, 'bin');
    git('init', '--quiet', '--bare', '--initial-branch=main', this.url);
    git('-C', this.url, 'config', 'uploadpack.allowFilter', 'true');
    const real = execFileSync('/bin/sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    mkdirSync(this.programs);
    writeFileSync(this.notes, '');
    writeFileSync(join(this.programs, 'git'), `#!/bin/sh\necho "$1" >>'${this.notes}'\nexec '${real}' "$@"\n`);
    chmodSync(join(this.programs, 'git'), 0o755);
  }

  /** For the controller's process. */
  public get env(): NodeJS.ProcessEnv {
    return { PATH: `${this.programs}:${process.env['PATH']}` };
  }

  /** The first word of each command since the last call. */
  public commands(): string[] {
    const list = readFileSync(this.notes, 'utf8').split('\n').filter(Boolean);
    writeFileSync(this.notes, '');
    return list;
  }

  public get commits(): number {
    return Number(git('-C', this.url, 'rev-list', '--count', '--all'));
  }

  /** What all objects of the repository take, compressed as they came. */
  public get kibibytes(): number {
    const counts = git('-C', this.url, 'count-objects', '-v');
    return ['size', 'size-pack'].reduce((sum, name) => sum + Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(counts)?.[1]), 0);
  }
}

function git(...args: readonly string[]): string {
  return execFileSync('/usr/bin/env', ['git', ...args], { encoding: 'utf8' }).trim();
}
