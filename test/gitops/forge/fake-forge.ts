import { createHash } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ForgeKind } from '../../../gitops/forge/forges';

/** A pull request as a person sees it, whatever the forge calls its parts. */
export interface FakePull {
  number: number;
  branch: string;
  base: string;
  title: string;
  body: string;
  state: 'open' | 'closed' | 'merged';
  isFork: boolean;
}

/** What a server answers with in place of what it was asked for. */
export interface Trouble {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const PATHS: Readonly<Record<ForgeKind, RegExp>> = {
  github: /^\/repos\/platform\/fleet\/pulls(?:\/(\d+))?$/,
  gitlab: /^\/projects\/platform%2Ffleet\/merge_requests(?:\/(\d+))?$/,
  gitea: /^\/repos\/platform\/fleet\/pulls(?:\/(\d+))?$/,
};

/** A server on this machine that speaks as a forge does: shapes and statuses are those of its public API. */
export class FakeForge {
  public readonly pulls: FakePull[] = [];
  /** `GET`, `POST` and the like, of every request. */
  public readonly requests: string[] = [];
  /** The answers that had no body, since nothing had changed. */
  public notModified = 0;
  public tokens = new Set<string>();
  /** What happens to the next requests of a method. */
  public trouble: { readonly method?: string; readonly answer: Trouble; left: number } | undefined;
  /** Accepts a wish and lets the connection fall before it answers. */
  public dropsNextAnswer = false;
  /** Pull requests on one page. */
  public page = 100;

  private constructor(
    private readonly kind: ForgeKind,
    private readonly server: Server,
  ) {}

