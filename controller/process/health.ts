import { type Server, createServer } from 'node:http';

/** What the kubelet may ask. */
export interface Health {
  /** The process works: the watches hear from the server. */
  readonly isAlive: () => boolean;
  /** Every cache has been filled once. */
  readonly isReady: () => boolean;
}

/** Serves /healthz and /readyz. Resolves when it listens. */
export async function serveHealth({ isAlive, isReady }: Health, port: number, host?: string): Promise<Server> {
  const server = createServer((request, response) => {
    const checks: Record<string, () => boolean> = { '/healthz': isAlive, '/readyz': isReady };
    const check = checks[request.url ?? ''];
    let status = 404;
    if (check) status = check() ? 200 : 503;
    response.writeHead(status, { 'content-type': 'text/plain' });
    response.end(status === 200 ? 'ok\n' : `${status}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}
