import { type FactReader, type Part, parts as registeredParts } from '../../constructs';
import type { Clock } from '../../gitops/git/clock';
import type { Fence } from '../../gitops/git/fence';
import { isNoMatch } from '../api/errors';
import type { ApiPort } from '../api/port';
import { ApplySink } from '../carry-out/apply-sink';
import { Executor } from '../carry-out/carry-out';
import { KeptRights } from '../carry-out/kept-rights';
import type { StateMachine } from '../lifecycle/machine';
import type { Log } from '../objects/log';
import type { Meter } from '../objects/meter';
import { KindTable, kindsOf } from '../objects/kinds';
import { type InstanceKey, type LiveInstance, isWaitedFor, keyText } from '../objects/objects';
import type { Scope } from '../objects/scope';
import { Caches } from '../observe/caches';
import { missingRightsText } from '../observe/missing-rights';
import { ClusterFacts } from '../observe/cluster-facts';
import { ReleaseSource, type TagLister } from '../observe/releases/release-source';
import { type PackSourceOptions, PackSource, packId } from '../observe/packs/pack-source';
import { Observer } from '../observe/observe';
import type { Delivery } from '../observe/observed';
import { KEY_SECRET, SecretFacts, readHashKey } from '../observe/secret-facts';
import { Reporter } from '../status/report';
import type { GitFactory } from './git-factory';
import type { Loop } from './loop';
import { imageOf, workloadRef } from '../objects/workload-image';
import type { ProcessState } from './metrics/state-metrics';
import { errorText } from './pass-failure';
import { Reconciler } from './reconciler';
import { Term } from './term';
import type { Urgency } from './work-queue';

export interface InstanceLoopOptions {
  /** Asks the fence at each write. */
  readonly api: ApiPort;
  /** For writers beside the API: the Git delivery. */
  readonly fence: Fence;
  readonly clock: Clock;
  readonly log: Log;
  /** The namespace of the controller itself; it keeps the key of its hashes there. */
  readonly namespace: string;
  /** For which instances it cares. @default - all of the cluster */
  readonly scope?: Scope | undefined;
  /** What instances without an annotation get. */
  readonly delivery: Delivery;
  /** Passes at the same time. */
  readonly concurrency: number;
  /** What instances are made of. @default - all registered parts */
  readonly parts?: readonly Part[] | undefined;
  /** What goes on in instances over several passes. @default - all registered state machines */
  readonly machines?: readonly StateMachine[] | undefined;
  /** @default - nothing is measured */
  readonly meter?: Meter | undefined;
  /** Where skill packs come from. @default - GitHub, without a token */
  readonly github?: Pick<PackSourceOptions, 'url' | 'token'> | undefined;
  /** How registries of images are asked. @default - by TLS */
  readonly registry?: TagLister | undefined;
  /** @default - Git mode is not set up */
  readonly git?: GitFactory | undefined;
}

/** A ConfigMap may hold a megabyte; and an API server waits for its webhook five seconds at most. */
const LIMITS_OF_OTHERS = { mostMaps: 32, packPatienceMs: 1000 };

/** No watch was silent for longer than this while the server is well: bookmarks come about once a minute. */
const SILENCE_MS = 5 * 60_000;

/** Our own kinds are the only ones that a cluster may lack and that are waited for. */
function watchFailure(error: unknown): string {
  if (!isNoMatch(error)) return 'watch failed';
  return 'watch failed: the CRDs are not installed; apply what openclaw-cdk8s install prints, and the controller goes on by itself';
}

/** How long an answer of the server may take before a watch tells of its trouble again. */
const ANSWER_MS = 60_000;

/** Between two tries to make the key of the hashes again. */
const KEY_RETRY_MS = { first: 1000, most: 60_000 };

const KEY_REMEDY = 'restart no controller before it is there again: a new key restarts every pod';

function urgencyOf(isAsked: boolean): Urgency {
  return isAsked ? 'asked' : 'look';
}

/** The care for all instances: changes wake keys, keys get passes. */
export class InstanceLoop implements Loop {
  public readonly name = 'instances';
  private readonly caches: Caches;
  private readonly parts: readonly Part[];
  private readonly kinds: KindTable;
  private readonly packs: PackSource;
  private readonly releases: ReleaseSource;
  /** What was sent is compared with what is there before it counts, so it may outlive a term. */
  private readonly sink: ApplySink;
  private readonly reporter: Reporter;
  private readonly rights: KeptRights;
  private isFilled = false;
  /** What went wrong last while the caches were filled. */
  private trouble: { readonly text: string; readonly until: number } | undefined;
  private term: Term | undefined;
  /** As it was last read. */
  private hashKey: Buffer | undefined;
  /** Its Secret was removed, and is being made again. */
  private keepsKey: Promise<void> | undefined;
  private isKeyMissing = false;

