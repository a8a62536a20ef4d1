import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from '../patience/patience.cjs';
import type { Bind, Outcome, PodBox, Running } from '../pods/box/pod-box';
import { freePort, isListening } from './program';
import type { Release } from './releases';

/** The token of every gateway in a box. */
export const TOKEN = 'volume-test-token';

export const BOOT_MS = 150_000;

const mountOf = ({ version }: Release): string => `/release/${version}`;

/** The folder of a release, for the containers of a box to see. */
export const releaseBind = (release: Release): Bind => ({ source: release.folder, mountPath: mountOf(release), readOnly: true });

const command = (release: Release, ...args: readonly string[]): string[] => [
  `OPENCLAW_GATEWAY_TOKEN=${TOKEN}`,
  '/usr/local/bin/node',
  `${mountOf(release)}/node_modules/openclaw/openclaw.mjs`,
  ...args,
];

/** A command of the application in the agent's container. */
export const openclaw = (pod: PodBox, release: Release, ...args: readonly string[]): Outcome => pod.inAgent(...command(release, ...args));

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
  const gateway = pod.startInAgent(...command(release, 'gateway', 'run', '--port', String(port)));
  const deadline = Date.now() + patient(BOOT_MS);
  while (!(await isReady(release, port))) {
    const ended = await Promise.race([gateway.end, sleep(300)]);
    if (ended !== undefined || Date.now() > deadline) throw new Error(`not ready: ${JSON.stringify(ended)}`);
  }
  return { ...gateway, port };
}

/** Asks a gateway to end, as the kubelet does. @throws with its output when it does not end well */
export async function stopGateway({ child, end }: Running): Promise<string> {
  child.kill('SIGTERM');
  const { status, stdout, stderr } = await end;
  if (status !== 0) throw new Error(`it ended with ${status}: ${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}
