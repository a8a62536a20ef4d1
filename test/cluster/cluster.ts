import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Access } from './api';
import { apiPrograms, missingPrograms } from './programs';

/** Where a running cluster's files stand. */
export interface ClusterFiles extends Access {
  /** For kubectl and other clients, as the administrator. */
  readonly kubeconfig: string;
  /** One JSON event a line for every request that was answered. */
  readonly auditLog: string;
  /** Where the store (etcd) listens. */
  readonly storeUrl: string;
  /** Everything of this cluster (`logs/` is worth a look); removed when it stops. */
  readonly folder: string;
}

export interface ClusterOptions {
  /** Starts the API server again when it ends, for who kills it. @default false: the cluster ends with it */
  readonly keepApiServer?: boolean;
}

/** A running cluster. It ends with this process at the latest, even if this process is killed. */
export interface Cluster extends ClusterFiles {
  /** Fulfilled when the cluster has ended, whether it was stopped or one of its programs gave up (stderr says which and why). */
  readonly ended: Promise<unknown>;
  /** Ends every program and removes the folder. */
  stop(): Promise<void>;
}

/**
 * Starts a real control plane with one simulated node: API server with RBAC, audit log and Pod Security, store, controllers,
 * scheduler, and kwok in the place of the kubelet. Takes a few seconds. Without the controllers' programs (an envtest folder
 * has none) it is an API server only.
 *
 * @throws Error if the API server or its store is not built, or a program does not become ready; it quotes that program's log.
 */
export async function startCluster({ keepApiServer = false }: ClusterOptions = {}): Promise<Cluster> {
  const missing = missingPrograms(apiPrograms);
  if (missing) throw new Error(missing);
  // In a group of its own, so that Ctrl-C reaches only this process; its end closes the pipe, which ends the cluster.
  const flags = keepApiServer ? ['--keep-api-server'] : [];
  const supervisor = spawn(process.execPath, [join(__dirname, 'run.cjs'), 'supervise', ...flags], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(supervisor, 'exit');
  const files = await firstLine(supervisor);
  supervisor.unref();
  return {
    ...files,
    ended,
    stop: async () => {
      // Referenced again, or node would find nothing left to wait for and exit in the middle of our caller's work.
      supervisor.ref();
      supervisor.stdin?.end();
      await ended;
    },
  };
}

async function firstLine(supervisor: ChildProcess): Promise<ClusterFiles> {
  if (!supervisor.stdout) throw new Error('the supervisor has no stdout');
  for await (const line of createInterface({ input: supervisor.stdout })) {
    const answer: ClusterFiles | { error: string } = JSON.parse(line);
    if ('error' in answer) throw new Error(`the cluster did not start: ${answer.error}`);
    return answer;
  }
  throw new Error('the cluster did not start: its supervisor ended without a word');
}
