import { ClusterFacts, type FactLimits } from '../../../controller/observe/cluster-facts';
import { PackSource } from '../../../controller/observe/packs/pack-source';
import type { FakeApi } from '../fake-api';
import { type Filled, OWN_NAMESPACE, aServer, fillCaches, stopAll } from '../world';

afterEach(stopAll);

interface Looked {
  readonly api: FakeApi;
  readonly filled: Filled;
  readonly facts: ClusterFacts;
  /** Reads a ConfigMap of the tenant. @returns whether the server was asked for it */
  readonly read: (name: string) => Promise<boolean>;
}

async function looking(limits?: FactLimits): Promise<Looked> {
  const api = aServer();
  for (let count = 0; count < 200; count += 1) seed(api, `map-${count}`);
  const filled = await fillCaches(api);
  const facts = new ClusterFacts(api, filled.caches, OWN_NAMESPACE, new PackSource({ now: () => 0, onChange: () => undefined }), limits);
  const read = async (name: string): Promise<boolean> => {
    api.forgetRequests();
    await facts.read('team-a', [{ kind: 'configMap', name }]);
    return api.requests.some(({ path }) => path.endsWith(`/${name}`));
  };
  return { api, filled, facts, read };
}

function seed(api: FakeApi, name: string): void {
  api.seed({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'team-a' }, data: { a: 'b' } });
}

it('a ConfigMap is read once, and anew when it has changed', async () => {
  const { api, filled, read } = await looking();
  expect([await read('map-1'), await read('map-1')]).toEqual([true, false]);
  api.edit('ConfigMap', 'map-1', { data: { a: 'c' } });
  await filled.caughtUp();
  expect(await read('map-1')).toBe(true);
});

it('for whoever asks from outside only the last few are kept, however many there are', async () => {
  const { read } = await looking({ mostMaps: 3 });
  for (let count = 0; count < 10; count += 1) await read(`map-${count}`);
  expect([await read('map-9'), await read('map-7'), await read('map-0')]).toEqual([false, false, true]);
});

it('what is asked for again stays among the last', async () => {
  const { read } = await looking({ mostMaps: 3 });
  for (const name of ['map-1', 'map-2', 'map-3', 'map-1', 'map-4']) await read(name);
  expect([await read('map-1'), await read('map-2')]).toEqual([false, true]);
});

it('what is gone is looked for as many are read, though no instance went, and not with each of them', async () => {
  const { facts, read } = await looking();
  const sweep = jest.spyOn(facts, 'sweep');
  for (let count = 0; count < 63; count += 1) await read(`map-${count}`);
  expect(sweep).not.toHaveBeenCalled();
  for (let count = 63; count < 200; count += 1) await read(`map-${count}`);
  // At 64, and at 128.
  expect(sweep).toHaveBeenCalledTimes(2);
  expect(await read('map-5')).toBe(false);
});
