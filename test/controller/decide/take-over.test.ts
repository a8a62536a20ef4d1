import type { OpenClawInstanceSpec } from '../../../constructs';
import type { KubeObject, Writer } from '../../../controller/objects/objects';
import { withSpec } from '../../builders';
import { anObserved, cluster, live, planOf, stepsOf } from '../observed';

const everything = cluster(live());

function writtenBy(object: KubeObject, writers: readonly Writer[], metadata: object = {}): KubeObject {
  return { ...object, metadata: { ...object.metadata, writers, ...metadata } };
}

function taken(owned: readonly KubeObject[], difference: Parameters<typeof anObserved>[0] = {}): string[] {
  const { steps } = planOf(anObserved({ owned, ...difference }));
  return stepsOf(steps, 'take-over').map(({ object, predecessors }) => `${object.kind}: ${predecessors.join()}`);
}

const service = everything.find(({ kind }) => kind === 'Service')!;
const claim = everything.find(({ kind }) => kind === 'PersistentVolumeClaim')!;
const statefulSet = everything.find(({ kind }) => kind === 'StatefulSet')!;
const given = { ownerReferences: [], annotations: { 'openclaw.rocks/adopt': 'true' } };

it('T-R1 everything that the reference operator made is taken over, before anything is applied', () => {
  const plan = planOf(anObserved({ owned: everything.map((object) => writtenBy(object, ['predecessor'])) }));
  expect(stepsOf(plan.steps, 'take-over').map(({ object }) => object.kind)).toEqual(everything.map(({ kind }) => kind));
  expect(plan.order).toEqual(['take-over', 'preview', 'apply']);
});

it.each<[string, readonly KubeObject[], string[]]>([
  ['of a predecessor', [writtenBy(service, ['predecessor'])], ['Service: predecessor']],
  ['that has no owner, a claim', [writtenBy(claim, ['predecessor'])], ['PersistentVolumeClaim: predecessor']],
  ['that we have applied', [writtenBy(service, ['ours', 'predecessor'])], []],
  ['that nobody wrote whom we know', [writtenBy(service, [])], []],
  ['that a person applied and that is owned', [writtenBy(service, ['kubectl'])], []],
  ['that a person gave away', [writtenBy(service, ['kubectl'], given)], ['Service: predecessor,kubectl']],
  ['that a person applied and did not give away', [writtenBy(service, ['kubectl'], { ownerReferences: [] })], []],
  [
    'of another owner',
    [writtenBy(service, ['predecessor'], { ownerReferences: [{ kind: 'X', name: 'x', uid: 'x', controller: true }] })],
    [],
  ],
  ['that is on its way out', [writtenBy(service, ['predecessor'], { deletionTimestamp: '2026-01-01T00:00:00Z' })], []],
])('T-R1 of an object %s', (_what, owned, steps) => {
  expect(taken(owned)).toEqual(steps);
});

it('T-R1 nothing changes hands in Git mode, where the engine applies', () => {
  expect(taken([writtenBy(service, ['predecessor'])], { wantedDelivery: 'git' })).toEqual([]);
});

/** What is sent for the StatefulSet. */
function replicas(owned: readonly KubeObject[], spec: OpenClawInstanceSpec = {}): unknown {
  const { applied } = planOf(anObserved({ owned, modifiers: [withSpec(spec)] }));
  const sent = applied.find(({ kind }) => kind === 'StatefulSet')!;
  return (sent['spec'] as { replicas?: number }).replicas;
}

describe('C22 the number of replicas', () => {
  it('is left to an autoscaler that has set it', () => {
    expect(replicas([writtenBy(statefulSet, ['ours', 'autoscaler'])])).toBeUndefined();
    expect(replicas([writtenBy(statefulSet, ['ours'])])).toBe(1);
    expect(replicas([])).toBe(1);
  });

  it('is ours while no pod shall run', () => {
    expect(replicas([writtenBy(statefulSet, ['ours', 'autoscaler'])], { suspended: true })).toBe(0);
  });
});
