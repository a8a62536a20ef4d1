import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Exit, freePort, isListening, startProgram, waitUntilReady } from './program';
import type { Release } from './releases';

export interface BootOptions {
  /** The openclaw.json that the gateway starts with. */
  readonly configText: string;
  /** Given as `OPENCLAW_GATEWAY_TOKEN`; none by default. */
  readonly token?: string;
  /** A free one by default. It wins over `gateway.port` of the config. */
  readonly port?: number;
  /** Added to the environment, over ours, given the temporary home. */
  readonly env?: (home: string) => Readonly<Record<string, string>>;
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

/** 33 s were measured for the first start of 2026.2.26 on two idle cores. */
const BOOT_TIMEOUT_MS = 120_000;

/** Whether `/readyz` says so in its body; before 2026.3.1 there is no such endpoint and an open port must do. */
async function isGatewayReady(release: Release, port: number): Promise<boolean> {
  if (!release.hasHealthEndpoints) return isListening(port);
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, {
      signal: AbortSignal.timeout(3000),
    });
    const body: { ready?: boolean } = JSON.parse(await response.text());
    return response.status === 200 && body.ready === true;
  } catch {
    // Refused, or not yet JSON: it is still starting.
    return false;
  }
}

/**
 * Boots the release's own gateway with this config, in a temporary home and without our environment, and waits until it is ready.
 * 8 to 12 s; 2026.2.26 takes 33 s once for each machine, then 5 s, because it compiles its plugins into the temporary folder, which is kept.
 * @throws StartError with the exit code and all output when it refuses to start.
 */
export async function bootGateway(release: Release, options: BootOptions): Promise<Gateway> {
  const home = await mkdtemp(join(tmpdir(), 'openclaw-home-'));
  const state = join(home, '.openclaw');
  const temporary = join(release.folder, '.tmp');
  await Promise.all([mkdir(state, { mode: 0o700 }), mkdir(temporary, { recursive: true })]);
  await writeFile(join(state, 'openclaw.json'), options.configText);
  const port = options.port ?? (await freePort(3));
  const env = {
    HOME: home,
    PATH: '/usr/bin:/bin',
    TMPDIR: temporary,
    XDG_CACHE_HOME: join(state, 'cache'),
    OPENCLAW_DISABLE_BONJOUR: '1',
    OPENCLAW_NO_RESPAWN: '1',
    ...(options.token === undefined ? {} : { OPENCLAW_GATEWAY_TOKEN: options.token }),
    ...options.env?.(home),
  };
  const args = [release.entry, 'gateway', 'run', '--port', String(port)];
  const program = startProgram(release.node, args, { env, folder: home });
  await waitUntilReady(`the gateway of ${release.version}`, program, async () => isGatewayReady(release, port), BOOT_TIMEOUT_MS);
  return { release, port, home, output: () => program.output(), stop: async () => program.stop() };
}
