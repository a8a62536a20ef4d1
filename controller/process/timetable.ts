import type { Clock } from '../../gitops/git/clock';

/** A reason made once: without one, each abort makes an exception with its stack. */
const CANCELLED = 'cancelled';

/** A timer of the system may ring so much early, in milliseconds. */
const EARLY_MS = 1;

/** A timer of the system that is to wait for longer rings at once. An alarm that rings too early is set anew. */
const LONGEST_MS = 2 ** 31 - 1;

/** A time that is no number: one key must not end the alarm of all others, nor ring without end. */
const UNKNOWN_MS = 60_000;

/**
 * Keys that are due, each at a time of its own. One alarm is set, for the first of them: thousands of instances wait for their next look, and a timer
 * for each would take more room than all else that a queue knows of them.
 */
export class Timetable {
  /** On the monotonic clock. */
  private readonly dues = new Map<string, number>();
  private alarm: { readonly at: number; readonly cancel: AbortController } | undefined;

  /** @param ring called with each key when it is due; it is not in the table any more */
  public constructor(
    private readonly clock: Clock,
    private readonly ring: (key: string) => void,
  ) {}

  public has(key: string): boolean {
    return this.dues.has(key);
  }

  /** Has the key rung in so many milliseconds, or sooner where it was to be. */
  public add(key: string, ms: number): void {
    const due = this.clock.monotonic() + (Number.isNaN(ms) ? UNKNOWN_MS : ms);
    if ((this.dues.get(key) ?? Infinity) <= due) return;
    this.dues.set(key, due);
    if (this.alarm === undefined || due < this.alarm.at) this.set(due);
  }

  /** An alarm that was set for this key alone rings for nobody. */
  public delete(key: string): void {
    this.dues.delete(key);
  }

  public clear(): void {
    this.dues.clear();
    this.alarm?.cancel.abort(CANCELLED);
    this.alarm = undefined;
  }

  private set(at: number): void {
    this.alarm?.cancel.abort(CANCELLED);
    const alarm = { at, cancel: new AbortController() };
    this.alarm = alarm;
    this.clock.sleep(Math.min(LONGEST_MS, Math.max(0, at - this.clock.monotonic())), alarm.cancel.signal).then(
      () => {
        if (this.alarm === alarm) this.look();
      },
      // Cancelled: an earlier one took its place, or all is over.
      () => {},
    );
  }

  private look(): void {
    this.alarm = undefined;
    const now = this.clock.monotonic() + EARLY_MS;
    const due: [key: string, at: number][] = [];
    let next = Infinity;
    for (const [key, at] of this.dues) {
      if (at < now) due.push([key, at]);
      else next = Math.min(next, at);
    }
    for (const [key] of due) this.dues.delete(key);
    if (next < Infinity) this.set(next);
    for (const [key] of due.toSorted(([, one], [, other]) => one - other)) this.ring(key);
  }
}
