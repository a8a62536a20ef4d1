import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Health, serveHealth } from '../../../controller/process/health';

let server: Server;
let alive = true;
let ready = false;
let missingRights: string[] = [];
const health: Health = {
  get isAlive() {
    return alive;
  },
  get isReady() {
    return ready;
  },
  get missingRights() {
    return missingRights;
  },
};

beforeAll(async () => {
  server = await serveHealth(health, 0, '127.0.0.1');
});
afterAll(() => {
  server.close();
});

async function ask(path: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return `${answer.status} ${await answer.text()}`;
}

it.each([
  ['/healthz', true, false, '200 ok\n'],
  ['/healthz', false, true, '503 503\n'],
  ['/readyz', false, true, '200 ok\n'],
  ['/readyz', true, false, '503 503\n'],
  ['/', true, true, '404 404\n'],
  ['/toString', true, true, '404 404\n'],
  ['/healthz/', true, true, '404 404\n'],
])('%s with alive=%s, ready=%s is answered with %j', async (path, isAlive, isReady, expected) => {
  [alive, ready] = [isAlive, isReady];
  expect(await ask(path)).toBe(expected);
});

it('a port that is taken is an error', async () => {
  const { port } = server.address() as AddressInfo;
  await expect(serveHealth(health, port, '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

it('T-T8 /readyz names the rights that are missing, and is no less ready for them', async () => {
  [alive, ready, missingRights] = [true, true, ['list and watch roles.rbac.authorization.k8s.io', 'watch secrets']];
  expect(await ask('/readyz')).toBe(
    '200 ok\nmissing right: list and watch roles.rbac.authorization.k8s.io\nmissing right: watch secrets\n',
  );
  expect(await ask('/healthz')).toBe('200 ok\n');
});
