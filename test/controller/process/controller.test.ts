import { ApiError } from '../../../controller/api/errors';
import { LeaseFence, openFence } from '../../../gitops/git/fence';
import { Controller } from '../../../controller/process/controller';
import { InstanceLoop } from '../../../controller/process/instance-loop';
import { createLog } from '../../../controller/objects/log';
import { withChromium, withMistake, withSpec } from '../../builders';
import { FakeClock, settle } from '../api/fake-clock';
import type { FakeApi } from '../fake-api';
import { cluster } from '../observed';
import { OWN_NAMESPACE, World, aServer, create, createKnown, expectedNames, stopAll } from '../world';

afterEach(stopAll);

describe('a new instance', () => {
  it('gets its finalizer first and everything else after it, then a status', async () => {
    const { api } = await World.start();
    const own = 'POST /api/v1/namespaces/openclaw-system/secrets';
    const instance = '/apis/openclaw.rocks/v1alpha1/namespaces/team-a/openclawinstances/alice';
    const writes = api.writes.filter((write) => !write.endsWith('/events'));
    expect(writes.slice(0, 3)).toEqual([own, `PATCH ${instance}`, 'POST /api/v1/namespaces/team-a/secrets']);
    expect(writes.slice(3, -1).every((write) => write.startsWith('PATCH '))).toBe(true);
    expect(writes.at(-1)).toBe(`PATCH ${instance}/status`);
    expect(writes.filter((write) => write.endsWith('/status'))).toHaveLength(1);
    expect(api.names()).toEqual(expectedNames(api, cluster));
  });

  it('becomes Ready when its pods are', async () => {
    const world = await World.start();
    expect(world.condition('Ready')).toMatch(/^False /);
    await world.live();
    expect(world.condition('Ready')).toBe('True ReconcileSucceeded');
    expect(world.instance.status).toMatchObject({ phase: 'Running', observedGeneration: 1, delivery: 'apply' });
  });

  it('carries the hash of the Secret that was just made at once: its first pod is not replaced', async () => {
    const { api } = await World.start();
    const generations = api.get('StatefulSet', 'alice').metadata.generation;
    expect(generations).toBe(1);
  });
});

describe('caches that lag behind', () => {
  it('T2 make no second write of a status, and no second event', async () => {
    const world = await World.start(() => undefined);
    create(world.api);
    world.api.watches.hold();
    await world.settle();
    const { events } = world.api;
    for (let change = 0; change < 20; change += 1) {
      world.api.watches.release(1);
      await world.passAll();
    }
    expect(world.api.writes.filter((write) => write.endsWith('/status'))).toHaveLength(1);
    expect(world.api.events).toEqual(events);
    expect(world.api.writes.filter((write) => write.includes('/statefulsets/'))).toHaveLength(1);
  });
});

describe('steady state', () => {
  it('T1 T2 writes nothing in a hundred passes', async () => {
    const world = await World.start();
    await world.live();
    world.api.forgetRequests();
    for (let pass = 0; pass < 100; pass += 1) await world.passAll();
    expect(world.api.requests).toEqual([]);
  });

  it('T1 after a start sends nothing where all is as the one before has left it', async () => {
    const first = await World.start();
    await first.live();
    await stopAll();
    const { api } = first;
    api.forgetRequests();
    const before = api.names().map((name) => api.find(name.split(' ')[0]!, name.split(' ')[1]!)?.metadata.resourceVersion);
    // Another process on the same cluster.
    const second = await World.start(() => undefined, { api });
    expect(api.writes).toEqual([]);
    second.loop.wakeAll();
    await second.loop.idle();
    expect(api.writes).toEqual([]);
    expect(api.names().map((name) => api.find(name.split(' ')[0]!, name.split(' ')[1]!)?.metadata.resourceVersion)).toEqual(before);
  });

  it('looks at everything again after some minutes, in no step with the others', async () => {
    const world = await World.start();
    await world.live();
    const waits = world.clock.sleeps.filter((ms) => ms >= 5 * 60_000 && ms <= 15 * 60_000);
    expect(waits).toContain(10 * 60_000);
  });
});

