import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../gitops/git/clock';
import type { Log } from '../objects/log';
import type { HookResult, Meter } from '../objects/meter';
import { Verifier, proofIn } from './proof';

/** The path that forges and engines are given. */
export const PATH = '/hooks/git';

/** Bytes of a body; GitHub sends no more. They are summed up and dropped as they come. */
const LARGEST = 25 * 1024 * 1024;

/** Connections at the same time. A genuine delivery takes a moment, so that the oldest one makes room for a new one. */
const MOST_OPEN = 64;

/** Genuine deliveries at once, and how many more each second brings. What proves nothing does not count: it would mute those that do. */
const BURST = 30;
const PER_SECOND = 2;

/** Whoever sends more slowly is cut off. */
const PATIENCE = { requestTimeout: 15_000, headersTimeout: 5000, connectionsCheckingInterval: 5000, keepAliveTimeout: 1000 };

export interface HookServerOptions {
  /** Asked at each delivery, so that a rotated secret needs no restart. */
  readonly secrets: () => readonly string[];
  /** Called with each genuine delivery. @returns whether anybody who can act was told */
  readonly onHook: (isRelayed: boolean) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Pick<Meter, 'hooked'>;
}

/** On what one replica tells another, so that it is not told on. */
export const RELAYED = 'x-openclaw-relayed';

const STATUS: Readonly<Record<HookResult, number>> = { accepted: 202, forged: 401, 'too large': 413, limited: 429, 'nobody leads': 503 };

/**
 * Takes deliveries of forges and engines: that something was pushed. The one thing that follows is a look at the branch, so it does not matter what a
 * delivery says, nor whether it comes twice. Nothing of it is parsed.
 */
export class HookServer {
  private readonly server: Server;
  /** The oldest first. */
  private readonly sockets = new Set<Socket>();
  private tokens = BURST;
  private filledAt: number;

  private constructor(private readonly options: HookServerOptions) {
    this.filledAt = options.clock.monotonic();
    this.server = createServer(PATIENCE, (request, response) => void this.answer(request, response));
    this.server.on('connection', (socket) => this.admit(socket));
  }

  /** @param port 0 for any */
  public static async listen(port: number, options: HookServerOptions, host?: string): Promise<HookServer> {
    const hooks = new HookServer(options);
    await new Promise<void>((resolve, reject) => {
      hooks.server.once('error', reject);
      hooks.server.listen(port, host, resolve);
    });
    return hooks;
  }

  public get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  public async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.split('?')[0] !== PATH) return end(response, 404);
    if (request.method !== 'POST') return end(response, 405, { allow: 'POST' });
    const result = await this.judge(request).catch((error: unknown) => {
      this.options.log.error('a delivery could not be answered', { error: String(error) });
      return 'nobody leads' as const;
    });
    this.options.meter.hooked(result);
    return end(response, STATUS[result], result === 'limited' || result === 'nobody leads' ? { 'retry-after': '5' } : {});
  }

  private async judge(request: IncomingMessage): Promise<HookResult> {
    const proof = proofIn(request.headers);
    const secrets = this.options.secrets();
    if (proof === undefined || secrets.length === 0) return 'forged';
    const verifier = new Verifier(secrets, proof);
    // A wrong token is told before anything is taken in.
    if (proof.kind === 'token' && !verifier.isGenuine) return 'forged';
    const taken = await takeIn(request, verifier);
    if (taken !== 'whole') return taken;
    if (proof.kind === 'signature' && !verifier.isGenuine) return 'forged';
    if (!this.takeToken()) return 'limited';
    return (await this.options.onHook(request.headers[RELAYED] !== undefined)) ? 'accepted' : 'nobody leads';
  }

  /** Strangers who hold connections open keep nobody out. */
  private admit(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    const [oldest] = this.sockets;
    if (this.sockets.size > MOST_OPEN) oldest?.destroy();
  }

  private takeToken(): boolean {
    const now = this.options.clock.monotonic();
    this.tokens = Math.min(BURST, this.tokens + ((now - this.filledAt) / 1000) * PER_SECOND);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}

/** What breaks off proves nothing, and is no trouble of ours: anybody can send half of something. */
async function takeIn(request: IncomingMessage, verifier: Verifier): Promise<'whole' | 'too large' | 'forged'> {
  let size = Number(request.headers['content-length'] ?? 0);
  if (size > LARGEST) return 'too large';
  size = 0;
  try {
    for await (const chunk of request) {
      size += (chunk as Uint8Array).length;
      if (size > LARGEST) return 'too large';
      verifier.add(chunk as Uint8Array);
    }
  } catch {
    return 'forged';
  }
  return 'whole';
}

/** What was not read yet is not waited for. */
function end(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { ...headers, connection: 'close' }).end();
}
