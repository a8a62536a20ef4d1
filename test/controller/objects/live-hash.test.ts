import { hashOf, liveHash } from '../../../controller/objects/live-hash';
import type { KubeObject } from '../../../controller/objects/objects';

const desired: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'alice', labels: { a: '1' }, annotations: { b: '2' }, ownerReferences: [] },
  spec: { ports: [{ port: 80 }], selector: { app: 'alice' } },
};

/** As the server made it: with fields of its own. */
const made = changed({ uid: 'u', resourceVersion: '1' }, { spec: { ...(desired['spec'] as object), clusterIP: '10.0.0.1' }, status: {} });

function changed(change: Partial<KubeObject['metadata']>, rest: object = {}, object: KubeObject = desired): KubeObject {
  return { ...object, ...rest, metadata: { ...object.metadata, ...change } };
}

function withSpec(change: object): KubeObject {
  return changed({}, { spec: { ...(made['spec'] as object), ...change } }, made);
}

describe('the hash of a live object', () => {
  it.each([
    ['status', changed({}, { status: { loadBalancer: {} } }, made)],
    ['resourceVersion', changed({ resourceVersion: '9' }, {}, made)],
    ['generation', changed({ generation: 4 }, {}, made)],
    ['managedFields', changed({ managedFields: [{ manager: 'kubectl', operation: 'Update' }] }, {}, made)],
    ['finalizers', changed({ finalizers: ['x'] }, {}, made)],
    ['a label of others', changed({ labels: { a: '1', team: 'x' } }, {}, made)],
    ['an annotation of others', changed({ annotations: { b: '2', 'pv.kubernetes.io/bound-by-controller': 'yes' } }, {}, made)],
    ['a field of the spec that the cluster fills in', withSpec({ volumeName: 'pv-1' })],
    ['a part of the object that we do not name', changed({}, { data: {} }, made)],
  ])('does not change with %s', (_what, other) => {
    expect(liveHash(other, desired)).toBe(liveHash(made, desired));
  });

  it.each([
    ['a field of the spec', withSpec({ ports: [{ port: 81 }] })],
    ['a field of the spec that went', withSpec({ ports: undefined })],
    ['what was added to a selector, which is one value to the server', withSpec({ selector: { app: 'alice', tier: 'x' } })],
    ['the whole spec', changed({}, { spec: undefined }, made)],
    ['a label', changed({ labels: { a: '2' } }, {}, made)],
    ['an annotation that went', changed({ annotations: {} }, {}, made)],
    ['owners', changed({ ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }] }, {}, made)],
  ])('changes with %s', (_what, other) => {
    expect(liveHash(other, desired)).not.toBe(liveHash(made, desired));
  });

  it('tells nothing of the content', () => {
    expect(hashOf({ password: 'geheim' })).toMatch(/^[A-Za-z0-9+/]{27}=$/);
  });
});