describe('a change', () => {
  it('of a feature makes its objects, and takes them away again', async () => {
    const world = await World.start();
    world.api.edit('OpenClawInstance', 'alice', { spec: { chromium: { enabled: true } } });
    await world.settle();
    expect(world.api.names()).toContain('Service alice-cdp');
    world.api.edit('OpenClawInstance', 'alice', { spec: { chromium: { enabled: false } } });
    await world.settle();
    expect(world.api.names()).not.toContain('Service alice-cdp');
    expect(world.api.events).toContain('Pruned: removed Service alice-cdp');
  });

  it('that is a mistake touches nothing, and says what it is', async () => {
    const world = await World.start((api) => create(api, withChromium()));
    await world.live();
    const before = world.api.names();
    world.api.forgetRequests();
    world.api.edit('OpenClawInstance', 'alice', { spec: { chromium: { enabled: false }, gateway: { enabled: 'perhaps' } } });
    await world.settle();
    expect(world.api.names()).toEqual(before);
    expect(world.api.writes.filter((write) => !write.endsWith('/status') && !write.endsWith('/events'))).toEqual([]);
    expect(world.condition('Ready')).toBe('False InvalidSpec');
    expect(world.instance.status?.observedGeneration).toBe(2);
  });

  it('by another hand is mended', async () => {
    const world = await World.start();
    world.api.edit('Service', 'alice', { spec: { ports: [] } });
    await world.settle();
    expect((world.api.get('Service', 'alice')['spec'] as { ports: unknown[] }).ports).not.toEqual([]);
    await world.api.remove('ConfigMap', 'alice-config');
    await world.settle();
    expect(world.api.find('ConfigMap', 'alice-config')).toBeDefined();
  });

  it('T41 T72 of labels and annotations that are not ours stays, also in the pod template', async () => {
    const world = await World.start();
    const restarted = { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' };
    world.api.edit('StatefulSet', 'alice', {
      spec: { template: { metadata: { annotations: restarted } } },
      metadata: { labels: { team: 'a' } },
    });
    await world.settle();
    world.api.forgetRequests();
    await world.passAll();
    expect(world.api.writes).toEqual([]);
    const { metadata, spec } = world.api.get('StatefulSet', 'alice');
    expect(metadata.labels).toMatchObject({ team: 'a' });
    expect((spec as { template: object }).template).toMatchObject({ metadata: { annotations: restarted } });
  });

  it('T89 never writes the spec of the instance', async () => {
    const world = await World.start((api) => create(api));
    await world.live();
    const patches = world.api.requests.filter(({ method, path }) => method === 'PATCH' && path.includes('openclawinstances'));
    expect(patches.every(({ body }) => !Object.hasOwn(body as object, 'spec'))).toBe(true);
  });
});

const token = (world: World): string =>
  ((world.api.get('Secret', 'alice-gateway-token')['data'] ?? {}) as Record<string, string>)['token'] ?? '';

describe('Secrets of our own making', () => {
  it('roll the pod when they change', async () => {
    const world = await World.start();
    const hash = (): unknown =>
      (world.api.get('StatefulSet', 'alice')['spec'] as { template: { metadata: { annotations: object } } }).template.metadata.annotations;
    const before = hash();
    world.api.edit('Secret', 'alice-gateway-token', { data: { token: Buffer.from('chosen').toString('base64') } });
    await world.settle();
    expect(hash()).not.toEqual(before);
    expect(token(world)).toBe(Buffer.from('chosen').toString('base64'));
  });

  it('are made again where they were deleted, and filled where a key was emptied', async () => {
    const world = await World.start();
    const first = token(world);
    await world.api.remove('Secret', 'alice-gateway-token');
    await world.settle();
    expect([token(world).length, token(world) === first]).toEqual([first.length, false]);
    world.api.edit('Secret', 'alice-gateway-token', { data: { token: '', note: 'a2VlcA==' } });
    await world.settle();
    expect(world.api.get('Secret', 'alice-gateway-token')['data']).toEqual({
      token: expect.stringMatching(/.{40}/) as string,
      note: 'a2VlcA==',
    });
    expect(world.api.events).toContain('SecretRepaired: filled token of Secret alice-gateway-token');
  });

  it('T86 stand in no other object, no event, no status and no line of the log', async () => {
    const world = await World.start();
    await world.live();
    await world.passAll();
    const values = [token(world), Buffer.from(token(world), 'base64').toString()];
    const objects = world.api.names().filter((name) => !name.startsWith('Secret '));
    const text = JSON.stringify([
      objects.map((name) => world.api.find(name.split(' ')[0]!, name.split(' ')[1]!)),
      world.api.events,
      world.lines,
      world.api.requests.filter(({ path }) => !path.endsWith('/secrets')),
    ]);
    expect(values.map((value) => text.includes(value))).toEqual([false, false]);
  });
});

async function end(world: World): Promise<void> {
  await world.api.remove('OpenClawInstance', 'alice');
  await world.settle();
  world.api.collectGarbage();
  await world.settle();
}

describe('deletion', () => {
  it('T4 leaves the claim and nothing else', async () => {
    const world = await World.start();
    await end(world);
    expect(world.api.names()).toEqual(['PersistentVolumeClaim alice-data']);
  });

  it('takes the claim with `orphan: false`', async () => {
    const world = await World.start((api) => create(api, withSpec({ storage: { persistence: { orphan: false } } })));
    await end(world);
    expect(world.api.names()).toEqual([]);
  });

  it('works for a spec that is invalid by now', async () => {
    const world = await World.start((api) => createKnown(api, withMistake({ gateway: { enabled: 'perhaps' } })));
    await end(world);
    expect(world.api.names()).toEqual([]);
  });

  it('T60 keeps the finalizer while the claim could not be deleted', async () => {
    const world = await World.start((api) => create(api, withSpec({ storage: { persistence: { orphan: false } } })));
    const refusal = new ApiError('not now', 500, 'InternalError');
    world.api.fail(refusal, ({ method, path }) => method === 'DELETE' && path.includes('persistentvolumeclaims'));
    await end(world);
    expect(world.instance.metadata.finalizers).toEqual(['openclaw.rocks/finalizer']);
  });
});

describe('a start', () => {
  it('T7 T-C8 is not ready before the caches are filled', async () => {
    const clock = new FakeClock();
    const api = aServer(clock);
    create(api);
    api.fail(new ApiError('not now', 500, 'InternalError'), ({ path }) => path.endsWith('/statefulsets'));
    const log = createLog(
      () => undefined,
      () => clock.now(),
    );
    const loop = new InstanceLoop({ api, fence: openFence, clock, log, namespace: OWN_NAMESPACE, delivery: 'apply', concurrency: 4 });
    const controller = new Controller({ loops: [loop], fence: new LeaseFence(clock), log });
    const starting = controller.start();
    await clock.advance(60_000);
    expect([controller.waitsFor.length, controller.isAlive]).toEqual([1, true]);
    expect(api.names()).toEqual(['OpenClawInstance alice']);
    api.heal();
    await clock.advance(60_000);
    await starting;
    expect([controller.waitsFor, controller.isAlive]).toEqual([[], true]);
    await controller.stop();
  });

  it('is told in the log', async () => {
    const world = await World.start();
    expect(world.lines[0]).toMatchObject({ level: 'info', message: 'started', instances: 1, delivery: 'apply' });
  });

  it('is alive no longer when a watch has been silent for five minutes', async () => {
    const world = await World.start();
    world.clock.setBack(-6 * 60_000);
    expect(world.controller.isAlive).toBe(true);
    jest.spyOn(world.clock, 'monotonic').mockReturnValue(world.clock.monotonic() + 5 * 60_000);
    expect(world.controller.isAlive).toBe(false);
  });

  it('tells which instances fail, until they do not', async () => {
    const world = await World.start((api) => create(api, withMistake({ gateway: { enabled: 'perhaps' } })));
    expect(world.controller.failing).toEqual(['team-a/alice']);
    world.api.edit('OpenClawInstance', 'alice', { spec: { gateway: { enabled: true } } });
    await world.settle();
    expect(world.controller.failing).toEqual([]);
  });

  it('logs a pass that throws, and tries again', async () => {
    const world = await World.start();
    world.api.fail(new TypeError('a mistake of ours'), ({ method }) => method === 'PATCH');
    world.api.edit('OpenClawInstance', 'alice', { spec: { chromium: { enabled: true } } });
    await world.settle();
    expect(world.lines.at(-1)).toMatchObject({
      level: 'error',
      message: 'pass failed',
      instance: 'team-a/alice',
      error: 'TypeError: a mistake of ours',
    });
    expect(world.controller.failing).toEqual(['team-a/alice']);
    world.api.heal();
    await world.clock.advance(2000);
    await world.settle();
    expect(world.controller.failing).toEqual([]);
  });
});

it('waits for CRDs that are not installed, and the log says to install them', async () => {
  const clock = new FakeClock();
  const api = aServer(clock);
  api.fail(new ApiError('the API server answered 404', 404, 'NotFound'), ({ path }) => path.startsWith('/apis/openclaw.rocks/'));
  const lines: string[] = [];
  const log = createLog(
    (line) => lines.push(line),
    () => clock.now(),
  );
  const loop = new InstanceLoop({ api, fence: openFence, clock, log, namespace: OWN_NAMESPACE, delivery: 'apply', concurrency: 1 });
  const started = loop.start();
  await settle();
  expect(lines.join('')).toContain(
    '"watch failed: the CRDs are not installed; apply what openclaw-cdk8s install prints, and the controller goes on by itself"',
  );
  expect(loop.waitsFor).toMatch(/^watch failed: the CRDs are not installed; .* \(ApiError: the API server answered 404\)$/);
  api.heal();
  await clock.advance(30_000);
  await started;
  expect(loop.waitsFor).toBeUndefined();
  await loop.stop();
});

describe('T-T8 a right that the role lacks', () => {
  const forbidden = new ApiError('forbidden', 403, 'Forbidden');
  const lacks = (plural: string) => (api: FakeApi) => {
    create(api);
    api.fail(forbidden, ({ path }) => path.includes(`/${plural}`));
  };

  it('costs that kind and no other: the rest is delivered, the condition and the log name the right', async () => {
    const world = await World.start(lacks('networkpolicies'));
    const without = expectedNames(world.api, cluster).filter((name) => !name.startsWith('NetworkPolicy '));
    expect(world.api.names()).toEqual(without);
    expect([world.controller.waitsFor, world.controller.isAlive]).toEqual([[], true]);
    expect(world.condition('Ready')).toBe('False ReconcileFailed');
    expect(world.condition('NetworkPolicyReady')).toBe('False ApplyFailed');
    expect(world.lines.map(({ message }) => message)).toContain(
      'the controller may not list networkpolicies.networking.k8s.io: give it the rights that --print-rbac prints',
    );
    expect(world.controller.missingRights).toEqual(['list networkpolicies.networking.k8s.io']);
  });

  it('to see a kind, while it may be written, is a lesser word: the instance serves', async () => {
    const world = await World.start((api) => {
      create(api);
      api.fail(forbidden, ({ method, path }) => method === 'GET' && path.endsWith('/ingresses'));
    });
    await world.live();
    expect(world.condition('Ready')).toBe('True ReconcileSucceededDegraded');
    const { message } = world.instance.status?.conditions?.find(({ type }) => type === 'Ready') ?? {};
    expect(message).toContain('the controller may not list ingresses.networking.k8s.io: give it the rights that --print-rbac prints');
    world.api.heal();
    await world.clock.advance(30_000);
    await world.settle();
    expect(world.condition('Ready')).toBe('True ReconcileSucceeded');
  });

  it('to see what decides about an instance touches nothing, says so, and is mended by the right alone', async () => {
    const world = await World.start((api) => {
      create(api);
      api.fail(forbidden, ({ method, path }) => method === 'GET' && path.endsWith('/openclawclusterdefaults'));
    });
    expect(world.api.names()).toEqual(['OpenClawInstance alice']);
    expect(world.condition('Ready')).toBe('False MissingRights');
    expect(world.instance.status?.observedGeneration).toBe(1);
    world.api.heal();
    await world.clock.advance(30_000);
    await world.settle();
    expect(world.api.names()).toEqual(expectedNames(world.api, cluster));
  });

  it('to see instances is alive, not ready, and gets ready by the right alone', async () => {
    const world = await World.start(lacks('openclawinstances'));
    await world.clock.advance(9 * 60_000);
    expect(world.controller.waitsFor).toHaveLength(1);
    expect(world.controller.missingRights).toEqual(['list openclawinstances.openclaw.rocks']);
    world.api.heal();
    await world.clock.advance(30_000);
    await world.settle();
    expect(world.controller.waitsFor).toEqual([]);
    expect(world.api.names()).toEqual(expectedNames(world.api, cluster));
  });
});
