import { whatIsRead } from '../../../controller/observe/what-is-read';
import type { KubeObject } from '../../../controller/objects/objects';
import { aServer, fillCaches, stopAll } from '../world';

afterEach(stopAll);

const large: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'large',
    namespace: 'team-a',
    uid: 'u',
    resourceVersion: '7',
    creationTimestamp: '2026-01-01T00:00:00Z',
    annotations: { notes: 'x'.repeat(250_000) },
    labels: { theirs: 'x'.repeat(63), 'app.kubernetes.io/instance': 'alice' },
    ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: 'a', uid: 'b' }],
  },
};

it('T-T14 of a foreign ConfigMap or Secret its name, version, owners and labels of ours are kept, and nothing else', () => {
  const { annotations: _annotations, creationTimestamp: _time, labels: _labels, ...read } = large.metadata;
  expect(whatIsRead(large)).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...read, labels: { 'app.kubernetes.io/instance': 'alice' } },
  });
});

it('T-T14 the caches keep no more of one that comes with the list, and of one that comes later', async () => {
  const api = aServer();
  api.seed(large);
  const filled = await fillCaches(api);
  api.seed({ ...large, metadata: { ...large.metadata, name: 'later' } });
  await filled.caughtUp();
  for (const name of ['large', 'later']) {
    const kept = filled.caches.reference('ConfigMap', 'team-a', name);
    expect(kept?.metadata.name).toBe(name);
    expect(JSON.stringify(kept).length).toBeLessThan(400);
  }
});
