import { hashOf, liveHash } from '../../controller/live-hash';
import type { KubeObject } from '../../controller/objects';

const object: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'alice', labels: { a: '1' }, annotations: { b: '2' }, ownerReferences: [] },
  spec: { ports: [{ port: 80 }] },
};

function changed(change: Partial<KubeObject['metadata']>, rest: object = {}): KubeObject {
  return { ...object, ...rest, metadata: { ...object.metadata, ...change } };
}

describe('the hash of a live object', () => {
  it.each([
    ['status', changed({}, { status: { loadBalancer: {} } })],
    ['resourceVersion', changed({ resourceVersion: '9' })],
    ['generation', changed({ generation: 4 })],
    ['uid', changed({ uid: 'u' })],
    ['creationTimestamp', changed({ creationTimestamp: '2026-01-01T00:00:00Z' })],
    ['managedFields', changed({ managedFields: [{}] })],
    ['what kubectl last applied', changed({ annotations: { b: '2', 'kubectl.kubernetes.io/last-applied-configuration': '{}' } })],
  ])('does not change with %s', (_what, other) => {
    expect(liveHash(other)).toBe(liveHash(object));
  });

  it.each([
    ['spec', changed({}, { spec: { ports: [{ port: 81 }] } })],
    ['a label', changed({ labels: { a: '2' } })],
    ['an annotation', changed({ annotations: {} })],
    ['owners', changed({ ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }] })],
    ['deletion', changed({ deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['finalizers', changed({ finalizers: ['x'] })],
    ['another field', changed({}, { data: {} })],
  ])('changes with %s', (_what, other) => {
    expect(liveHash(other)).not.toBe(liveHash(object));
  });

  it('tells nothing of the content', () => {
    expect(hashOf({ password: 'geheim' })).toMatch(/^[A-Za-z0-9+/]{27}=$/);
  });
});
