import { type Meter, noMeter } from '../../../controller/objects/meter';
import { keyText } from '../../../controller/objects/objects';
import type { Modifier } from '../../builders';
import { settle } from '../api/fake-clock';
import { World, create, stopAll } from '../world';

afterEach(stopAll);

const COUNT = 40;

const CONCURRENCY = 4;

function named(name: string): Modifier {
  return (written) => ({ ...written, metadata: { ...written.metadata, name } });
}

interface Subject {
  readonly world: World;
  /** Whose pass ended, and how many requests had been sent by then. */
  readonly passes: { readonly key: string; readonly sent: number }[];
}

/** A tenant with many instances, of each of which an object was lost while nobody led: so that a look at any of them takes its time. */
async function disturbed(): Promise<Subject> {
  const passes: Subject['passes'] = [];
  const meter: Meter = { ...noMeter, passed: ({ key }) => passes.push({ key: keyText(key), sent: world.api.requests.length }) };
  const world = await World.follow(
    (api) => {
      for (let index = 0; index < COUNT; index += 1) create(api, named(`agent-${index}`));
    },
    { concurrency: CONCURRENCY, meter },
  );
  await world.lead();
  await world.controller.rest();
  for (let index = 0; index < COUNT; index += 1) await world.api.remove('Service', `agent-${index}`);
  await settle();
  passes.length = 0;
  return { world, passes };
}

describe('what somebody waits for goes before what is only looked at, in the same namespace too:', () => {
  it('a change while everything else waits for a look', async () => {
    const { world, passes } = await disturbed();
    world.fence.renew(Infinity);
    await world.controller.lead();
    world.api.edit('OpenClawInstance', 'agent-39', { spec: { env: [{ name: 'A', value: 'b' }] } });
    await world.settle();
    const place = passes.findIndex(({ key }) => key === 'team-a/agent-39');
    expect(place).toBeGreaterThanOrEqual(0);
    expect(place).toBeLessThanOrEqual(2 * CONCURRENCY);
    expect(new Set(passes.map(({ key }) => key)).size).toBe(COUNT);
  });

  it('a change and a deletion that a new leader finds', async () => {
    const { world, passes } = await disturbed();
    world.api.edit('OpenClawInstance', 'agent-38', { spec: { env: [{ name: 'A', value: 'b' }] } });
    await world.api.remove('OpenClawInstance', 'agent-39');
    const before = world.api.requests.length;
    await world.lead();
    // A deletion takes two passes: the first one tells what becomes of the data.
    const end = world.api.requests.findIndex(
      ({ method, path }, index) => index >= before && method !== 'GET' && path.endsWith('/openclawinstances/agent-39'),
    );
    expect(end).toBeGreaterThan(0);
    expect(passes.filter(({ sent }) => sent <= end).length).toBeLessThanOrEqual(4 * CONCURRENCY);
    expect(passes.findIndex(({ key }) => key === 'team-a/agent-38')).toBeLessThanOrEqual(2 * CONCURRENCY);
    expect(world.api.find('OpenClawInstance', 'agent-39')).toBeUndefined();
    expect(passes.length).toBeGreaterThanOrEqual(COUNT - 1);
  });
});
