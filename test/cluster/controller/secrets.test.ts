import { readFileSync } from 'node:fs';
import { ApiError } from '../../../controller/api/errors';
import type { ApiPort } from '../../../controller/api/port';
import { ok, waitUntil, type KubeObject } from '../api';
import { describeWith, testCluster } from '../parts';
import { bedWithNamespace } from './bed';
import { eventsOf, instance, objectsIn, podUids, ref, waitForCondition, waitForReady } from './instances';

const ingress = { enabled: true, className: 'traefik', hosts: [{ host: 'a.example.com' }], security: { basicAuth: { enabled: true } } };

const valuesOf = (secret: KubeObject): string[] =>
  Object.values(secret['data'] as Record<string, string>).map((value) => Buffer.from(value, 'base64').toString());

const hasAll = ({ data }: KubeObject) => ['auth', 'password', 'username'].every((key) => data?.[key]);

describeWith(['server', 'controllers', 'traefik'], 'Secrets of an instance', () => {
  const logs: string[] = [];
  /** While set, the server has trouble with reading Secrets. */
  let isUnreadable = false;

  const troubled = (port: ApiPort): ApiPort => ({
    request: async (request) => {
      const isSecret = request.method === 'GET' && /\/secrets\/[^/]+$/.test(request.path);
      if (isUnreadable && isSecret) throw new ApiError('etcd: leader changed', 500, 'InternalError');
      return port.request(request);
    },
    stream: (request, signal) => port.stream(request, signal),
  });

  const bed = bedWithNamespace('of-each', { between: troubled });
  const { api } = bed;

  async function restart(): Promise<void> {
    logs.push(...bed.running.log);
    await bed.running.stop();
    await bed.start();
  }

  const token = () => ref('Secret', bed.namespace, 'alice-gateway-token');
  async function waitForRoll(alice: KubeObject, before: readonly string[]): Promise<void> {
    const fresh = async () => (await podUids(api, alice)).filter((uid) => !before.includes(uid));
    await waitUntil('a new pod', fresh, (uids) => uids.length === 1, 30_000);
    await waitForReady(api, alice);
  }

  test('the gateway token is made once, and stays over passes and restarts', async () => {
    const alice = await bed.ready();
    const made = ok(await api.get(token()));
    expect(valuesOf(made)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    await bed.running.passAll();
    await restart();
    await bed.running.passAll();
    expect(ok(await api.get(token())).metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    expect(await eventsOf(api, alice)).toContain('Normal GatewayTokenCreated: made Secret alice-gateway-token');
  });

  test('a Secret that lost a key gets it back and keeps the rest; the pod rolls', async () => {
    const alice = await bed.ready({ networking: { ingress } });
    const basicAuth = ref('Secret', bed.namespace, 'alice-basic-auth');
    const made = ok(await api.get(basicAuth));
    const pods = await podUids(api, alice);
    ok(await api.patch(basicAuth, { data: { password: null } }));
    ok(await api.patch(token(), { data: { token: null } }));
    const mended = await api.waitFor(basicAuth, hasAll, 10_000);
    await api.waitFor(token(), ({ data }) => Boolean(data?.token), 10_000);
    expect(mended.metadata.uid).toBe(made.metadata.uid);
    expect(mended['data'].username).toBe(made['data'].username);
    await waitForRoll(alice, pods);
    expect(await eventsOf(api, alice)).toContain('Normal SecretRepaired: filled token of Secret alice-gateway-token');
  });

  test('a value that somebody chose stays, and rolls the pod', async () => {
    const alice = await bed.ready();
    const pods = await podUids(api, alice);
    ok(await api.patch(token(), { data: { token: Buffer.from('chosen-by-a-person').toString('base64') } }));
    await waitForRoll(alice, pods);
    await bed.running.passAll();
    expect(valuesOf(ok(await api.get(token())))).toEqual(['chosen-by-a-person']);
  });

  test('a new value of a Secret that the user brought rolls the pod', async () => {
    const keys: KubeObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'keys', namespace: bed.namespace },
      stringData: { A: 'one' },
    };
    const alice = instance(bed.namespace, 'alice', { envFrom: [{ secretRef: { name: 'keys' } }] });
    ok(await api.apply(alice));
    expect((await waitForCondition(api, alice, 'SecretsReady', 'False', 'SecretsMissing')).message).toContain('keys');
    ok(await api.create(keys));
    await waitForReady(api, alice);
    const pods = await podUids(api, alice);
    ok(await api.patch(keys, { stringData: { A: 'two' } }));
    await waitForRoll(alice, pods);
    expect(await podUids(api, alice)).toHaveLength(1);
  });

  test('T-A8 a Secret that cannot be read rolls no pod and takes no readiness away', async () => {
    const alice = await bed.ready();
    const workload = ref('StatefulSet', bed.namespace, 'alice');
    const before = ok(await api.get(workload));
    const status = ok(await api.get(alice))['status'];
    isUnreadable = true;
    try {
      // A change of its metadata makes the controller read it again.
      ok(await api.patch(token(), { metadata: { annotations: { touched: 'yes' } } }));
      const failed = async () => bed.running.log.filter((line) => line.includes('leader changed')) ?? [];
      await waitUntil('the read to fail', failed, (lines) => lines.length > 1, 20_000);
      expect(ok(await api.get(workload)).metadata.generation).toBe(before.metadata.generation);
      expect(ok(await api.get(alice))['status']).toEqual(status);
    } finally {
      isUnreadable = false;
    }
    await waitUntil(
      'the instance to be well',
      async () => bed.running.controller.failing ?? [],
      (failing) => failing.length === 0,
      30_000,
    );
    expect(ok(await api.get(workload)).metadata.generation).toBe(before.metadata.generation);
  });

  test('no value of a Secret is anywhere but in it', async () => {
    const alice = await bed.ready({ networking: { ingress } });
    const objects = await objectsIn(api, bed.namespace);
    const secrets = objects.filter(({ kind }) => kind === 'Secret');
    // The user name is a setting, which stands in the spec.
    const values = secrets.flatMap((secret) => valuesOf(secret)).filter((value) => value !== 'openclaw');
    const encoded = values.flatMap((value) => [value, Buffer.from(value).toString('base64')]);
    expect(values.length).toBeGreaterThanOrEqual(3);
    const places: Record<string, string> = {
      objects: JSON.stringify([...objects.filter(({ kind }) => kind !== 'Secret'), ...(await api.list('v1', 'Pod', bed.namespace))]),
      instance: JSON.stringify(ok(await api.get(alice))),
      events: JSON.stringify(await api.list('v1', 'Event', bed.namespace)),
      log: [...logs, ...bed.running.log].join(''),
      audit: readFileSync(testCluster().auditLog, 'utf8'),
      annotations: JSON.stringify(secrets.map(({ metadata }) => metadata)),
    };
    const found = Object.entries(places).filter(([, text]) => encoded.some((value) => text.includes(value)));
    expect(found.map(([place]) => place)).toEqual([]);
  });
});
