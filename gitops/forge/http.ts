/** The one door to a forge: JSON over HTTPS, with a time-out, bounds, and nothing of the token in what it says. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { type Redact, redactor } from '../git/redact';
import { ForgeError } from './forge-error';

export interface ForgeHttpSettings {
  /** Where its API begins, such as `https://api.github.com`. */
  readonly url: string;
  /** Asked before each request, so that a rotated token is taken up. What it throws is the answer. @default - requests have none */
  readonly token?: (() => string | undefined | Promise<string>) | undefined;
  /** PEM text of the authorities that vouch for the server. @default - those of the system */
  readonly certificateAuthorities?: string | undefined;
  /** From the first byte sent to the last one received, in milliseconds. @default 15000 */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds since 1970. @default - those of this machine */
  readonly now?: (() => number) | undefined;
}

/** How a forge wants to be spoken to. */
export interface Dialect {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The headers that carry a token. */
  readonly authorization: (token: string) => Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Remembered {
  readonly etag: string;
  readonly answer: Answer;
}

/** Bytes of one answer at most: a page of a hundred pull requests with long bodies is some megabytes. */
const LIMIT = 16 * 1024 * 1024;

/** Pages of one list at most. */
const MOST_PAGES = 50;

/** Answers that are kept to be asked for conditionally; together they are no larger than one may be. */
const MOST_REMEMBERED = 20;

/** Milliseconds that a server may ask for at most: some name a moment in another unit, and no timer runs for years. */
const LONGEST_PAUSE = 60 * 60_000;

export class ForgeHttp {
  private readonly base: URL;
  private readonly remembered = new Map<string, Remembered>();

  /** @throws {@link ForgeError} `FORGE-SETTINGS` */
  public constructor(
    private readonly settings: ForgeHttpSettings,
    private readonly dialect: Dialect,
  ) {
    this.base = checkForgeUrl(settings.url);
  }

  /** All elements of a list, page by page. A page that is known costs an answer without a body. @param mostPages @default 50 */
  public async list(path: string, query: Readonly<Record<string, string>>, mostPages = MOST_PAGES): Promise<unknown[]> {
    const all: unknown[] = [];
    let url: URL | undefined = this.at(path, query);
    for (let page = 0; url !== undefined && page < mostPages; page += 1) {
      const answer: Answer = await this.get(url);
      const value = this.json(answer);
      if (!Array.isArray(value)) throw new ForgeError('FORGE-REFUSED', `${this.dialect.name} answers with no list where one was expected`);
      all.push(...(value as unknown[]));
      url = this.next(answer);
    }
    return all;
  }

  public async send(method: 'POST' | 'PUT' | 'PATCH', path: string, body: object): Promise<unknown> {
    return this.json(await this.ask(method, this.at(path, {}), JSON.stringify(body)));
  }

  private async get(url: URL): Promise<Answer> {
    const before = this.remembered.get(url.href);
    const answer = await this.ask('GET', url, undefined, before?.etag);
    if (answer.status === 304 && before) return before.answer;
    const { etag } = answer.headers;
    if (etag !== undefined) {
      const size = [...this.remembered.values()].reduce((sum, one) => sum + one.answer.text.length, answer.text.length);
      if (this.remembered.size >= MOST_REMEMBERED || size > LIMIT) this.remembered.clear();
      this.remembered.set(url.href, { etag, answer });
    }
    return answer;
  }

