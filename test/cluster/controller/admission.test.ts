import { request } from 'node:https';
import { networkInterfaces } from 'node:os';
import type { OpenClawInstanceSpec } from '../../../constructs';
import type { HttpApi } from '../../../controller/api/http-api';
import { createLog } from '../../../controller/objects/log';
import { InstanceLoop } from '../../../controller/process/instance-loop';
import { WEBHOOK_SERVICE as SERVICE, webhookRegistration } from '../../../controller/webhook/registration';
import { WebhookLoop } from '../../../controller/process/webhook-loop';
import { readHashKey } from '../../../controller/observe/secret-facts';
import { openFence } from '../../../gitops/git/fence';
import { systemClock } from '../../../gitops/git/clock';
import { type KubeObject, ok, waitUntil } from '../api';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { describeWith, testApi } from '../parts';
import { controllerApi, controllerNamespace } from './controller';
import { instance, removeNamespaces } from './instances';

const DAY = 86_400_000;

/** The API server sends nothing to a loopback address. */
const address = Object.values(networkInterfaces())
  .flatMap((entries) => entries ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

const why = address === undefined ? 'this machine has no address but loopback' : undefined;

/** Nothing that the CRD knows is wrong with it. */
const wrong: OpenClawInstanceSpec = { networking: { ingress: { enabled: true, className: 'nginx', hosts: [] } } };

/** A Service of which we are the endpoint. */
function serviceObjects(port: number): KubeObject[] {
  const metadata = { name: SERVICE, namespace: controllerNamespace };
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ name: 'https', port: 443, targetPort: port }] } },
    { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', port }] }] },
  ];
}

/** What any pod may do. */
async function knock(port: number | undefined, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: address, port, path, method: 'POST', rejectUnauthorized: false, agent: false });
    asked.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
    asked.end('{}');
  });
}

