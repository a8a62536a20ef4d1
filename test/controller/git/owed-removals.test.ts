import { OwedRemovals } from '../../../controller/git/owed-removals';
import type { FakeApi } from '../fake-api';
import { OWN_NAMESPACE, aServer } from '../world';

let api: FakeApi;
let owed: OwedRemovals;
const alice = { cluster: 'prod', namespace: 'team-a', name: 'alice' };
const bob = { cluster: 'prod', namespace: 'team-a-b', name: 'bob' };

beforeEach(() => {
  api = aServer();
  owed = new OwedRemovals(api, OWN_NAMESPACE, 'prod');
});

it('are none at first, and that writes nothing', async () => {
  expect(await owed.list()).toEqual([]);
  expect(api.writes).toEqual([]);
});

it('are noted once each and read back, by another process as well', async () => {
  for (const placement of [alice, bob, alice]) await owed.add(placement);
  expect(await new OwedRemovals(api, OWN_NAMESPACE, 'prod').list()).toEqual([alice, bob]);
});

it('T-T12 are none where a person mistyped the name of a directory', async () => {
  const data = Object.fromEntries(
    ['bob', '.', '..', '.bob', 'team-a.', 'Team-a.bob', 'team-a.bob.smith', 'team_a.bob', '-a.b'].map((key) => [key, '']),
  );
  const metadata = { name: 'openclaw-controller-owed-removals', namespace: OWN_NAMESPACE };
  api.seed({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  await owed.add(alice);
  expect(await owed.list()).toEqual([alice]);
});

it('are settled one by one', async () => {
  await owed.add(alice);
  await owed.add(bob);
  await owed.settle(alice);
  expect(await owed.list()).toEqual([bob]);
  await owed.settle(bob);
  await owed.settle(bob);
  expect(await owed.list()).toEqual([]);
});
