import { refusal } from '../../../controller/api/refusal';
import { withAnnotations, withSpec } from '../../builders';
import { World, create, stopAll } from '../world';

afterEach(stopAll);

it('T-T11 an instance that asked for Git where there is no repository is delivered once it asks for apply', async () => {
  const world = await World.start((api) => create(api, withAnnotations({ 'openclaw.rocks/delivery': 'git' })));
  expect(world.condition('Ready')).toBe('False ReconcileFailed');
  expect([world.instance.status?.delivery, world.api.find('StatefulSet', 'alice')]).toEqual([undefined, undefined]);
  world.api.edit('OpenClawInstance', 'alice', { metadata: { annotations: { 'openclaw.rocks/delivery': 'apply' } } });
  await world.settle();
  expect(world.instance.status?.delivery).toBe('apply');
  expect(world.api.find('StatefulSet', 'alice')).toBeDefined();
});
