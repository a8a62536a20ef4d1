import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from '../patience/patience.cjs';
import { giteaFolder } from './programs';

/** A real Gitea on the loopback interface, with two accounts: the writer, whose token is {@link token}, and a person. */
export class Gitea {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    /** Of the writer, for git and for the API. */
    public readonly token: string,
    /** PEM text of its certificate, which is its own authority. */
    public readonly certificate: string,
    private readonly person: string,
  ) {}

  public static async start(): Promise<Gitea> {
    const folder = mkdtempSync(join(tmpdir(), 'gitea-'));
    const port = await freePort();
    mkdirSync(join(folder, 'custom'));
    writeFileSync(join(folder, 'app.ini'), settings(folder, port));
    run(folder, 'migrate');
    const [certificate, key] = ['cert.pem', 'key.pem'].map((name) => join(folder, name));
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const pair = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-keyout', key!, '-out', certificate!];
    execFileSync('openssl', ['req', '-x509', ...pair, ...subject], { stdio: 'ignore' });
    const [token, person] = ['writer', 'jane'].map((name) => account(folder, name));
    const gitea = new Gitea(folder, port, token ?? '', readFileSync(certificate!, 'utf8'), person ?? '');
    await gitea.serve();
    return gitea;
  }

  public get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** Asks its API as a person who may do everything. @returns what it answers */
  public async asPerson(method: string, path: string, body?: object): Promise<unknown> {
    return this.ask(this.person, method, path, body);
  }

  /** The same as the writer. */
  public async asWriter(method: string, path: string, body?: object): Promise<unknown> {
    return this.ask(this.token, method, path, body);
  }

  public async stop(): Promise<void> {
    const end = new Promise((resolve) => this.child?.once('exit', resolve));
    this.child?.kill('SIGTERM');
    const late = setTimeout(() => this.child?.kill('SIGKILL'), patient(5000));
    await end;
    clearTimeout(late);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private ask(token: string, method: string, path: string, body?: object): Promise<unknown> {
    const headers = { authorization: `token ${token}`, 'content-type': 'application/json' };
    const options = { method, headers, ca: this.certificate };
    return new Promise((resolve, reject) => {
      const asked = request(`${this.url}/api/v1${path}`, options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('end', () => {
          const { statusCode = 0 } = response;
          if (statusCode < 300) resolve(text === '' ? undefined : JSON.parse(text));
          else reject(new Error(`${method} ${path}: ${statusCode} ${text}`));
        });
      });
      asked.on('error', reject);
      asked.end(body && JSON.stringify(body));
    });
  }

  private async serve(): Promise<void> {
    this.child = spawn(join(giteaFolder(), 'gitea'), ['web', '-c', join(this.folder, 'app.ini')], {
      stdio: 'ignore',
      env: environment(this.folder),
    });
    for (;;) {
      try {
        await this.asPerson('GET', '/version');
        return;
      } catch (error) {
        if (this.child.exitCode !== null) throw new Error('gitea has ended', { cause: error });
        await sleep(100);
      }
    }
  }
}

function environment(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: folder };
}

function run(folder: string, ...args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(join(giteaFolder(), 'gitea'), [...args, '-c', join(folder, 'app.ini')], {
    encoding: 'utf8',
    env: environment(folder),
  });
  if (status !== 0) throw new Error(`gitea ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

/** @returns its token */
function account(folder: string, name: string): string {
  const rights = ['--admin', '--must-change-password=false', '--access-token', '--access-token-scopes', 'all'];
  const said = run(folder, 'admin', 'user', 'create', '--username', name, '--email', `${name}@example.org`, '--random-password', ...rights);
  const token = /token was successfully created\.* ([0-9a-f]{40})/.exec(said)?.[1];
  if (token === undefined) throw new Error(`gitea told no token: ${said}`);
  return token;
}

function settings(folder: string, port: number): string {
  return `RUN_MODE = prod
RUN_USER = ${process.getuid?.() === 0 ? 'root' : (process.env['USER'] ?? '')}
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
WORK_PATH = ${folder}
[server]
PROTOCOL = https
CERT_FILE = ${folder}/cert.pem
KEY_FILE = ${folder}/key.pem
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = https://127.0.0.1:${port}/
DISABLE_SSH = true
OFFLINE_MODE = true
STATIC_ROOT_PATH = ${giteaFolder()}
[database]
DB_TYPE = sqlite3
PATH = ${folder}/gitea.db
[repository]
ROOT = ${folder}/repositories
[security]
INSTALL_LOCK = true
SECRET_KEY = ${'s'.repeat(40)}
[log]
MODE = console
LEVEL = Error
[indexer]
ISSUE_INDEXER_TYPE = db
[session]
PROVIDER = memory
[service]
DISABLE_REGISTRATION = true
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
