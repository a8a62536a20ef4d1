import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { AnswerTooLargeError, BrokenLineError, ConnectionError } from './errors';
import type { TlsSettings } from './cluster-access';

/** What goes over the wire. */
export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | undefined;
  readonly agent: HttpAgent;
  readonly signal: AbortSignal;
  /** Called when the connection stands, right before the first byte goes out. What it throws ends the exchange. */
  readonly begin: () => void;
}

/** How often the kernel asks whether a silent peer is still there. The agent gets the same, so that it does not set it back each time. */
const probeMs = 30_000;

/** An agent for one cluster and one set of TLS settings. */
export function agentFor(protocol: string, tls: TlsSettings, maxSockets: number): HttpAgent {
  // The server closes what lies idle for 90 s; we do so before, or a request would be sent on a connection that is just ending.
  const options = { keepAlive: true, keepAliveMsecs: probeMs, maxSockets, maxFreeSockets: 16, timeout: 60_000 };
  return protocol === 'https:' ? new HttpsAgent({ ...options, ...tls }) : new HttpAgent(options);
}

/** Sends, and resolves when the headers of the answer are there. */
export function exchange({ method, url, headers, body, agent, signal, begin }: Exchange): Promise<IncomingMessage> {
  const isSecure = url.protocol === 'https:';
  const send = isSecure ? httpsRequest : httpRequest;
  const options: RequestOptions = {
    method,
    agent,
    signal,
    headers: {
      ...headers,
      // Node frames the body of a DELETE only when told its length; without it the next request of the connection fails.
      ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }),
    },
  };
  return new Promise((resolve, reject) => {
    const request = send(url, options, resolve);
    const write = (): void => {
      try {
        begin();
        request.end(body);
      } catch (error) {
        request.destroy(error as Error);
      }
    };
    request.on('socket', (socket) => {
      // A peer that vanished without a word is found out by the kernel.
      socket.setKeepAlive(true, probeMs);
      if (socket.connecting) socket.once(isSecure ? 'secureConnect' : 'connect', write);
      else write();
    });
    request.on('error', reject);
  });
}

/** Reads the whole answer. @throws AnswerTooLargeError */
export async function readText(response: IncomingMessage, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > limit) {
      response.destroy();
      throw new AnswerTooLargeError(`the answer is longer than ${limit} bytes; ask for fewer objects a page`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString('utf8');
}

/** The lines of an answer, parsed, as they come. @throws BrokenLineError, AnswerTooLargeError for a line beyond the limit */
export async function* readLines(response: IncomingMessage, limit: number): AsyncGenerator {
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield parseLine(line);
    if (rest.length > limit) throw new AnswerTooLargeError(`a line of the stream is longer than ${limit} characters`);
  }
  if (rest.trim() !== '') yield parseLine(rest);
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The parser's own message quotes the line, which may hold anything.
    throw new BrokenLineError(`a line of the stream is no JSON (${line.length} characters)`);
  }
}

/** Node's error for a broken connection, in our words. */
export function connectionError(what: string, error: unknown): ConnectionError {
  const { code = 'ECONNRESET', message = String(error) } = (error ?? {}) as { readonly code?: string; readonly message?: string };
  return new ConnectionError(`${what}: no answer from the API server: ${message}`, code);
}

/** `299 - "first", 299 - "second"` gives the two texts, unescaped. */
export function warningTexts({ headers }: IncomingMessage): string[] {
  const header = headers['warning'] ?? '';
  const text = Array.isArray(header) ? header.join(', ') : header;
  return [...text.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) => (match[1] ?? '').replaceAll(/\\(.)/g, '$1'));
}

/** Seconds or a date, as HTTP has it; undefined when there is none or it is neither. */
export function retryAfterSeconds({ headers }: IncomingMessage, now: Date): number | undefined {
  const header = headers['retry-after'];
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now.getTime()) / 1000));
}
