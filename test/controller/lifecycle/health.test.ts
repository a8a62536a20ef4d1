import type { PodFact } from '../../../controller/observe/pod-facts';
import { healthOf } from '../../../controller/lifecycle/update/health';
import { anInstance, rendered, withSpec } from '../../builders';
import { anObserved } from '../observed';

const NOW = new Date('2026-01-01T12:00:00Z');
const LONG_AGO = '2026-01-01T11:00:00Z';
const { instance } = rendered(anInstance(withSpec({ image: { repository: 'ghcr.io/openclaw/openclaw', tag: '2026.9.6' } })));

/** Of a StatefulSet that says that its one pod is of the newest revision, and ready. */
function healthWith(pods: readonly Partial<PodFact>[], missingRights: readonly string[] = []): string {
  const { metadata } = anObserved().instance;
  const image = 'ghcr.io/openclaw/openclaw:2026.9.6';
  const controller = {
    apiVersion: 'openclaw.rocks/v1alpha1',
    kind: 'OpenClawInstance',
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
  };
  const workload = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: metadata.name, namespace: metadata.namespace, generation: 2, ownerReferences: [controller] },
    spec: { replicas: 1, template: { spec: { containers: [{ name: 'openclaw', image }] } } },
    status: { observedGeneration: 2, currentRevision: 'new', updateRevision: 'new', updatedReplicas: 1, readyReplicas: 1 },
  };
  const facts = pods.map((pod): PodFact => ({ name: 'alice-0', containers: [], ...pod }));
  return healthOf({ ...anObserved(), owned: [workload], pods: facts, missingRights }, instance, NOW);
}

describe('T-M2 T53 the health of a release', () => {
  it.each<[string, readonly Partial<PodFact>[], string]>([
    ['its pod has been ready for long', [{ revision: 'new', readySince: LONG_AGO }], 'ready'],
    ['its pod got ready a moment ago', [{ revision: 'new', readySince: '2026-01-01T11:59:55Z' }], 'settling'],
    ['the pod of before is still seen, which was ready for long', [{ revision: 'old', readySince: LONG_AGO }], 'settling'],
    ['no pod is seen yet', [], 'settling'],
    ['the pod of before is going', [{ revision: 'old', readySince: LONG_AGO, deletionTimestamp: LONG_AGO }], 'settling'],
  ])('where the StatefulSet is ready and %s', (_what, pods, health) => {
    expect(healthWith(pods)).toBe(health);
  });

  it('goes by the StatefulSet where nobody may see pods', () => {
    expect(healthWith([], ['list and watch pods'])).toBe('ready');
  });
});
