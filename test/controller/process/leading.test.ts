import { once } from 'node:events';
import { Controller } from '../../../controller/process/controller';
import type { GitFactory, RunningGitDelivery } from '../../../controller/process/git-factory';
import type { Loop } from '../../../controller/process/loop';
import { ApiError } from '../../../controller/api/errors';
import { isReadOnly } from '../../../controller/api/port';
import type { Modifier } from '../../builders';
import { settle } from '../api/fake-clock';
import { OWN_NAMESPACE, World, create, stopAll } from '../world';

afterEach(stopAll);

/** A loop that notes what is asked of it. */
class ScratchLoop implements Loop {
  public readonly name = 'scratch';
  public readonly calls: string[] = [];
  public waitsFor: string | undefined = 'its start';
  public isAlive = true;
  public failing: string[] = [];
  public missingRights: string[] = [];
  /** What `lead` waits for. */
  public gate: Promise<void> = Promise.resolve();

  public async start(): Promise<void> {
    this.calls.push('start');
    this.waitsFor = undefined;
  }

  public async lead(): Promise<void> {
    this.calls.push('lead');
    await this.gate;
    this.calls.push('leads');
  }

  public async rest(): Promise<void> {
    this.calls.push('rest');
  }

  public async stop(): Promise<void> {
    this.calls.push('stop');
  }

  public async settled(): Promise<void> {
    this.calls.push('settled');
  }
}

function named(name: string): Modifier {
  return (written) => ({ ...written, metadata: { ...written.metadata, name } });
}

describe('a follower', () => {
  it('is ready, makes no pass and writes nothing, however much changes', async () => {
    const world = await World.follow();
    create(world.api, named('bob'));
    world.api.edit('OpenClawInstance', 'alice', { spec: { chromium: { enabled: true } } });
    // Less than makes one doubt that a server lives that sends no bookmarks.
    await world.clock.advance(4 * 60_000);
    expect([world.controller.waitsFor, world.controller.isAlive]).toEqual([[], true]);
    expect(world.api.requests.filter((request) => !isReadOnly(request))).toEqual([]);
    expect(world.api.reads).toEqual([]);
  });

  it('leads from warm caches: without a list, with the changes that it saw while it followed', async () => {
    const world = await World.follow();
    create(world.api, named('bob'));
    await settle();
    world.api.forgetRequests();
    await world.lead();
    const lists = world.api.requests.filter(({ method, path }) => method === 'GET' && !/\/[^/]*(?:alice|bob|hash-key)[^/]*$/.test(path));
    expect(lists).toEqual([]);
    expect(world.api.names().filter((name) => name.startsWith('StatefulSet '))).toEqual(['StatefulSet alice', 'StatefulSet bob']);
  });
});

