import { isObject } from '../../constructs/spec/json';
import { challengeOf } from './challenge';
import type { RegistryCredentials } from './docker-config';
import { type OutsideAnswer, OutsideError, askOutside, redirectOf } from './outside';
import { type Repository, apiHostOf } from './repository';

/** Why a registry did not do what it was asked, in words for people. No credentials are part of it. */
export class RegistryError extends Error {
  public override readonly name = 'RegistryError';
}

export interface RegistryOptions {
  /** For one request, in milliseconds. @default 15000 */
  readonly timeoutMs?: number;
  /** Hosts that are asked without TLS; for tests. @default - none is */
  readonly plainHosts?: ReadonlySet<string>;
}

export interface SessionSettings extends RegistryOptions {
  readonly repository: Repository;
  /** Asked each time that the registry wants to know who it is. @default - nobody in particular */
  readonly credentials?: (() => RegistryCredentials | undefined) | undefined;
  /** What a token has to allow. @default pull */
  readonly actions?: 'pull' | 'pull,push';
}

export interface SessionRequest {
  /** @default GET */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** Bytes of an answer at most. @default 4 MiB */
  readonly limit?: number;
}

/** An answer, and who gave it. */
interface Followed {
  readonly answer: OutsideAnswer;
  readonly from: URL;
}

const ANSWER_BYTES = 4 * 1024 * 1024;
const TOKEN_BYTES = 64 * 1024;
const MOST_REDIRECTS = 3;

/**
 * Speaks with one repository of a registry, as the OCI distribution specification says: finds out how it wants to be told who asks, and follows
 * where it sends on. Only over TLS with a certificate that is trusted.
 */
export class RegistrySession {
  private authorization: string | undefined;
  private readonly base: URL;

  public constructor(private readonly settings: SessionSettings) {
    const host = apiHostOf(settings.repository);
    this.base = new URL(`${this.isPlain(host) ? 'http' : 'https'}://${host}/`);
  }

  /** @param path below the repository, such as `manifests/latest` */
  public urlOf(path: string): URL {
    return new URL(`/v2/${this.settings.repository.path}/${path}`, this.base);
  }

  /**
   * The answer, whatever its status. What was refused for want of a name is asked once more with one.
   *
   * @throws OutsideError where there is no answer; {@link RegistryError} where it leads to a place that is not to be trusted
   */
  public async ask(url: URL, request: SessionRequest = {}): Promise<OutsideAnswer> {
    const { answer, from } = await this.follow(url, request);
    // Whoever the registry sends on to is not told who asks, and least of all at a place that it names itself.
    if (answer.status !== 401 || from.origin !== this.base.origin) return answer;
    const authorization = await this.authorize(answer);
    // A token may have run out; what does not change would be refused again.
    if (authorization === undefined || authorization === this.authorization) return answer;
    this.authorization = authorization;
    return (await this.follow(url, request)).answer;
  }

  /** A place that the registry names. Nothing is asked without TLS that was asked with it. */
  public trusted(location: string, from: URL): URL {
    const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && this.isPlain(url.host));
    if (url === undefined || !isSafe) throw new RegistryError(`registry ${this.host} sends on to a place without TLS`);
    return url;
  }

  private get host(): string {
    return this.settings.repository.host;
  }

  private isPlain(host: string): boolean {
    return this.settings.plainHosts?.has(host) ?? false;
  }

  /** Follows where the registry sends on. The authorization goes to the registry alone, and so does what is sent. */
  private async follow(start: URL, { method, headers = {}, body, limit = ANSWER_BYTES }: SessionRequest): Promise<Followed> {
    const isReading = method === undefined || method === 'GET' || method === 'HEAD';
    let url = start;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      const isOwn = url.origin === this.base.origin;
      const own = isOwn && this.authorization !== undefined ? { authorization: this.authorization } : {};
      const answer = await this.fetch(url, { method, headers: { ...headers, ...own }, body, limit });
      const location = redirectOf(answer);
      if (location === undefined || !isReading) return { answer, from: url };
      url = this.trusted(location, url);
    }
    throw new RegistryError(`registry ${this.host} sends on without end`);
  }

  private async fetch(url: URL, request: Omit<Parameters<typeof askOutside>[1], 'timeoutMs'>): Promise<OutsideAnswer> {
    const { timeoutMs = 15_000 } = this.settings;
    return askOutside(url, { ...request, headers: { accept: 'application/json', ...request.headers }, timeoutMs });
  }

  /** What the registry asks for: a token of its own service, or name and password. `undefined` where there is neither. */
  private async authorize({ headers }: OutsideAnswer): Promise<string | undefined> {
    const challenge = challengeOf(headers.get('www-authenticate') ?? '');
    const credentials = this.settings.credentials?.();
    if (challenge?.scheme === 'basic') return credentials && basic(credentials);
    if (challenge?.scheme !== 'bearer') return undefined;
    const { repository, actions = 'pull' } = this.settings;
    const { realm = '', service, scope } = challenge.parameters;
    const url = this.trusted(realm, this.base);
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.set('scope', actions === 'pull' && scope !== undefined ? scope : `repository:${repository.path}:${actions}`);
    const own = credentials === undefined ? {} : { authorization: basic(credentials) };
    const answer = await this.fetch(url, { headers: own, limit: TOKEN_BYTES });
    // It says nothing of the credentials: nobody has to act.
    if (answer.status === 429 || answer.status >= 500) throw new OutsideError(`gives no token now (${url.host} answers ${answer.status})`);
    if (answer.status !== 200) return undefined;
    // Which of the two there is was never agreed upon.
    const { token, access_token: accessToken = token } = jsonOf(answer);
    return typeof accessToken === 'string' && accessToken !== '' ? `Bearer ${accessToken}` : undefined;
  }
}

function basic({ user, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** The object in an answer; an empty one where it has none. */
export function jsonOf({ bytes }: Pick<OutsideAnswer, 'bytes'>): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
