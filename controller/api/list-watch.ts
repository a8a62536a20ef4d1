import type { Kind } from '../objects/kinds';
import type { KubeObject } from '../objects/objects';
import { ApiError, BrokenLineError, isForbidden, isGone, isNoMatch } from './errors';
import { type Listed, collectionRequest, listAll } from './list';
import type { AccessVerb, ListWatchCounts, ListWatchOptions, LiveCopy } from './live-copy';
import { ObjectStore, type ChangeHandler } from './object-store';
import { refusalInStream } from './refusal';
import { watchEvent } from './watch-event';
import { watchdog } from './watchdog';

/** A server that asks for a longer wait is asked again after this one. */
const longestWaitMs = 300_000;

/**
 * Keeps the objects of one kind as the cluster has them, and tells of every change once. It never gives up: whatever breaks, it waits a little
 * longer each time and goes on from where it was, or lists again where something may have been missed.
 */
export class ListWatch<T extends KubeObject = KubeObject> implements LiveCopy<T> {
  public readonly kind: Kind;
  public readonly synced: Promise<void>;
  public readonly counts: ListWatchCounts = { relists: 0, reconnects: 0, events: 0, failures: 0 };

  private readonly store: ObjectStore<T>;
  private readonly handlers: ChangeHandler<T>[] = [];
  private readonly stopping = new AbortController();
  private setSynced: () => void = () => {};
  private running: Promise<void> | undefined;
  /** Where the next watch goes on; undefined when a list has to come first. */
  private resourceVersion: string | undefined;
  private lists = 0;
  private watches = 0;
  private failuresInRow = 0;
  private listedAt = 0;
  private heardAt: number;
  private served = false;
  private missing: readonly AccessVerb[] = [];
  /** So that the lists of all kinds do not come together. */
  private readonly spread: number;

  public constructor(private readonly options: ListWatchOptions<T>) {
    this.kind = options.kind;
    this.store = new ObjectStore(options.indexes);
    this.heardAt = options.clock.monotonic();
    this.spread = 1 - options.clock.random() / 10;
    this.synced = new Promise((resolve) => {
      this.setSynced = resolve;
    });
  }

  public onChange(handler: ChangeHandler<T>): void {
    this.handlers.push(handler);
  }

  public start(): void {
    this.running ??= this.run();
  }

  public async stop(): Promise<void> {
    this.stopping.abort(new Error('the list-watch has been stopped'));
    await this.running;
  }

  public get(namespace: string | undefined, name: string): T | undefined {
    return this.store.get(namespace, name);
  }

  public list(namespace?: string): T[] {
    return this.store.list(namespace);
  }

  public by(index: string, value: string): T[] {
    return this.store.by(index, value);
  }

  public get size(): number {
    return this.store.size;
  }

  public get lastEventAge(): number {
    return this.now() - this.heardAt;
  }

  public get isServed(): boolean {
    return this.served;
  }

  public get missingAccess(): readonly AccessVerb[] {
    return this.missing;
  }

