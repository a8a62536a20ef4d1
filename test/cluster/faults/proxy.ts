import { readFileSync } from 'node:fs';
import { request as httpsRequest, createServer, Agent } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { ClusterFiles } from '../cluster';

/** What goes wrong with one request. */
export type Fault =
  /** The connection is closed before anything of the request goes on. */
  | { readonly kind: 'refuse' }
  /** The server does what it is told, and the answer is lost. */
  | { readonly kind: 'loseAnswer' }
  /** Neither the request goes on nor an answer comes back. */
  | { readonly kind: 'silence' }
  /** The proxy answers in the server's place. */
  | { readonly kind: 'answer'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  /** The request goes on after a while. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The answer begins, then half of its first line comes, then the connection breaks, or ends as if all were well. */
  | { readonly kind: 'halfLine'; readonly ending: 'cut' | 'end' }
  /** Before its first line the answer has one that is no JSON. */
  | { readonly kind: 'brokenLine' }
  /** The answer begins with this event in place of the server's. */
  | { readonly kind: 'event'; readonly event: unknown }
  /** Something is done before the request goes on, which it then does or not, and when the server has done it, before its answer comes. */
  | {
      readonly kind: 'interlude';
      readonly before: (request: Pick<SeenRequest, 'method' | 'url'>) => Promise<'goes on' | 'ends here'>;
      readonly after: (request: Pick<SeenRequest, 'method' | 'url'>) => Promise<void>;
    };

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: URL;
  readonly fault: Fault['kind'] | undefined;
}

/** Which requests a fault is for. */
export type Matcher = (request: Pick<SeenRequest, 'method' | 'url'>) => boolean;

export const isWatch: Matcher = ({ url }) => url.searchParams.has('watch');
export const isList: Matcher = ({ method, url }) => method === 'GET' && !url.searchParams.has('watch');

interface Rule {
  readonly matches: Matcher;
  readonly fault: Fault;
  left: number;
}

/** Stands in front of a test cluster's API server, under its certificate, and breaks what it is told to break. */
export class FaultProxy {
  /** Every request, in order of arrival. */
  public readonly requests: SeenRequest[] = [];
  /** Connections that clients have made. */
  public connections = 0;

  private readonly rules: Rule[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly upstream: Agent;
  private readonly server;
  private down = false;

  private constructor(private readonly cluster: Pick<ClusterFiles, 'url' | 'caFile'>) {
    const key = readFileSync(cluster.caFile.replace(/\.crt$/, '.key'));
    const cert = readFileSync(cluster.caFile);
    this.upstream = new Agent({ keepAlive: true, ca: cert });
    this.server = createServer({ key, cert }, (request, response) => {
      // Whoever asks may die meanwhile, which is what some tests are about.
      this.handle(request, response).catch(() => request.socket.destroy());
    });
    this.server.on('secureConnection', () => (this.connections += 1));
    this.server.on('connection', (socket: Socket) => {
      if (this.down) {
        socket.destroy();
        return;
      }
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    // Broken handshakes are what we do to people.
    this.server.on('tlsClientError', () => undefined);
  }

  public static async start(cluster: Pick<ClusterFiles, 'url' | 'caFile'>): Promise<FaultProxy> {
    const proxy = new FaultProxy(cluster);
    await new Promise<void>((resolve) => {
      proxy.server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  public get url(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next `times` requests that match have the fault. Rules are asked in the order in which they were given. */
  public fail(matches: Matcher, fault: Fault, times = 1): void {
    this.rules.push({ matches, fault, left: times });
  }

  /** Faults that no request has met yet. */
  public get pending(): number {
    return this.rules.reduce((sum, { left }) => sum + left, 0);
  }

  /** Breaks every connection now. */
  public cutAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Until `comeBack`, breaks every connection and takes none. */
  public goAway(): void {
    this.down = true;
    this.cutAll();
  }

  public comeBack(): void {
    this.down = false;
  }

  public async stop(): Promise<void> {
    this.cutAll();
    this.upstream.destroy();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.cluster.url);
    const seen = { method: request.method ?? '', url };
    const rule = this.rules.find(({ matches, left }) => left > 0 && matches(seen));
    if (rule) rule.left -= 1;
    const fault = rule?.fault;
    this.requests.push({ ...seen, fault: fault?.kind });
    response.on('error', () => undefined);
    if (fault?.kind === 'refuse') request.socket.destroy();
    else if (fault?.kind === 'silence') request.resume();
    else if (fault?.kind === 'answer') answer(request, response, fault);
    else if (fault?.kind === 'interlude' && (await fault.before(seen)) === 'ends here') request.socket.destroy();
    else {
      if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms));
      this.forward(request, response, url, fault);
    }
  }

  private forward(request: IncomingMessage, response: ServerResponse, url: URL, fault: Fault | undefined): void {
    const { host: _host, connection: _connection, ...headers } = request.headers;
    const upstream = httpsRequest(url, { method: request.method, headers, agent: this.upstream }, (received) => {
      received.on('error', () => response.destroy());
      if (fault?.kind === 'loseAnswer') {
        received.resume().on('end', () => request.socket.destroy());
        return;
      }
      if (fault?.kind === 'interlude') {
        answerLater(received, response, async () => fault.after({ method: request.method ?? '', url })).catch(() => response.destroy());
        return;
      }
      const { connection: _theirs, 'transfer-encoding': _chunked, ...kept } = received.headers;
      const spoils = fault !== undefined && fault.kind !== 'delay';
      if (spoils) delete kept['content-length'];
      response.writeHead(received.statusCode ?? 0, kept);
      // A watch begins before it has anything to say.
      response.flushHeaders();
      if (spoils) spoil(received, response, request.socket, fault);
      else received.pipe(response);
    });
    upstream.on('error', () => request.socket.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }
}

function answer(request: IncomingMessage, response: ServerResponse, fault: Fault & { readonly kind: 'answer' }): void {
  const { status, headers = {}, body } = fault;
  request.resume().on('end', () => {
    response.writeHead(status, { 'Content-Type': typeof body === 'string' ? 'text/plain' : 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body ?? statusBody(status)));
  });
}

/** What the server has said, after something else. Whoever asked may be gone by then. */
async function answerLater(received: IncomingMessage, response: ServerResponse, after: () => Promise<void>): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of received) chunks.push(chunk as Buffer);
  await after();
  response.writeHead(received.statusCode ?? 0, { 'Content-Type': received.headers['content-type'] ?? 'application/json' });
  response.end(Buffer.concat(chunks));
}

function spoil(received: IncomingMessage, response: ServerResponse, socket: Socket, fault: Fault): void {
  if (fault.kind === 'event') {
    response.end(`${JSON.stringify(fault.event)}\n`);
    received.destroy();
  } else if (fault.kind === 'brokenLine') {
    response.write('{"type":"MODIFIED","object":{"broken\n');
    received.pipe(response);
  } else if (fault.kind === 'halfLine') {
    received.once('data', (chunk: Buffer) => {
      const half = chunk.subarray(0, Math.floor(chunk.indexOf(10) / 2) || 1);
      if (fault.ending === 'end') response.end(half);
      else response.write(half, () => socket.destroy());
      received.destroy();
    });
  }
}

function statusBody(code: number): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason: reasons[code] ?? '', message: `the proxy says ${code}` };
}

const reasons: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};