  private at(path: string, query: Readonly<Record<string, string>>): URL {
    const url = new URL(`${this.base.href.replace(/\/$/, '')}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  /** The next page; never of another server, which the token has no business with. */
  private next({ headers: { link } }: Answer): URL | undefined {
    const target = /<([^<>]+)>;\s*rel="?next"?/.exec(Array.isArray(link) ? link.join(', ') : (link ?? ''))?.[1];
    if (target === undefined) return undefined;
    const url = new URL(target, this.base);
    // Behind a proxy a server may not know its own name: its path and query count.
    return new URL(`${url.pathname}${url.search}`, this.base);
  }

  private async ask(method: string, url: URL, body?: string, etag?: string): Promise<Answer> {
    const token = await this.settings.token?.();
    const { name } = this.dialect;
    const redact = redactor(token === undefined ? [] : [token]);
    let answer: Answer;
    try {
      answer = await this.exchange(method, url, body, {
        ...this.dialect.headers,
        'user-agent': 'openclaw-cdk8s',
        ...(token !== undefined && this.dialect.authorization(token)),
        ...(etag !== undefined && { 'if-none-match': etag }),
        ...(body !== undefined && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
      });
    } catch (error) {
      const { code, name: kind, message } = error as NodeJS.ErrnoException;
      const why = kind === 'AbortError' || kind === 'TimeoutError' ? 'no answer in time' : (code ?? message);
      throw new ForgeError('FORGE-UNREACHABLE', `${name} at ${url.host} does not answer (${redact(why)})`);
    }
    if (answer.status < 300 || answer.status === 304) return answer;
    throw this.failure(answer, redact);
  }

  private exchange(method: string, url: URL, body: string | undefined, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const { certificateAuthorities: ca, timeoutMs = 15_000 } = this.settings;
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const signal = AbortSignal.timeout(timeoutMs);
    return new Promise((resolve, reject) => {
      const request = open(url, { method, headers, signal, ...(ca !== undefined && { ca }) }, (response) => {
        const chunks: Uint8Array[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > LIMIT) request.destroy(new Error(`an answer of more than ${LIMIT} bytes`));
          else chunks.push(new Uint8Array(chunk));
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }),
        );
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  private json({ text }: Answer): unknown {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new ForgeError('FORGE-REFUSED', `${this.dialect.name} answers with something else than JSON: is ${this.base.href} its API?`);
    }
  }

  private failure({ status, headers, text }: Answer, redact: Redact): ForgeError {
    const { name } = this.dialect;
    const said = redact(wordsIn(text));
    const told = `${name} answers ${status}${said === '' ? '' : `: ${said}`}`;
    const retryAfter = this.pause(headers);
    const isExhausted = headers['x-ratelimit-remaining'] === '0' || headers['ratelimit-remaining'] === '0';
    if (status === 429 || (status === 403 && (isExhausted || headers['retry-after'] !== undefined))) {
      return new ForgeError('FORGE-LIMIT', `${told}; it has had too many requests`, retryAfter, status);
    }
    if (status >= 500) return new ForgeError('FORGE-UNREACHABLE', told, retryAfter, status);
    // Who may not see a repository is told that there is none.
    if (status === 401 || status === 403 || status === 404) return new ForgeError('FORGE-AUTH', told, undefined, status);
    if (status >= 300 && status < 400)
      return new ForgeError('FORGE-SETTINGS', `${told}: the repository or the API is somewhere else`, undefined, status);
    return new ForgeError('FORGE-REFUSED', told, undefined, status);
  }

  /** Milliseconds until the server wants to be asked again. */
  private pause(headers: IncomingHttpHeaders): number | undefined {
    const now = this.settings.now?.() ?? Date.now();
    const after = headers['retry-after'];
    if (after !== undefined) {
      const seconds = Number(after);
      const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(after) - now;
      return pauseOf(ms);
    }
    const reset = Number(headers['x-ratelimit-reset'] ?? headers['ratelimit-reset'] ?? Number.NaN);
    return pauseOf(reset * 1000 - now);
  }
}

function pauseOf(ms: number): number | undefined {
  return Number.isFinite(ms) ? Math.min(LONGEST_PAUSE, Math.max(0, ms)) : undefined;
}

/** @throws {@link ForgeError} `FORGE-SETTINGS`; its message never repeats the URL, which may hold a password */
export function checkForgeUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refused('is none: write it like https://git.example.com/api/v1');
  }
  if (url.username !== '' || url.password !== '') throw refused('holds a user or a password: put the token into a file');
  const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback))
    throw refused('would send the token in clear text: use https://');
  if (url.search !== '' || url.hash !== '') throw refused('has a query or a fragment: leave it out');
  return url;
}

function refused(why: string): ForgeError {
  return new ForgeError('FORGE-SETTINGS', `the URL of the forge ${why}`);
}

/** What a server says in its own words: GitHub and Gitea in `message` and `errors`, GitLab in `message` or `error`, as a text, a list or by field. */
function wordsIn(text: string): string {
  try {
    const { message, error, errors } = JSON.parse(text) as { message?: unknown; error?: unknown; errors?: unknown };
    return [message, error, errors].flatMap(words).join('; ');
  } catch {
    return '';
  }
}

function words(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(words);
  if (typeof value !== 'object' || value === null) return [];
  const { message } = value as { message?: unknown };
  return typeof message === 'string' ? [message] : Object.values(value).flatMap(words);
}
