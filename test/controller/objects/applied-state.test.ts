import { appliedState, desiredState, restStands } from '../../../controller/objects/applied-state';
import { LINEAR, growth } from '../../growth';
import type { KubeObject, ManagedFields } from '../../../controller/objects/objects';

const OWNER = { apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawInstance', name: 'alice', uid: 'u-1', controller: true };

/** As it is sent. */
const DESIRED: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'alice', namespace: 'team-a', labels: { app: 'a' }, annotations: {}, ownerReferences: [OWNER] },
  spec: {
    selector: { app: 'a' },
    ports: [
      { name: 'web', port: 80, protocol: 'TCP' },
      { name: 'api', port: 443, protocol: 'TCP' },
    ],
  },
};

/** As a real server books it, items of lists by the order of their keys. */
const FIELDS = {
  'f:metadata': { 'f:labels': { 'f:app': {} }, 'f:ownerReferences': { 'k:{"uid":"u-1"}': {} } },
  'f:spec': {
    'f:ports': {
      'k:{"port":443,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {}, 'f:protocol': {} },
      'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {}, 'f:protocol': {} },
    },
    'f:selector': {},
  },
};

/** As it is kept, with what the server and others add. */
function live(fields: object = FIELDS, spec: object = {}, manager = 'openclaw-controller'): KubeObject {
  const entry = { manager, operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: fields } as ManagedFields;
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: {
      uid: 'u-2',
      resourceVersion: '7',
      creationTimestamp: '2026-11-30T00:00:00Z',
      name: 'alice',
      namespace: 'team-a',
      labels: { other: 'o', app: 'a' },
      annotations: { note: 'n' },
      ownerReferences: [OWNER],
      managedFields: [{ manager: 'other', operation: 'Update' }, entry],
    },
    spec: {
      clusterIP: '10.0.0.1',
      ports: [
        { name: 'web', port: 80, protocol: 'TCP', targetPort: 80 },
        { name: 'api', port: 443, protocol: 'TCP', targetPort: 443 },
      ],
      selector: { app: 'a' },
      ...spec,
    },
    status: { loadBalancer: {} },
  };
}

function without(fields: typeof FIELDS, name: 'f:ports' | 'f:selector'): object {
  const { [name]: _left, ...spec } = fields['f:spec'];
  return { ...fields, 'f:spec': spec };
}

it('T1 what was applied and stands there untouched is what would be applied again, whatever the server and others added', () => {
  expect(appliedState(live())).toBe(desiredState(DESIRED));
});

it('a zero that the server leaves out is no difference', () => {
  const spec = { ...(DESIRED['spec'] as object), minReadySeconds: 0 };
  expect(appliedState(live())).toBe(desiredState({ ...DESIRED, spec }));
  expect(appliedState(live())).not.toBe(desiredState({ ...DESIRED, spec: { ...spec, replicas: 0 } }));
});

const probe = (initialDelaySeconds: number): object => ({ periodSeconds: 5, initialDelaySeconds });
const pod = (...containers: object[]): object => ({ spec: { minReadySeconds: 0, containers } });

it('such a zero stands only where nobody else has written another number, beside what others added', () => {
  const desired = pod({ name: 'a', startupProbe: probe(0), ports: [{ containerPort: 80, hostPort: 0 }] });
  const other = { name: 'other', startupProbe: probe(9) };
  const stands = (a: object): boolean => restStands(desired, pod(other, { name: 'a', ports: [{ containerPort: 80 }], ...a }));
  expect(stands({ startupProbe: { periodSeconds: 5 } })).toBe(true);
  expect(stands({ startupProbe: probe(7) })).toBe(false);
  expect(stands({ ports: [{ containerPort: 80, hostPort: 80 }] })).toBe(false);
  expect(stands({ ports: [{ containerPort: 53 }, { containerPort: 80, hostPort: 80 }] })).toBe(false);
  expect(restStands({ spec: { minReadySeconds: 0 } }, { spec: { minReadySeconds: 3 } })).toBe(false);
});

it.each<[string, KubeObject]>([
  ['a value is another one', live(FIELDS, { selector: { app: 'b' } })],
  ['an item of a list has another value', live(FIELDS, { ports: [{ name: 'web', port: 80, protocol: 'UDP' }] })],
  [
    'the items stand in another order',
    live(FIELDS, {
      ports: [
        { name: 'api', port: 443, protocol: 'TCP' },
        { name: 'web', port: 80, protocol: 'TCP' },
      ],
    }),
  ],
  ['a field is gone', live(FIELDS, { selector: undefined })],
  ['a field is not ours', live(without(FIELDS, 'f:selector'))],
  ['a field is ours that is wanted no more', live({ ...FIELDS, 'f:spec': { ...FIELDS['f:spec'], 'f:clusterIP': {} } })],
])('an apply is needed where %s', (_what, object) => {
  expect(appliedState(object)).not.toBe(desiredState(DESIRED));
});

it('nothing is known of what somebody else applied', () => {
  expect(appliedState(live(FIELDS, {}, 'kubectl'))).toBeUndefined();
});

it('nothing is known of what is deeper than a call stack, which anybody may write under our name', () => {
  let selector: object = {};
  for (let depth = 0; depth < 100_000; depth += 1) selector = { a: selector };
  expect(appliedState(live(FIELDS, { selector }))).toBeUndefined();
});

it('a list of texts is one value, whatever a book says of some of them', () => {
  expect(restStands({ command: ['sh', 'run'] }, { command: ['sh', 'run'] })).toBe(true);
  expect(restStands({ command: ['sh', 'run'] }, { command: ['sh', '-c', 'evil', 'run'] })).toBe(false);
  expect(restStands({ args: [] }, {})).toBe(true);
});

it('a key that is no JSON names nothing', () => {
  const fields = { ...FIELDS, 'f:metadata': { 'f:finalizers': { 'v:nope': {}, 'k:{': {} } } };
  expect(appliedState(live(fields))).not.toBe(desiredState(DESIRED));
});

it.each([
  ['values', (index: number) => [`v:"${index}"`, String(index)] as const],
  ['names', (index: number) => [`k:{"uid":"${index}"}`, { uid: String(index) }] as const],
  ['names of many kinds', (index: number) => [`k:{"f${index}":"${index}"}`, { [`f${index}`]: String(index) }] as const],
])('time grows with the size of an object whose list has thousands of %s under our name', (_what, entry) => {
  const of = (count: number): KubeObject => {
    const all = Array.from({ length: count }, (_, index) => entry(index));
    const fields = { 'f:metadata': { 'f:finalizers': Object.fromEntries(all.map(([key]) => [key, {}])) } };
    const object = live(fields);
    return { ...object, metadata: { ...object.metadata, finalizers: all.map(([, item]) => item) as string[] } };
  };
  expect(growth((count) => appliedState(of(count)), 16_000)).toBeLessThan(LINEAR);
});