  public constructor(private readonly options: InstanceLoopOptions) {
    const { api, clock, log, namespace, scope, parts = registeredParts } = options;
    this.parts = parts;
    this.kinds = new KindTable(kindsOf(parts));
    this.caches = new Caches({
      api,
      clock,
      ownNamespace: namespace,
      scope,
      onError: (error, waitMs) => {
        // Each is tried again, and tells of itself again.
        this.trouble = { text: `${watchFailure(error)} (${errorText(error)})`, until: clock.monotonic() + waitMs + ANSWER_MS };
        log.error(watchFailure(error), { error: errorText(error), waitMs: Math.round(waitMs) });
      },
      onRight: (right, isMissing) => {
        if (isMissing) log.error(missingRightsText([right]));
        else log.info('a right that was missing is there', { right });
      },
      wake: (key, isAsked) => this.term?.wake(keyText(key), isAsked === undefined ? undefined : urgencyOf(isAsked)),
      emitted: this.kinds.emitted,
    });
    this.packs = new PackSource({
      ...this.options.github,
      now: () => clock.monotonic(),
      onChange: (name) => this.caches.wakeUsersOf(packId(name)),
    });
    this.releases = new ReleaseSource({ api, clock, registry: this.options.registry, onChange: (id) => this.caches.wakeUsersOf(id) });
    this.sink = new ApplySink(api, this.caches, this.kinds);
    this.rights = new KeptRights(api, { ownNamespace: namespace, scope: scope ?? {} });
    this.onGone(({ namespace: of }) => void this.releaseRights(of));
    this.caches.onSecretGone((gone) => {
      if (gone.name === KEY_SECRET && gone.namespace === namespace) this.keepHashKey();
    });
    this.reporter = new Reporter(api, clock, (instance, { type, reason, message }) => log.info(message, { instance, type, reason }));
  }

  public async start(): Promise<void> {
    const { log, delivery } = this.options;
    await this.caches.start();
    this.isFilled = true;
    log.info('started', { instances: this.caches.instances.size, delivery });
  }

  public async lead(): Promise<void> {
    const { api, fence, clock, log, namespace, scope, delivery, concurrency, meter, git: makeGit } = this.options;
    // Read anew in each term: whoever led in between may have made it.
    const hashKey = await readHashKey(api, namespace, this.hashKey);
    this.hashKey = hashKey;
    const term = new Term({
      clock,
      log,
      concurrency,
      meter,
      isThere: ({ namespace: of, name }) => this.caches.instances.get(of, name) !== undefined,
    });
    const { caches, kinds, parts } = this;
    const git = await makeGit?.({ api, fence, caches, kinds, clock, log, namespace, scope, meter, wake: (key) => term.wake(key) });
    const reconciler = new Reconciler({
      observer: new Observer(caches, new ClusterFacts(api, caches, namespace, this.packs), new SecretFacts(api, hashKey), delivery, parts, {
        clock,
        meter,
        source: this.releases,
      }),
      executor: new Executor(api, this.sink, git, kinds, this.rights),
      reporter: this.reporter,
      clock,
      log,
      machines: this.options.machines,
      meter,
      onPass: (result) => term.note(result),
    });
    this.term = term;
    // Instances of before may have a finalizer already, or the last one may have gone while nobody led.
    for (const of of scope?.namespaces ?? []) await this.keepRights(of);
    await term.begin(reconciler, git);
    this.wakeAll();
  }

  public async rest(): Promise<void> {
    const { term } = this;
    this.term = undefined;
    await term?.end();
  }

  public async stop(): Promise<void> {
    await this.rest();
    await this.caches.stop();
  }

  /** Passes wish for commits, and commits wake passes. */
  public async settled(): Promise<void> {
    await this.term?.settled();
  }

  /** Looks facts up for others, from the caches of this loop. */
  public get facts(): FactReader {
    return new ClusterFacts(this.options.api, this.caches, this.options.namespace, this.packs, LIMITS_OF_OTHERS);
  }

  /** An instance as it was last seen. */
  public find({ namespace, name }: InstanceKey): LiveInstance | undefined {
    return this.caches.instances.get(namespace, name);
  }

