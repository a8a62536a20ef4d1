import { migration } from '../../../controller/lifecycle/migration';
import type { KubeObject } from '../../../controller/objects/objects';
import { refOf } from '../../../constructs/wire/object-ref';
import { NO_OUTCOME, type Outcome } from '../../../controller/decide/outcome';
import { computeStatus } from '../../../controller/status/compute-status';
import { withMistake } from '../../builders';
import { NOW, anObserved, cluster, live, names, owned, planOf } from '../observed';

const plain = owned({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'alice' } }, live());
const deployment = (spec: object, status: object = {}): KubeObject => ({ ...plain, spec, status });
const stopped = deployment({ replicas: 0 }, { replicas: 0 });
const successor = cluster(live()).find(({ kind }) => kind === 'StatefulSet')!;
const ready: KubeObject = {
  ...successor,
  metadata: { ...successor.metadata, generation: 2 },
  status: { observedGeneration: 2, updatedReplicas: 1, readyReplicas: 1 },
};
const pod = (name: string) => ({ name, containers: [] });

const moveOf = (...difference: Parameters<typeof anObserved>) => migration(anObserved(...difference), NOW);

/** What the status says of it: the condition, and the name. */
const after = (found: readonly KubeObject[], outcome: Partial<Outcome> = {}) => {
  const observed = anObserved({ owned: found });
  const status = computeStatus({ observed, plan: planOf(observed), outcome: { ...NO_OUTCOME, ...outcome } }, NOW);
  const { status: is, reason } = status.conditions?.find(({ type }) => type === 'DeploymentReady') ?? {};
  return [is, reason, status.managedResources?.deployment];
};

describe('the Deployment of an early release', () => {
  it('is no matter of other instances', () => {
    expect(moveOf()).toBeUndefined();
    const foreign = { ...stopped, metadata: { ...stopped.metadata, ownerReferences: [] } };
    expect(moveOf({ owned: [foreign] })).toBeUndefined();
  });

  it.each<[string, KubeObject, readonly string[], readonly string[] | undefined]>([
    ['is stopped while it runs', deployment({ replicas: 1 }, { replicas: 1 }), [], ['stop-workload']],
    ['is stopped where it says no number', deployment({}), [], ['stop-workload']],
    ['is waited for while it has pods', deployment({ replicas: 0 }, { replicas: 1 }), [], []],
    ['is waited for while a pod of it ends', stopped, ['alice-7d9c5b6f4-x2x4z'], []],
  ])('%s, and nothing else is delivered', (_what, legacy, pods, steps) => {
    const observed = { owned: [legacy], pods: pods.map(pod) };
    const plan = planOf(anObserved(observed));
    expect(plan.hold?.reason).toBe('Migrating');
    expect([plan.applied, plan.prune]).toEqual([[], []]);
    expect(moveOf(observed)?.steps?.map(({ step }) => step)).toEqual(steps);
  });

  it.each([[[stopped]], [[stopped, successor]]])('is kept without pods until its successor is ready', (found) => {
    const plan = planOf(anObserved({ owned: found, pods: [pod('alice-0')] }));
    expect(plan.hold).toBeUndefined();
    expect(plan.prune).toEqual([]);
    expect(plan.applied.length).toBeGreaterThan(5);
  });

  it('is removed then, once', () => {
    const plan = planOf(anObserved({ owned: [stopped, ready], pods: [pod('alice-0')] }));
    expect(names(plan.prune)).toEqual(['Deployment alice']);
  });

  it.each(['apply', 'git'] as const)('is dealt with alike where delivery is %s', (wantedDelivery) => {
    expect(moveOf({ owned: [stopped, ready], wantedDelivery })?.steps).toEqual([{ step: 'prune', object: stopped }]);
    expect(moveOf({ owned: [deployment({ replicas: 2 })], wantedDelivery })?.steps).toHaveLength(1);
  });

  it('stands in the status until it is removed', () => {
    const running = deployment({ replicas: 1 }, { replicas: 1, readyReplicas: 1 });
    expect(after([running])).toEqual(['True', 'MinimumReplicasAvailable', undefined]);
    expect(after([stopped])).toEqual(['False', 'Migrating', 'alice']);
    const gone = { pruned: [refOf(stopped)] };
    expect(after([stopped, ready], gone)).toEqual([undefined, undefined, undefined]);
  });

  it('runs on under a spec with a mistake', () => {
    expect(moveOf({ owned: [deployment({ replicas: 1 })], modifiers: [withMistake({ suspended: 'yes' })] })).toBeUndefined();
  });
});
