import type { Agent, IncomingMessage } from 'node:http';
import type { Clock } from '../../gitops/git/clock';
import type { Fence } from '../../gitops/git/fence';
import type { ClusterAccess, ClusterCredentials, TlsSettings } from './cluster-access';
import { Deadline } from './deadline';
import { AnswerTooLargeError, ApiError, BrokenLineError, ConnectionError, CredentialsError, FencedError } from './errors';
import { agentFor, connectionError, exchange, readLines, readText, retryAfterSeconds, warningTexts } from './http-exchange';
import { isReadOnly, isRepeatable, type ApiPort, type ApiRequest, type ApiResponse } from './port';
import type { Meter } from '../objects/meter';
import { refusal } from './refusal';
import { userAgent } from './user-agent';

export interface HttpApiOptions {
  readonly access: ClusterAccess;
  readonly clock: Clock;
  /** Asked before every try of a request that writes, and once more before its first byte. */
  readonly fence: Fence;
  /** @default `openclaw-cdk8s/<version>` */
  readonly userAgent?: string;
  /** For one try. @default 30 s */
  readonly timeoutMs?: number;
  /** Tries of one request, the first included. @default 5 */
  readonly maxTries?: number;
  /** From the first try until no further one begins. @default 60 s */
  readonly maxTotalMs?: number;
  /** Told of every try: its code, and the time until it was answered. @default - nobody is */
  readonly meter?: Pick<Meter, 'answered'> | undefined;
  /** The longest answer, and the longest line of a stream. @default 64 MiB */
  readonly maxAnswerBytes?: number;
}

/** Connections that carry requests; streams have their own, for they would hold these for minutes. */
const maxSockets = 16;

interface Agents {
  readonly requests: Agent;
  readonly streams: Agent;
}

/** The API server over HTTP/1.1: raw JSON, pooled connections, one place for time-outs, waiting and the fence. */
export class HttpApi implements ApiPort {
  private readonly base: URL;
  private readonly maxAnswerBytes: number;
  private readonly userAgent: string;
  private agents: Agents | undefined;
  private agentsTls: TlsSettings | undefined;
  private closed = false;

  /** @throws Error if the server's address is neither `https:` nor `http:` on loopback */
  public constructor(private readonly options: HttpApiOptions) {
    this.base = serverUrl(options.access.server);
    this.userAgent = options.userAgent ?? userAgent();
    this.maxAnswerBytes = options.maxAnswerBytes ?? 2 ** 26;
  }

  public async request(request: ApiRequest): Promise<ApiResponse> {
    const { clock, maxTries = 5, maxTotalMs = 60_000 } = this.options;
    const end = clock.monotonic() + maxTotalMs;
    let refused = false;
    for (let tries = 1; ; tries += 1) {
      this.passFence(request);
      try {
        return await this.try(request, refused);
      } catch (error) {
        request.signal?.throwIfAborted();
        if (this.closed) throw error;
        const wait = waitBeforeRetry(request, error, tries, refused, clock);
        if (wait === undefined || tries >= maxTries || clock.monotonic() + wait > end) throw error;
        refused ||= isUnauthorized(error);
        if (wait > 0) await clock.sleep(wait, request.signal);
      }
    }
  }

  public async *stream(request: ApiRequest, signal: AbortSignal): AsyncGenerator {
    let response = await this.open(request, signal, false).catch((error: unknown) => {
      if (isUnauthorized(error)) return undefined;
      throw error;
    });
    response ??= await this.open(request, signal, true);
    try {
      yield* readLines(response, this.maxAnswerBytes);
    } catch (error) {
      signal.throwIfAborted();
      throw named(request, error);
    } finally {
      response.destroy();
    }
  }

  /** Closes all connections: what is under way fails, and nothing is sent any more. */
  public close(): void {
    this.closed = true;
    this.agents?.requests.destroy();
    this.agents?.streams.destroy();
    this.agents = undefined;
  }

  private passFence(request: ApiRequest): void {
    if (!isReadOnly(request) && !this.options.fence.mayWrite()) throw new FencedError(request);
  }

  private refuseClosed({ method, path }: ApiRequest): void {
    if (this.closed) throw new ConnectionError(`${method} ${path}: not sent, for the connections have been closed`, 'ECLOSED');
  }

  private async try(request: ApiRequest, refused: boolean): Promise<ApiResponse> {
    const deadline = this.deadline(request, request.signal);
    try {
      const credentials = await deadline.race(this.options.access.credentials(refused));
      const response = await this.measured(request.method, () => this.send(request, credentials, 'requests', deadline.signal));
      const body = parseBody(request, response, await readText(response, this.maxAnswerBytes));
      if (!isSuccess(response)) throw this.refusal(request, response, body);
      return { status: response.statusCode ?? 0, body, warnings: warningTexts(response) };
    } catch (error) {
      deadline.signal.throwIfAborted();
      throw named(request, error);
    } finally {
      deadline.release();
    }
  }

