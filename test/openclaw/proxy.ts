import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Exit, freePort, isListening, startProgram, waitUntilReady } from './program';

export interface Nginx {
  /** Where it listens instead of 18790. */
  readonly gatewayPort: number;
  /** Where it listens instead of 18794. */
  readonly canvasPort: number;
  output(): string;
  stop(): Promise<Exit>;
}

const NGINX = '/usr/sbin/nginx';
/** Debian's `nobody`. nginx as root would behave unlike the container's, which never is. */
const NOBODY = 65_534;
const ENV = { PATH: '/usr/bin:/bin' };

/** Replaces every place of each text. @throws when one does not occur: then the file changed and the test would try something else. */
export function rewriteConf(confText: string, replacements: readonly (readonly [from: string, to: string])[]): string {
  return replacements.reduce((text, [from, to]) => {
    if (!text.includes(from))
      throw new Error(`nginx.conf: ${JSON.stringify(from)} does not occur, the test's replacements are out of date`);
    return text.replaceAll(from, to);
  }, confText);
}

const OUTSIDE = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

/** Why no client from outside can be played here, or undefined. */
export const MISSING_OUTSIDE: string | undefined = OUTSIDE === undefined ? 'no network interface but loopback' : undefined;

/** The machine's own address that is not loopback. What comes to the proxy from it is to the gateway a client from outside. */
export function outsideAddress(): string {
  if (OUTSIDE === undefined) throw new Error(MISSING_OUTSIDE);
  return OUTSIDE;
}

/** `nginx -t`. @throws with its output when nginx refuses the file. */
async function checkConf(args: readonly string[], cwd: string, identity: { uid?: number; gid?: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    execFile(NGINX, ['-t', ...args], { env: ENV, cwd, ...identity }, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`nginx -t refuses the file:\n${stderr}`));
    });
  });
}

/**
 * Runs the real nginx on the nginx.conf that we generate, never as root. Only the ports, the gateway's address and the folder `/tmp` are
 * replaced, so that many can run on one machine.
 * @param upstreamPort where the gateway listens instead of 18789
 * @throws when a replacement does not fit, when `nginx -t` refuses the file, and when nginx does not start.
 */
export async function startNginx(confText: string, upstreamPort: number): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-nginx-'));
  const [gatewayPort, canvasPort] = [await freePort(), await freePort()];
  const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const args = ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')];
  try {
    const conf = rewriteConf(confText, [
      ['listen 18790', `listen ${gatewayPort}`],
      ['listen [::]:18790', `listen [::]:${gatewayPort}`],
      ['listen 18794', `listen ${canvasPort}`],
      ['listen [::]:18794', `listen [::]:${canvasPort}`],
      ['127.0.0.1:18789', `127.0.0.1:${upstreamPort}`],
      ['/tmp', folder],
    ]);
    await writeFile(join(folder, 'nginx.conf'), conf);
    if (identity.uid !== undefined) await chown(folder, identity.uid, identity.gid);
    await checkConf(args, folder, identity);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  const program = startProgram(NGINX, [...args, '-g', 'daemon off;'], { env: ENV, folder, ...identity });
  await waitUntilReady('nginx', program, async () => isListening(gatewayPort), 10_000);
  return { gatewayPort, canvasPort, output: () => program.output(), stop: async () => program.stop(5000) };
}
