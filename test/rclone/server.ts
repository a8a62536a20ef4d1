import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rcloneFolder } from './programs';

const KEYS = ['key-id', 'key-value'] as const;

/** A real server of S3 on the loopback interface, with one bucket. What lies in it is a folder of this machine. */
export class S3Server {
  private readonly folder = mkdtempSync(join(tmpdir(), 's3-'));
  private child: ChildProcess | undefined;

  private constructor(private readonly port: number) {
    mkdirSync(join(this.folder, 'copies'));
  }

  public static async start(): Promise<S3Server> {
    const server = new S3Server(await freePort());
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
    const args = ['serve', 's3', '--addr', `127.0.0.1:${this.port}`, '--auth-key', KEYS.join(','), this.folder];
    this.child = spawn(join(rcloneFolder(), 'rclone'), args, { stdio: 'ignore', env: { ...process.env, RCLONE_CONFIG: '/notfound' } });
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
    rmSync(this.folder, { recursive: true, force: true });
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
