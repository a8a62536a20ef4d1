import type { KubeObject, ManagedFields, Writer } from '../../../controller/objects/objects';
import { isAppliedByUs, takenFields, writersOf } from '../../../controller/objects/writers';

const ours = { manager: 'openclaw-controller', operation: 'Apply', apiVersion: 'v1' };
const predecessor = { manager: 'manager', operation: 'Update', apiVersion: 'v1' };
const kubectl = { manager: 'kubectl', operation: 'Apply', apiVersion: 'v1' };

function withEntries(...managedFields: readonly ManagedFields[]): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'alice', managedFields } };
}

const OPERATOR: ReadonlySet<Writer> = new Set(['predecessor']);

it.each<[string, ManagedFields, readonly Writer[]]>([
  ['our apply', ours, ['ours']],
  ['our update of something', { ...ours, operation: 'Update' }, []],
  ['our apply of a subresource', { ...ours, subresource: 'status' }, []],
  ['controller-runtime without a name', predecessor, ['predecessor']],
  ['the reference operator by its name', { ...predecessor, manager: 'openclaw-operator' }, ['predecessor']],
  ['its status', { ...predecessor, subresource: 'status' }, []],
  ['something else that applies under its name', { ...predecessor, operation: 'Apply' }, []],
  ['kubectl apply --server-side', kubectl, ['kubectl']],
  ['kubectl apply', { ...predecessor, manager: 'kubectl-client-side-apply' }, ['kubectl']],
  ['kubectl rollout restart', { ...predecessor, manager: 'kubectl-rollout' }, []],
  ['kubectl edit', { ...predecessor, manager: 'kubectl-edit' }, []],
  ['kubectl scale', { ...predecessor, manager: 'kubectl', subresource: 'scale' }, []],
  ['an autoscaler', { ...predecessor, manager: 'kube-controller-manager', subresource: 'scale' }, ['autoscaler']],
  ['a controller of the cluster', { ...predecessor, manager: 'kube-controller-manager' }, []],
  ['cert-manager', { ...predecessor, manager: 'cert-manager-ingressclasses' }, []],
])('T-R1 %s is told by its entry', (_who, entry, writers) => {
  expect(writersOf(withEntries(entry))).toEqual(writers);
  expect(isAppliedByUs(withEntries(entry))).toBe(writers.includes('ours'));
});

it('is kept by a cache in place of the fields', () => {
  expect(writersOf({ metadata: { name: 'alice', writers: ['ours'] } })).toEqual(['ours']);
  expect(writersOf({ metadata: { name: 'alice' } })).toEqual([]);
});

function spec(fields: object, entry: ManagedFields, time?: string): ManagedFields {
  return { ...entry, time, fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': fields } };
}

describe('T-R1 the fields of a predecessor', () => {
  it('T-R3 do not take the number of pods along where an autoscaler is to decide on it, or it would go back to one', () => {
    const live = withEntries(spec({ 'f:replicas': {}, 'f:template': {} }, predecessor));
    expect(takenFields(live, OPERATOR, true)?.managedFields.map(({ manager, fieldsV1 }) => [manager, fieldsV1])).toEqual([
      ['openclaw-controller', { 'f:spec': { 'f:template': {} } }],
      ['manager', { 'f:spec': { 'f:replicas': {} } }],
    ]);
    expect(takenFields(live, OPERATOR)?.managedFields).toHaveLength(1);
    expect(takenFields(withEntries(spec({ 'f:template': {} }, predecessor)), OPERATOR, true)?.managedFields).toHaveLength(1);
  });

  const rollout = spec({ 'f:template': {} }, { ...predecessor, manager: 'kubectl-rollout' });

  it('become ours, joined with those that we have, and all others stay', () => {
    const live = withEntries(
      rollout,
      spec({ 'f:ports': { 'k:{"port":80}': { '.': {}, 'f:port': {} } } }, predecessor, '2026-01-01T00:00:00Z'),
      spec({ 'f:type': {}, 'f:ports': { 'k:{"port":81}': {} } }, { ...predecessor, manager: 'openclaw-operator' }, '2026-01-02T00:00:00Z'),
    );
    expect(takenFields(live, OPERATOR)).toEqual({
      from: ['manager', 'openclaw-operator'],
      managedFields: [
        {
          ...ours,
          time: '2026-01-02T00:00:00Z',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:spec': { 'f:ports': { 'k:{"port":80}': { '.': {}, 'f:port': {} }, 'k:{"port":81}': {} }, 'f:type': {} } },
        },
        rollout,
      ],
    });
  });

  it('are moved once: there is nothing to move any more', () => {
    const once = takenFields(withEntries(spec({ 'f:type': {} }, predecessor), rollout), OPERATOR);
    expect(takenFields(withEntries(...(once?.managedFields ?? [])), OPERATOR)).toBeUndefined();
  });

  it('of kubectl move only where a person gave the object away', () => {
    const live = withEntries(spec({ 'f:type': {} }, kubectl));
    expect(takenFields(live, OPERATOR)).toBeUndefined();
    expect(takenFields(live, new Set<Writer>(['predecessor', 'kubectl']))?.from).toEqual(['kubectl']);
  });

  it('of another version of the kind stay, since nobody knows what they are called', () => {
    expect(takenFields(withEntries(spec({ 'f:type': {} }, { ...predecessor, apiVersion: 'v1beta1' })), OPERATOR)).toBeUndefined();
  });
});