  private get isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      let wait = 0;
      try {
        wait = await this.turn();
      } catch (error) {
        if (this.isStopped) return;
        wait = this.fail(error);
      }
      if (wait > 0) await this.pause(wait);
    }
  }

  /** One list where it is due, then one watch. Returns how long to wait before the next turn. */
  private async turn(): Promise<number> {
    if (this.resourceVersion === undefined || this.now() - this.listedAt >= this.resyncMs) {
      const isThere = await this.permitted('list', () => this.relist());
      if (!isThere) return this.jitter(this.options.absentMs ?? 60_000);
    }
    // A handler may have stopped us.
    return this.isStopped ? 0 : this.permitted('watch', () => this.watch());
  }

  /** Notes whether the right to do this is there. A refusal is an answer: the server lives. */
  private async permitted<Result>(verb: AccessVerb, ask: () => Promise<Result>): Promise<Result> {
    try {
      const result = await ask();
      this.note(verb, true);
      return result;
    } catch (error) {
      if (!isForbidden(error) || this.isStopped) throw error;
      this.heard();
      this.note(verb, false);
      this.setSynced();
      throw error;
    }
  }

  private note(verb: AccessVerb, isGranted: boolean): void {
    if (this.isStopped || isGranted !== this.missing.includes(verb)) return;
    this.missing = isGranted ? this.missing.filter((other) => other !== verb) : [...this.missing, verb].toSorted();
    this.options.onAccess?.(this.missing);
  }

  /** False when the kind is optional and the server does not have it. */
  private async relist(): Promise<boolean> {
    const { api, kind, turns } = this.options;
    const list = (): Promise<Listed> => listAll(api, kind, this.options, this.stopping.signal);
    const listed = await (turns?.take(list) ?? list()).catch((error: unknown) => {
      if (kind.optional && isNoMatch(error)) return undefined;
      throw error;
    });
    if (this.isStopped) return false;
    this.heard();
    this.served = listed !== undefined;
    if (listed && this.lists > 0) this.counts.relists += 1;
    if (listed) this.lists += 1;
    this.replace((listed?.items ?? []) as readonly T[]);
    this.resourceVersion = listed?.resourceVersion;
    this.listedAt = this.now();
    this.setSynced();
    return listed !== undefined;
  }

  private async watch(): Promise<number> {
    const begun = this.now();
    const { api, clock, kind, idleMs = 150_000 } = this.options;
    this.watches += 1;
    if (this.watches > 1) this.counts.reconnects += 1;
    const seconds = this.watchSeconds();
    const request = this.watchRequest(seconds);
    // The server ends a watch in time; one that does not is ended by us.
    const guard = watchdog(clock, { idleMs, totalMs: seconds * 1000 + 30_000 }, this.stopping.signal);
    try {
      for await (const line of api.stream(request, guard.signal)) {
        if (this.isStopped) return 0;
        guard.alive();
        const event = watchEvent(kind, line, this.options);
        if (event.type === 'ERROR') throw refusalInStream(request, event.status);
        this.heard();
        this.note('watch', true);
        this.failuresInRow = 0;
        if (event.type === 'BOOKMARK') this.resourceVersion = event.resourceVersion;
        else this.take(event.type, event.object as T);
      }
    } catch (error) {
      // Our own watchdog: nothing is lost, the next watch goes on from here.
      if (!guard.expired) throw error;
    } finally {
      guard.release();
    }
    // A watch that ends as soon as it began is no success, or we would spin.
    return this.now() - begun < 1000 ? this.backoff() : 0;
  }

  private watchRequest(timeoutSeconds: number): ReturnType<typeof collectionRequest> {
    const base = collectionRequest(this.kind, this.options, 'PartialObjectMetadata');
    const query = { watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: String(timeoutSeconds) };
    return { ...base, query: { ...base.query, ...query, resourceVersion: this.resourceVersion ?? '' } };
  }

  /** From 5 to 10 minutes, so that the watches of all kinds and processes do not end together; less when a list is due before. */
  private watchSeconds(): number {
    const untilList = Math.ceil((this.listedAt + this.resyncMs - this.now()) / 1000);
    return Math.max(1, Math.min(untilList, Math.round(300 * (1 + this.options.clock.random()))));
  }

  private get resyncMs(): number {
    return this.options.resyncMs ?? 3_600_000 * this.spread;
  }

  private take(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void {
    this.counts.events += 1;
    this.resourceVersion = object.metadata.resourceVersion ?? this.resourceVersion;
    if (type === 'DELETED') this.remove(object);
    else this.put(object);
  }

  private replace(items: readonly T[]): void {
    const fresh = new ObjectStore<T>();
    for (const item of items) fresh.set(item);
    for (const old of this.store.list()) {
      if (!fresh.get(old.metadata.namespace, old.metadata.name)) this.remove(old);
    }
    for (const item of items) this.put(item);
  }

  private put(seen: T): void {
    const { namespace, name, resourceVersion, uid } = seen.metadata;
    const known = this.store.get(namespace, name)?.metadata;
    if (known && known.resourceVersion === resourceVersion && known.uid === uid) return;
    const object = this.options.keep?.(seen) ?? seen;
    const before = this.store.set(object);
    this.tell(before, object);
  }

  private remove(object: T): void {
    const before = this.store.delete(object);
    if (before) this.tell(before, undefined);
  }

  private tell(before: T | undefined, after: T | undefined): void {
    for (const handler of this.handlers) {
      if (this.isStopped) return;
      try {
        handler(before, after);
      } catch (error) {
        this.options.onError?.(error, 0);
      }
    }
  }

  /** Notes a failure and returns how long to wait. */
  private fail(error: unknown): number {
    const asked = (error instanceof ApiError && error.retryAfterSeconds) || 0;
    const wait = Math.max(this.backoff(), this.jitter(Math.min(1000 * asked, longestWaitMs)));
    this.counts.failures += 1;
    const missed = error instanceof BrokenLineError || isGone(error) || isNoMatch(error);
    // A version that the server will not go on from is given up too, whatever it calls that.
    if (missed || this.failuresInRow >= 3) this.resourceVersion = undefined;
    // A right that is missing has been told, by `onAccess`.
    if (!isForbidden(error)) this.options.onError?.(error, wait);
    return wait;
  }

  private backoff(): number {
    const { firstBackoffMs = 1000, maxBackoffMs = 30_000 } = this.options;
    this.failuresInRow += 1;
    return this.jitter(Math.min(maxBackoffMs, firstBackoffMs * 2 ** Math.min(this.failuresInRow - 1, 20)), 0.5);
  }

  /** From `ms` times (1 - share) to `ms`, or with no share from `ms` to a tenth more. */
  private jitter(ms: number, share = 0): number {
    const random = this.options.clock.random();
    return share > 0 ? ms * (1 - share + share * random) : ms * (1 + random / 10);
  }

  private async pause(ms: number): Promise<void> {
    // Rejected only when we stop.
    await this.options.clock.sleep(ms, this.stopping.signal).catch(() => {});
  }

  private heard(): void {
    this.heardAt = this.now();
  }

  private now(): number {
    return this.options.clock.monotonic();
  }
}
