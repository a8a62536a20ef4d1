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

describe('T-T10 a policy that denies the generated Secret', () => {
  const words = "ValidatingAdmissionPolicy 'no-secrets' with binding 'all' denied request: ask the team platform";
  const deny = (world: World): void => {
    const request = { method: 'POST', path: '/api/v1/namespaces/team-a/secrets' } as const;
    const error = refusal(request, 422, {
      kind: 'Status',
      reason: 'Invalid',
      message: `secrets "alice-gateway-token" is forbidden: ${words}`,
    });
    world.api.fail(error, ({ method, path }) => method === 'POST' && path === request.path);
  };

  it('holds up the StatefulSet alone, and its words are told', async () => {
    const world = await World.start(() => undefined);
    deny(world);
    create(world.api);
    await world.settle();
    const there = new Set(world.api.names().map((name) => name.split(' ')[0]));
    expect([...there]).toEqual(expect.arrayContaining(['NetworkPolicy', 'Role', 'Service', 'ConfigMap', 'PersistentVolumeClaim']));
    expect(there).not.toContain('StatefulSet');
    expect(world.condition('Ready')).toBe('False ReconcileFailed');
    expect(JSON.stringify(world.instance.status)).toContain(words);
    world.api.heal();
    await world.passAll();
    expect(world.api.find('StatefulSet', 'alice')).toBeDefined();
  });

  it('lets what is no longer wanted go', async () => {
    const world = await World.start((api) => create(api, withSpec({ availability: { podDisruptionBudget: { enabled: true } } })));
    deny(world);
    await world.api.remove('Secret', 'alice-gateway-token');
    world.api.edit('OpenClawInstance', 'alice', { spec: { availability: { podDisruptionBudget: { enabled: false } } } });
    await world.settle();
    expect(world.api.names().filter((name) => name.startsWith('PodDisruptionBudget'))).toEqual([]);
  });
});

it('T-T16 five edits make no more than a handful of events, and an ordinary deletion no warning', async () => {
  const world = await World.start((api) => create(api, withSpec({ image: { tag: 'latest' }, chromium: { enabled: true } })));
  await world.live();
  const before = world.api.all('Event').length;
  for (let edit = 1; edit <= 5; edit += 1) {
    world.api.edit('OpenClawInstance', 'alice', { spec: { env: [{ name: 'EDIT', value: String(edit) }] } });
    await world.settle();
    await world.live();
  }
  expect(world.api.all('Event').length - before).toBeLessThanOrEqual(5);
  await world.api.remove('OpenClawInstance', 'alice');
  await world.settle();
  expect(world.api.find('OpenClawInstance', 'alice')).toBeUndefined();
  expect(world.api.events.filter((text) => /DeletionFailed|404|422/.test(text))).toEqual([]);
});