  /** Resolves when nothing waits and nothing runs. Commits may still be gathered. */
  public async idle(): Promise<void> {
    await this.term?.idle();
  }

  /** Whoever leads next would make another one, and with it every pod anew: it is tried until the key is there, or the term ends. */
  private keepHashKey(): void {
    const { term } = this;
    if (term === undefined) return;
    this.keepsKey ??= this.makeKeyAgain(term).finally(() => {
      this.keepsKey = undefined;
    });
  }

  private async makeKeyAgain(term: Term): Promise<void> {
    const { clock } = this.options;
    for (let waitMs = KEY_RETRY_MS.first; this.term === term; waitMs = Math.min(2 * waitMs, KEY_RETRY_MS.most)) {
      if (await this.triesKey()) return;
      // Rejects at the end of the term.
      await clock.sleep(waitMs, term.ended).catch(() => undefined);
    }
    // Whoever leads next makes it again first.
    this.isKeyMissing = false;
  }

  /** Each trouble is told once: it may last for hours, and /readyz tells it. */
  private async triesKey(): Promise<boolean> {
    const { api, namespace, log } = this.options;
    const secret = `${namespace}/${KEY_SECRET}`;
    try {
      await readHashKey(api, namespace, this.hashKey);
      log.info('a Secret of the controller was removed, and is made again as it was', { secret });
      this.isKeyMissing = false;
      return true;
    } catch (error) {
      const fields = { secret, remedy: KEY_REMEDY, error: errorText(error) };
      if (!this.isKeyMissing) log.error('a Secret of the controller was removed, and could not be made again yet', fields);
      this.isKeyMissing = true;
      return false;
    }
  }

  /** What is to be known before this process ends, though it does its work. */
  public get warnings(): readonly string[] {
    return this.isKeyMissing ? [`Secret ${this.options.namespace}/${KEY_SECRET} cannot be made again yet: ${KEY_REMEDY}`] : [];
  }

  /** What fails is tried again when the next instance comes or goes, and in the next term. */
  private async keepRights(namespace: string): Promise<void> {
    try {
      if (this.caches.instances.list(namespace).length > 0) await this.rights.keep(namespace);
      else await this.rights.release(namespace);
    } catch (error) {
      this.options.log.error('the rights in a namespace could not be kept, or let go', { namespace, error: errorText(error) });
    }
  }

  /** Only who leads writes, and only where no instance is left. */
  private async releaseRights(namespace: string): Promise<void> {
    if (this.term === undefined || this.caches.instances.list(namespace).length > 0) return;
    await this.keepRights(namespace);
  }

  /** Has the delivery look at its remote soon. @returns whether this process works, and so does that */
  public hurry(): boolean {
    this.term?.hurry();
    return this.term !== undefined;
  }

  /** Asks for a pass of every instance. */
  public wakeAll(): void {
    for (const instance of this.caches.instances.list()) this.term?.wake(keyText(instance.metadata), urgencyOf(isWaitedFor(instance)));
  }

  /** Which instances there are is the one thing that cannot be done without. */
  public get waitsFor(): string | undefined {
    if (!this.isFilled) return this.currentTrouble ?? 'everything is listed for the first time';
    return this.caches.knowsInstances ? undefined : 'instances may not be listed';
  }

  /** A cause that is over is not told. */
  private get currentTrouble(): string | undefined {
    const { trouble } = this;
    return trouble && this.options.clock.monotonic() < trouble.until ? trouble.text : undefined;
  }

  public get isAlive(): boolean {
    return !this.isFilled || this.caches.oldestEventAge < SILENCE_MS;
  }

  /** What can be told of it at any time. */
  public get state(): ProcessState {
    const { caches, term } = this;
    return {
      leads: term !== undefined,
      isReady: this.waitsFor === undefined,
      instances: caches.instances.list(),
      watches: caches.copies,
      queueDepth: term?.depth ?? 0,
      imageOf: ({ metadata: { namespace, name } }) => imageOf(caches.ownedObject(workloadRef(namespace, name))),
    };
  }

  /** Calls the handler with each instance that is gone. */
  public onGone(handler: (key: InstanceKey) => void): void {
    this.caches.instances.onChange((before, after) => {
      if (before && after === undefined) handler(before.metadata);
    });
  }

  public get failing(): readonly string[] {
    return this.term?.failing ?? [];
  }

  public get missingRights(): readonly string[] {
    return this.caches.missingRights;
  }
}
