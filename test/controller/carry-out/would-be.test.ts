import type { ManifestSet } from '../../../constructs';
import { planOf } from '../../../constructs/review/plan';
import { applyContentType } from '../../../controller/api/port';
import { wouldBe } from '../../../controller/carry-out/would-be';
import { registeredKinds, resourcePath } from '../../../controller/objects/kinds';
import { type Modifier, anInstance, rendered, withChromium, withEnv, withSpec } from '../../builders';
import { ApiError } from '../../../controller/api/errors';
import { World, aServer, create, stopAll } from '../world';

afterEach(stopAll);

function set(...modifiers: readonly Modifier[]): ManifestSet {
  return { name: 'alice', namespace: 'team-a', manifests: rendered(anInstance('alice', ...modifiers)).manifests };
}

/** What a plan of it says, an object a line. */
async function planned(world: World, wanted: ManifestSet): Promise<string[]> {
  const { before, after } = await wouldBe(world.api, wanted);
  const { instances } = planOf(before ? [before] : [], [after]);
  return instances.flatMap(({ objects }) =>
    objects.map(({ ref, action, fields }) => `${ref.kind} ${action} ${fields.map(({ path }) => path).join(' ')}`.trim()),
  );
}

it('finds nothing to do where the controller has delivered the same instance: its marks and owner references are no difference', async () => {
  const world = await World.start();
  await world.live();
  world.api.forgetRequests();
  expect(await planned(world, set())).toEqual([]);
  expect(world.api.writes).toEqual([]);
});

it('tells what an edit changes, and what would be pruned; claims stay', async () => {
  const world = await World.start((api) => create(api, withChromium({ persistence: { enabled: true } })));
  await world.live();
  const found = await planned(world, set(withEnv({ name: 'A', value: 'b' })));
  expect(found).toContain('Service deleted');
  expect(found.find((line) => line.startsWith('StatefulSet configured'))).toMatch(/containers\[openclaw\]\.env/);
  expect(found.filter((line) => line.startsWith('PersistentVolumeClaim deleted'))).toEqual([]);
  expect(world.api.names()).toContain('Service alice-cdp');
});

it('asks as the engine where an engine delivers, so that nothing of ours beside it counts', async () => {
  const world = await World.start(() => undefined);
  for (const manifest of set().manifests) {
    const path = resourcePath(registeredKinds.of(manifest), 'team-a', manifest.metadata.name);
    const metadata = {
      ...manifest.metadata,
      namespace: 'team-a',
      labels: { ...manifest.metadata.labels, 'openclaw.rocks/instance-name': 'alice' },
    };
    await world.api.request({
      method: 'PATCH',
      path,
      body: { ...manifest, metadata },
      contentType: applyContentType,
      query: { fieldManager: 'kustomize-controller' },
    });
  }
  world.api.forgetRequests();
  expect(await planned(world, set())).toEqual([]);
  expect(new Set(world.api.requests.flatMap(({ query }) => query?.['fieldManager'] ?? []))).toEqual(new Set(['kustomize-controller']));
});

it('leaves a claim its size and the class that the cluster chose, as the controller does', async () => {
  const world = await World.start((api) => create(api, withSpec({ storage: { persistence: { size: '10Gi' } } })));
  await world.live();
  world.api.edit('PersistentVolumeClaim', 'alice-data', { spec: { storageClassName: 'standard' } }, 'binder');
  await world.settle();
  expect(await planned(world, set(withSpec({ storage: { persistence: { size: '5Gi' } } })))).toEqual([]);
});

it('of an instance that is not there makes everything, and changes nothing by asking', async () => {
  const world = await World.start(() => undefined);
  const found = await planned(world, set());
  expect(new Set(found.map((line) => line.split(' ')[1]))).toEqual(new Set(['created']));
  expect(world.api.names()).toEqual([]);
});

it('tells what the server refuses in its words, all of it', async () => {
  const api = aServer();
  api.fail(
    new ApiError('exceeded quota', 403, 'Forbidden'),
    ({ method, path }) => method === 'PATCH' && path.includes('/persistentvolumeclaims/'),
  );
  expect((await wouldBe(api, set())).refused).toEqual(['PersistentVolumeClaim alice-data: exceeded quota']);
});
