import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { builtPackage } from '../../app/built-package';
import { patient } from '../../patience/patience.cjs';
import { type Api, type ObjectRef, ok } from '../api';
import { controllerNamespace, startController } from './controller';
import { removeNamespaces } from './instances';

export const LEASE: ObjectRef = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { namespace: controllerNamespace, name: 'openclaw-operator.openclaw.rocks' },
};

/** How often the lease went from one to another. */
export async function transitions(api: Api): Promise<number | undefined> {
  const lease = ok(await api.get(LEASE));
  return (lease['spec'] as { leaseTransitions?: number } | undefined)?.leaseTransitions;
}

/** As if a leader before had given it up. Without a Lease the first replica waits for one that may work still: others have left a key of theirs here. */
export async function offerLease(api: Api): Promise<void> {
  const lease = { ...LEASE, spec: { holderIdentity: '', leaseDurationSeconds: 1 } };
  ok(await api.apply(lease, { force: true }));
}

/** Leaves nothing behind: no lease, and by a controller of their own no instances in the namespace. Replicas have ended before. */
export async function removeTraces(api: Api, namespace: string): Promise<void> {
  await api.delete(LEASE);
  const end = await startController(api);
  await removeNamespaces(api, [namespace]);
  await end.stop();
}

/** The program in a process of its own, as one of several that elect a leader. */
export class Replica {
  public readonly messages: string[] = [];
  private readonly child: ChildProcess;

  /** @param env beside ours */
  public constructor(kubeconfig: string, env: NodeJS.ProcessEnv = {}) {
    const cli = join(builtPackage(), 'lib', 'app', 'cli', 'cli.js');
    const flags = ['--leader-elect', '--kubeconfig', kubeconfig, '--health-port', '0', '--metrics-port', '0'];
    this.child = spawn(process.execPath, [cli, 'controller', ...flags], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    });
    let rest = '';
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.messages.push((JSON.parse(line) as { message: string }).message);
    });
  }

  public signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  public async end(name: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill(name);
    await ended;
  }

  /** How often it has said this. */
  public times(message: string): number {
    return this.messages.filter((one) => one === message).length;
  }

  /** Resolves when it has said this so often; returns how long that took, in milliseconds. */
  public async hasSaid(message: string, times = 1): Promise<number> {
    const begun = performance.now();
    const end = begun + patient(60_000);
    while (this.times(message) < times) {
      if (performance.now() > end) throw new Error(`did not say "${message}": ${this.messages.join('; ')}`);
      await delay(50);
    }
    return performance.now() - begun;
  }
}
