import { type Connections, connect } from '../../../controller/process/connections';
import { ConnectionError, FencedError } from '../../../controller/api/errors';
import type { ApiRequest } from '../../../controller/api/port';
import type { ClusterAccess, ClusterCredentials } from '../../../controller/api/cluster-access';
import { LeaseFence } from '../../../gitops/git/fence';
import { FakeClock } from '../api/fake-clock';
import { ScriptedServer, json, silence, status } from '../api/scripted-server';

const lease: ApiRequest = { method: 'PATCH', path: '/apis/coordination.k8s.io/v1/namespaces/openclaw-system/leases/openclaw', body: {} };
const work: ApiRequest = { method: 'PATCH', path: '/api/v1/namespaces/a/services/b', body: {} };

const server = new ScriptedServer();
const clock = new FakeClock();
let fence: LeaseFence;
let connections: Connections;

beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => {
  const credentials: ClusterCredentials = { headers: {}, tls: {} };
  const access: ClusterAccess = { server: server.url, credentials: async () => credentials };
  fence = new LeaseFence(clock);
  connections = connect({ access, clock, fence });
});
afterEach(() => connections.close());

describe('C26 the door of the Lease', () => {
  it('is open while the one of the work is closed: it is what opens the other', async () => {
    server.script(json(200, {}));
    await expect(connections.work.request(work)).rejects.toThrow(FencedError);
    const asked = clock.monotonic();
    await connections.lease.request(lease);
    fence.renew(asked + 15_000);
    await connections.work.request(work);
    expect(server.received.map(({ url }) => url)).toEqual([lease.path, work.path]);
  });

  it('waits behind no request of the work, however many are under way', async () => {
    fence.renew(Infinity);
    server.script((response, request) => (request.url === lease.path ? json(200, {}) : silence)(response, request));
    const held = Array.from({ length: 40 }, () => connections.work.request(work).catch((error: unknown) => error));
    expect(await connections.lease.request(lease)).toMatchObject({ status: 200 });
    const begun = server.received.length;
    connections.close();
    expect((await Promise.all(held)).every((error) => error instanceof ConnectionError)).toBe(true);
    // What stood in the queue is not sent after the end either.
    expect(server.received).toHaveLength(begun);
  });

  it('tries once: whoever renews knows whether there is time for another try', async () => {
    server.script(status(429, 'TooManyRequests'), json(200, {}));
    await expect(connections.lease.request(lease)).rejects.toMatchObject({ status: 429 });
    expect(server.received).toHaveLength(1);
  });
});
