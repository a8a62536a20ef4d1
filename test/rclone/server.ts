import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rcloneFolder, serverFolder } from './programs';

const KEYS = ['key-id', 'key-value'] as const;

/** Programs that serve S3. */
export type S3Program = 'rclone' | 'versitygw';

/** A real server of S3 on the loopback interface, with one bucket. What lies in it is a folder of this machine. */
export class S3Server {
  private readonly home = mkdtempSync(join(tmpdir(), 's3-'));
  private readonly folder = join(this.home, 'buckets');
  private child: ChildProcess | undefined;

  private constructor(
    private readonly program: S3Program,
    private readonly port: number,
  ) {
    for (const path of ['buckets/copies', 'metadata', 'versions']) mkdirSync(join(this.home, path), { recursive: true });
  }

  public static async start(program: S3Program = 'rclone'): Promise<S3Server> {
    const server = new S3Server(program, await freePort());
    await server.resume();
    return server;
  }

  /** The Secret of the bucket. */
  public get secret(): Readonly<Record<string, string>> {
    return {
      S3_ENDPOINT: `http://127.0.0.1:${this.port}`,
      S3_BUCKET: 'copies',
      S3_ACCESS_KEY_ID: KEYS[0],
      S3_SECRET_ACCESS_KEY: KEYS[1],
    };
  }

  /** A path in the bucket, as a path of this machine. */
  public path(...steps: readonly string[]): string {
    return join(this.folder, 'copies', ...steps);
  }

  /** Asks rclone about the bucket, as an administrator does. */
  public rclone(...args: readonly string[]): string {
    const { stdout, stderr, status } = spawnSync(join(rcloneFolder(), 'rclone'), args, { encoding: 'utf8', env: this.remote });
    if (status !== 0) throw new Error(`rclone ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  public async resume(): Promise<void> {
    const [command, args] = this.command;
    const env = { ...process.env, RCLONE_CONFIG: '/notfound', ROOT_ACCESS_KEY: KEYS[0], ROOT_SECRET_KEY: KEYS[1] };
    this.child = spawn(command, [...args], { stdio: 'ignore', env });
    while (!(await answers(this.port))) await sleep(50);
  }

  /** Nobody answers any more. */
  public async pause(): Promise<void> {
    const end = new Promise((resolve) => this.child?.once('exit', resolve));
    this.child?.kill('SIGKILL');
    await end;
  }

  public async stop(): Promise<void> {
    await this.pause();
    rmSync(this.home, { recursive: true, force: true });
  }

  private get command(): readonly [string, readonly string[]] {
    const address = `127.0.0.1:${this.port}`;
    if (this.program === 'rclone') {
      return [join(rcloneFolder(), 'rclone'), ['serve', 's3', '--addr', address, '--auth-key', KEYS.join(','), this.folder]];
    }
    const folders = ['--sidecar', join(this.home, 'metadata'), '--versioning-dir', join(this.home, 'versions')];
    return [join(serverFolder(), 'versitygw'), ['--quiet', '--port', address, 'posix', ...folders, this.folder]];
  }

  private get remote(): NodeJS.ProcessEnv {
    const { S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = this.secret;
    return {
      RCLONE_CONFIG: '/notfound',
      RCLONE_CONFIG_BUCKET_TYPE: 's3',
      RCLONE_CONFIG_BUCKET_PROVIDER: 'Other',
      RCLONE_CONFIG_BUCKET_ENDPOINT: S3_ENDPOINT,
      RCLONE_CONFIG_BUCKET_ACCESS_KEY_ID: S3_ACCESS_KEY_ID,
      RCLONE_CONFIG_BUCKET_SECRET_ACCESS_KEY: S3_SECRET_ACCESS_KEY,
    };
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
