import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from './programs';

const logTail = 12;

/** Running programs of one purpose, each with a log file of its own in `logs/` of a folder. */
export class Processes<Name extends string = Program> {
  /** Told when a program ends that nobody stopped. */
  onUnexpectedExit: (error: Error) => void = () => undefined;

  private readonly running = new Map<Name, ChildProcess>();
  /** Programs that are started again when they end, with how. */
  private readonly kept = new Map<Name, () => void>();
  private readonly logFolder: string;
  private stopping = false;
  /** With setpriv (util-linux) the kernel ends a program when this process is killed outright; elsewhere only a clean end does. */
  private readonly prefix = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0 ? ['setpriv', '--pdeathsig', 'KILL'] : [];

  /** @param pathOf where a program stands; throws when it is not on this machine */
  constructor(
    folder: string,
    private readonly pathOf: (program: Name) => string,
  ) {
    this.logFolder = join(folder, 'logs');
    mkdirSync(this.logFolder);
  }

  start(program: Name, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
    const path = this.pathOf(program);
    const [command = path, ...rest] = [...this.prefix, path, ...args];
    const log = openSync(this.logFile(program), 'a');
    // A group of its own: Ctrl-C in a terminal reaches us alone, and we end the programs.
    const child = spawn(command, rest, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
    });
    closeSync(log);
    this.running.set(program, child);
    child.on('error', (error) => this.onUnexpectedExit(new Error(`${program} did not start: ${error.message}`)));
    child.on('exit', (code, signal) => this.exited(program, code ?? signal));
  }

  /** As `start`, and again whenever it ends, as a kubelet does with what is no Pod of the API server. */
  keep(program: Name, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
    this.kept.set(program, () => this.start(program, args, env));
    this.start(program, args, env);
  }

  /** Ends every program at once (their data are not worth a goodbye) and waits until they are gone. */
  async killAll(): Promise<void> {
    this.stopping = true;
    const ends = [...this.running.values()].map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of this.running.values()) child.kill('SIGKILL');
    await Promise.all(ends);
  }

  /** The last lines that a program wrote. */
  tail(program: Name): string {
    return readFileSync(this.logFile(program), 'utf8').trimEnd().split('\n').slice(-logTail).join('\n');
  }

  private logFile(program: Name): string {
    return join(this.logFolder, `${program}.log`);
  }

  private exited(program: Name, code: number | string | null): void {
    this.running.delete(program);
    if (this.stopping) return;
    const again = this.kept.get(program);
    if (again) again();
    else this.onUnexpectedExit(new Error(`${program} ended with ${code}:\n${this.tail(program)}`));
  }
}
