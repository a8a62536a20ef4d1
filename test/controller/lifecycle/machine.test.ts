import { render, resolve } from '../../../constructs';
import { ApiError } from '../../../controller/api/errors';
import { isReadOnly } from '../../../controller/api/port';
import { decide } from '../../../controller/decide/decide';
import type { StateMachine } from '../../../controller/lifecycle/machine';
import { machines } from '../../../controller/lifecycle/machines';
import { withMistake } from '../../builders';
import { NOW, anObserved, cluster, live, planOf } from '../observed';
import { World, create, stopAll } from '../world';
import { COPY, POLL_MS, copying, jobName } from './scratch-machine';

afterEach(stopAll);

const withCopying = [...machines, copying];

async function running(): Promise<World> {
  const world = await World.start((api) => create(api), { machines: withCopying });
  await world.live();
  return world;
}

async function begun(): Promise<World> {
  const world = await running();
  world.api.forgetRequests();
  world.api.edit('OpenClawInstance', 'alice', { metadata: { annotations: { [COPY]: 'one' } } });
  await world.settle();
  return world;
}

function replicasOf({ api }: World): unknown {
  return (api.get('StatefulSet', 'alice')['spec'] as { replicas: number }).replicas;
}

async function stopPods(world: World): Promise<void> {
  const { generation = 1 } = world.api.get('StatefulSet', 'alice').metadata;
  const status = { observedGeneration: generation, replicas: 0, readyReplicas: 0, updatedReplicas: 0 };
  world.api.edit('StatefulSet', 'alice', { status }, 'statefulset-controller');
  await world.settle();
}

/** What was written, in its order: statuses by the fields that are told, objects by their name. */
function writesOf({ api }: World): string[] {
  return api.requests
    .filter((request) => !isReadOnly(request))
    .map(({ method, path, body }) => {
      const last = path.split('/').at(-1) ?? '';
      if (last !== 'status') return `${method} ${last}`;
      const { overrides, backupJobName } = (body as { status: { overrides?: unknown; backupJobName?: unknown } }).status;
      return `status${overrides === undefined ? '' : ' overrides'}${backupJobName === undefined ? '' : ' job'}`;
    })
    .filter((write) => write !== 'POST events');
}

function asked(annotations: Record<string, string>): number | undefined {
  return planOf(anObserved({ metadata: { annotations } }), withCopying).requeueAfterMs;
}

describe('C30 a state machine', () => {
  it('writes down what it is about to do before it does it, one step a pass', async () => {
    const world = await begun();
    // First the status, and the StatefulSet in a pass that resolved with what stands there.
    expect(writesOf(world).filter((write) => write !== 'status')).toEqual(['status overrides', 'PATCH alice']);
    expect(replicasOf(world)).toBe(0);
    world.api.forgetRequests();
    await stopPods(world);
    expect(writesOf(world).filter((write) => write !== 'status')).toEqual(['status job', `PATCH ${jobName}`]);
    world.api.edit('ConfigMap', jobName, { data: { state: 'ended' } }, 'job');
    world.api.forgetRequests();
    await world.settle();
    expect(writesOf(world).filter((write) => write !== 'status')).toEqual(['status overrides job', `DELETE ${jobName}`, 'PATCH alice']);
    expect(replicasOf(world)).toBe(1);
    expect(world.instance.status).toMatchObject({ lastBackupPath: 'one' });
    expect(world.instance.status).not.toHaveProperty('overrides');
  });

  it('has its fields kept while other things change', async () => {
    const world = await begun();
    const { overrides, backingUpSince } = world.instance.status ?? {};
    world.api.edit('OpenClawInstance', 'alice', { spec: { shareProcessNamespace: true } });
    await world.settle();
    expect(world.instance.status).toMatchObject({ overrides, backingUpSince, observedGeneration: 2 });
    expect(replicasOf(world)).toBe(0);
  });

  it('goes on where it was after a restart', async () => {
    const first = await begun();
    const seeds = [first.instance, first.api.get('StatefulSet', 'alice'), first.api.get('Secret', 'alice-gateway-token')];
    const second = await World.start((api) => seeds.forEach((object) => api.seed(object)), { machines: withCopying });
    expect(replicasOf(second)).toBe(0);
    await stopPods(second);
    expect(second.api.find('ConfigMap', jobName)).toBeDefined();
  });

  it('does nothing that it could not write down', async () => {
    const world = await begun();
    world.api.fail(new ApiError('no', 403, 'Forbidden'), ({ path }) => path.endsWith('/status'));
    await stopPods(world);
    expect(world.api.find('ConfigMap', jobName)).toBeUndefined();
    world.api.heal();
    await world.passAll();
    expect(world.api.find('ConfigMap', jobName)).toBeDefined();
  });

  it('says in the status why no pod runs', async () => {
    const world = await begun();
    await stopPods(world);
    const ready = world.instance.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({
      reason: 'Suspended',
      message: 'the pods are stopped for a time (copy): no pod runs and the data is kept',
    });
  });

  it('that wants nothing costs nothing', async () => {
    const world = await running();
    world.api.forgetRequests();
    await world.passAll();
    expect(world.api.writes).toEqual([]);
  });

  it('asks for its next pass itself', async () => {
    expect([asked({}), asked({ [COPY]: 'one' })]).toEqual([undefined, POLL_MS]);
  });
});

