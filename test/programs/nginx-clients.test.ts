import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { type IncomingHttpHeaders, type Server, createServer, request } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { anInstance, rendered } from '../builders';
import { counts } from './counts';
import { Sandbox } from './sandbox';

const CONFIG = readFileSync(join(__dirname, '..', '..', 'constructs', 'core', 'gateway', 'nginx.conf'), 'utf8');
const MIB = 1024 * 1024;

/** What the gateway got, and how it answers. */
class Gateway {
  public seen: IncomingHttpHeaders = {};
  private readonly server: Server;

  constructor(answer: 'at once' | 'never' | 'without end') {
    this.server = createServer((incoming, outgoing) => {
      this.seen = incoming.headers;
      if (answer === 'at once') outgoing.end('well');
      if (answer === 'without end') outgoing.write(Buffer.alloc(256 * 1024));
    });
  }

  public async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  public stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

let sandbox: Sandbox;
let nginx: ChildProcess | undefined;
let gateway: Gateway;
let port: number;
let sockets: Socket[] = [];

/** The real nginx with our file, but for its ports and folder, as a user without rights. */
async function start(answer: ConstructorParameters<typeof Gateway>[0]): Promise<void> {
  gateway = new Gateway(answer);
  const upstream = await gateway.listen();
  port = await freePort();
  sandbox = new Sandbox();
  mkdirSync(sandbox.path('tmp'));
  for (const folder of [sandbox.folder, sandbox.path('tmp')]) chmodSync(folder, 0o777);
  const replacements: readonly (readonly [string, string])[] = [
    ['/tmp/', `${sandbox.path('tmp')}/`],
    ['127.0.0.1:18789', `127.0.0.1:${upstream}`],
    ['listen [::]:18790;', ''],
    ['listen [::]:18794;', ''],
    ['listen 18790;', `listen 127.0.0.1:${port};`],
    ['listen 18794;', `listen 127.0.0.1:${await freePort()};`],
  ];
  const text = replacements.reduce((config, [from, to]) => config.replaceAll(from, to), CONFIG);
  const file = sandbox.write('nginx.conf', text);
  const user = process.getuid?.() === 0 ? { uid: 101, gid: 101 } : {};
  nginx = spawn('nginx', ['-e', 'stderr', '-c', file, '-g', 'daemon off;'], { stdio: 'ignore', ...user });
  for (let tries = 0; !(await isListening()); tries += 1) {
    if (tries > 100) throw new Error('nginx does not listen');
    await sleep(50);
  }
}

async function isListening(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    sockets.push(socket);
  });
}

async function stop(): Promise<void> {
  for (const socket of sockets.splice(0)) socket.destroy();
  gateway.stop();
  if (nginx?.exitCode === null) {
    const end = new Promise((resolve) => nginx?.once('exit', resolve));
    nginx.kill('SIGTERM');
    await end;
  }
  sandbox.remove();
}

async function freePort(): Promise<number> {
  const probe = new Gateway('at once');
  const free = await probe.listen();
  probe.stop();
  return free;
}

/** The status that a client with these headers gets within two seconds. */
async function status(headers: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
  return new Promise((resolve) => {
    const outgoing = request({ host: '127.0.0.1', port, headers, timeout: 2000, agent: false }, (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode);
    });
    outgoing.once('timeout', () => outgoing.destroy());
    outgoing.once('error', () => resolve(undefined));
    outgoing.end();
  });
}

/** Connects so many clients, and lets each send the same. */
async function flood(clients: number, text: string, reads: boolean): Promise<void> {
  for (let first = 0; first < clients; first += 200) {
    const batch = Array.from({ length: Math.min(200, clients - first) }, async () => {
      const socket = connect({ host: '127.0.0.1', port });
      sockets.push(socket);
      if (!reads) socket.pause();
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
      await new Promise((resolve) => socket.write(text, resolve));
    });
    await Promise.all(batch);
  }
  await sleep(1500);
}

/** Bytes that nginx ever had in memory, all its processes together. */
function mostMemory(): number {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(nginx?.pid)], { encoding: 'utf8' });
  const pids = [nginx?.pid, ...stdout.trim().split(/\s+/)];
  const kib = pids.map((pid) => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]));
  return kib.reduce((sum, one) => sum + one, 0) * 1024;
}

const missing = spawnSync('nginx', ['-v']).error !== undefined || process.platform !== 'linux';
const LIMIT = String(rendered(anInstance()).container('gateway-proxy').resources.limits['memory']);
const limit = Number(/^(\d+)Mi$/.exec(LIMIT)?.[1]) * MIB;
const headerLines = (bytes: number): string => `X-Filler: ${'x'.repeat(1900)}\r\n`.repeat(Math.floor(bytes / 1912));

(missing ? describe.skip : describe)('T-R11 the proxy (skipped where nginx is not installed)', () => {
  afterEach(stop);

  it.each([
    ['never end 24 KB of headers', 'never', `GET / HTTP/1.1\r\nHost: a\r\n${headerLines(24 * 1024)}`, true],
    ['never end 15 KB of headers', 'never', `GET / HTTP/1.1\r\nHost: a\r\n${headerLines(15 * 1024)}`, true],
    [
      'never end a body after 12 KB of headers',
      'never',
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n${headerLines(12 * 1024)}\r\n${'x'.repeat(64 * 1024)}`,
      true,
    ],
    ['never read an answer', 'without end', `GET / HTTP/1.1\r\nHost: a\r\n${headerLines(12 * 1024)}\r\n`, false],
  ] as const)(
    'stays under its memory limit whatever thousands of clients do that %s',
    async (_what, answer, text, reads) => {
      await start(answer);
      await flood(counts.slowClients, text, reads);
      const memory = mostMemory();
      process.stderr.write(`proxy: ${Math.round(memory / MIB)} MiB with ${counts.slowClients} clients that ${_what}\n`);
      expect(memory).toBeLessThan(limit * 0.9);
    },
    60_000,
  );

  it('parts with clients that do not say in ten seconds what they want, and serves others', async () => {
    await start('at once');
    await flood(1800, 'GET / HTTP/1.1\r\n', true);
    await sleep(11_000);
    expect(sockets.filter(({ destroyed }) => !destroyed)).toHaveLength(0);
    expect(await status()).toBe(200);
  }, 60_000);

  it('passes no header on in which a client says who it is, and says where it comes from itself', async () => {
    await start('at once');
    const names = [
      'X-Real-IP',
      'Forwarded',
      'Tailscale-User-Login',
      'Tailscale-User-Name',
      'Tailscale-User-Profile-Pic',
      'Tailscale-Headers-Info',
      'Tailscale-Funnel-Request',
      'Tailscale-App-Capabilities',
    ];
    const headers = Object.fromEntries(names.map((name) => [name, 'for=127.0.0.1']));
    expect(await status({ ...headers, 'X-Forwarded-For': '100.64.0.1', 'X-Forwarded-Host': 'evil', 'X-Other': 'kept' })).toBe(200);
    expect(gateway.seen).toMatchObject({ 'x-forwarded-for': '100.64.0.1, 127.0.0.1', 'x-other': 'kept' });
    expect(gateway.seen['x-forwarded-host']).toBe(gateway.seen.host);
    expect(Object.keys(gateway.seen).filter((name) => names.some((other) => other.toLowerCase() === name))).toEqual([]);
  });

  it('takes the headers of ordinary clients: a cookie of 7 KB, 15 KB in all', async () => {
    await start('at once');
    expect(await status({ Cookie: `session=${'x'.repeat(7000)}`, Authorization: `Bearer ${'x'.repeat(7000)}` })).toBe(200);
  });
});
