import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Server, createServer } from 'node:https';
import type { Log } from '../objects/log';
import type { Meter } from '../objects/meter';
import type { Certificate } from './certificate';
import { isPath } from './path';
import type { TenantBudget } from '../objects/time-budget';
import { UNJUDGED } from './judge';
import { type AdmissionRequest, type Verdict, answerTo, headOf, requestOf } from './review';

/** Bytes of a review: it carries an object twice, and none is larger than 3 MiB. */
const LARGEST = 8 * 1024 * 1024;

/** Bytes of all reviews that are still on their way. Whoever reaches the port may send as slowly as it likes. */
const MOST = 8 * LARGEST;

/** The API server waits five seconds for an answer; whoever takes longer to ask is somebody else. */
const PATIENCE = { requestTimeout: 15_000, headersTimeout: 10_000, handshakeTimeout: 10_000, connectionsCheckingInterval: 5000 };

/** How long answers under way may take when the server closes. */
const CLOSING_MS = 5000;

export interface WebhookServerOptions {
  /** Where it is asked. Whoever asks elsewhere is told nothing. @default - nobody is told anything */
  readonly path: () => string | undefined;
  readonly judge: (request: AdmissionRequest) => Promise<Verdict>;
  /** What tenants may have computed: a review is read while nothing else can be done. @default - without a limit */
  readonly budget?: TenantBudget | undefined;
  readonly log: Log;
  readonly meter: Pick<Meter, 'reviewed'>;
}

/** Answers the API server over TLS. It refuses connections until it has a certificate. */
export class WebhookServer {
  private server: Server | undefined;
  /** Bytes that are held of reviews that are not whole yet. */
  private held = 0;

  public constructor(private readonly options: WebhookServerOptions) {}

  public get isListening(): boolean {
    return this.server?.listening === true;
  }

  /** The port, once it listens. */
  public get port(): number | undefined {
    const address = this.server?.address();
    return typeof address === 'object' && address !== null ? address.port : undefined;
  }

  /** Begins to listen, or shows another certificate to connections that begin from now on. */
  public async show({ certificate, key }: Certificate, port: number, host?: string): Promise<void> {
    if (this.server) {
      this.server.setSecureContext({ cert: certificate, key });
      return;
    }
    const server = createServer({ cert: certificate, key, minVersion: 'TLSv1.2', ...PATIENCE }, (request, response) => {
      void this.answer(request, response);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    this.server = server;
  }

  /** Lets answers under way end. */
  public async close(): Promise<void> {
    const { server } = this;
    if (!server) return;
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => server.closeAllConnections(), CLOSING_MS);
      server.close(() => {
        clearTimeout(late);
        resolve();
      });
      server.closeIdleConnections();
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log, meter, budget } = this.options;
    // Whatever is asked for need not be a URL.
    if (request.method !== 'POST' || !isPath(request.url?.split('?')[0] ?? '', this.options.path())) return end(response, 404);
    try {
      const body = await this.bodyOf(request);
      if (typeof body === 'number') return end(response, body);
      const head = headOf(body);
      if (head && budget?.isSpent(head.tenant) === true) {
        meter.reviewed('unjudged');
        return end(response, 200, answerTo(head.uid, UNJUDGED));
      }
      const begun = performance.now();
      const asked = requestOf(parsed(body.toString()));
      budget?.charge(asked?.namespace ?? head?.tenant ?? '', performance.now() - begun);
      if (asked === undefined) return end(response, 400);
      const verdict = await this.options.judge(asked);
      meter.reviewed(verdict.isUnjudged === true ? 'unjudged' : verdict.isAllowed ? 'allowed' : 'refused');
      end(response, 200, answerTo(asked.uid, verdict));
    } catch (error) {
      // The API server then does what the registration says of failures.
      meter.reviewed('error');
      log.error('an admission review could not be answered', { error: error instanceof Error ? error.name : 'unknown' });
      end(response, 500);
    }
  }

  /** @returns the status with which it is refused, where it is too large or there are too many */
  private async bodyOf(request: IncomingMessage): Promise<Buffer | 413 | 503> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        size += chunk.length;
        this.held += chunk.length;
        if (size > LARGEST) return 413;
        if (this.held > MOST) return 503;
        chunks.push(new Uint8Array(chunk));
      }
      return Buffer.concat(chunks);
    } finally {
      this.held -= size;
    }
  }
}

function end(response: ServerResponse, status: number, body?: object): void {
  // Whoever asked may have gone.
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
