import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { asset } from '../../constructs/wire/assets';
import { patient } from '../patience/patience.cjs';

/** The folder of the programs that run in pods. */
const CONSTRUCTS = join(__dirname, '..', '..', 'constructs');

/** What a program did. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A temporary folder in which a program of ours runs, with other programs in the place of those of its image. */
export class Sandbox {
  public readonly folder = mkdtempSync(join(tmpdir(), 'program-'));

  public path(...steps: readonly string[]): string {
    return join(this.folder, ...steps);
  }

  /** Writes a file, with the folders that it needs. */
  public write(path: string, content: string | Buffer): string {
    const file = this.path(path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  public read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  /** Puts a shell program onto the PATH. */
  public fake(name: string, body: string): void {
    chmodSync(this.write(`bin/${name}`, `#!/bin/sh\n${body}\n`), 0o755);
  }

  /** Runs a shell program of ours: `core/agent/disk-readiness.sh`. The fakes come first on its PATH. */
  public sh(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Outcome {
    return this.run('sh', [join(CONSTRUCTS, program), ...args], env);
  }

  /**
   * Runs a Node program of ours on a plan. @param uid the user, where the tests run as root. @default - the user of the tests
   * @param env its variables. @default - none
   */
  public node(program: string, plan: object, uid?: number, env: Readonly<Record<string, string>> = {}): Outcome {
    const file = this.write('plan.json', JSON.stringify(plan));
    // The bytes that pods get, where another user can read them.
    const [copy] = [program, 'core/volume/volume.mjs'].map((source) =>
      this.write(`programs/${basename(source)}`, asset(join(CONSTRUCTS, dirname(source)), basename(source))),
    );
    return this.run(process.execPath, [copy ?? program, file], env, uid);
  }

  public remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private run(command: string, args: readonly string[], env: Readonly<Record<string, string>>, uid?: number): Outcome {
    const path = `${this.path('bin')}:${process.env['PATH']}`;
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: this.folder,
      encoding: 'utf8',
      timeout: patient(20_000),
      input: '',
      env: { PATH: path, IMAGE_PATH: path, ...env },
      ...(uid !== undefined && { uid, gid: uid }),
    });
    if (error) throw error;
    return { status, stdout, stderr };
  }
}
