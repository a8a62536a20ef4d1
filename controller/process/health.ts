import { type Server, createServer } from 'node:http';

/** What the kubelet may ask. */
export interface Health {
  /** The process works: the watches hear from the server. */
  readonly isAlive: boolean;
  /** Every cache has been filled once. */
  readonly isReady: boolean;
  /** Rights that are missing; told to whoever reads the answer of /readyz. The process does what it can without them. */
  readonly missingRights: readonly string[];
}

/**
 * Serves /healthz and /readyz. Resolves when it listens.
 *
 * @param health asked at each request
 */
export async function serveHealth(health: Health, port: number, host?: string): Promise<Server> {
  const server = createServer(({ url }, response) => {
    const { status, lines } = answer(health, url);
    response.writeHead(status, { 'content-type': 'text/plain' });
    response.end(`${lines.join('\n')}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}

function answer({ isAlive, isReady, missingRights }: Health, url: string | undefined): { status: number; lines: string[] } {
  if (url === '/healthz') return verdict(isAlive);
  if (url !== '/readyz') return { status: 404, lines: ['404'] };
  const { status, lines } = verdict(isReady);
  return { status, lines: [...lines, ...missingRights.map((right) => `missing right: ${right}`)] };
}

function verdict(isWell: boolean): { status: number; lines: string[] } {
  return isWell ? { status: 200, lines: ['ok'] } : { status: 503, lines: ['503'] };
}
