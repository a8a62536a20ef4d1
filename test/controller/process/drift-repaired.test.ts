import { World, stopAll } from '../world';

afterEach(stopAll);

it('what another hand did is told once, with the path, and who wants the change is told where to make it', async () => {
  const world = await World.start();
  const repaired = (): string[] =>
    world.api.all('Event').flatMap(({ reason, message }) => (reason === 'DriftRepaired' ? [String(message)] : []));
  await world.settle();
  expect(repaired()).toEqual([]);
  // Who takes a field away owns nothing of it: there is no conflict that would tell.
  world.api.edit('ConfigMap', 'alice-config', { data: { 'openclaw.json': null } });
  await world.settle();
  await world.api.remove('NetworkPolicy', 'alice');
  await world.settle();
  world.api.edit('ConfigMap', 'alice-config', { data: { 'openclaw.json': null } });
  await world.settle();
  expect(repaired()).toEqual([
    'put back: ConfigMap alice-config had another .data.openclaw.json; set it in the OpenClawInstance instead',
    'put back: NetworkPolicy alice was gone; set it in the OpenClawInstance instead',
  ]);
});

it('a change of the instance itself is no drift', async () => {
  const world = await World.start();
  world.api.edit('OpenClawInstance', 'alice', { spec: { image: { tag: '2026.9.7' } } });
  await world.settle();
  expect(world.api.all('Event').map(({ reason }) => reason)).not.toContain('DriftRepaired');
});
