import { spawnSync } from 'node:child_process';
import { type Health, type HealthServer, serveHealth } from '../../../controller/process/health';

let server: HealthServer;
let alive = true;
let waitsFor: string[] = [];
let leads: boolean | undefined;
let missingRights: string[] = [];
let warnings: string[] = [];
const health: Health = {
  get isAlive() {
    return alive;
  },
  get waitsFor() {
    return waitsFor;
  },
  get leads() {
    return leads;
  },
  get missingRights() {
    return missingRights;
  },
  get warnings() {
    return warnings;
  },
};

beforeAll(async () => {
  server = await serveHealth(health, { port: 0, host: '127.0.0.1', blockedMs: 1500 });
});
afterAll(() => server.close());

async function ask(path: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`);
  return `${answer.status} ${await answer.text()}`;
}

it.each([
  ['/healthz', true, false, '200 ok\n'],
  ['/healthz', false, true, '503 503\nnothing was heard of the API server for five minutes\n'],
  ['/readyz', false, true, '200 ok\n'],
  ['/readyz', true, false, '503 503\nwaits for webhook: a certificate\n'],
  ['/', true, true, '404 404\n'],
  ['/toString', true, true, '404 404\n'],
  ['/healthz/', true, true, '404 404\n'],
])('%s with alive=%s, ready=%s is answered with %j', async (path, isAlive, isReady, expected) => {
  [alive, waitsFor] = [isAlive, isReady ? [] : ['webhook: a\n certificate']];
  expect(await ask(path)).toBe(expected);
});

it('a port that is taken is an error', async () => {
  await expect(serveHealth(health, { port: server.port, host: '127.0.0.1' })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

it('T-T8 /readyz names the rights that are missing, and is no less ready for them', async () => {
  [alive, waitsFor, missingRights] = [true, [], ['list and watch roles.rbac.authorization.k8s.io', 'watch secrets']];
  expect(await ask('/readyz')).toBe(
    '200 ok\nmissing right: list and watch roles.rbac.authorization.k8s.io\nmissing right: watch secrets\n',
  );
  expect(await ask('/healthz')).toBe('200 ok\n');
});

it('/readyz tells what is to be known, and is no less ready for it', async () => {
  [alive, waitsFor, missingRights, warnings] = [true, [], [], ['a Secret is gone']];
  expect(await ask('/readyz')).toBe('200 ok\nwarning: a Secret is gone\n');
  warnings = [];
});

it('/readyz tells whether the process leads, and a follower is as ready', async () => {
  [alive, waitsFor, missingRights] = [true, [], []];
  leads = false;
  expect(await ask('/readyz')).toBe('200 ok\nleader: no\n');
  leads = true;
  expect(await ask('/readyz')).toBe('200 ok\nleader: yes\n');
});

it('an event loop that is blocked is answered for, from another thread and another process', async () => {
  const url = `http://127.0.0.1:${server.port}/healthz`;
  // It blocks this thread until its answer is there, longer than is allowed.
  const script = `setTimeout(async () => { const r = await fetch(process.argv[1]); console.log(r.status, (await r.text()).trim()); }, 1600)`;
  const { stdout } = spawnSync(process.execPath, ['-e', script, url], { encoding: 'utf8' });
  expect(stdout).toMatch(/^503 503\nthe event loop has been blocked for [2-9] s\n$/);
  expect(await ask('/healthz')).toBe('200 ok\n');
});
