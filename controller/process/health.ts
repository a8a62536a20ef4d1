import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** What the kubelet may ask. */
export interface Health {
  /** The process works: the watches hear from the server. */
  readonly isAlive: boolean;
  /** What keeps it from being ready, in words; empty when it is. */
  readonly waitsFor: readonly string[];
  /** Whether it holds the lease; told by /readyz. A follower is as ready. @default - nobody is elected */
  readonly leads?: boolean | undefined;
  /** Rights that are missing; told to whoever reads the answer of /readyz. The process does what it can without them. */
  readonly missingRights: readonly string[];
  /** What else is to be known; told by /readyz. @default - nothing */
  readonly warnings?: readonly string[] | undefined;
}

/** The server of /healthz and /readyz. */
export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface HealthOptions {
  /** 0 for any. */
  readonly port: number;
  /** @default - all addresses */
  readonly host?: string;
  /** An event loop that was blocked for longer is a failure of both. No pass computes for more than a fraction of it. @default 15 s */
  readonly blockedMs?: number;
}

/** What the worker tells. */
interface News {
  readonly ask?: true;
  readonly listening?: number;
  readonly failed?: { readonly message: string; readonly code: string };
}

/** How often the event loop shows that it turns. */
const BEAT_MS = 1000;

/** How long an answer waits for the newest state; then the last one counts. Less than the second that the kubelet waits. */
const ANSWER_MS = 500;

/**
 * Serves /healthz and /readyz from a thread of its own, which also measures whether the event loop turns. Resolves when it listens.
 *
 * @param health asked once a second, and at each request
 */
export async function serveHealth(health: Health, { port, host, blockedMs = 15_000 }: HealthOptions): Promise<HealthServer> {
  const worker = new Worker(join(__dirname, 'health-worker.cjs'), {
    workerData: { port, host, blockedMs, answerMs: ANSWER_MS },
    // It reads nothing of what the controller was given.
    env: {},
    argv: [],
    execArgv: [],
  });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  const tell = (): void => worker.postMessage(stateOf(health));
  const listens = new Promise<number>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', ({ ask, listening, failed }: News) => {
      if (ask) tell();
      if (listening !== undefined) resolve(listening);
      if (failed) reject(Object.assign(new Error(failed.message), { code: failed.code }));
    });
  });
  const beat = setInterval(tell, BEAT_MS);
  const close = async (): Promise<void> => {
    clearInterval(beat);
    await worker.terminate();
  };
  try {
    return { port: await listens, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function stateOf({ isAlive, waitsFor, leads, missingRights, warnings = [] }: Health): Health {
  return { isAlive, waitsFor: [...waitsFor], leads, missingRights: [...missingRights], warnings: [...warnings] };
}