  public static async start(kind: ForgeKind): Promise<FakeForge> {
    const server = createServer();
    const forge = new FakeForge(kind, server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const chunks: Uint8Array[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(new Uint8Array(chunk)));
      request.on('end', () => forge.answer(request, response, Buffer.concat(chunks).toString()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return forge;
  }

  public get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What a person does. */
  public set(branch: string, change: Partial<FakePull>): void {
    const pull = this.pulls.findLast((one) => one.branch === branch);
    if (pull === undefined) throw new Error(`nobody asked for ${branch}`);
    Object.assign(pull, change);
  }

  public add(pull: Partial<FakePull>): FakePull {
    const number = this.pulls.length + 1;
    const added: FakePull = { number, branch: 'x', base: 'main', title: '', body: '', state: 'open', isFork: false, ...pull };
    this.pulls.push(added);
    return added;
  }

  public get open(): string[] {
    return this.pulls.filter(({ state }) => state === 'open').map(({ branch }) => branch);
  }

  /** Requests since the last time. */
  public taken(): string[] {
    return this.requests.splice(0);
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse, text: string): void {
    const { method = '', headers } = request;
    const url = new URL(request.url ?? '', this.url);
    this.requests.push(method);
    this.tokens.add(String(headers['private-token'] ?? headers.authorization ?? ''));
    const { trouble } = this;
    if (trouble !== undefined && trouble.left > 0 && (trouble.method ?? method) === method) {
      trouble.left -= 1;
      reply(response, trouble.answer);
      return;
    }
    const [, number] = PATHS[this.kind].exec(url.pathname) ?? [];
    if (!PATHS[this.kind].test(url.pathname)) reply(response, { status: 404, body: { message: 'Not Found' } });
    else if (method === 'GET') this.list(url, headers['if-none-match'], response);
    else {
      const answer = number === undefined ? this.create(parsed(text)) : this.edit(Number(number), parsed(text));
      if (this.dropsNextAnswer) {
        this.dropsNextAnswer = false;
        request.socket.destroy();
      } else reply(response, answer);
    }
  }

  private list(url: URL, etag: string | undefined, response: ServerResponse): void {
    const query = url.searchParams;
    const wanted = query.get('state') ?? 'all';
    const branch = query.get('head')?.replace(/^platform:/, '') ?? query.get('source_branch');
    const base = query.get('base') ?? query.get('target_branch');
    const isWanted = (pull: FakePull): boolean =>
      (wanted === 'all' || (wanted.startsWith('open') ? pull.state === 'open' : pull.state !== 'open')) &&
      (branch === null || pull.branch === branch) &&
      (base === null || pull.base === base);
    const found = this.pulls.filter(isWanted).toReversed();
    const at = Number(query.get('page') ?? 1);
    const page = found.slice((at - 1) * this.page, at * this.page).map((pull) => this.shaped(pull));
    const tag = `"${createHash('sha256').update(JSON.stringify(page)).digest('hex')}"`;
    if (etag === tag) {
      this.notModified += 1;
      reply(response, { status: 304, headers: { etag: tag } });
      return;
    }
    const next = new URL(url);
    next.searchParams.set('page', String(at + 1));
    // As behind a proxy that is known by another name.
    const link = `<https://forge.example.com${next.pathname}${next.search}>; rel="next", <https://forge.example.com/last>; rel="last"`;
    reply(response, { status: 200, body: page, headers: { etag: tag, ...(found.length > at * this.page && { link }) } });
  }

  private create(fields: Readonly<Record<string, string>>): Trouble {
    const branch = fields['head'] ?? fields['source_branch'] ?? '';
    const base = fields['base'] ?? fields['target_branch'] ?? '';
    if (this.pulls.some((pull) => pull.branch === branch && pull.state === 'open' && !pull.isFork)) {
      const errors = [{ resource: 'PullRequest', code: 'custom', message: `A pull request already exists for platform:${branch}.` }];
      if (this.kind === 'github') return { status: 422, body: { message: 'Validation Failed', errors } };
      const message = 'Another open merge request already exists for this source branch: !1';
      return { status: 409, body: { message: this.kind === 'gitlab' ? [message] : 'pull request already exists for these targets' } };
    }
    const pull = this.add({ branch, base, title: fields['title'] ?? '', body: fields['body'] ?? fields['description'] ?? '' });
    return { status: 201, body: this.shaped(pull) };
  }

  private edit(number: number, fields: Readonly<Record<string, string>>): Trouble {
    const pull = this.pulls.find((one) => one.number === number);
    if (pull === undefined) return { status: 404, body: { message: 'Not Found' } };
    const { title = pull.title, body = fields['description'] ?? pull.body } = fields;
    const isClosed = fields['state'] === 'closed' || fields['state_event'] === 'close';
    if (isClosed && pull.state === 'merged') return { status: 422, body: { message: 'it is merged' } };
    Object.assign(pull, { title, body, ...(isClosed && { state: 'closed' }) });
    return { status: this.kind === 'gitea' ? 201 : 200, body: this.shaped(pull) };
  }

  /** Those parts of an answer that its API documents and that matter here. */
  private shaped({ number, branch, base, title, body, state, isFork }: FakePull): unknown {
    const from = isFork ? 7 : 1;
    if (this.kind === 'gitlab') {
      const word = state === 'open' ? 'opened' : state;
      const projects = { project_id: 1, source_project_id: from, target_project_id: 1 };
      return {
        id: 1000 + number,
        iid: number,
        ...projects,
        title,
        description: body,
        state: word,
        source_branch: branch,
        target_branch: base,
        web_url: `https://gitlab.example.com/platform/fleet/-/merge_requests/${number}`,
      };
    }
    const merged = state === 'merged';
    const common = {
      id: 1000 + number,
      number,
      title,
      body,
      state: state === 'open' ? 'open' : 'closed',
      html_url: `https://forge.example.com/platform/fleet/pulls/${number}`,
      merged_at: merged ? '2026-09-01T00:00:00Z' : null,
    };
    if (this.kind === 'github') return { ...common, head: { ref: branch, repo: { id: from } }, base: { ref: base, repo: { id: 1 } } };
    // Gitea names a branch that is gone by another reference.
    return {
      ...common,
      merged,
      head: { label: branch, ref: `refs/pull/${number}/head`, repo_id: from },
      base: { label: base, ref: base, repo_id: 1 },
    };
  }
}

function parsed(text: string): Readonly<Record<string, string>> {
  return JSON.parse(text) as Record<string, string>;
}

function reply(response: ServerResponse, { status, body, headers = {} }: Trouble): void {
  // It leaves who asked waiting.
  if (status === 0) return;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
}
