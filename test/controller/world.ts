import { resolve } from '../../constructs';
import { Caches } from '../../controller/observe/caches';
import { LeaseFence } from '../../gitops/git/fence';
import { Controller } from '../../controller/process/controller';
import { InstanceLoop, type InstanceLoopOptions } from '../../controller/process/instance-loop';
import type { Loop } from '../../controller/process/loop';
import { type Kind, kindsOf } from '../../controller/objects/kinds';
import { createLog } from '../../controller/objects/log';
import type { Scope } from '../../controller/objects/scope';
import { type InstanceKey, type KubeObject, type LiveInstance, keyText } from '../../controller/objects/objects';
import { type Modifier, anInstance } from '../builders';
import { FakeClock, settle } from './api/fake-clock';
import { FakeApi } from './fake-api';
import { FINALIZER } from './observed';

export const OWN_NAMESPACE = 'openclaw-system';

/** A server with the namespaces that are always there. */
export function aServer(clock = new FakeClock(), more: readonly Kind[] = []): FakeApi {
  const api = new FakeApi(clock, more);
  for (const name of ['kube-system', OWN_NAMESPACE, 'team-a']) {
    api.seed({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid: `uid-${name}` } });
  }
  return api;
}

/** Makes an instance as a user does. */
export function create(api: FakeApi, ...modifiers: readonly Modifier[]): LiveInstance {
  return api.seed(anInstance(...modifiers) as KubeObject) as LiveInstance;
}

/** An instance that has been looked at before: it has the finalizer. */
export function createKnown(api: FakeApi, ...modifiers: readonly Modifier[]): LiveInstance {
  const written = anInstance(...modifiers);
  return api.seed({ ...written, metadata: { ...written.metadata, finalizers: [FINALIZER] } }) as LiveInstance;
}

/** Caches of a server, filled once, and the keys that they wake from then on. */
export interface Filled {
  readonly caches: Caches;
  readonly woken: string[];
  /** Of those that were woken by the instance itself, whether somebody asks for a pass. */
  readonly asked: boolean[];
  /** Lets what has happened reach the caches. */
  caughtUp(): Promise<void>;
}

const running: { stop(): Promise<void> }[] = [];

/** For `afterEach`: ends all watches. */
export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((one) => one.stop()));
}

function rethrow(error: unknown): never {
  throw error;
}

export async function fillCaches(api: FakeApi, clock = new FakeClock(), scope: Scope = {}): Promise<Filled> {
  const woken: string[] = [];
  const asked: boolean[] = [];
  const caches = new Caches({
    ownNamespace: OWN_NAMESPACE,
    scope,
    api,
    clock,
    onError: rethrow,
    onRight: () => undefined,
    wake: (key: InstanceKey, isAsked?: boolean) => {
      woken.push(keyText(key));
      if (isAsked !== undefined) asked.push(isAsked);
    },
  });
  running.push(caches);
  await caches.start();
  woken.length = 0;
  asked.length = 0;
  return { caches, woken, asked, caughtUp: settle };
}

/** A controller with its server and its clock. */
export class World {
  public readonly lines: Record<string, unknown>[] = [];
  public readonly fence: LeaseFence;
  public readonly loop: InstanceLoop;
  public readonly controller: Controller;

  private constructor(
    public readonly api: FakeApi,
    public readonly clock: FakeClock,
    options: Partial<InstanceLoopOptions>,
    others: readonly Loop[],
  ) {
    const log = createLog(
      (line) => this.lines.push(JSON.parse(line) as Record<string, unknown>),
      () => clock.now(),
    );
    this.fence = new LeaseFence(clock);
    for (const server of [api, options.api]) if (server instanceof FakeApi) server.fence = this.fence;
    const settings = { namespace: OWN_NAMESPACE, delivery: 'apply', concurrency: 4 } as const;
    this.loop = new InstanceLoop({ api, fence: this.fence, clock, log, ...settings, ...options });
    this.controller = new Controller({ loops: [this.loop, ...others], fence: this.fence, log });
    running.push(this.controller);
  }

  /**
   * A controller that leads.
   *
   * @param prepare what is in the cluster before it starts
   */
  public static async start(
    prepare: (api: FakeApi) => unknown = (api) => create(api),
    options: Partial<InstanceLoopOptions> = {},
    others: readonly Loop[] = [],
  ): Promise<World> {
    const world = await World.follow(prepare, options, others);
    await world.lead();
    return world;
  }

  /** A controller that does not lead yet. */
  public static async follow(
    prepare: (api: FakeApi) => unknown = (api) => create(api),
    options: Partial<InstanceLoopOptions> = {},
    others: readonly Loop[] = [],
  ): Promise<World> {
    const clock = new FakeClock();
    clock.chance = 0.5;
    const api = aServer(clock, kindsOf(options.parts ?? []));
    prepare(api);
    const world = new World(api, clock, options, others);
    await world.controller.start();
    return world;
  }

  /** Another controller on the same cluster, after the first one has died: it knows nothing of it. */
  public static async after({ api, clock, controller }: World, options: Partial<InstanceLoopOptions> = {}): Promise<World> {
    await controller.stop();
    api.heal();
    const world = new World(api, clock, options, []);
    await world.controller.start();
    await world.lead();
    return world;
  }

  /** Takes the lead for good, or until `rest`. */
  public async lead(): Promise<void> {
    this.fence.renew(Infinity);
    await this.controller.lead();
    await this.settle();
  }

  /** Until nothing runs and everything that happened is known. */
  public async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3;) {
      const before = this.api.requests.length;
      await this.loop.idle();
      await settle();
      quiet = this.api.requests.length === before ? quiet + 1 : 0;
    }
  }

  /** A pass of every instance. */
  public async passAll(): Promise<void> {
    this.loop.wakeAll();
    await this.settle();
  }

  public get instance(): LiveInstance {
    return this.api.get('OpenClawInstance', 'alice') as LiveInstance;
  }

  /** `Status Reason` of a condition. */
  public condition(type: string): string | undefined {
    const found = this.instance.status?.conditions?.find((one) => one.type === type);
    return found && `${found.status} ${found.reason}`;
  }

  /** What the cluster's own controllers do: claims are bound and pods become ready. */
  public async live(): Promise<void> {
    for (const name of this.api.names().filter((one) => one.startsWith('PersistentVolumeClaim '))) {
      this.api.edit('PersistentVolumeClaim', name.split(' ')[1] ?? '', { status: { phase: 'Bound' } }, 'binder');
    }
    const { generation = 1 } = this.api.get('StatefulSet', 'alice').metadata;
    const status = { observedGeneration: generation, replicas: 1, readyReplicas: 1, updatedReplicas: 1 };
    this.api.edit('StatefulSet', 'alice', { status }, 'statefulset-controller');
    await this.settle();
  }
}

/** The names that an instance has in the cluster once it is delivered, with its generated Secrets: `Kind name`, sorted. */
export function expectedNames(api: FakeApi, render: (instance: LiveInstance) => readonly KubeObject[]): string[] {
  const instance = api.get('OpenClawInstance', 'alice') as LiveInstance;
  const resolution = resolve(instance);
  const made = resolution.ok ? resolution.references.filter(({ generate }) => generate).map(({ name }) => `Secret ${name}`) : [];
  const objects = render(instance).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  return [...objects, ...made, 'OpenClawInstance alice'].toSorted();
}
