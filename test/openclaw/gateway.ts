import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Exit, freePort, isListening, startProgram, waitUntilReady } from './program';
import type { Release } from './releases';
import { patient } from '../patience/patience.cjs';

/** In all texts here the pod's home, `/home/openclaw`, stands for a temporary one. */
export interface BootOptions {
  /** The openclaw.json that the gateway starts with. */
  readonly configText: string;
  /** Given as `OPENCLAW_GATEWAY_TOKEN`; none by default. */
  readonly token?: string;
  /** A free one by default. It wins over `gateway.port` of the config. */
  readonly port?: number;
  /** Its environment, beside the token and a temporary folder. @default - what every release needs to start */
  readonly env?: Readonly<Record<string, string>>;
  /** The folders of the home that can be written; the home itself cannot. @default - state and cache */
  readonly folders?: readonly string[];
}

export interface Gateway {
  readonly release: Release;
  readonly port: number;
  /** Its `HOME`; removed by `stop`. */
  readonly home: string;
  /** What it wrote until now. */
  output(): string;
  stop(): Promise<Exit>;
}

/** `HOME` in the pod. */
const POD_HOME = '/home/openclaw';

const DEFAULT_FOLDERS = [`${POD_HOME}/.openclaw`, `${POD_HOME}/.cache`];

const DEFAULT_ENV = {
  HOME: POD_HOME,
  PATH: '/usr/bin:/bin',
  XDG_CACHE_HOME: `${POD_HOME}/.cache`,
  OPENCLAW_DISABLE_BONJOUR: '1',
  OPENCLAW_NO_RESPAWN: '1',
};

/** Root writes where it has no permission. Without these two capabilities it does not. */
const WITHOUT_OVERRIDE = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'];

/** 33 s were measured for the first start of 2026.2.26 on two idle cores; a slower machine gets more. */
const BOOT_TIMEOUT_MS = 120_000;

/** Whether `/readyz` says so in its body; before 2026.3.1 there is no such endpoint and an open port must do. */
async function isGatewayReady(release: Release, port: number): Promise<boolean> {
  if (!release.hasHealthEndpoints) return isListening(port);
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, {
      signal: AbortSignal.timeout(patient(3000)),
    });
    const body: { ready?: boolean } = JSON.parse(await response.text());
    return response.status === 200 && body.ready === true;
  } catch {
    // Refused, or not yet JSON: it is still starting.
    return false;
  }
}

/** A home as in the pod, where the root file system is read only: a few folders of it are volumes, the rest cannot be written. */
async function createHome({ configText, folders = DEFAULT_FOLDERS }: BootOptions): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'openclaw-home-'));
  await Promise.all(folders.map(async (folder) => mkdir(folder.replace(POD_HOME, home), { recursive: true, mode: 0o700 })));
  await writeFile(join(home, '.openclaw', 'openclaw.json'), configText.replaceAll(POD_HOME, home));
  await chmod(home, 0o555);
  return home;
}

/**
 * Boots the release's own gateway with this config, in a temporary home and without our environment, and waits until it is ready.
 * 8 to 12 s; 2026.2.26 takes 33 s once for each machine, then 5 s, because it compiles its plugins into the temporary folder, which is kept.
 * @throws StartError with the exit code and all output when it refuses to start.
 */
export async function bootGateway(release: Release, options: BootOptions): Promise<Gateway> {
  const home = await createHome(options);
  const port = options.port ?? (await freePort(3));
  const temporary = join(release.folder, '.tmp');
  await mkdir(temporary, { recursive: true });
  const variables = Object.entries(options.env ?? DEFAULT_ENV).map(([name, value]) => [name, value.replaceAll(POD_HOME, home)] as const);
  const env = {
    ...Object.fromEntries(variables),
    TMPDIR: temporary,
    ...(options.token !== undefined && { OPENCLAW_GATEWAY_TOKEN: options.token }),
  };
  const prefix = process.getuid?.() === 0 ? WITHOUT_OVERRIDE : [];
  const [command, ...args] = [...prefix, release.node, release.entry, 'gateway', 'run', '--port', String(port)];
  const program = startProgram(command, args, { env, folder: home });
  await waitUntilReady(`the gateway of ${release.version}`, program, async () => isGatewayReady(release, port), BOOT_TIMEOUT_MS);
  return { release, port, home, output: () => program.output(), stop: async () => program.stop() };
}
