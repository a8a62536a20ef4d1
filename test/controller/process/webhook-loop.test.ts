import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as ask } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiError } from '../../../controller/api/errors';
import type { KubeObject } from '../../../controller/objects/objects';
import { WebhookLoop } from '../../../controller/process/webhook-loop';
import { makeCertificate } from '../../../controller/webhook/certificate';
import { webhookRegistration } from '../../../controller/webhook/registration';
import { webhookConfigurations } from '../../../controller/webhook/trust';
import { FakeClock } from '../api/fake-clock';
import type { FakeApi } from '../fake-api';
import { OWN_NAMESPACE, aServer } from '../world';

const KEY = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'openclaw-controller-hash-key', namespace: OWN_NAMESPACE } };
const keyWith = (value: string): KubeObject => ({ ...KEY, data: { key: Buffer.from(value).toString('base64') } });

const folder = mkdtempSync(join(tmpdir(), 'openclaw-webhook-loop-'));
const running: WebhookLoop[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((loop) => loop.stop()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Replica {
  readonly loop: WebhookLoop;
  readonly lines: { readonly message: string; readonly error?: unknown }[];
}

function replica(api: FakeApi, clock: FakeClock, more: { readonly folder?: string } = {}): Replica {
  const lines: { message: string; error?: unknown }[] = [];
  const note = (message: string, fields: object = {}): void => void lines.push({ message, ...fields });
  const log = { info: note, error: note };
  const facts = { read: async () => ({}) };
  const loop = new WebhookLoop({
    api,
    clock,
    log,
    facts,
    namespace: OWN_NAMESPACE,
    port: 0,
    host: '127.0.0.1',
    service: 'openclaw-webhook',
    ...more,
  });
  running.push(loop);
  return { loop, lines };
}

function begin(): { readonly api: FakeApi; readonly clock: FakeClock } {
  const clock = new FakeClock();
  const api = aServer(clock, [webhookConfigurations]);
  api.seed(webhookRegistration({ namespace: OWN_NAMESPACE }) as KubeObject);
  return { api, clock };
}

/** The path that the API server was told. */
function told(api: FakeApi): string {
  const webhooks = api
    .all('ValidatingWebhookConfiguration')
    .flatMap((one) => one['webhooks'] as { clientConfig: { service: { path?: string } } }[]);
  return webhooks[0]?.clientConfig.service.path ?? '';
}

/** Asks for nothing. @returns 400 from a webhook, and 404 from the wrong place */
async function knock({ loop }: Replica, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: loop.port, path, method: 'POST', rejectUnauthorized: false, agent: false };
    const asked = ask(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject);
    asked.end('{}');
  });
}

it('a replica waits until one has led, and then answers where the API server was told to ask', async () => {
  const { api, clock } = begin();
  const [leader, follower] = [replica(api, clock), replica(api, clock)];
  for (const { loop } of [leader, follower]) await loop.start();
  expect(follower.loop.waitsFor).toBe('there is no certificate yet: the replica that leads makes it');
  // What the care for instances does first.
  api.seed(keyWith('k'.repeat(32)));
  await leader.loop.lead();
  await clock.advance(1500);
  expect([leader.loop.waitsFor, follower.loop.waitsFor]).toEqual([undefined, undefined]);
  expect(told(api)).toMatch(/^\/validate\/[0-9a-f]{64}$/);
  for (const one of [leader, follower]) expect([await knock(one, told(api)), await knock(one, '/validate')]).toEqual([400, 404]);
  expect(follower.loop.certificateEnds?.toISOString()).toBe('2026-06-30T00:00:00.000Z');
});

it('goes on at its path while the key is gone, and at the next one when there is another', async () => {
  const { api, clock } = begin();
  api.seed(keyWith('a'));
  const one = replica(api, clock);
  await one.loop.start();
  await one.loop.lead();
  const before = told(api);
  await api.remove('Secret', KEY.metadata.name, OWN_NAMESPACE);
  await clock.advance(61_000);
  expect([told(api), await knock(one, before)]).toEqual([before, 400]);
  api.seed(keyWith('b'));
  await clock.advance(61_000);
  expect([told(api) === before, await knock(one, before), await knock(one, told(api))]).toEqual([false, 404, 400]);
});

it('tells each trouble once, is not ready for it, and goes on when it is over', async () => {
  const { api, clock } = begin();
  api.seed(keyWith('a'));
  api.fail(new ApiError('quota exceeded', 403, 'Forbidden', {}), ({ method }) => method === 'POST');
  const { loop, lines } = replica(api, clock);
  await loop.start();
  await loop.lead();
  await clock.advance(30_000);
  expect(lines).toEqual([{ message: 'the certificate of the webhook could not be kept up', error: 'ApiError: quota exceeded' }]);
  expect(loop.waitsFor).toBe('ApiError: quota exceeded');
  api.heal();
  await clock.advance(2000);
  expect([loop.waitsFor, lines.at(-1)?.message]).toEqual([undefined, 'the webhook answers']);
});

it('shows what somebody else keeps up in a folder, and names the file while it is not there', async () => {
  const { api, clock } = begin();
  api.seed(keyWith('a'));
  const one = replica(api, clock, { folder });
  await one.loop.start();
  await one.loop.lead();
  expect(one.loop.waitsFor).toContain(join(folder, 'tls.crt'));
  const { certificate, key } = makeCertificate(['openclaw-webhook.openclaw-system.svc'], clock.now());
  writeFileSync(join(folder, 'tls.crt'), certificate);
  writeFileSync(join(folder, 'tls.key'), key);
  await clock.advance(1500);
  expect([one.loop.waitsFor, await knock(one, told(api))]).toEqual([undefined, 400]);
  // Whom the API server trusts is up to whoever keeps it up.
  expect(JSON.stringify(api.all('ValidatingWebhookConfiguration'))).not.toContain('caBundle');
});

it('shows the newest of the folder though the registration cannot be written, and tells of that', async () => {
  const { api, clock } = begin();
  api.seed(keyWith('a'));
  const put = (): string => {
    const { certificate, key } = makeCertificate(['openclaw-webhook.openclaw-system.svc'], clock.now());
    writeFileSync(join(folder, 'tls.crt'), certificate);
    writeFileSync(join(folder, 'tls.key'), key);
    return certificate;
  };
  put();
  const denied = new ApiError('denied by a policy', 403, 'Forbidden', {});
  api.fail(denied, ({ method, path }) => method === 'PATCH' && path.includes('validatingwebhookconfigurations'));
  const { loop, lines } = replica(api, clock, { folder });
  await loop.start();
  await loop.lead();
  const before = loop.certificateEnds;
  await clock.advance(24 * 3_600_000);
  put();
  await clock.advance(122_000);
  expect(loop.certificateEnds?.getTime()).toBeGreaterThan(before?.getTime() ?? Infinity);
  expect(loop.failing).toEqual(['webhook: ApiError: denied by a policy']);
  expect(lines.filter(({ message }) => message === 'the certificate of the webhook could not be kept up')).toHaveLength(1);
});
