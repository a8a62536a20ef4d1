import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installFlags } from '../../../app/cli/install-flags';

/** What the controller has done since its start. */
export interface Reading {
  readonly passes: number;
  /** Of all its threads, user and system. */
  readonly cpuMs: number;
}

/** Bytes. */
export interface Heap {
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
}

export interface ControllerOptions {
  /** The compiled package. */
  readonly lib: string;
  readonly kubeconfig: string;
  /** Further flags of `openclaw-cdk8s controller`. */
  readonly flags: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** The node that runs it. @default - that of the benchmark */
  readonly node?: string | undefined;
}

/** As the image starts node, in a pod of the Deployment: within a limit of memory node lets its old space grow to half of that. */
const NODE_FLAGS = [...entrypoint().filter((word) => word.startsWith('--')), `--max-old-space-size=${limitMiB() / 2}`];

function limitMiB(): number {
  return Number(/^(\d+)Mi$/.exec(installFlags['memory-limit'].default)?.[1]);
}

function entrypoint(): readonly string[] {
  const dockerfile = readFileSync(join(__dirname, '..', '..', '..', 'Dockerfile'), 'utf8');
  return JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
}

/** `openclaw-cdk8s controller` in a process of its own, with a probe in it. */
export class ControllerProcess {
  private asked = 0;
  private readonly waiting = new Map<number, (message: { answer?: unknown; error?: string }) => void>();

  private constructor(
    private readonly child: ChildProcess,
    private readonly log: readonly string[],
  ) {
    child.on('message', (message: { id: number; answer?: unknown; error?: string }) => {
      this.waiting.get(message.id)?.(message);
      this.waiting.delete(message.id);
    });
  }

  /** Starts it and returns when its caches are filled and every instance is queued. */
  public static async start({ lib, kubeconfig, flags, env, node = process.execPath }: ControllerOptions): Promise<ControllerProcess> {
    const log: string[] = [];
    const child = fork(
      join(lib, 'app', 'cli', 'cli.js'),
      ['controller', '--kubeconfig', kubeconfig, '--health-port', '0', '--metrics-port', '0', ...flags],
      {
        execPath: node,
        execArgv: [...NODE_FLAGS, '--expose-gc', '--require', join(__dirname, 'probe.cjs')],
        env: { ...process.env, ...env, BENCH_LIB: lib },
        stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      },
    );
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the controller ended with ${code}:\n${log.join('')}`)));
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        log.push(text);
        if (text.includes('"message":"started"')) resolve();
      });
    });
    return new ControllerProcess(child, log);
  }

  public async read(): Promise<Reading> {
    return (await this.ask('read')) as Reading;
  }

  /** Passes over every instance, `times` times in a row. */
  public async passAll(times: number): Promise<void> {
    await this.ask('passAll', { times });
  }

  /** Resolves when nothing waits, nothing runs and every commit is made. */
  public async settled(): Promise<void> {
    await this.ask('settled');
  }

  /** After a full collection. */
  public async heap(): Promise<Heap> {
    return (await this.ask('heap')) as Heap;
  }

  /** Writes what is reachable after a full collection; Chrome's tools read it. */
  public async snapshot(file: string): Promise<void> {
    await this.ask('snapshot', { file });
  }

  public async startProfile(): Promise<void> {
    await this.ask('startProfile');
  }

  /** Writes what was sampled since `startProfile`; Chrome's tools read it. */
  public async stopProfile(file: string): Promise<void> {
    await this.ask('stopProfile', { file });
  }

  /** The most memory since the last `forgetPeak`, in MiB. Linux only. */
  public get peakMiB(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  public forgetPeak(): void {
    writeFileSync(`/proc/${this.child.pid}/clear_refs`, '5');
  }

  /** Whether it said that it leads, and not yet that it does no more. */
  public get leads(): boolean {
    const text = this.log.join('');
    return text.lastIndexOf('"message":"leading"') > text.lastIndexOf('"message":"not leading any more"');
  }

  /** Files, sockets and pipes that it holds open. Linux only. */
  public get openFiles(): number {
    return readdirSync(`/proc/${this.child.pid}/fd`).length;
  }

  /** What it has logged, in bytes. */
  public get logBytes(): number {
    return this.log.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  }

  public get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Lines of level error. */
  public get errors(): string[] {
    return this.log
      .join('')
      .split('\n')
      .filter((line) => line.includes('"level":"error"'));
  }

  public async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.hasEnded) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }

  private async ask(command: string, input: object = {}): Promise<unknown> {
    const id = (this.asked += 1);
    const { answer, error } = await new Promise<{ answer?: unknown; error?: string }>((resolve) => {
      this.waiting.set(id, resolve);
      this.child.send({ id, command, ...input });
    });
    if (error !== undefined) throw new Error(`the controller, asked for ${command}: ${error}`);
    return answer;
  }
}
