import { readFileSync } from 'node:fs';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { patient } from '../patience/patience.cjs';

/** How to reach a cluster as its administrator. */
export interface Access {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly token: string;
  /** PEM file of the certificate authority. */
  readonly caFile: string;
}

/** Enough to name an object; `namespace` is left out for kinds that have none. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
}

/** Any object as it travels. */
export interface KubeObject extends ObjectRef {
  readonly metadata: ObjectRef['metadata'] & {
    readonly uid?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read deep into objects of every kind; a wrong path fails the test
  readonly [field: string]: any;
}

/** An answer of the server, refusals included: only a broken connection throws. */
export interface Answer<Body = KubeObject> {
  readonly status: number;
  readonly body: Body;
  /** Texts of the `Warning` headers, in order. */
  readonly warnings: readonly string[];
}

export interface WriteOptions {
  /** @default false */
  readonly dryRun?: boolean;
  /** What the server does with fields it does not know. @default 'Strict' */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** @default 'test' */
  readonly fieldManager?: string;
}

export interface ApplyOptions extends WriteOptions {
  /** Takes fields that other managers own. @default false */
  readonly force?: boolean;
}

export interface RequestInput {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** @default 'application/json' */
  readonly contentType?: string;
}

interface Resource {
  readonly kind: string;
  readonly name: string;
  readonly namespaced: boolean;
}

/** The body of a successful answer; throws with the server's own message for any other. */
export function ok<Body>(answer: Answer<Body>): Body {
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw new Error(`the API server answered ${answer.status}: ${JSON.stringify(answer.body)}`);
}

/** A thin client: raw JSON over one pooled connection, nothing hidden and nothing retried. */
export class Api {
  private connected: { readonly access: Access; readonly agent: Agent } | undefined;
  private readonly discovered = new Map<string, readonly Resource[]>();

  /** Access may be given by a function, which is asked at the first request. */
  constructor(
    private readonly access: Access | (() => Access),
    private readonly headers: Readonly<Record<string, string | string[]>> = {},
  ) {}

  /** The same cluster seen by another user, by impersonation; to be closed like any other. */
  as(user: string, ...groups: string[]): Api {
    return new Api(this.access, { 'Impersonate-User': user, 'Impersonate-Group': groups });
  }

  /** Closes the pooled connections. */
  close(): void {
    this.connected?.agent.destroy();
  }

  async get(ref: ObjectRef): Promise<Answer> {
    return this.request('GET', await this.path(ref));
  }

  /** All objects of a kind, of one namespace or of all. */
  async list(apiVersion: string, kind: string, namespace?: string, query: RequestInput['query'] = {}): Promise<readonly KubeObject[]> {
    const metadata = namespace === undefined ? {} : { namespace };
    const answer = await this.request('GET', await this.path({ apiVersion, kind, metadata }, 'collection'), { query });
    const items: readonly KubeObject[] = ok(answer)['items'];
    return items;
  }

  async create(object: ObjectRef, options: WriteOptions = {}): Promise<Answer> {
    const path = await this.path(object, 'collection');
    return this.request('POST', path, { body: object, query: writeQuery(options) });
  }

  /** Server-side apply, unforced and strict unless told otherwise. */
  async apply(object: ObjectRef, options: ApplyOptions = {}): Promise<Answer> {
    const query = { ...writeQuery(options), ...(options.force && { force: 'true' }) };
    // JSON is YAML: the server reads an apply patch as either.
    const contentType = 'application/apply-patch+yaml';
    return this.request('PATCH', await this.path(object), { body: object, query, contentType });
  }

  /** A JSON merge patch, for what a test changes on a live object. */
  async patch(ref: ObjectRef, body: unknown, subresource = ''): Promise<Answer> {
    const path = await this.path(ref);
    const contentType = 'application/merge-patch+json';
    return this.request('PATCH', subresource ? `${path}/${subresource}` : path, {
      body,
      contentType,
    });
  }

  async delete(ref: ObjectRef, propagationPolicy: 'Background' | 'Foreground' | 'Orphan' = 'Background'): Promise<Answer> {
    return this.request('DELETE', await this.path(ref), { body: { propagationPolicy } });
  }

  /** Polls an object until it is there and the predicate holds; returns it. */
  async waitFor(ref: ObjectRef, predicate: (object: KubeObject) => boolean, timeoutMs = 20_000): Promise<KubeObject> {
    const seen = await this.watchFor(ref, (object) => object !== undefined && predicate(object), timeoutMs);
    if (!seen) throw new Error(`no ${describeRef(ref)}`);
    return seen;
  }

  /** Polls until there is no such object. */
  async waitForGone(ref: ObjectRef, timeoutMs = 20_000): Promise<void> {
    await this.watchFor(ref, (object) => object === undefined, timeoutMs);
  }

