import { createHash } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RegistryServerOptions {
  /** `user:password` that a token is given for. @default - everybody may do anything */
  readonly login?: string;
}

interface Refusal {
  readonly status: number;
  readonly body: object;
}

/** A registry in memory, with as much of the distribution specification as a push needs, and doors for whoever wants to disturb it. */
export class RegistryServer {
  public readonly blobs = new Map<string, Buffer>();
  /** By `repository reference`, where a reference is a tag or a digest. */
  public readonly manifests = new Map<string, Buffer>();
  /** `METHOD path status` of every request. */
  public readonly requests: string[] = [];
  /** Called before a manifest is taken; what it returns is the answer instead. */
  public onManifest: (reference: string) => Promise<Refusal | undefined> = async () => undefined;
  private readonly server = createServer((request, response) => void this.serve(request, response));
  private tokens = 0;
  private readonly valid = new Set<string>();

  private constructor(private readonly options: RegistryServerOptions) {}

  public static async start(options: RegistryServerOptions = {}): Promise<RegistryServer> {
    const registry = new RegistryServer(options);
    await new Promise<void>((resolve) => registry.server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  public get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Tags of a repository, sorted. */
  public tags(repository: string): string[] {
    const prefix = `${repository} `;
    return [...this.manifests.keys()]
      .filter((key) => key.startsWith(prefix) && !key.includes(' sha256:'))
      .map((key) => key.slice(prefix.length))
      .toSorted();
  }

  public digestAt(repository: string, tag: string): string | undefined {
    const manifest = this.manifests.get(`${repository} ${tag}`);
    return manifest && digestOf(manifest);
  }

  /** What others do: a tag is made to stand for another manifest. */
  public retag(repository: string, tag: string, manifest: Buffer): void {
    this.manifests.set(`${repository} ${tag}`, manifest);
    this.manifests.set(`${repository} ${digestOf(manifest)}`, manifest);
  }

  public putBlob(bytes: Buffer): string {
    this.blobs.set(digestOf(bytes), bytes);
    return digestOf(bytes);
  }

  /** Tokens that were given out are not taken any more. */
  public expire(): void {
    this.valid.clear();
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks.map((chunk) => new Uint8Array(chunk)));
    const url = new URL(request.url ?? '/', `http://${this.host}`);
    const end = (status: number, headers: Record<string, string> = {}, content: Buffer | string = ''): void => {
      this.requests.push(`${request.method} ${url.pathname} ${status}`);
      response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : content);
    };
    if (url.pathname === '/token') return this.giveToken(request, end);
    if (this.options.login !== undefined && !this.valid.has(request.headers.authorization ?? '')) {
      return end(401, { 'www-authenticate': `Bearer realm="http://${this.host}/token",service="registry"` });
    }
    const [, repository = '', what = '', reference = ''] = /^\/v2\/(.+?)\/(manifests|blobs\/uploads|blobs)\/(.*)$/.exec(url.pathname) ?? [];
    if (what === 'manifests') return this.manifest(request.method ?? '', repository, reference, body, end);
    if (what === 'blobs') return this.blob(reference, end);
    if (what !== 'blobs/uploads') return end(404);
    if (request.method === 'POST') return end(202, { location: `/v2/${repository}/blobs/uploads/1?state=x` });
    if (digestOf(body) !== url.searchParams.get('digest')) return end(400, {}, errors('DIGEST_INVALID', 'another digest'));
    this.putBlob(body);
    return end(201);
  }

  private giveToken({ headers }: IncomingMessage, end: End): void {
    if (headers.authorization !== `Basic ${Buffer.from(this.options.login ?? '').toString('base64')}`) return end(401);
    const token = `token-${(this.tokens += 1)}`;
    this.valid.add(`Bearer ${token}`);
    return end(200, {}, JSON.stringify({ token }));
  }

  private async manifest(method: string, repository: string, reference: string, body: Buffer, end: End): Promise<void> {
    if (method === 'PUT') {
      const refusal = await this.onManifest(reference);
      if (refusal) return end(refusal.status, {}, JSON.stringify(refusal.body));
      const { config, layers } = JSON.parse(body.toString()) as { config: { digest: string }; layers: { digest: string }[] };
      const isWhole = [config, ...layers].every(({ digest }) => this.blobs.has(digest));
      if (!isWhole) return end(400, {}, errors('MANIFEST_BLOB_UNKNOWN', 'a blob is not there'));
      this.retag(repository, reference, body);
      return end(201, { 'docker-content-digest': digestOf(body) });
    }
    const found = this.manifests.get(`${repository} ${reference}`);
    return found
      ? end(200, { 'docker-content-digest': digestOf(found) }, found)
      : end(404, {}, errors('MANIFEST_UNKNOWN', 'no such manifest'));
  }

  private blob(digest: string, end: End): void {
    const found = this.blobs.get(digest);
    return found ? end(200, {}, found) : end(404);
  }
}

type End = (status: number, headers?: Record<string, string>, content?: Buffer | string) => void;

function errors(code: string, message: string): string {
  return JSON.stringify({ errors: [{ code, message }] });
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(new Uint8Array(bytes)).digest('hex')}`;
}