describeWith(['server', 'controllers', { why }], 'the admission webhook', () => {
  const api = testApi();
  let http: HttpApi;
  let instances: InstanceLoop;
  let loop: WebhookLoop;
  let namespace = '';
  /** So long ago it begins: its certificate counts today, and is near its end. */
  let later = -130 * DAY;
  const lines: string[] = [];
  const log = createLog(
    (line) => lines.push(line),
    () => new Date(),
  );
  const registration = webhookRegistration({ namespace: controllerNamespace }) as KubeObject;

  beforeAll(async () => {
    await installCrds(api);
    http = await controllerApi(api);
    namespace = await createNamespace(api);
    ok(await api.apply(registration));
    const clock = {
      ...systemClock,
      now: () => new Date(systemClock.now().getTime() + later),
      monotonic: () => systemClock.monotonic(),
      sleep: systemClock.sleep.bind(systemClock),
    };
    const common = { api: http, clock, log, namespace: controllerNamespace };
    instances = new InstanceLoop({ ...common, fence: openFence, delivery: 'apply', concurrency: 1 });
    loop = new WebhookLoop({ ...common, facts: instances.facts, port: 0, service: SERVICE });
    await instances.start();
    await readHashKey(http, controllerNamespace);
    await loop.start();
    await loop.lead();
    for (const object of serviceObjects(loop.port ?? 0)) ok(await api.apply(object));
    // The API server learns of a registration some moments later.
    const asked = async (): Promise<string> => String((await api.apply(instance(namespace, 'probe', wrong), { dryRun: true })).status);
    await waitUntil('the webhook', asked, (status) => status === '422', 20_000);
  }, 60_000);

  afterAll(async () => {
    await api.delete(registration);
    for (const object of serviceObjects(1)) await api.delete(object);
    await loop?.stop();
    await instances?.stop();
    http?.close();
    await removeNamespaces(api, [namespace]);
  }, 60_000);

  test('refuses what the CRD lets pass, with every mistake and its place', async () => {
    const { status, body } = await api.apply(
      instance(namespace, 'alice', { ...wrong, extraVolumeMounts: [{ name: 'no-volume', mountPath: '/x' }] }),
    );
    expect(status).toBe(422);
    expect(body['message']).toContain('spec.networking.ingress.hosts');
    expect(body['message']).toContain('spec.extraVolumeMounts[0]');
    expect(body['details'].causes.length).toBeGreaterThan(1);
  });

  test('tells warnings to whoever applies', async () => {
    const { status, warnings } = await api.apply(instance(namespace, 'bob', { security: { networkPolicy: { enabled: false } } }));
    expect(status).toBe(201);
    expect(warnings.join('\n')).toContain('spec.security.networkPolicy.enabled');
  });

  test('answers whoever knows its path, and that is the API server alone', async () => {
    const { clientConfig } = ok(await api.get(registration))['webhooks'][0];
    expect(clientConfig.service).toEqual({
      name: SERVICE,
      namespace: controllerNamespace,
      port: 443,
      path: expect.stringMatching(/^\/validate\/[0-9a-f]{64}$/),
    });
    const statuses = [clientConfig.service.path, '/validate', '/'].map((path: string) => knock(loop.port, path));
    expect(await Promise.all(statuses)).toEqual([400, 404, 404]);
    // Whoever applies what was printed takes neither away.
    ok(await api.apply(registration));
    expect(ok(await api.get(registration))['webhooks'][0].clientConfig).toEqual(clientConfig);
  });

  test('an instance may come before its ConfigMap', async () => {
    const { status, warnings } = await api.apply(instance(namespace, 'carol', { config: { configMapRef: { name: 'later' } } }));
    expect(status).toBe(201);
    expect(warnings.join('\n')).toContain('later');
  });

  test('what was stored before it came keeps its labels, and can be deleted', async () => {
    ok(await api.delete(registration));
    const stored = instance(namespace, 'dave', wrong);
    await waitUntil(
      'no webhook',
      async () => String((await api.apply(stored)).status),
      (status) => status < '300',
      20_000,
    );
    ok(await api.patch(stored, { metadata: { finalizers: ['example.com/hold'] } }));
    ok(await api.apply(registration));
    await loop.lead();
    await waitUntil(
      'the webhook',
      async () => String((await api.apply(instance(namespace, 'probe', wrong), { dryRun: true })).status),
      (status) => status === '422',
      20_000,
    );
    expect((await api.patch(stored, { metadata: { labels: { a: 'b' } } })).status).toBe(200);
    ok(await api.delete(stored));
    expect((await api.patch(stored, { metadata: { finalizers: [] } })).status).toBe(200);
    await api.waitForGone(stored);
  });

  test('a certificate that is near its end is replaced, and no request in between goes wrong', async () => {
    const before = ok(
      await api.get({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'openclaw-webhook-certificate', namespace: controllerNamespace },
      }),
    );
    later = 0;
    const statuses = new Set<number>();
    const asked = { isDone: false };
    const asking = (async () => {
      while (!asked.isDone) statuses.add((await api.apply(instance(namespace, 'probe', wrong), { dryRun: true })).status);
    })();
    await loop.lead();
    await new Promise((resolve) => {
      setTimeout(resolve, 1000);
    });
    await loop.lead();
    await new Promise((resolve) => {
      setTimeout(resolve, 1500);
    });
    asked.isDone = true;
    await asking;
    const after = ok(await api.get({ apiVersion: 'v1', kind: 'Secret', metadata: before.metadata }));
    expect(after['data']['tls.crt']).not.toBe(before['data']['tls.crt']);
    expect([...statuses]).toEqual([422]);
  });

  test('without an answer an object is let in, and the rules of the CRD hold', async () => {
    await loop.stop();
    expect((await api.apply(instance(namespace, 'erin', wrong))).status).toBe(201);
    expect((await api.apply(instance(namespace, 'frank', { storage: { persistence: { size: 'large' } } }))).status).toBe(422);
  });
});
