import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers one request. */
export type Step = (response: ServerResponse, request: ReceivedRequest) => void;

/** Answers with JSON. */
export function json(code: number, body: unknown, headers: Readonly<Record<string, string | string[]>> = {}): Step {
  return (response) => response.writeHead(code, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Answers with a Status. */
export function status(
  code: number,
  reason: string,
  headers: Readonly<Record<string, string>> = {},
  message = `server says ${reason}`,
): Step {
  return json(code, { kind: 'Status', code, reason, message }, headers);
}

/** Writes each part on its own, so that it arrives on its own. */
export function parts(...texts: readonly (string | Uint8Array)[]): Step {
  return (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    const next = (at: number): void => {
      const part = texts[at];
      if (response.destroyed) return;
      if (part === undefined) response.end();
      else response.write(part, () => setTimeout(next, 5, at + 1));
    };
    next(0);
  };
}

/** Breaks the connection. */
export const cut: Step = (response) => response.socket?.destroy();

/** Never answers. */
export const silence: Step = () => undefined;

/** An HTTP server on loopback that answers as a test tells it to: each request takes the next step, the last one stays. */
export class ScriptedServer {
  public readonly received: ReceivedRequest[] = [];
  public connections = 0;
  private steps: Step[] = [];
  private readonly server: Server;

  public constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
    this.server.on('connection', () => (this.connections += 1));
  }

  public async start(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.listen(0, '127.0.0.1', resolve);
    });
  }

  public get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public script(...steps: Step[]): void {
    this.steps = steps;
    this.received.length = 0;
    this.connections = 0;
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
    const received = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
    this.received.push(received);
    const step = this.steps.length > 1 ? this.steps.shift() : this.steps[0];
    step?.(response, received);
  }
}
