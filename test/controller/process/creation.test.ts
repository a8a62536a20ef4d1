import { withSpec } from '../../builders';
import { World, create, stopAll } from '../world';

afterEach(stopAll);

describe('T-R14 C27 the creation of an instance', () => {
  it.each([
    ['a small one', []],
    [
      'one with warnings, two claims',
      [withSpec({ image: { tag: 'latest' }, chromium: { enabled: true, persistence: { enabled: true } } })],
    ],
  ] as const)('(%s) costs its objects, one finalizer patch, two status writes and two events', async (_what, modifiers) => {
    const world = await World.start((api) => create(api, ...modifiers));
    const claims = world.api.names().filter((name) => name.startsWith('PersistentVolumeClaim '));
    for (const claim of claims) {
      world.api.edit('PersistentVolumeClaim', claim.split(' ')[1] ?? '', { status: { phase: 'Bound' } }, 'binder');
      await world.settle();
    }
    for (const status of [{ observedGeneration: 1, replicas: 1 }, { updatedReplicas: 1 }, { readyReplicas: 1 }]) {
      world.api.edit('StatefulSet', 'alice', { status }, 'statefulset-controller');
      await world.settle();
    }
    expect(world.condition('Ready')).toMatch(/^True /);
    const count = (pattern: RegExp): number => world.api.writes.filter((write) => pattern.test(write)).length;
    expect(count(/openclawinstances\/alice$/)).toBe(1);
    expect(count(/openclawinstances\/alice\/status$/)).toBe(2);
    expect(count(/\/events$/)).toBeLessThanOrEqual(2);
    const objects = world.api.names().filter((name) => name !== 'OpenClawInstance alice').length;
    // And the key of the hashes, which is made once for all.
    expect(world.api.writes).toHaveLength(objects + 1 + 2 + count(/\/events$/) + 1);
  });
});
