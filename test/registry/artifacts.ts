import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../cluster/ports';
import { patient } from '../patience/patience.cjs';

const PROGRAM = '/usr/bin/docker-registry';

/** Why the real registry cannot be run, or undefined. */
export const missingRegistry = existsSync(PROGRAM) ? undefined : `not installed: ${PROGRAM}`;

const PASSWORD = 's3cr:et';
/** `htpasswd -B` of it. */
const HASH = '$2b$04$QsIwC0ABpUWdj/Mfgdg65.FmbNQzW.8Ue2x1/YOE0KqtDMl/GR106';

/** The real registry of images and artifacts, which lets in whoever knows the password. */
export class RealRegistry {
  public readonly credentials = { user: 'alice', password: PASSWORD };

  private constructor(
    public readonly host: string,
    private readonly program: ChildProcess,
    /** What is in here may be read by this user alone. */
    public readonly folder: string,
  ) {}

  public static async start(): Promise<RealRegistry> {
    const folder = mkdtempSync(join(tmpdir(), 'openclaw-registry-'));
    const host = `127.0.0.1:${await freePort()}`;
    writeFileSync(join(folder, 'htpasswd'), `alice:${HASH}\n`);
    const config = {
      version: '0.1',
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: join(folder, 'data') } },
      http: { addr: host },
      auth: { htpasswd: { realm: 'images', path: join(folder, 'htpasswd') } },
    };
    writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
    const program = spawn(PROGRAM, ['serve', join(folder, 'config.yml')], { stdio: 'ignore', env: { PATH: '/usr/bin:/bin' } });
    const registry = new RealRegistry(host, program, folder);
    writeFileSync(registry.dockerConfigFile, registry.dockerConfig, { mode: 0o600 });
    const end = Date.now() + patient(20_000);
    while (!(await registry.answers())) {
      if (Date.now() > end) throw new Error('the registry does not answer');
      await sleep(100);
    }
    return registry;
  }

  /** As `docker login` writes it. */
  public get dockerConfig(): string {
    return JSON.stringify({ auths: { [this.host]: { auth: Buffer.from(`alice:${PASSWORD}`).toString('base64') } } });
  }

  public get dockerConfigFile(): string {
    return join(this.folder, 'config.json');
  }

  /** As whoever knows the password. */
  public async send(method: string, path: string, expected: number, body?: Buffer, type?: string): Promise<Response> {
    const authorization = `Basic ${Buffer.from(`alice:${PASSWORD}`).toString('base64')}`;
    const headers = { authorization, ...(type !== undefined && { 'content-type': type }) };
    const response = await fetch(`http://${this.host}${path}`, { method, headers, ...(body && { body: new Uint8Array(body) }) });
    if (response.status !== expected) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  public async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.program.once('exit', resolve));
    this.program.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async answers(): Promise<boolean> {
    return fetch(`http://${this.host}/v2/`).then(
      ({ status }) => status === 401,
      () => false,
    );
  }
}
