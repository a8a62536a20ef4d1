import { spawn } from 'node:child_process';
import { chmod, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from '../patience/patience.cjs';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A long-running program that a test started. */
export interface Program {
  readonly pid: number;
  /** What it wrote until now, both streams together, the last 64 KiB. */
  output(): string;
  /** How it ended, or undefined while it runs. */
  exit(): Exit | undefined;
  /** Sends SIGTERM and waits; after `graceMs` (20 s, more on a slow machine) SIGKILL. May be called again. */
  stop(graceMs?: number): Promise<Exit>;
}

export interface StartOptions {
  /** All of its environment. Nothing of ours is passed on. */
  readonly env: Readonly<Record<string, string>>;
  /** Its own temporary folder, where it runs. Removed when it has ended. */
  readonly folder: string;
  /** Runs as this user and group instead of ours, which only root may. */
  readonly uid?: number;
  readonly gid?: number;
}

const KEPT_OUTPUT = 64 * 1024;
const running = new Set<Program>();

/** Removes a folder that may itself be read only, and that processes may still be writing to for a moment. */
async function removeFolder(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** Starts `command` without a shell. A command that cannot be started counts as ended, with the reason in its output. */
export function startProgram(command: string, args: readonly string[], options: StartOptions): Program {
  const { env, folder, ...identity } = options;
  const child = spawn(command, [...args], { env: { ...env }, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], ...identity });
  let text = '';
  let ended: Exit | undefined;
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const end = new Promise<Exit>((resolve, reject) => {
    const settle = (exit: Exit) => {
      ended = exit;
      removeFolder(folder).then(() => {
        running.delete(program);
        resolve(exit);
      }, reject);
    };
    child.once('error', (error) => {
      text += `cannot start ${command}: ${error.message}`;
      settle({ code: null, signal: null });
    });
    child.once('close', (code, signal) => {
      settle({ code, signal });
    });
  });
  const program: Program = {
    pid: child.pid ?? -1,
    output: () => text,
    exit: () => ended,
    async stop(graceMs = 20_000) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        // What it started may hold on to the pipes, and the end would never come.
        child.stdout.destroy();
        child.stderr.destroy();
      }, patient(graceMs));
      const exit = await end;
      clearTimeout(timer);
      return exit;
    },
  };
  running.add(program);
  return program;
}

// Whatever a failed test left behind ends with its file.
afterAll(async () => {
  await Promise.all([...running].map(async (program) => program.stop(5000)));
}, 30_000);

/**
 * Asks `isReady` until it says yes. `timeoutMs` is for the machine that tests are written for; a slower one gets more.
 * @throws when the program ends first or the time is over, with its output.
 */
export async function waitUntilReady(name: string, program: Program, isReady: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + patient(timeoutMs);
  while (!(await isReady())) {
    const exit = program.exit();
    if (exit !== undefined || Date.now() > deadline) {
      await program.stop(2000);
      throw new StartError(name, exit, program.output());
    }
    await sleep(150);
  }
}

/** A program that never became ready. The message holds the end of its output. `exit` is undefined if it ran but did not answer in time. */
export class StartError extends Error {
  override readonly name = 'StartError';

  constructor(
    program: string,
    readonly exit: Exit | undefined,
    readonly output: string,
  ) {
    const what = exit === undefined ? 'did not answer in time' : `ended with code ${exit.code}, signal ${exit.signal}`;
    super(`${program} ${what}:\n${output.slice(-2000)}`);
  }
}

/** Whether something listens on the port of 127.0.0.1. */
export async function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const answer = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => {
      answer(true);
    });
    socket.once('error', () => {
      answer(false);
    });
  });
}

/** A port such that it and the `more` ports after it are free: the gateway of 2026.2.26 opens two besides its own. */
export async function freePort(more = 0): Promise<number> {
  for (;;) {
    const first = await bindOnce(0);
    const rest = Array.from({ length: more }, async (_, index) => bindOnce((first ?? 0) + index + 1));
    const bound = await Promise.all(rest);
    if (first !== undefined && bound.every((port) => port !== undefined)) return first;
  }
}

async function bindOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' ? address?.port : undefined);
      });
    });
  });
}
