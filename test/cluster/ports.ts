import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below the range that Linux and macOS hand to outgoing connections, so that none of those takes a port before it is used. */
const lowest = 20_000;
const highest = 32_000;

/** Different free TCP ports of 127.0.0.1. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
