import { ObjectStore, byOwner } from '../../../controller/api/object-store';
import type { KubeObject } from '../../../controller/objects/objects';

function aPod(name: string, ...owners: readonly string[]): KubeObject {
  const ownerReferences = owners.map((uid) => ({ apiVersion: 'v1', kind: 'X', name: uid, uid }));
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'team-a', ownerReferences } };
}

function found(store: ObjectStore, owner: string): string[] {
  return store.by('owner', owner).map(({ metadata }) => metadata.name);
}

it('finds one object or many under a value, and none that has gone', () => {
  const store = new ObjectStore({ owner: byOwner });
  expect(found(store, 'u')).toEqual([]);
  for (const name of ['a', 'b', 'c']) {
    store.set(aPod(name, 'u'));
    expect(found(store, 'u').at(-1)).toBe(name);
  }
  for (const [name, left] of [
    ['b', ['a', 'c']],
    ['a', ['c']],
    ['c', []],
  ] as const) {
    store.delete(aPod(name));
    expect(found(store, 'u')).toEqual(left);
  }
});

it('knows an object under the values that it has now, whoever else has them', () => {
  const store = new ObjectStore({ owner: byOwner });
  store.set(aPod('a', 'u', 'v'));
  store.set(aPod('b', 'v'));
  store.set(aPod('a', 'w'));
  expect(['u', 'v', 'w'].map((owner) => found(store, owner))).toEqual([[], ['b'], ['a']]);
});

it('bears an object that names a value twice', () => {
  const store = new ObjectStore({ owner: byOwner });
  store.set(aPod('a', 'u', 'u'));
  store.set(aPod('b', 'u', 'u'));
  expect(found(store, 'u')).toEqual(['a', 'b']);
  store.delete(aPod('a'));
  expect(found(store, 'u')).toEqual(['b']);
  store.delete(aPod('b'));
  expect(found(store, 'u')).toEqual([]);
});