describe('a controller that rests', () => {
  it('begins no pass, and does after it leads again only what is left to do', async () => {
    const world = await World.start();
    await world.live();
    await world.controller.rest();
    world.api.forgetRequests();
    await world.api.remove('Service', 'alice');
    await world.clock.advance(30 * 60_000);
    expect(world.api.writes).toEqual([]);
    await world.lead();
    const changes = world.api.writes.filter((write) => !write.endsWith('/events'));
    expect(changes).toEqual(['PATCH /api/v1/namespaces/team-a/services/alice']);
  });

  it('C40 ends a pass that is under way at its next write', async () => {
    const world = await World.follow();
    world.fence.renew(Infinity);
    await world.controller.lead();
    // The pass has begun: its first writes are out, and it waits for an answer.
    while (world.api.writes.filter((write) => write.includes('/team-a/')).length < 2) await new Promise((resolve) => setImmediate(resolve));
    const begun = world.api.writes.length;
    await world.controller.rest();
    expect(world.api.writes).toHaveLength(begun);
    expect(world.api.find('StatefulSet', 'alice')).toBeUndefined();
    expect(world.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(world.lines.map(({ message }) => message)).toContain('pass given up: this process may not write now');
    await world.lead();
    expect(world.api.find('StatefulSet', 'alice')).toBeDefined();
    expect(world.controller.failing).toEqual([]);
  });

  it('C40 makes no write after a pause that was longer than its lease, though nobody told it to rest', async () => {
    const world = await World.start();
    await world.live();
    world.fence.renew(world.clock.monotonic() + 15_000);
    world.clock.setBack(3_600_000);
    await world.clock.advance(20_000);
    world.api.forgetRequests();
    await world.api.remove('Service', 'alice');
    await world.settle();
    expect(world.api.writes).toEqual([]);
    // The lease was there all the while: it leads on.
    world.fence.renew(Infinity);
    await world.clock.advance(2000);
    await world.settle();
    expect(world.api.writes).toEqual(['PATCH /api/v1/namespaces/team-a/services/alice']);
  });

  it('gives its Git delivery up with the term, and builds another one for the next', async () => {
    const lives: string[] = [];
    const git: GitFactory = async ({ fence }) => {
      const life = lives.push(`built, may write: ${fence.mayWrite()}`);
      const note = (what: string) => async (): Promise<void> => void lives.push(`${what} ${life}`);
      const delivery: Partial<RunningGitDelivery> = {
        start: note('start'),
        stop: note('stop'),
        idle: async () => false,
        forget: () => undefined,
      };
      return delivery as RunningGitDelivery;
    };
    const world = await World.start((api) => create(api), { git });
    await world.controller.rest();
    await world.lead();
    await world.controller.stop();
    expect(lives).toEqual(['built, may write: true', 'start 1', 'stop 1', 'built, may write: true', 'start 4', 'stop 4']);
  });

  it('forgets whose passes failed, together with the term', async () => {
    const world = await World.start();
    world.api.fail(new TypeError('a mistake of ours'), ({ path }) => path.endsWith('/services/alice'));
    await world.api.remove('Service', 'alice');
    await world.settle();
    expect(world.controller.failing).toEqual(['team-a/alice']);
    await world.controller.rest();
    expect(world.controller.failing).toEqual([]);
  });
});

it('C9 the key of the hashes is made again as it was when somebody removes it, also by who leads once more', async () => {
  const name = 'openclaw-controller-hash-key';
  const world = await World.start((api) => create(api));
  const before = world.api.get('Secret', name, OWN_NAMESPACE)['data'];
  const {
    metadata: { uid },
    spec,
  } = world.api.get('StatefulSet', 'alice');
  await world.api.remove('Secret', name, OWN_NAMESPACE);
  await world.settle();
  expect(world.api.get('Secret', name, OWN_NAMESPACE)['data']).toEqual(before);
  expect(world.lines.at(-1)).toMatchObject({ level: 'info', secret: `${OWN_NAMESPACE}/${name}` });
  await world.controller.rest();
  await world.api.remove('Secret', name, OWN_NAMESPACE);
  await world.settle();
  expect(world.api.find('Secret', name, OWN_NAMESPACE)).toBeUndefined();
  await world.lead();
  await world.settle();
  expect(world.api.get('Secret', name, OWN_NAMESPACE)['data']).toEqual(before);
  expect(world.api.get('StatefulSet', 'alice')).toMatchObject({ metadata: { uid }, spec });
});

const isKey = ({ method, path }: { method: string; path: string }): boolean =>
  method === 'POST' && path.endsWith(`/${OWN_NAMESPACE}/secrets`);

it('C9 the key is made again as soon as that can be done, /readyz tells of it meanwhile, and the log once', async () => {
  const name = 'openclaw-controller-hash-key';
  const world = await World.start((api) => create(api));
  const before = world.api.get('Secret', name, OWN_NAMESPACE)['data'];
  world.api.fail(new ApiError('not now', 500, 'InternalError'), isKey);
  await world.api.remove('Secret', name, OWN_NAMESPACE);
  await world.clock.advance(5 * 60_000);
  expect(world.controller.warnings).toEqual([expect.stringMatching(/^Secret .*hash-key cannot be made again yet: restart no controller /)]);
  expect(world.controller.waitsFor).toEqual([]);
  expect(world.lines.filter(({ message }) => String(message).endsWith('could not be made again yet'))).toHaveLength(1);
  world.api.heal();
  await world.clock.advance(60_000);
  expect(world.api.get('Secret', name, OWN_NAMESPACE)['data']).toEqual(before);
  expect(world.controller.warnings).toEqual([]);
});

it('C9 whoever leads no more makes no key', async () => {
  const name = 'openclaw-controller-hash-key';
  const world = await World.start((api) => create(api));
  world.api.fail(new ApiError('not now', 500, 'InternalError'), ({ method, path }) => method === 'POST' && path.endsWith('/secrets'));
  await world.api.remove('Secret', name, OWN_NAMESPACE);
  await world.settle();
  await world.controller.rest();
  world.api.heal();
  await world.clock.advance(5 * 60_000);
  expect([world.api.find('Secret', name, OWN_NAMESPACE), world.controller.warnings]).toEqual([undefined, []]);
});

describe('several loops', () => {
  it('start, lead, rest and stop together', async () => {
    const scratch = new ScratchLoop();
    const world = await World.start((api) => create(api), {}, [scratch]);
    await world.controller.settled();
    await world.controller.rest();
    await world.controller.rest();
    await world.lead();
    await world.controller.lead();
    await world.controller.stop();
    expect(scratch.calls).toEqual(['start', 'lead', 'leads', 'settled', 'rest', 'lead', 'leads', 'stop']);
  });

  it('are ready when all are, alive while all are, and tell of all that fails', async () => {
    const scratch = new ScratchLoop();
    const world = await World.start((api) => create(api), {}, [scratch]);
    scratch.waitsFor = 'the moon';
    scratch.isAlive = false;
    scratch.failing = ['x'];
    scratch.missingRights = ['list x', 'list x'];
    const { waitsFor, isAlive, failing, missingRights } = world.controller;
    expect({ waitsFor, isAlive, failing, missingRights }).toEqual({
      waitsFor: ['scratch: the moon'],
      isAlive: false,
      failing: ['x'],
      missingRights: ['list x'],
    });
  });

  it('a lease that is lost while they begin to lead closes the fence at once, and rest comes after', async () => {
    const scratch = new ScratchLoop();
    const gate = new AbortController();
    scratch.gate = once(gate.signal, 'abort').then(() => undefined);
    const closed: string[] = [];
    const log = { info: () => undefined, error: () => undefined };
    const controller = new Controller({ loops: [scratch], fence: { close: () => closed.push('closed') }, log });
    const leading = controller.lead();
    await settle();
    const resting = controller.rest();
    expect([closed, scratch.calls]).toEqual([['closed'], ['lead']]);
    gate.abort();
    await Promise.all([leading, resting]);
    expect(scratch.calls).toEqual(['lead', 'leads', 'rest']);
  });

  it('rest also where one of them could not lead', async () => {
    const scratch = new ScratchLoop();
    scratch.gate = Promise.reject(new Error('no'));
    const log = { info: () => undefined, error: () => undefined };
    const controller = new Controller({ loops: [scratch], fence: { close: () => undefined }, log });
    await expect(controller.lead()).rejects.toThrow('no');
    await controller.rest();
    expect(scratch.calls).toEqual(['lead', 'rest']);
  });
});

describe('T-T3 a pass that throws', () => {
  it('stops no other instance, is told where it happened, and tried again', async () => {
    const world = await World.start((api) => {
      create(api);
      create(api, named('bob'));
      api.fail(new RangeError('Maximum call stack size exceeded'), ({ path }) => path.includes('/services/alice'));
    });
    expect(world.condition('Ready')).toBe('False InternalError');
    expect(world.instance.status).toMatchObject({ phase: 'Failed', observedGeneration: 1 });
    expect(world.api.find('StatefulSet', 'bob')).toBeDefined();
    expect(world.controller.failing).toEqual(['team-a/alice']);
    world.api.heal();
    await world.clock.advance(5000);
    await world.settle();
    await world.live();
    expect(world.condition('Ready')).toBe('True ReconcileSucceeded');
  });

  it('events that may not be written fail no pass', async () => {
    const world = await World.start((api) => {
      create(api);
      api.fail(
        new ApiError('may not create events', 403, 'Forbidden'),
        ({ method, path }) => method === 'POST' && path.endsWith('/events'),
      );
    });
    expect(world.condition('StatefulSetReady')).toBe('False StatefulSetNotReady');
    expect([world.controller.failing, world.lines.filter(({ level }) => level === 'error')]).toEqual([[], []]);
  });
});