  private watchFor(
    ref: ObjectRef,
    predicate: (object: KubeObject | undefined) => boolean,
    timeoutMs: number,
  ): Promise<KubeObject | undefined> {
    const read = async (): Promise<KubeObject | undefined> => {
      const answer = await this.get(ref);
      return answer.status === 404 ? undefined : ok(answer);
    };
    return waitUntil(describeRef(ref), read, predicate, timeoutMs);
  }

  /** One request as given; `path` begins with `/`. */
  async request(method: string, path: string, input: RequestInput = {}): Promise<Answer> {
    const { access, agent } = this.connect();
    const url = new URL(path, access.url);
    for (const [name, value] of Object.entries(input.query ?? {})) url.searchParams.set(name, value);
    const text = input.body === undefined ? '' : JSON.stringify(input.body);
    const headers = {
      Authorization: `Bearer ${access.token}`,
      Accept: 'application/json',
      'Content-Type': input.contentType ?? 'application/json',
      // Node frames the body of a DELETE only when told its length; without it the next request of the connection fails.
      'Content-Length': String(Buffer.byteLength(text)),
      ...this.headers,
    };
    const { body, ...rest } = await send(url, { method, agent, headers }, text);
    return { ...rest, body: parseBody(body) };
  }

  private connect(): { readonly access: Access; readonly agent: Agent } {
    if (!this.connected) {
      const access = typeof this.access === 'function' ? this.access() : this.access;
      this.connected = { access, agent: new Agent({ keepAlive: true, maxSockets: 16, ca: readFileSync(access.caFile) }) };
    }
    return this.connected;
  }

  /** Where an object stands on the server. */
  async pathOf(ref: ObjectRef): Promise<string> {
    return this.path(ref);
  }

  private async path(ref: ObjectRef, target: 'object' | 'collection' = 'object'): Promise<string> {
    const resource = await this.resource(ref);
    const { name, namespace } = ref.metadata;
    if (target === 'object' && !name) throw new Error(`${ref.kind}: metadata.name is missing`);
    if (resource.namespaced && target === 'object' && !namespace) throw new Error(`${ref.kind} ${name}: metadata.namespace is missing`);
    const scope = resource.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
    const end = target === 'object' ? `/${encodeURIComponent(name ?? '')}` : '';
    return `${groupPath(ref.apiVersion)}${scope}/${resource.name}${end}`;
  }

  private async resource({ apiVersion, kind }: ObjectRef): Promise<Resource> {
    const known = this.discovered.get(apiVersion)?.find((resource) => resource.kind === kind);
    if (known) return known;
    const answer = ok(await this.request('GET', groupPath(apiVersion)));
    const served: readonly Resource[] = answer['resources'];
    const resources = served.filter(({ name }) => !name.includes('/'));
    this.discovered.set(apiVersion, resources);
    const found = resources.find((resource) => resource.kind === kind);
    if (!found) throw new Error(`the API server knows no ${kind} in ${apiVersion}`);
    return found;
  }
}

/**
 * Reads until the predicate holds; the error of a timeout shows what was read last.
 *
 * @param timeoutMs on the machine that tests are written for; a slower one gets more
 */
export async function waitUntil<Value>(
  what: string,
  read: () => Promise<Value>,
  predicate: (value: Value) => boolean,
  timeoutMs = 20_000,
): Promise<Value> {
  const limit = patient(timeoutMs);
  const end = Date.now() + limit;
  for (;;) {
    const value = await read();
    if (predicate(value)) return value;
    if (Date.now() > end) throw new Error(`waited ${limit} ms for ${what}; last seen: ${JSON.stringify(value, undefined, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function describeRef({ kind, metadata }: ObjectRef): string {
  return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name ?? ''}`;
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function writeQuery({ dryRun, fieldValidation, fieldManager }: WriteOptions): Record<string, string> {
  return {
    fieldManager: fieldManager ?? 'test',
    fieldValidation: fieldValidation ?? 'Strict',
    ...(dryRun && { dryRun: 'All' }),
  };
}

function send(url: URL, options: RequestOptions, body: string): Promise<{ status: number; body: string; warnings: string[] }> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        const header = response.headers['warning'];
        const warnings = warningTexts(Array.isArray(header) ? header.join(', ') : header);
        resolve({
          status: response.statusCode ?? 0,
          body: text,
          warnings,
        });
      });
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      // A connection that was kept may be closed by the server, as when it restarts, in the moment in which it is taken again.
      if (request.reusedSocket && error.code === 'ECONNRESET') send(url, options, body).then(resolve, reject);
      else reject(error);
    });
    request.end(body);
  });
}

/** `299 - "first", 299 - "second"` gives the two texts, unescaped. */
function warningTexts(header = ''): string[] {
  return [...header.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) => (match[1] ?? '').replaceAll(/\\(.)/g, '$1'));
}

/** Most answers are objects; health endpoints answer with plain text, which then is `message`. */
function parseBody(text: string): KubeObject {
  try {
    const value: KubeObject = JSON.parse(text);
    return value;
  } catch {
    return { apiVersion: 'v1', kind: 'Text', metadata: {}, message: text };
  }
}
