import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeRegistryOptions {
  /** By repository. */
  readonly tags: Readonly<Record<string, readonly string[]>>;
  /** What it asks for before it answers. @default - nothing */
  readonly auth?: 'token' | 'access_token' | 'basic';
  /** `name:password`. @default - a token is given to anybody */
  readonly credentials?: string;
  /** Tags a page, however many are asked for. @default - all */
  readonly pageSize?: number;
  /** Answers in the place of the registry where it gives one. */
  readonly instead?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** A registry as the distribution specification has it, as far as tags are asked for: challenges, tokens, pages. */
export class FakeRegistry {
  /** `GET /v2/... Bearer ...` of every request, in order. */
  public readonly requests: string[] = [];
  private readonly server: Server;

  private constructor(private readonly options: FakeRegistryOptions) {
    this.server = createServer((request, response) => this.answer(request, response));
  }

  public static async start(options: FakeRegistryOptions): Promise<FakeRegistry> {
    const registry = new FakeRegistry(options);
    await new Promise<void>((resolve) => {
      registry.server.listen(0, '127.0.0.1', resolve);
    });
    return registry;
  }

  public get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { url = '', headers } = request;
    this.requests.push([request.method, url, headers.authorization].filter(Boolean).join(' '));
    if (this.options.instead?.(request, response)) return;
    const { pathname, searchParams } = new URL(url, `http://${this.host}`);
    if (pathname === '/token') this.token(headers.authorization, searchParams, response);
    else if (!this.isLetIn(headers.authorization)) this.challenge(pathname, response);
    else this.list(pathname, searchParams, response);
  }

  private basic(): string {
    return `Basic ${Buffer.from(this.options.credentials ?? '').toString('base64')}`;
  }

  private isLetIn(authorization: string | undefined): boolean {
    const { auth } = this.options;
    if (auth === undefined) return true;
    return auth === 'basic' ? authorization === this.basic() : authorization === 'Bearer let-me-in';
  }

  private challenge(pathname: string, response: ServerResponse): void {
    const scope = `repository:${pathname.slice('/v2/'.length, -'/tags/list'.length)}:pull,metadata`;
    const bearer = `Bearer realm="http://${this.host}/token",service="the, registry",scope="${scope}"`;
    response.writeHead(401, { 'www-authenticate': this.options.auth === 'basic' ? 'Basic realm="x"' : bearer });
    response.end('{"errors":[{"code":"UNAUTHORIZED"}]}');
  }

  private token(authorization: string | undefined, query: URLSearchParams, response: ServerResponse): void {
    const { credentials, auth = 'token' } = this.options;
    const isGiven = credentials === undefined || authorization === this.basic();
    const isAsked = query.get('service') === 'the, registry' && query.get('scope')?.endsWith(':pull,metadata');
    response.writeHead(isGiven && isAsked ? 200 : 401);
    response.end(JSON.stringify({ [auth]: 'let-me-in' }));
  }

  private list(pathname: string, query: URLSearchParams, response: ServerResponse): void {
    const [, repository = ''] = /^\/v2\/(.*)\/tags\/list$/.exec(pathname) ?? [];
    const all = this.options.tags[repository];
    if (all === undefined) {
      response.writeHead(404).end('{"errors":[{"code":"NAME_UNKNOWN"}]}');
      return;
    }
    const size = Math.min(Number(query.get('n')), this.options.pageSize ?? Infinity);
    const start = query.has('last') ? all.indexOf(query.get('last') ?? '') + 1 : 0;
    const page = all.slice(start, start + size);
    const more = start + size < all.length ? { link: `<${pathname}?n=${size}&last=${page.at(-1)}>; rel="next"` } : {};
    response.writeHead(200, more).end(JSON.stringify({ name: repository, tags: page }));
  }
}
