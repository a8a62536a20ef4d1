import type { OpenClawInstanceSpec } from '../../../constructs';
import type { ApiPort, ApiRequest } from '../../../controller/api/port';
import { size } from '../../long';
import { ok, type Api, type KubeObject } from '../api';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { describeWith, testApi } from '../parts';
import { startController } from './controller';
import { eventsOf, instance, objectsIn, podsOf, removeNamespaces, waitForNames, waitForReady } from './instances';
import { patient } from '../../patience/patience.cjs';

/** No story of these tests has that many requests. Those that would crash later do not crash: they are what the others are compared with. */
const MOST_REQUESTS = 48;

/** The short form dies at every sixth request only. */
const STRIDE = size(6, 1);

const small: OpenClawInstanceSpec = {
  networking: {
    ingress: { enabled: true, className: 'nginx', hosts: [{ host: 'a.example.com' }], security: { basicAuth: { enabled: true } } },
  },
  storage: { persistence: { orphan: false } },
};

/** Another variable, a feature less, and one more. */
const changed: OpenClawInstanceSpec = {
  env: [{ name: 'A', value: 'b' }],
  chromium: { enabled: true },
  storage: { persistence: { orphan: false } },
};

/**
 * A process that is killed, told by namespace: in each it dies at another request, every STRIDE-th from the first on, and then nothing of
 * it reaches the server or comes back. A request dies before it is sent, or after the server has done it and before its answer is read.
 */
class Crash {
  public readonly counts = new Map<string, number>();

  public constructor(
    private readonly namespaces: readonly string[],
    private readonly when: 'before' | 'after',
  ) {}

  public between(port: ApiPort): ApiPort {
    return { request: (request) => this.request(port, request), stream: (request, signal) => port.stream(request, signal) };
  }

  private async request(port: ApiPort, request: ApiRequest): ReturnType<ApiPort['request']> {
    const namespace = /\/namespaces\/([^/]+)\//.exec(request.path)?.[1] ?? '';
    const index = this.namespaces.indexOf(namespace);
    if (index === -1) return port.request(request);
    const last = index * STRIDE + 1;
    const count = (this.counts.get(namespace) ?? 0) + 1;
    this.counts.set(namespace, count);
    const isDead = count > last || (count === last && this.when === 'before');
    if (isDead) throw new Error('killed');
    const answer = await port.request(request);
    if (count === last) throw new Error('killed');
    return answer;
  }
}

/** What an instance came to, without what differs from one to the next by its nature. */
async function outcome(api: Api, namespace: string): Promise<unknown> {
  const alice = ok(await api.get(instance(namespace, 'alice')));
  const { phase, conditions, managedResources, observedGeneration } = alice['status'];
  const objects = await objectsIn(api, namespace);
  return {
    objects: objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted(),
    specs: objects
      .filter(({ kind }) => kind !== 'Secret')
      .map(({ kind, metadata, spec, data }) => ({
        kind,
        name: metadata.name,
        spec: plain(kind, spec, namespace),
        data: JSON.stringify(data)?.replaceAll(namespace, 'NS'),
      })),
    pods: (await podsOf(api, alice)).length,
    status: {
      phase,
      managedResources,
      observedGeneration,
      conditions: conditions.map((one: { type: string; status: string; reason: string }) => `${one.type}=${one.status} ${one.reason}`),
    },
  };
}

/** Addresses and names that the server chose, and keyed hashes of random values, are different each time. */
function plain(kind: string, spec: unknown, namespace: string): unknown {
  const chosen = new Set(['clusterIP', 'clusterIPs', 'volumeName', 'openclaw.rocks/secret-hash']);
  const text = JSON.stringify(spec, (key, value: unknown) => (chosen.has(key) ? `chosen ${kind}` : value));
  return text?.replaceAll(namespace, 'NS');
}

/** Until no namespace has had a request for a moment. */
async function settle({ counts }: Crash): Promise<void> {
  let before = -1;
  for (;;) {
    const sum = [...counts.values()].reduce((one, other) => one + other, 0);
    if (sum === before) return;
    before = sum;
    await new Promise((resolve) => setTimeout(resolve, patient(1500)));
  }
}

describeWith(['server', 'controllers', 'traefik'], 'a controller that is killed at any request', () => {
  const api = testApi();
  const all: string[] = [];

  beforeAll(() => installCrds(api));

  afterAll(async () => {
    const end = await startController(api);
    await removeNamespaces(api, all);
    await end.stop();
  }, 120_000);

  async function makeNamespaces(): Promise<string[]> {
    const namespaces = await Promise.all(Array.from({ length: MOST_REQUESTS / STRIDE }, () => createNamespace(api)));
    all.push(...namespaces);
    return namespaces;
  }

  const applyAll = (namespaces: readonly string[], spec: OpenClawInstanceSpec): Promise<KubeObject[]> =>
    Promise.all(namespaces.map(async (namespace) => ok(await api.apply(instance(namespace, 'alice', spec), { force: true }))));

  /** Runs a controller that dies everywhere while something is asked of it; returns how many requests a whole story has. */
  async function die(
    namespaces: readonly string[],
    when: 'before' | 'after',
    ask: () => Promise<unknown>,
    end: (namespace: string) => Promise<unknown>,
  ): Promise<number> {
    const crash = new Crash(namespaces, when);
    const dying = await startController(api, { between: (port) => crash.between(port) });
    await dying.loop.idle();
    crash.counts.clear();
    await ask();
    // The last one is too far down to be hit: it comes to the end by itself.
    const spared = namespaces.at(-1) ?? '';
    await end(spared);
    await settle(crash);
    await dying.stop();
    return crash.counts.get(spared) ?? 0;
  }

  async function expectAllEqual(namespaces: readonly string[]): Promise<void> {
    await Promise.all(namespaces.map((namespace) => waitForReady(api, instance(namespace, 'alice'), 120_000)));
    const [wanted, ...others] = await Promise.all(namespaces.toReversed().map((namespace) => outcome(api, namespace)));
    for (const other of others) expect(other).toEqual(wanted);
    for (const namespace of namespaces) {
      const events = await eventsOf(api, instance(namespace, 'alice'));
      expect(events.filter((event, index) => events.indexOf(event) !== index && /Created|Pruned/.test(event))).toEqual([]);
    }
  }

  test.each(['before', 'after'] as const)(
    '%s it is done: a create, an update and a delete end as if nothing had been',
    async (when) => {
      const namespaces = await makeNamespaces();
      const end = (namespace: string): Promise<unknown> => waitForReady(api, instance(namespace, 'alice'), 120_000);
      const created = await die(namespaces, when, () => applyAll(namespaces, small), end);
      let fresh = await startController(api);
      await expectAllEqual(namespaces);
      await fresh.stop();

      const updated = await die(namespaces, when, () => applyAll(namespaces, changed), end);
      fresh = await startController(api);
      await expectAllEqual(namespaces);
      await fresh.stop();

      const remove = (namespace: string) => api.delete(instance(namespace, 'alice'));
      const deleted = await die(
        namespaces,
        when,
        () => Promise.all(namespaces.map(remove)),
        (namespace) => waitForNames(api, namespace, [], 60_000),
      );
      fresh = await startController(api);
      await Promise.all(namespaces.map((namespace) => waitForNames(api, namespace, [], 60_000)));
      await fresh.stop();
      // A calm story has 8 to 23 requests: in the long form each of them was cut in one namespace. A busy server adds tries.
      for (const requests of [created, updated, deleted]) expect(requests).toBeGreaterThan(1);
    },
    400_000,
  );
});
