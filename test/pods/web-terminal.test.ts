import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { type IncomingMessage, type Server, createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Sandbox } from '../programs/sandbox';

const FEATURE = join(__dirname, '..', '..', 'constructs', 'features', 'web-terminal');

/** In the place of ttyd: it says what it was sent, and greets a websocket. */
class Terminal {
  public readonly seen: IncomingMessage[] = [];
  private readonly server: Server = createServer((incoming, outgoing) => {
    this.seen.push(incoming);
    outgoing.end('a terminal');
  });

  public async listen(): Promise<number> {
    this.server.on('upgrade', (incoming, socket) => {
      this.seen.push(incoming);
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello');
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  public stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

async function freePort(): Promise<number> {
  const probe = new Terminal();
  const port = await probe.listen();
  probe.stop();
  return port;
}

async function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

let sandbox: Sandbox;
let terminal: Terminal;
let nginx: ChildProcess;
let port: number;

/** The program of the container and the real nginx, as a user without rights; only ports and folders are others. */
beforeAll(async () => {
  sandbox = new Sandbox();
  terminal = new Terminal();
  const behind = await terminal.listen();
  port = await freePort();
  mkdirSync(sandbox.path('tmp'));
  for (const folder of [sandbox.folder, sandbox.path('tmp')]) chmodSync(folder, 0o777);
  const conf = readFileSync(join(FEATURE, 'nginx.conf'), 'utf8')
    .replaceAll('/tmp/', `${sandbox.path('tmp')}/`)
    .replace('127.0.0.1:7682', `127.0.0.1:${behind}`)
    .replace('listen 7681;', `listen 127.0.0.1:${port};`)
    .replace('listen [::]:7681;', '');
  sandbox.write('credential/username', 'ops');
  sandbox.write('credential/password', 'a:b c$\n');
  chmodSync(sandbox.path('credential'), 0o755);
  const program = sandbox.write('start.sh', readFileSync(join(FEATURE, 'start-terminal-proxy.sh'), 'utf8'));
  const env = {
    PATH: '/usr/sbin:/usr/bin:/bin',
    TERMINAL_CREDENTIAL: sandbox.path('credential'),
    TERMINAL_CONF: sandbox.write('nginx.conf', conf),
    TERMINAL_USERS: sandbox.path('tmp', 'users'),
  };
  const user = process.getuid?.() === 0 ? { uid: 101, gid: 101 } : {};
  nginx = spawn('sh', [program], { stdio: 'ignore', env, ...user });
  for (let tries = 0; !(await isListening(port)); tries += 1) {
    if (tries > 200) throw new Error('nginx does not listen');
    await sleep(50);
  }
});

afterAll(async () => {
  const end = new Promise((resolve) => nginx.once('exit', resolve));
  nginx.kill('SIGTERM');
  await end;
  terminal.stop();
  sandbox.remove();
});

async function ask(auth: string | undefined, headers: Record<string, string> = {}): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, headers, ...(auth !== undefined && { auth }), agent: false });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      let text = '';
      incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
      incoming.once('end', () => resolve({ status: incoming.statusCode, text }));
    });
    outgoing.once('upgrade', (incoming, socket, head) => {
      socket.destroy();
      resolve({ status: incoming.statusCode, text: head.toString() });
    });
    outgoing.end();
  });
}

describe('T-I4 the web terminal behind a real nginx', () => {
  const websocket = { Connection: 'Upgrade', Upgrade: 'websocket', Origin: 'http://terminal.example' };

  it.each([undefined, 'ops:a', 'ops:a:b c', 'eve:a:b c$', 'ops:'])('lets nobody in with %j, by HTTP or websocket', async (auth) => {
    const before = terminal.seen.length;
    expect((await ask(auth)).status).toBe(401);
    expect((await ask(auth, websocket)).status).toBe(401);
    expect(terminal.seen.length).toBe(before);
  });

  it('passes on who knows the password, without the password', async () => {
    expect(await ask('ops:a:b c$', { Host: 'terminal.example' })).toEqual({ status: 200, text: 'a terminal' });
    const { headers } = terminal.seen.at(-1)!;
    expect(headers.host).toBe('terminal.example');
    expect(headers).not.toHaveProperty('authorization');
  });

  it('passes on a websocket with its origin', async () => {
    expect((await ask('ops:a:b c$', websocket)).status).toBe(101);
    expect(terminal.seen.at(-1)?.headers).toMatchObject({ upgrade: 'websocket', origin: 'http://terminal.example' });
  });

  it('shows the password in no list of processes', () => {
    expect(readFileSync(`/proc/${nginx.pid}/cmdline`, 'utf8')).not.toContain('a:b');
    expect(readFileSync(`/proc/${nginx.pid}/environ`, 'utf8')).not.toContain('a:b');
    expect(sandbox.read('tmp/users')).not.toContain('a:b');
  });
});
