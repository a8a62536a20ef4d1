import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Server, createServer } from 'node:https';
import type { Log } from '../objects/log';
import type { Certificate } from './certificate';
import { type AdmissionRequest, type Verdict, answerTo, requestOf } from './review';

/** The path that the API server asks. */
export const PATH = '/validate';

/** Bytes of a review: it carries an object twice, and none is larger than 3 MiB. */
const LARGEST = 8 * 1024 * 1024;

export interface WebhookServerOptions {
  readonly judge: (request: AdmissionRequest) => Promise<Verdict>;
  readonly log: Log;
}

/** Answers the API server over TLS. It refuses connections until it has a certificate. */
export class WebhookServer {
  private server: Server | undefined;

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
    const server = createServer({ cert: certificate, key, minVersion: 'TLSv1.2' }, (request, response) => {
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
      server.close(() => resolve());
      server.closeIdleConnections();
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST' || new URL(request.url ?? '/', 'https://webhook').pathname !== PATH) return end(response, 404);
    try {
      const body = await bodyOf(request);
      if (body === undefined) return end(response, 413);
      const asked = requestOf(parsed(body));
      if (asked === undefined) return end(response, 400);
      end(response, 200, answerTo(asked.uid, await this.options.judge(asked)));
    } catch (error) {
      // The API server then does what the registration says of failures.
      this.options.log.error('an admission review could not be answered', { error: error instanceof Error ? error.name : 'unknown' });
      end(response, 500);
    }
  }
}

function end(response: ServerResponse, status: number, body?: object): void {
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

/** @returns `undefined` where it is too large */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks.map((chunk) => new Uint8Array(chunk))).toString();
}
