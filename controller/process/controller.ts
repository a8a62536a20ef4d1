import { type Part, parts as registeredParts } from '../../constructs';
import type { ApiPort } from '../api/port';
import { ApplySink } from '../carry-out/apply-sink';
import { Caches } from '../observe/caches';
import { Executor } from '../carry-out/carry-out';
import type { Clock } from '../../gitops/git/clock';
import type { GitDelivery } from '../decide/git-delivery';
import type { StateMachine } from '../lifecycle/machine';
import { KindTable, kindsOf } from '../objects/kinds';
import type { Log } from '../objects/log';
import { type InstanceKey, keyText, parseKey } from '../objects/objects';
import { Observer } from '../observe/observe';
import type { Delivery } from '../observe/observed';
import { Reconciler } from './reconciler';
import { Reporter } from '../status/report';
import { SecretFacts, readHashKey } from '../observe/secret-facts';
import { WorkQueue } from './work-queue';

export interface ControllerOptions {
  readonly api: ApiPort;
  readonly clock: Clock;
  readonly log: Log;
  /** The namespace of the controller itself; it keeps the key of its hashes there. */
  readonly namespace: string;
  /** What instances without an annotation get. */
  readonly delivery: Delivery;
  /** Passes at the same time. */
  readonly concurrency: number;
  /** What instances are made of. @default - all registered parts */
  readonly parts?: readonly Part[] | undefined;
  /** What goes on in instances over several passes. @default - all registered state machines */
  readonly machines?: readonly StateMachine[] | undefined;
  /** Builds the Git delivery, once the caches are filled. @default - Git mode is not set up */
  readonly git?: ((context: GitContext) => Promise<RunningGitDelivery>) | undefined;
}

/** What a Git delivery is built from. */
export interface GitContext {
  readonly api: ApiPort;
  readonly caches: Caches;
  readonly kinds: KindTable;
  readonly clock: Clock;
  readonly log: Log;
  /** The controller's own namespace. */
  readonly namespace: string;
  /** Asks for a pass of an instance (`namespace/name`). */
  readonly wake: (key: string) => void;
}

/** A Git delivery and its life. */
export interface RunningGitDelivery extends GitDelivery {
  start(): Promise<void>;
  /** Publishes what waits now; resolves when every wish has been answered, with whether there was one. */
  idle(): Promise<boolean>;
  stop(): Promise<void>;
}

/** No watch was silent for longer than this while the server is well: bookmarks come about once a minute. */
const SILENCE_MS = 5 * 60_000;

/** One loop over all instances: changes wake keys, keys get passes. */
export class Controller {
  private readonly queue: WorkQueue;
  private readonly caches: Caches;
  private readonly parts: readonly Part[];
  private readonly kinds: KindTable;
  private reconciler: Reconciler | undefined;
  private git: RunningGitDelivery | undefined;
  private ready = false;
  private readonly failed = new Set<string>();

  public constructor(private readonly options: ControllerOptions) {
    const { api, clock, log, concurrency, parts = registeredParts } = options;
    this.parts = parts;
    this.kinds = new KindTable(kindsOf(parts));
    this.queue = new WorkQueue(
      (key) => this.pass(key),
      clock,
      { concurrency },
      (key, error) => {
        this.failed.add(key);
        log.error('pass failed', { instance: key, error: textOf(error) });
      },
    );
    const onError = (error: unknown, waitMs: number): void => log.error('watch failed', { error: textOf(error), waitMs });
    const wake = (key: InstanceKey): void => {
      if (this.ready) this.queue.add(keyText(key));
    };
    this.caches = new Caches(api, clock, onError, wake, this.kinds.emitted);
  }

  /** Fills the caches, then begins. Resolves when every instance has been queued once. */
  public async start(): Promise<void> {
    const { api, clock, log, namespace, delivery } = this.options;
    const hashKey = await readHashKey(api, namespace);
    await this.caches.start();
    this.git = await this.options.git?.({
      api,
      caches: this.caches,
      kinds: this.kinds,
      clock,
      log,
      namespace,
      wake: (key) => this.queue.add(key),
    });
    const observer = new Observer(api, this.caches, new SecretFacts(api, hashKey), delivery, this.parts);
    const executor = new Executor(api, new ApplySink(api, this.caches, this.kinds), this.git, this.kinds);
    this.reconciler = new Reconciler({
      observer,
      executor,
      reporter: new Reporter(api, clock, (instance, { type, reason, message }) => log.info(message, { instance, type, reason })),
      clock,
      log,
      machines: this.options.machines,
      onPass: ({ key, ok }) => (ok ? this.failed.delete(keyText(key)) : this.failed.add(keyText(key))),
    });
    this.ready = true;
    await this.git?.start();
    for (const { metadata } of this.caches.instances.list()) this.queue.add(keyText(metadata));
    log.info('started', { instances: this.caches.instances.size, delivery });
  }

  /** Resolves when nothing waits and nothing runs. Commits may still be gathered. */
  public async idle(): Promise<void> {
    await this.queue.idle();
  }

  /** Resolves when everything is delivered that can be: passes wish for commits, and commits wake passes. */
  public async settled(): Promise<void> {
    do await this.queue.idle();
    while (await this.git?.idle());
  }

  /** Takes no more work, lets running passes end, and stops the watches. */
  public async stop(): Promise<void> {
    await this.queue.stop();
    await this.git?.stop();
    await this.caches.stop();
  }

  /** Asks for a pass of every instance. */
  public wakeAll(): void {
    for (const { metadata } of this.caches.instances.list()) this.queue.add(keyText(metadata));
  }

  public get isReady(): boolean {
    return this.ready;
  }

  public get isAlive(): boolean {
    return !this.ready || this.caches.oldestEventAge < SILENCE_MS;
  }

  /** Instances whose last pass had an error, as `namespace/name`. */
  public get failing(): readonly string[] {
    return [...this.failed].toSorted();
  }

  private async pass(key: string) {
    if (this.reconciler === undefined) return {};
    const requeue = await this.reconciler.reconcile(key);
    // What went wrong with an instance is forgotten with it.
    const { namespace, name } = parseKey(key);
    if (this.caches.instances.get(namespace, name) === undefined) this.failed.delete(key);
    return requeue;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
