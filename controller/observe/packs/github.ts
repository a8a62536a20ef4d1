import { type OutsideAnswer, OutsideError, askOutside, redirectOf } from '../../../gitops/registry/outside';

/** One answer of the API. */
export interface Answer {
  readonly status: number;
  readonly etag: string | undefined;
  readonly bytes: Buffer;
}

export interface GitHubOptions {
  /** @default https://api.github.com */
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  /** For one request, in milliseconds. @default 10000 */
  readonly timeoutMs?: number;
}

/** What keeps a pack from being read, in words for its user. No token is ever part of it. */
export class PackError extends Error {
  override readonly name = 'PackError';
}

const MAX_REDIRECTS = 3;

/** GET requests to the API of GitHub, and to no other place. */
export class GitHub {
  private readonly base: URL;

  public constructor(private readonly options: GitHubOptions = {}) {
    this.base = new URL(options.url ?? 'https://api.github.com');
  }

  /**
   * @param steps of the path; each is escaped
   * @param options.limit bytes of an answer at most
   * @param options.etag of an answer that is known: the same one then has status 304
   * @throws {@link PackError}
   */
  public async get(
    steps: readonly string[],
    { query = {}, accept, limit, etag }: { query?: Record<string, string>; accept: string; limit: number; etag?: string | undefined },
  ): Promise<Answer> {
    const path = [...this.base.pathname.split('/').filter(Boolean), ...steps].map(encodeURIComponent).join('/');
    let url = new URL(`/${path}?${new URLSearchParams(query).toString()}`, this.base);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const answer = await this.ask(url, { accept, limit, etag });
      const location = redirectOf(answer);
      if (location === undefined) return read(answer);
      url = new URL(location, url);
      // A repository that was renamed is sent on by the API itself; anywhere else the token has no business, and neither have we.
      if (url.origin !== this.base.origin) throw new PackError(`GitHub sends on to ${url.host}, which is not followed`);
    }
    throw new PackError('GitHub sends on without end');
  }

  private async ask(
    url: URL,
    { accept, limit, etag }: { readonly accept: string; readonly limit: number; readonly etag: string | undefined },
  ): Promise<OutsideAnswer> {
    const { token, timeoutMs = 10_000 } = this.options;
    const headers = {
      accept,
      'x-github-api-version': '2022-11-28',
      ...(token && { authorization: `Bearer ${token}` }),
      ...(etag !== undefined && { 'if-none-match': etag }),
    };
    try {
      return await askOutside(url, { headers, timeoutMs, limit });
    } catch (cause) {
      if (!(cause instanceof OutsideError)) throw cause;
      throw new PackError(`GitHub ${cause.message}`, { cause });
    }
  }
}

function read({ status, headers, bytes }: OutsideAnswer): Answer {
  if (status === 403 || status === 429) {
    const wait = headers.get('x-ratelimit-remaining') === '0' || status === 429;
    throw new PackError(wait ? 'GitHub has had too many requests: set GITHUB_TOKEN, or wait' : 'GitHub refuses (403)');
  }
  if (status === 401) throw new PackError('GitHub does not accept the token');
  if (status >= 500) throw new PackError(`GitHub answers ${status}`);
  return { status, etag: headers.get('etag') ?? undefined, bytes };
}
