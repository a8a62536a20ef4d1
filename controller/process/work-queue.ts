import type { Clock } from '../../gitops/git/clock';
import { type QueueMeter, noMeter } from '../objects/meter';
import { parseKey } from '../objects/objects';
import { restAfter } from '../objects/time-budget';
import { FairLine } from './fair-line';
import { Timetable } from './timetable';

/** When a key wants to be looked at again. */
export interface Requeue {
  /** After this time. @default - not again until something changes */
  readonly afterMs?: number;
  /** The pass failed: wait longer every time. @default false */
  readonly failed?: boolean;
  /** How long it kept all other keys waiting, since nothing else can run meanwhile. @default 0 */
  readonly computedMs?: number;
}

export interface WorkQueueOptions {
  /** Passes that run at the same time. One tenant has at most three quarters of them: its slow ones may not hold up everybody. */
  readonly concurrency: number;
  /** @default - nothing is measured */
  readonly meter?: QueueMeter | undefined;
  /** The first wait after a failure. @default 1 s */
  readonly firstBackoffMs?: number;
  /** The longest wait after failures. @default 5 min */
  readonly maxBackoffMs?: number;
}

/** Why a pass is wanted: somebody changed what it is about and waits for it, or something else moved that it may depend on. */
export type Urgency = 'asked' | 'look';

/** Of so many passes one is a look, even while asked ones wait: whoever makes instances all the time must not stop all else. */
const TURNS = 4;

/** What the queue knows of one key. */
interface Entry {
  running: boolean;
  /** Whether a pass has begun since the queue was made. */
  known: boolean;
  /** How it was asked for again while it ran. */
  again: Urgency | undefined;
  failures: number;
  /** When it was put into the line, on the monotonic clock. */
  queuedAt: number;
  /** No pass begins before, whoever asks; on the monotonic clock. */
  restsUntil: number;
}

/**
 * Keys that want a pass. One key never runs twice at a time; asking for it any number of times while it waits is one pass, while it runs one
 * more. Failures wait longer every time, up to a limit, with jitter; a change from outside does not wait.
 *
 * Keys are `namespace/name`, and a namespace is a tenant: tenants take turns, so that the thousand instances of one do not delay those of
 * another.
 */
export class WorkQueue {
  private readonly entries = new Map<string, Entry>();
  /** Those that are asked for go first: nobody should wait until a thousand others have been looked at. */
  private readonly lines: Readonly<Record<Urgency, FairLine>> = { asked: new FairLine(), look: new FairLine() };
  /** Passes under way, by tenant. */
  private readonly busy = new Map<string, number>();
  private readonly mostOfTenant: number;
  private readonly meter: QueueMeter;
  private turn = 0;
  /** The line in which a key stands. */
  private readonly queued = new Map<string, Urgency>();
  /** Keys that want a pass later. */
  private readonly later: Timetable;
  private running = 0;
  private stopped = false;
  private idleWaiters: (() => void)[] = [];

  /** @param work one pass; what it throws counts as a failure and is handed to `onError` */
  public constructor(
    private readonly work: (key: string) => Promise<Requeue>,
    private readonly clock: Clock,
    private readonly options: WorkQueueOptions,
    private readonly onError: (key: string, error: unknown) => void,
  ) {
    this.mostOfTenant = Math.max(1, Math.ceil((options.concurrency * 3) / 4));
    this.meter = options.meter ?? noMeter;
    this.later = new Timetable(clock, (key) => this.add(key));
  }

  /** Asks for a pass now. @param urgency @default - a key that had no pass yet is asked for: what is new has nothing at all */
  public add(key: string, urgency?: Urgency): void {
    if (this.stopped) return;
    const entry = this.entryOf(key);
    const wanted = urgency ?? (entry.known ? 'look' : 'asked');
    if (entry.running) {
      entry.again = moreUrgent(entry.again, wanted);
      return;
    }
    const standing = this.queued.get(key);
    if (standing !== undefined) {
      if (moreUrgent(standing, wanted) !== standing) this.move(key, standing, wanted);
      return;
    }
    const restMs = entry.restsUntil - this.clock.monotonic();
    if (restMs > 0) {
      this.addAfter(key, restMs);
      return;
    }
    this.later.delete(key);
    this.queued.set(key, wanted);
    entry.queuedAt = this.clock.monotonic();
    this.meter.queued();
    this.lines[wanted].push(tenantOf(key), key);
    this.pump();
  }