  /** Resolves when the stream begins; the time-out counts until then, the signal until its end. */
  private async open(request: ApiRequest, signal: AbortSignal, refused: boolean): Promise<IncomingMessage> {
    const deadline = this.deadline(request, signal);
    try {
      const credentials = await deadline.race(this.options.access.credentials(refused));
      const response = await this.measured('WATCH', () => this.send(request, credentials, 'streams', deadline.signal));
      response.once('close', () => deadline.release());
      if (!isSuccess(response))
        throw this.refusal(request, response, parseBody(request, response, await readText(response, this.maxAnswerBytes)));
      deadline.disarm();
      return response;
    } catch (error) {
      deadline.release();
      deadline.signal.throwIfAborted();
      throw named(request, error);
    }
  }

  private deadline(request: ApiRequest, outer: AbortSignal | undefined): Deadline {
    const timeoutMs = request.timeoutMs ?? this.options.timeoutMs ?? 30_000;
    const late = (): Error =>
      new ConnectionError(`${request.method} ${request.path}: no answer from the API server within ${timeoutMs} ms`, 'ETIMEDOUT');
    return new Deadline(this.options.clock, timeoutMs, late, outer);
  }

  private refusal(request: ApiRequest, response: IncomingMessage, body: unknown): ApiError {
    return refusal(request, response.statusCode ?? 0, body, retryAfterSeconds(response, this.options.clock.now()));
  }

  private async send(
    request: ApiRequest,
    credentials: ClusterCredentials,
    use: keyof Agents,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { method, path, query = {}, body, contentType = 'application/json', accept = 'application/json' } = request;
    this.refuseClosed(request);
    const url = new URL(this.base.pathname.replace(/\/$/, '') + path, this.base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const headers = {
      ...credentials.headers,
      Accept: accept,
      'User-Agent': this.userAgent,
      ...(body !== undefined && { 'Content-Type': contentType }),
    };
    const agent = this.agentsOf(credentials)[use];
    // Credentials, a free connection and its handshake may each have taken a while.
    const begin = (): void => {
      this.refuseClosed(request);
      this.passFence(request);
    };
    return exchange({ method, url, headers, body: body === undefined ? undefined : JSON.stringify(body), agent, signal, begin });
  }

  private async measured(verb: string, send: () => Promise<IncomingMessage>): Promise<IncomingMessage> {
    const { clock, meter } = this.options;
    const begun = clock.monotonic();
    const tell = (code: string): void => meter?.answered(verb, code, (clock.monotonic() - begun) / 1000);
    try {
      const response = await send();
      tell(String(response.statusCode ?? 0));
      return response;
    } catch (error) {
      // What was never sent is no request.
      if (!(error instanceof FencedError)) tell('<error>');
      throw error;
    }
  }

  private agentsOf({ tls }: ClusterCredentials): Agents {
    if (this.agents && this.agentsTls === tls) return this.agents;
    const old = this.agents;
    this.agents = { requests: agentFor(this.base.protocol, tls, maxSockets), streams: agentFor(this.base.protocol, tls, Infinity) };
    this.agentsTls = tls;
    // Requests under way end in peace: only what lies idle is closed.
    if (old) [old.requests, old.streams].forEach(retire);
    return this.agents;
  }
}

/** @throws Error for anything but `https:`, or `http:` on loopback, where `kubectl proxy` listens */
function serverUrl(server: string): URL {
  const url = new URL(server);
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && loopback)) return url;
  throw new Error(`server ${url.origin}: credentials do not travel in the clear; use an https: address`);
}

/** How long to wait before the next try; undefined when there is to be none. */
function waitBeforeRetry(request: ApiRequest, error: unknown, tries: number, refused: boolean, clock: Clock): number | undefined {
  const backoff = Math.min(5000, 100 * 2 ** tries) * (0.5 + clock.random() / 2);
  if (error instanceof CredentialsError) return undefined;
  if (error instanceof ConnectionError) return isRepeatable(request) ? backoff : undefined;
  if (!(error instanceof ApiError)) return undefined;
  // The server has not looked at a request whose sender it does not know. Once, with new credentials.
  if (isUnauthorized(error)) return refused ? undefined : 0;
  if (error.status !== 429 && error.status !== 503) return undefined;
  // 429 always means "not now". A 503 with a time to come back is the server's own; one without may be a proxy that lost the answer.
  if (error.retryAfterSeconds !== undefined) return error.retryAfterSeconds * 1000 + backoff;
  return error.status === 429 || isRepeatable(request) ? 1000 + backoff : undefined;
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

/** Our own errors pass as they are; node's become a ConnectionError. */
function named(request: ApiRequest, error: unknown): unknown {
  const ours = [ApiError, ConnectionError, FencedError, BrokenLineError, AnswerTooLargeError].some((type) => error instanceof type);
  return ours ? error : connectionError(`${request.method} ${request.path}`, error);
}

function isSuccess({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function parseBody({ method, path }: ApiRequest, response: IncomingMessage, text: string): unknown {
  if (!(response.headers['content-type'] ?? '').includes('json')) return text;
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold anything.
    throw new ConnectionError(`${method} ${path}: the answer of the API server is broken JSON`, 'EBADMSG');
  }
}

/** Keeps no connection from now on; those in use end with their requests. */
function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}
