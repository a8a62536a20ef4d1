import { type Server, createServer } from 'node:http';
import type { Metrics } from './metrics';
import type { ProcessState } from './state-metrics';

/**
 * Serves /metrics over plain HTTP; resolves when it listens. The names of all instances are in it: a NetworkPolicy says who may ask.
 *
 * @param state asked at each scrape
 */
export async function serveMetrics(metrics: Metrics, state: () => ProcessState, port: number, host?: string): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404\n');
      return;
    }
    metrics.text(state()).then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
      () => response.writeHead(500, { 'content-type': 'text/plain' }).end('500\n'),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}
