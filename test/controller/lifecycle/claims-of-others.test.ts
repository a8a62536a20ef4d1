import { type Modifier, withSpec } from '../../builders';
import { World, createKnown, stopAll } from '../world';

afterEach(stopAll);

const bob =
  (spec: object): Modifier =>
  (written) =>
    withSpec(spec)({ ...written, metadata: { ...written.metadata, name: 'bob', uid: 'uid-bob' } as never });

const destroy = withSpec({ storage: { persistence: { orphan: false } } });

/** Deletes alice, who wants her claim gone with her, beside another instance. */
async function left(spec: object, isLeaving = false): Promise<boolean> {
  const world = await World.start((server) => {
    createKnown(server, destroy);
    createKnown(server, bob(spec));
  });
  if (isLeaving) world.api.edit('OpenClawInstance', 'bob', { metadata: { finalizers: ['theirs'] } });
  if (isLeaving) await world.api.remove('OpenClawInstance', 'bob');
  await world.api.remove('OpenClawInstance', 'alice');
  await world.settle();
  expect(world.api.find('OpenClawInstance', 'alice')).toBeUndefined();
  return world.api.find('PersistentVolumeClaim', 'alice-data') !== undefined;
}

const asData = { storage: { persistence: { existingClaim: 'alice-data' } } };
const asVolume = { extraVolumes: [{ name: 'old', persistentVolumeClaim: { claimName: 'alice-data' } }] };

describe('T-T1 a claim that goes with its instance', () => {
  it.each([
    ['as its data', asData],
    ['as a volume', asVolume],
  ])('stays where another instance has it %s', async (_what, spec) => {
    expect(await left(spec)).toBe(true);
  });

  it.each([
    ['names another one', { storage: { persistence: { existingClaim: 'alice-data-2' } } }],
    ['has the text elsewhere', { env: [{ name: 'CLAIM', value: 'alice-data' }] }],
  ])('goes where another instance %s', async (_what, spec) => {
    expect(await left(spec)).toBe(false);
  });

  it('goes where the other one goes as well', async () => {
    expect(await left(asData, true)).toBe(false);
  });
});
