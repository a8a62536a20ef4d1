import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the range that Linux and macOS hand to outgoing connections, so that none of those takes a port before it is used. */
const lowest = 20_000;
const highest = 32_000;

/** A free TCP port of 127.0.0.1; `taken` names those that are promised already. */
export async function freePort(...taken: readonly number[]): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest);
    if (!taken.includes(port) && (await isFree(port))) return port;
  }
}

/** Whether nobody listens there. */
export function isFree(port: number, address = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}