  /** Asks for a pass later; the earlier of two wishes counts. */
  public addAfter(key: string, ms: number): void {
    if (this.stopped) return;
    if (!this.queued.has(key)) this.later.add(key, ms);
  }

  /** Keys that wait or run now; timers are not counted. */
  public get depth(): number {
    return this.queued.size + this.running;
  }

  /** Resolves when nothing waits and nothing runs; timers may still be set. */
  public async idle(): Promise<void> {
    if (this.depth === 0) return;
    await new Promise<void>((resolve) => {
      this.idleWaiters.push(resolve);
    });
  }

  /** Takes no more keys, drops waiting ones, and waits for those that run. */
  public async stop(): Promise<void> {
    this.stopped = true;
    this.lines.asked.clear();
    this.lines.look.clear();
    this.queued.clear();
    this.later.clear();
    await this.idle();
  }

  private pump(): void {
    while (this.running < this.options.concurrency) {
      const key = this.next();
      if (key === undefined) return;
      this.queued.delete(key);
      this.running += 1;
      this.busy.set(tenantOf(key), (this.busy.get(tenantOf(key)) ?? 0) + 1);
      this.meter.taken((this.clock.monotonic() - this.entryOf(key).queuedAt) / 1000);
      void this.runOne(key);
    }
  }

  private next(): string | undefined {
    const mayGo = (tenant: string): boolean => (this.busy.get(tenant) ?? 0) < this.mostOfTenant;
    const { asked, look } = this.lines;
    const isContested = asked.length > 0 && look.length > 0;
    const turn = isContested ? (this.turn + 1) % TURNS : 0;
    const [first, second] = isContested && turn === 0 ? [look, asked] : [asked, look];
    const key = first.shift(mayGo) ?? second.shift(mayGo);
    // Where nobody may go, nobody has had a turn.
    if (key !== undefined) this.turn = turn;
    return key;
  }

  private move(key: string, from: Urgency, to: Urgency): void {
    this.lines[from].remove(tenantOf(key), key);
    this.lines[to].push(tenantOf(key), key);
    this.queued.set(key, to);
  }

  private release(key: string): void {
    const tenant = tenantOf(key);
    const left = (this.busy.get(tenant) ?? 1) - 1;
    if (left > 0) this.busy.set(tenant, left);
    else this.busy.delete(tenant);
  }

  private async runOne(key: string): Promise<void> {
    const entry = this.entryOf(key);
    entry.running = true;
    entry.known = true;
    let requeue: Requeue;
    try {
      requeue = await this.work(key);
    } catch (error) {
      this.onError(key, error);
      requeue = { failed: true };
    }
    entry.running = false;
    this.running -= 1;
    this.release(key);
    this.plan(key, entry, requeue);
    this.pump();
    if (this.depth === 0) for (const resolve of this.idleWaiters.splice(0)) resolve();
  }

  private plan(key: string, entry: Entry, { afterMs, failed = false, computedMs = 0 }: Requeue): void {
    entry.failures = failed ? entry.failures + 1 : 0;
    const restMs = restAfter(computedMs);
    if (restMs > 0) entry.restsUntil = this.clock.monotonic() + restMs;
    const { again } = entry;
    entry.again = undefined;
    if (again) this.add(key, again);
    else if (failed) {
      this.meter.retried();
      this.addAfter(key, this.backoff(entry.failures));
    } else if (afterMs !== undefined) this.addAfter(key, afterMs);
    // Whoever makes an instance anew under its name gets no rest less.
    else if (entry.restsUntil > this.clock.monotonic()) this.addAfter(key, entry.restsUntil - this.clock.monotonic());
    else if (!this.later.has(key)) this.entries.delete(key);
  }

  private backoff(failures: number): number {
    const { firstBackoffMs = 1000, maxBackoffMs = 300_000 } = this.options;
    const full = Math.min(maxBackoffMs, firstBackoffMs * 2 ** Math.min(failures - 1, 20));
    return full * (0.5 + this.clock.random() / 2);
  }

  private entryOf(key: string): Entry {
    let entry = this.entries.get(key);
    if (entry === undefined) {
      entry = { running: false, known: false, again: undefined, failures: 0, queuedAt: 0, restsUntil: 0 };
      this.entries.set(key, entry);
    }
    return entry;
  }
}

function moreUrgent(one: Urgency | undefined, other: Urgency): Urgency {
  return one === 'asked' ? one : other;
}

function tenantOf(key: string): string {
  return parseKey(key).namespace;
}
