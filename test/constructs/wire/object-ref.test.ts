import { idOf, objectId, refOf, refText } from '../../../constructs/wire/object-ref';

const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'alice-data', namespace: 'team-a', labels: {} } };

describe('the id of an object', () => {
  it('names kind, group, namespace and name', () => {
    expect(idOf(claim)).toBe('PersistentVolumeClaim/team-a/alice-data');
    expect(objectId({ apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'team-a', name: 'alice' })).toBe(
      'StatefulSet.apps/team-a/alice',
    );
    expect(objectId({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', name: 'high' })).toBe(
      'PriorityClass.scheduling.k8s.io//high',
    );
  });

  it('is the same whichever version the object is read in', () => {
    const ids = ['autoscaling/v2', 'autoscaling/v1'].map((apiVersion) =>
      objectId({ apiVersion, kind: 'HorizontalPodAutoscaler', namespace: 'a', name: 'b' }),
    );
    expect(new Set(ids).size).toBe(1);
  });

  it('tells namesakes apart by namespace, kind and group', () => {
    const refs = [
      { apiVersion: 'v1', kind: 'Service', namespace: 'a', name: 'b' },
      { apiVersion: 'v1', kind: 'Service', namespace: 'b', name: 'b' },
      { apiVersion: 'v1', kind: 'Service', name: 'b' },
      { apiVersion: 'serving.knative.dev/v1', kind: 'Service', namespace: 'a', name: 'b' },
      { apiVersion: 'v1', kind: 'Secret', namespace: 'a', name: 'b' },
    ];
    expect(new Set(refs.map(objectId)).size).toBe(refs.length);
  });
});

it('a reference has no namespace where its object has none', () => {
  expect(refOf({ ...claim, metadata: { name: 'x' } })).toEqual({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'x' });
});

it('in words an object names its namespace where that is another one', () => {
  const ref = refOf(claim);
  expect(refText(ref, 'team-a')).toBe('PersistentVolumeClaim alice-data');
  expect(refText(ref, 'team-b')).toBe('PersistentVolumeClaim team-a/alice-data');
});
