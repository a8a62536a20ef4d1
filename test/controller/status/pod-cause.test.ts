import { type PodFact, podAsKept, podFactOf, refusalAsKept, refusalOf } from '../../../controller/observe/pod-facts';
import { podsCause } from '../../../controller/status/pod-cause';
import { SmallCluster, messageOf } from './small-cluster';

function aPod(status: object, name = 'alice-0'): PodFact {
  const labels = { 'app.kubernetes.io/name': 'openclaw', 'app.kubernetes.io/instance': 'alice' };
  return podFactOf(podAsKept({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'team-a', labels }, spec: {}, status }));
}

/** A pod of one container. */
const withContainer = (status: object): PodFact => aPod({ containerStatuses: [{ name: 'openclaw', ready: false, ...status }] });

const ended = (exitCode: number, reason = 'Error', message = '') => ({ terminated: { exitCode, reason, message } });
const backOff = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 2m40s restarting failed container' } };

describe('T-T7 the cause in a pod', () => {
  it.each<[string, PodFact, string | undefined]>([
    ['a crash loop', withContainer({ state: backOff, lastState: ended(1) }), 'container openclaw ends with exit code 1'],
    [
      'the same between two tries',
      withContainer({ state: { running: {} }, lastState: ended(1) }),
      'container openclaw ends with exit code 1',
    ],
    ['too little memory', withContainer({ lastState: ended(137, 'OOMKilled') }), 'container openclaw ends with exit code 137 (OOMKilled)'],
    [
      'its own words',
      withContainer({ state: ended(78, 'Error', 'config is\n bad') }),
      'container openclaw ends with exit code 78: config is bad',
    ],
    ['a restart that was asked for', withContainer({ state: { running: {} }, lastState: ended(0, 'Completed') }), undefined],
    [
      'a missing Secret',
      withContainer({ state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "keys" not found' } } }),
      'container openclaw waits: CreateContainerConfigError: secret "keys" not found',
    ],
    [
      'a failed pull',
      withContainer({ state: { waiting: { reason: 'ErrImagePull', message: 'a' } } }),
      'container openclaw waits: ImagePullBackOff',
    ],
    [
      'its pause',
      withContainer({ state: { waiting: { reason: 'ImagePullBackOff', message: 'b' } } }),
      'container openclaw waits: ImagePullBackOff',
    ],
    ['a start', withContainer({ state: { waiting: { reason: 'ContainerCreating' } } }), undefined],
    ['a container that is ready', withContainer({ ready: true, lastState: ended(1) }), undefined],
    ['an init container', aPod({ initContainerStatuses: [{ name: 'init', state: ended(2) }] }), 'container init ends with exit code 2'],
    [
      'no node',
      aPod({ conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }] }),
      'pod alice-0 runs on no node: 0/3 nodes are available',
    ],
    ['an eviction', aPod({ phase: 'Failed', reason: 'Evicted', message: 'low on disk' }), 'pod alice-0 failed: Evicted: low on disk'],
  ])('%s', (_what, pod, expected) => {
    expect(podsCause({ pods: [pod] })).toBe(expected);
  });

  it('of a pod that is being deleted is none', () => {
    expect(podsCause({ pods: [{ ...withContainer({ lastState: ended(1) }), deletionTimestamp: 'now' }] })).toBeUndefined();
  });

  it('is no secret: whatever a program says may quote one', () => {
    const key = 'sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789';
    expect(podsCause({ pods: [withContainer({ state: ended(1, 'Error', `refused ${key}`) })] })).not.toContain('sk-ant');
  });

  it('is told in the condition, and the summary', () => {
    const cluster = new SmallCluster().run();
    cluster.podFacts = [withContainer({ state: backOff, lastState: ended(1) })];
    const pass = cluster.setStatus('StatefulSet/alice', { readyReplicas: 0 }).pass();
    expect(messageOf(pass, 'StatefulSetReady')).toBe('0 of 1 pod ready: container openclaw ends with exit code 1');
    expect(messageOf(pass, 'Ready')).toContain('exit code 1');
    expect(pass.events.map(({ type, reason }) => `${type} ${reason}`)).toEqual(['Warning StatefulSetNotReady']);
  });
});

describe('T-T7 a refusal of pods', () => {
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e', namespace: 'team-a' },
    reason: 'FailedCreate',
    message: 'violates',
  };
  const about = { involvedObject: { kind: 'StatefulSet', name: 'alice', uid: 'uid-1' } };

  it('is kept of a StatefulSet alone', () => {
    expect(refusalOf(refusalAsKept({ ...event, ...about }))).toEqual({ workload: 'uid-1', message: 'violates' });
    expect(refusalOf(refusalAsKept({ ...event, involvedObject: { kind: 'Job', name: 'alice' } }))).toBeUndefined();
    expect(refusalOf(refusalAsKept({ ...event, ...about, reason: 'SuccessfulCreate' }))).toBeUndefined();
  });

  it('is the cause as long as there is no pod', () => {
    const podRefusal = 'pods "alice-0" is forbidden: violates PodSecurity "restricted:latest"';
    expect(podsCause({ podRefusal })).toBe(`no pod can be made: ${podRefusal}`);
    expect(podsCause({ pods: [aPod({})], podRefusal })).toBeUndefined();
  });
});

it('T-T7 of a pod a few hundred bytes are kept', () => {
  const long = 'x'.repeat(100_000);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'alice-0', namespace: 'team-a', annotations: { long }, labels: { 'app.kubernetes.io/instance': 'alice', long: 'x' } },
    spec: { containers: [{ name: 'openclaw', args: [long] }] },
    status: { containerStatuses: [{ name: 'openclaw', state: { waiting: { reason: 'CreateContainerError', message: long } } }] },
  };
  expect(JSON.stringify(podAsKept(pod)).length).toBeLessThan(800);
});
