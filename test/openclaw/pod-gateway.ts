import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from '../patience/patience.cjs';
import type { Outcome, PodBox, Running } from '../pods/box/pod-box';
import { freePort, isListening } from './program';
import type { Release } from './releases';

/** Where the folder of a release stands in a box. */
export const RELEASE_MOUNT = '/release';

export const BOOT_MS = 150_000;

const PROGRAM = `${RELEASE_MOUNT}/node_modules/openclaw/openclaw.mjs`;

const command = (...args: readonly string[]): string[] => [
  'OPENCLAW_GATEWAY_TOKEN=volume-test-token',
  '/usr/local/bin/node',
  PROGRAM,
  ...args,
];

/** A command of the application in the agent's container. */
export const openclaw = (pod: PodBox, ...args: readonly string[]): Outcome => pod.inAgent(...command(...args));

async function isReady(release: Release, port: number): Promise<boolean> {
  if (!release.hasHealthEndpoints) return isListening(port);
  const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(patient(3000)) }).catch(() => undefined);
  return response?.status === 200;
}

/** A gateway in a box. */
export interface PodGateway extends Running {
  readonly port: number;
}

/** Starts the gateway and waits until it is ready. @throws with its output when it ends first */
export async function readyGateway(pod: PodBox, release: Release): Promise<PodGateway> {
  const port = await freePort(3);
  const gateway = pod.startInAgent(...command('gateway', 'run', '--port', String(port)));
  const deadline = Date.now() + patient(BOOT_MS);
  while (!(await isReady(release, port))) {
    const ended = await Promise.race([gateway.end, sleep(300)]);
    if (ended !== undefined || Date.now() > deadline) throw new Error(`not ready: ${JSON.stringify(ended)}`);
  }
  return { ...gateway, port };
}
