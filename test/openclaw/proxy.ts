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

/** The machine's own address that is not loopback. What comes to the proxy from it is to the gateway a client from outside. */
export function outsideAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const found = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found === undefined) throw new Error('no network interface but loopback: a client from outside cannot be played');
  return found.address;
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
  const remove = async () => rm(folder, { recursive: true, force: true });
  const [gatewayPort, canvasPort] = [await freePort(), await freePort()];
  try {
    const conf = rewriteConf(confText, [
      ['listen 18790', `listen ${gatewayPort}`],
      ['listen [::]:18790', `listen [::]:${gatewayPort}`],
      ['listen 18794', `listen ${canvasPort}`],
      ['listen [::]:18794', `listen [::]:${canvasPort}`],
      ['127.0.0.1:18789', `127.0.0.1:${upstreamPort}`],
      ['/tmp', folder],
    ]);
    const file = join(folder, 'nginx.conf');
    await writeFile(file, conf);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) await chown(folder, NOBODY, NOBODY);
    const args = ['-e', 'stderr', '-p', folder, '-c', file];
    await checkConf(args, folder, isRoot ? { uid: NOBODY, gid: NOBODY } : {});
    const foreground = confText.includes('daemon off;') ? [] : ['-g', 'daemon off;'];
    const program = startProgram(NGINX, [...args, ...foreground], {
      env: ENV,
      cwd: folder,
      ...(isRoot ? { uid: NOBODY } : {}),
    });
    await waitUntilReady('nginx', program, async () => isListening(gatewayPort), 10_000);
    return {
      gatewayPort,
      canvasPort,
      output: () => program.output(),
      async stop() {
        const exit = await program.stop(5000);
        await remove();
        return exit;
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