/** A machine that always wants the same. */
function says(move: ReturnType<StateMachine>): StateMachine {
  return () => move;
}

describe('state machines together', () => {
  it('have their records and steps joined, and the earliest time counts', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'team-a' } };
    const plan = decide(anObserved(), NOW, [
      says({ record: { restoreJobName: 'a' }, requeueAfterMs: 9000 }),
      says({ record: { backupJobName: 'b' }, steps: [{ step: 'prune', object }], keep: ['Job.batch/team-a/b'], requeueAfterMs: 300 }),
      says(undefined),
    ]);
    expect(plan).toMatchObject({ record: { restoreJobName: 'a', backupJobName: 'b' }, requeueAfterMs: 300 });
    expect(plan.steps.at(-1)).toEqual({ step: 'prune', object });
    expect(plan.keep.has('Job.batch/team-a/b')).toBe(true);
  });

  it('go on while manifests are held by one of them', () => {
    const hold = { reason: 'Restoring', message: 'the data is being restored' };
    const plan = decide(anObserved(), NOW, [says({ hold, record: { restoreJobName: 'a' } })]);
    expect(plan).toMatchObject({ hold, manifests: [], steps: [], record: { restoreJobName: 'a' } });
  });

  it('are not asked after one that is alone, such as deletion', () => {
    const later = jest.fn<ReturnType<StateMachine>, Parameters<StateMachine>>();
    decide(anObserved({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }), NOW, [...machines, later]);
    expect(later).not.toHaveBeenCalled();
  });

  it('are asked for an invalid spec too: what was begun has to end', () => {
    const plan = decide(anObserved({ modifiers: [withMistake({ gateway: { enabled: 'perhaps' } })] }), NOW, [
      says({ record: { backupJobName: 'b' } }),
    ]);
    expect(plan).toMatchObject({ record: { backupJobName: 'b' }, manifests: [] });
  });
});

describe('E40 overrides', () => {
  const overrides = [{ field: 'replicas', value: 0, reason: 'copy' }];

  it.each(['apply', 'git'] as const)(
    'are rendered for delivery by %s, and are the bytes of synth with the recorded overrides',
    (wantedDelivery) => {
      const observed = anObserved({ wantedDelivery, status: { overrides, delivery: wantedDelivery } });
      const plan = planOf(observed);
      const resolution = resolve(live(), {}, { overrides });
      if (!resolution.ok) throw new Error('refused');
      expect(plan.manifests).toEqual(render(resolution.instance));
      expect(plan.manifests).not.toEqual(planOf(anObserved({ owned: cluster(live()) })).manifests);
      expect(plan.overrides).toEqual(overrides);
    },
  );
});
