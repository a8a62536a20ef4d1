import { isObject } from '../../../constructs/spec/json';
import { type OutsideAnswer, OutsideError, getOutside, redirectOf } from '../outside/http-get';
import { challengeOf } from './challenge';
import type { RegistryCredentials } from './pull-secret';
import { type Repository, apiHostOf } from './repository';

/** Why the tags of a repository are not known, in words for its user. No credentials are part of it. */
export class RegistryError extends Error {
  public override readonly name = 'RegistryError';
}

export interface RegistryOptions {
  /** For one request, in milliseconds. @default 15000 */
  readonly timeoutMs?: number;
  /** Hosts that are asked without TLS; for tests. @default - none is */
  readonly plainHosts?: ReadonlySet<string>;
}

/** A page of tags has some hundred kilobytes at most, and a token a few. */
const PAGE_BYTES = 4 * 1024 * 1024;
const TOKEN_BYTES = 64 * 1024;

const PAGE_SIZE = 1000;
const MOST_PAGES = 100;
const MOST_REDIRECTS = 3;

/** A tag as the distribution specification has it. */
const TAG = /^\w[\w.-]{0,127}$/;

/**
 * Lists the tags of repositories, as the OCI distribution specification says. Only over TLS with a certificate that is trusted: that also keeps a
 * name that a user chose from leading to services of the cluster.
 */
export class Registry {
  public constructor(private readonly options: RegistryOptions = {}) {}

  /** @throws {@link RegistryError} */
  public async tags(repository: Repository, credentials?: RegistryCredentials): Promise<string[]> {
    try {
      return await new Listing(this.options, repository, credentials).tags();
    } catch (cause) {
      if (!(cause instanceof OutsideError)) throw cause;
      throw new RegistryError(`registry ${repository.host} ${cause.message}`, { cause });
    }
  }
}

/** One look at one repository. */
class Listing {
  private authorization: string | undefined;
  private readonly base: URL;

  public constructor(
    private readonly options: RegistryOptions,
    private readonly repository: Repository,
    private readonly credentials: RegistryCredentials | undefined,
  ) {
    const host = apiHostOf(repository);
    this.base = new URL(`${this.isPlain(host) ? 'http' : 'https'}://${host}/`);
  }

  public async tags(): Promise<string[]> {
    const found: string[] = [];
    let url: URL | undefined = new URL(`/v2/${this.repository.path}/tags/list?n=${PAGE_SIZE}`, this.base);
    for (let page = 0; url !== undefined; page += 1) {
      if (page === MOST_PAGES) throw new RegistryError(`${this.name} has more than ${MOST_PAGES} pages of tags`);
      const answer: OutsideAnswer = await this.page(url);
      found.push(...this.tagsOf(answer));
      url = this.next(answer, url);
    }
    return found;
  }

  private get name(): string {
    return `repository ${this.repository.host}/${this.repository.path}`;
  }

  private isPlain(host: string): boolean {
    return this.options.plainHosts?.has(host) ?? false;
  }

  private async page(url: URL): Promise<OutsideAnswer> {
    let answer = await this.get(url);
    if (answer.status === 401 && this.authorization === undefined) {
      this.authorization = await this.authorize(answer);
      answer = await this.get(url);
    }
    const { status } = answer;
    if (status === 200) return answer;
    if (status === 404) throw new RegistryError(`${this.name} was not found`);
    if (status === 401 || status === 403) throw new RegistryError(this.refusal());
    if (status === 429) throw new RegistryError(`registry ${this.repository.host} has had too many requests`);
    throw new RegistryError(`registry ${this.repository.host} answers ${status}`);
  }

  private refusal(): string {
    const remedy =
      this.credentials === undefined
        ? 'name a Secret with credentials for it in spec.image.pullSecrets'
        : 'the credentials of spec.image.pullSecrets do not let anybody list its tags';
    return `${this.name} is not open to everybody: ${remedy}`;
  }

  /** Follows where the registry sends on. The authorization goes to the registry alone. */
  private async get(start: URL): Promise<OutsideAnswer> {
    let url = start;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      const isOwn = url.origin === this.base.origin;
      const headers = isOwn && this.authorization !== undefined ? { authorization: this.authorization } : {};
      const answer = await this.fetch(url, headers, PAGE_BYTES);
      const location = redirectOf(answer);
      if (location === undefined) return answer;
      url = this.trusted(location, url);
    }
    throw new RegistryError(`registry ${this.repository.host} sends on without end`);
  }

  private async fetch(url: URL, headers: Readonly<Record<string, string>>, limit: number): Promise<OutsideAnswer> {
    const { timeoutMs = 15_000 } = this.options;
    return getOutside(url, { headers: { accept: 'application/json', ...headers }, timeoutMs, limit });
  }

  /** A place that the registry names. Nothing is asked without TLS that was asked with it. */
  private trusted(location: string, from: URL): URL {
    const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && this.isPlain(url.host));
    if (url === undefined || !isSafe) throw new RegistryError(`registry ${this.repository.host} sends on to a place without TLS`);
    return url;
  }

  /** What the registry asks for: a token of its own service, or name and password. */
  private async authorize({ headers }: OutsideAnswer): Promise<string> {
    const challenge = challengeOf(headers.get('www-authenticate') ?? '');
    if (challenge?.scheme === 'basic' && this.credentials !== undefined) return basic(this.credentials);
    if (challenge?.scheme !== 'bearer') throw new RegistryError(this.refusal());
    const { realm = '', service, scope } = challenge.parameters;
    const url = this.trusted(realm, this.base);
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.set('scope', scope ?? `repository:${this.repository.path}:pull`);
    const own = this.credentials === undefined ? {} : { authorization: basic(this.credentials) };
    const answer = await this.fetch(url, own, TOKEN_BYTES);
    if (answer.status !== 200) throw new RegistryError(this.refusal());
    // Which of the two there is was never agreed upon.
    const { token, access_token: accessToken = token } = jsonOf(answer);
    if (typeof accessToken !== 'string' || accessToken === '') throw new RegistryError(this.refusal());
    return `Bearer ${accessToken}`;
  }

  private tagsOf(answer: OutsideAnswer): string[] {
    const { tags } = jsonOf(answer);
    // So says one that has none.
    if (tags === null) return [];
    if (!Array.isArray(tags)) throw new RegistryError(`registry ${this.repository.host} answers with no list of tags`);
    return tags.filter((tag): tag is string => typeof tag === 'string' && TAG.test(tag));
  }

  /** `Link: </v2/x/tags/list?last=b>; rel="next"`, relative or whole. */
  private next({ headers }: OutsideAnswer, from: URL): URL | undefined {
    const [, target] = /<([^<>]*)>\s*;[^,]*\brel="?next"?/.exec(headers.get('link') ?? '') ?? [];
    return target === undefined ? undefined : this.trusted(target, from);
  }
}

function basic({ user, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function jsonOf({ bytes }: OutsideAnswer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
