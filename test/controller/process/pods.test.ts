import type { KubeObject } from '../../../controller/objects/objects';
import { World, stopAll } from '../world';

afterEach(stopAll);

const metadata = {
  name: 'alice-0',
  namespace: 'team-a',
  labels: { 'app.kubernetes.io/name': 'openclaw', 'app.kubernetes.io/instance': 'alice' },
};
const pod = (status: object): KubeObject => ({ apiVersion: 'v1', kind: 'Pod', metadata, spec: {}, status });
const crashed = { containerStatuses: [{ name: 'openclaw', ready: false, lastState: { terminated: { exitCode: 1, reason: 'Error' } } }] };

const ready = (world: World): string | undefined => world.instance.status?.conditions?.find(({ type }) => type === 'Ready')?.message;

it('T-T7 why the pod of a running instance fails is told as soon as it is known, without a request for it', async () => {
  const world = await World.start();
  await world.live();
  world.api.seed(pod({ containerStatuses: [{ name: 'openclaw', ready: true }] }));
  await world.settle();
  world.api.forgetRequests();
  world.api.edit('Pod', 'alice-0', { status: crashed });
  world.api.edit('StatefulSet', 'alice', { status: { readyReplicas: 0 } });
  await world.settle();
  expect(ready(world)).toBe('0 of 1 pod ready: container openclaw ends with exit code 1');
  expect(world.api.events.at(-1)).toBe('StatefulSetNotReady: 0 of 1 pod ready: container openclaw ends with exit code 1');
  expect(world.api.requests.filter(({ path }) => path.includes('/pods'))).toEqual([]);
});

it('T-T7 what a kubelet writes again and again makes no pass', async () => {
  const world = await World.start();
  world.api.seed(pod(crashed));
  await world.live();
  await world.clock.advance(60_000);
  await world.settle();
  world.api.forgetRequests();
  for (let restarts = 1; restarts <= 5; restarts += 1) {
    world.api.edit('Pod', 'alice-0', { status: { heartbeat: restarts } });
    await world.settle();
  }
  expect(world.api.requests).toEqual([]);
});

it('T-T7 a pod that Pod Security refuses is told in the words of the server', async () => {
  const world = await World.start();
  const { uid } = world.api.get('StatefulSet', 'alice').metadata;
  world.api.edit('StatefulSet', 'alice', { status: { observedGeneration: 1, replicas: 0 } });
  const words = 'create Pod alice-0 in StatefulSet alice failed: violates PodSecurity "restricted:latest"';
  const about = { kind: 'StatefulSet', name: 'alice', namespace: 'team-a', uid };
  const event = { apiVersion: 'v1', kind: 'Event', reason: 'FailedCreate', message: words, involvedObject: about };
  world.api.seed({ ...event, metadata: { name: 'alice.1', namespace: 'team-a' } });
  await world.settle();
  await world.clock.advance(30_000);
  await world.settle();
  expect(ready(world)).toContain(`no pod can be made: ${words}`);
});
