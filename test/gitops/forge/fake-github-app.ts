import { type KeyObject, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Asked {
  readonly installation: string;
  readonly repositories: readonly string[];
  readonly permissions: Readonly<Record<string, string>>;
}

/** The part of GitHub that gives tokens to apps, as its public API does: it looks at the proof, the installation and the repository. */
export class FakeGitHubApp {
  public readonly asked: Asked[] = [];
  /** The status of every answer. @default - it does its work */
  public trouble: number | undefined;
  /** Told of each token. */
  public onToken: (token: string) => void = () => {};
  /** In PEM, as GitHub gives it. */
  public key = '';
  private publicKey: KeyObject | undefined;

  private constructor(
    private readonly server: Server,
    private readonly now: () => number,
  ) {
    this.rotate();
  }

  public static async start(now: () => number = Date.now): Promise<FakeGitHubApp> {
    const server = createServer();
    const app = new FakeGitHubApp(server, now);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const [status, body] = app.answer(request, text);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return app;
  }

  public get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** A new key; the old one counts no more. */
  public rotate(): void {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.key = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    this.publicKey = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }));
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer({ method, url, headers }: IncomingMessage, text: string): [number, object] {
    if (this.trouble !== undefined) return [this.trouble, { message: 'trouble' }];
    const [, installation] = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(url ?? '') ?? [];
    if (method !== 'POST' || installation === undefined) return [404, { message: 'Not Found' }];
    if (!this.isProven(headers.authorization ?? '')) return [401, { message: 'A JSON web token could not be decoded' }];
    if (installation !== '99') return [404, { message: 'Not Found' }];
    const { repositories, permissions } = JSON.parse(text) as Asked;
    if (repositories.join() !== 'fleet')
      return [422, { message: 'There is at least one repository that does not exist or is not accessible' }];
    this.asked.push({ installation, repositories, permissions });
    const token = `ghs_${this.asked.length}`;
    this.onToken(token);
    return [201, { token, expires_at: new Date(this.now() + 60 * 60_000).toISOString().replace('.000', ''), permissions }];
  }

  private isProven(authorization: string): boolean {
    const [head = '', claims = '', signature = ''] = authorization.replace(/^Bearer /, '').split('.');
    const { iat, exp, iss } = read(claims);
    const now = this.now() / 1000;
    const isTimely = Number(iat) <= now && Number(exp) > now && Number(exp) <= now + 600;
    const isSigned = verify('sha256', Buffer.from(`${head}.${claims}`), this.publicKey!, Buffer.from(signature, 'base64url'));
    return read(head)['alg'] === 'RS256' && iss === '1234' && isTimely && isSigned;
  }
}

function read(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString() || '{}') as Record<string, unknown>;
}
