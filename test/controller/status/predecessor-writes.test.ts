import { World, create, stopAll } from '../world';

afterEach(stopAll);

const ours = { manager: 'openclaw-controller', operation: 'Apply', apiVersion: 'v1', fieldsV1: { 'f:spec': {} } };

/** The Service as it stands after this manager wrote beside us. */
function writtenBy(manager: string): object {
  const theirs = { manager, operation: 'Update', apiVersion: 'v1', fieldsV1: { 'f:spec': { 'f:sessionAffinity': {} } } };
  return { metadata: { managedFields: [ours, theirs] }, spec: { sessionAffinity: 'None' } };
}

function messageOf(world: World): string | undefined {
  return world.instance.status?.conditions?.find(({ type }) => type === 'PredecessorWrites')?.message;
}

describe('T-R1 a reference operator that writes on after we took over', () => {
  it('is told in a condition that names the objects and what to do', async () => {
    const world = await World.start((api) => create(api));
    expect(world.condition('PredecessorWrites')).toBeUndefined();
    world.api.edit('Service', 'alice', writtenBy('manager'), 'manager');
    await world.settle();
    expect(world.condition('PredecessorWrites')).toBe('True WrittenAgain');
    expect(messageOf(world)).toMatch(/stop it.*: Service alice$/);
  });

  it.each(['kubectl-edit', 'kubectl-rollout', 'kube-controller-manager'])('is not meant by what %s writes', async (manager) => {
    const world = await World.start((api) => create(api));
    world.api.edit('Service', 'alice', writtenBy(manager), manager);
    await world.settle();
    expect(world.condition('PredecessorWrites')).toBeUndefined();
  });

  it('is told once, and no more when the object was made anew', async () => {
    const world = await World.start((api) => create(api));
    world.api.edit('Service', 'alice', writtenBy('manager'), 'manager');
    await world.settle();
    expect(world.condition('PredecessorWrites')).toBe('True WrittenAgain');
    const { length } = world.api.writes;
    world.loop.wakeAll();
    await world.settle();
    expect(world.api.writes).toHaveLength(length);
    await world.api.remove('Service', 'alice');
    await world.settle();
    expect(world.condition('PredecessorWrites')).toBeUndefined();
  });
});
