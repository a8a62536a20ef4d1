import { changedFields } from '../../../controller/carry-out/changed-fields';
import type { KubeObject } from '../../../controller/objects/objects';

function object(fields: object = {}, metadata: object = {}, kind = 'StatefulSet'): KubeObject {
  return { apiVersion: 'apps/v1', kind, metadata: { name: 'alice', ...metadata }, ...fields };
}

it.each<[string, KubeObject, KubeObject, string[]]>([
  ['a value', object({ spec: { replicas: 1 } }), object({ spec: { replicas: 2 } }), ['.spec.replicas']],
  ['a field that came', object({ spec: {} }), object({ spec: { replicas: 2 } }), ['.spec.replicas']],
  ['a field that went', object({ data: { a: '1', b: '2' } }), object({ data: { a: '1' } }), ['.data.b']],
  ['a label', object({}, { labels: { 'a.b/c': '1' } }), object({}, { labels: { 'a.b/c': '2' } }), ['.metadata.labels.a.b/c']],
  ['an owner', object(), object({}, { ownerReferences: [{ uid: 'u' }] }), ['.metadata.ownerReferences']],
  [
    'an element with a name, wherever it stands',
    object({ spec: { containers: [{ name: 'a', image: '1' }, { name: 'b' }] } }),
    object({ spec: { containers: [{ name: 'b' }, { name: 'a', image: '2' }] } }),
    ['.spec.containers[name="a"].image'],
  ],
  [
    'an element without a name, by its place',
    object({ rules: [{ verbs: ['get'] }, { verbs: ['list'] }] }),
    object({ rules: [{ verbs: ['get'] }, { verbs: ['list', 'watch'] }] }),
    ['.rules[1].verbs'],
  ],
  [
    'elements that share a name, by their places',
    object({
      env: [
        { name: 'A', value: '1' },
        { name: 'A', value: '2' },
      ],
    }),
    object({
      env: [
        { name: 'A', value: '1' },
        { name: 'A', value: '3' },
      ],
    }),
    ['.env[1].value'],
  ],
  ['a list of plain values, whole', object({ spec: { args: ['a', 'b'] } }), object({ spec: { args: ['b', 'a'] } }), ['.spec.args']],
  ['an element that went', object({ env: [{ name: 'A' }] }), object({ env: [] }), ['.env[name="A"]']],
  ['one type for another', object({ spec: { a: [1] } }), object({ spec: { a: { b: 1 } } }), ['.spec.a']],
  ['several, sorted', object({ spec: { b: 1, a: 1 } }), object({ spec: { b: 2, a: 2 } }), ['.spec.a', '.spec.b']],
])('tells %s', (_what, before, after, expected) => {
  expect(changedFields(before, after)).toEqual(expected);
});

it.each<[string, KubeObject, KubeObject]>([
  ['the order of keys', object({ spec: { a: 1, b: { c: 1, d: 2 } } }), object({ spec: { b: { d: 2, c: 1 }, a: 1 } })],
  ['status', object({ status: { a: 1 } }), object({ status: { a: 2 } })],
  [
    'what the server keeps for itself',
    object({}, { resourceVersion: '1', generation: 1, uid: 'a', creationTimestamp: 't', managedFields: [1] }),
    object({}, { resourceVersion: '2', generation: 2, finalizers: ['x'] }),
  ],
  [
    'what caches do not keep',
    object({}, { annotations: { a: '1' } }),
    object({}, { annotations: { a: '1', 'kubectl.kubernetes.io/last-applied-configuration': '{}' } }),
  ],
  [
    'how a claim was bound',
    object({ spec: { size: 1 } }, {}, 'PersistentVolumeClaim'),
    object({ spec: { size: 1, volumeName: 'pv' } }, { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }, 'PersistentVolumeClaim'),
  ],
])('passes over %s', (_what, before, after) => {
  expect(changedFields(before, after)).toEqual([]);
});

it('tells the volume of anything but a claim', () => {
  expect(changedFields(object({ spec: {} }), object({ spec: { volumeName: 'pv' } }))).toEqual(['.spec.volumeName']);
});
