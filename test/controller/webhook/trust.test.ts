import { ApiError } from '../../../controller/api/errors';
import { isReadOnly } from '../../../controller/api/port';
import { WHOLE_CLUSTER } from '../../../controller/objects/scope';
import type { KubeObject } from '../../../controller/objects/objects';
import { webhookRegistration } from '../../../controller/webhook/registration';
import { Trust, webhookConfigurations } from '../../../controller/webhook/trust';
import { FakeClock } from '../api/fake-clock';
import type { FakeApi } from '../fake-api';
import { OWN_NAMESPACE, aServer } from '../world';

const PATH = '/validate/0123';
const SECRET = 'openclaw-webhook-certificate';

function begin(secret?: object): { readonly api: FakeApi; readonly trust: Trust } {
  const clock = new FakeClock();
  const api = aServer(clock, [webhookConfigurations]);
  api.seed(webhookRegistration({ namespace: OWN_NAMESPACE }) as KubeObject);
  if (secret) api.seed({ apiVersion: 'v1', kind: 'Secret', metadata: { name: SECRET, namespace: OWN_NAMESPACE }, ...secret });
  const service = 'openclaw-webhook';
  return { api, trust: new Trust({ api, namespace: OWN_NAMESPACE, scope: WHOLE_CLUSTER, service, now: () => clock.now() }) };
}

/** How many certificates the API server trusts. */
function trusted(api: FakeApi): number {
  const [registration] = api.all('ValidatingWebhookConfiguration');
  const [webhook] = (registration?.['webhooks'] ?? []) as { clientConfig: { caBundle?: string } }[];
  return (
    Buffer.from(webhook?.clientConfig.caBundle ?? '', 'base64')
      .toString()
      .split('BEGIN CERTIFICATE').length - 1
  );
}

it.each<[string, object]>([
  ['nothing', {}],
  ['empty values', { data: { 'tls.crt': '', 'tls.key': '' } }],
  ['no PEM', { data: { 'tls.crt': 'bm9uZQ==', 'tls.key': 'bm9uZQ==' } }],
  ['another type and other keys', { type: 'Opaque', data: { password: 'eA==' } }],
])('a Secret with %s gets a certificate, and nothing else of it changes', async (_what, secret) => {
  const { api, trust } = begin(secret);
  await trust.keepUp(PATH);
  await trust.keepUp(PATH);
  expect(await trust.read()).toMatchObject({ certificate: expect.stringContaining('BEGIN CERTIFICATE') as unknown });
  expect([trusted(api), api.get('Secret', SECRET, OWN_NAMESPACE)['type']]).toEqual([1, (secret as { type?: string }).type]);
});

it('T-R14 a Secret that cannot be written adds one certificate to those that are trusted, however often it is tried', async () => {
  const { api, trust } = begin({ immutable: true, data: { 'tls.crt': '' } });
  api.fail(new ApiError('field is immutable', 422, 'Invalid', {}), ({ method, path }) => method === 'PATCH' && path.endsWith(SECRET));
  for (let look = 0; look < 4; look += 1)
    await expect(trust.keepUp(PATH)).rejects.toThrow(`kubectl -n ${OWN_NAMESPACE} delete secret ${SECRET}, and it is made anew`);
  expect(trusted(api)).toBe(1);
  api.heal();
  await trust.keepUp(PATH);
  api.forgetRequests();
  await trust.keepUp(PATH);
  expect([trusted(api), api.requests.filter((request) => !isReadOnly(request))]).toEqual([1, []]);
});

it('tells the API server the path, and leaves whom it trusts to cert-manager', async () => {
  const { api, trust } = begin();
  const told = (): object[] =>
    api.all('ValidatingWebhookConfiguration').map((one) => (one['webhooks'] as { clientConfig: object }[])[0]?.clientConfig ?? {});
  await trust.register(PATH);
  expect(told()).toEqual([{ service: expect.objectContaining({ path: PATH }) as unknown }]);
  api.forgetRequests();
  await trust.register(PATH);
  expect(api.requests.filter((request) => !isReadOnly(request))).toEqual([]);
  await trust.keepUp('/validate/other');
  expect(told()).toMatchObject([{ caBundle: expect.any(String) as unknown, service: { path: '/validate/other' } }]);
});

it('leaves a registration with a url alone: its own path beside a Service would be refused', async () => {
  const { api, trust } = begin();
  const [registration] = api.all('ValidatingWebhookConfiguration');
  const [webhook] = (registration?.['webhooks'] ?? []) as { clientConfig: object }[];
  const webhooks = [{ ...webhook, clientConfig: { url: 'https://elsewhere.example.com/validate' } }];
  api.seed({ ...registration!, webhooks });
  api.forgetRequests();
  await trust.register(PATH);
  expect(api.requests.filter((request) => !isReadOnly(request))).toEqual([]);
});
