import type { Clock } from '../../../gitops/git/clock';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  /** What was asked of `sleep`, in milliseconds, in order. */
  public readonly sleeps: number[] = [];
  /** What `random` gives. */
  public chance = 0;
  private readonly sleepers = new Set<Sleeper>();
  private time = 0;
  private epoch = Date.parse('2026-01-01T00:00:00Z');

  public now(): Date {
    return new Date(this.epoch + this.time);
  }

  public monotonic(): number {
    return this.time;
  }

  /** Sets the time of day, as an administrator or a time server does; no time passes by it. */
  public setBack(ms: number): void {
    this.epoch -= ms;
  }

  public random(): number {
    return this.chance;
  }

  public async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(ms);
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        this.sleepers.delete(sleeper);
        reject(signal?.reason as Error);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper = { due: this.time + ms, wake };
      this.sleepers.add(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Lets time pass: sleepers wake in order, each with the time to go on before the next one. */
  public async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const [next] = [...this.sleepers].filter(({ due }) => due <= end).toSorted((one, other) => one.due - other.due);
      if (!next) break;
      this.sleepers.delete(next);
      this.time = Math.max(this.time, next.due);
      next.wake();
      await settle();
    }
    this.time = end;
    await settle();
  }

  /** Moves to the moment of the next sleeper, and returns how far that was. */
  public async advanceToNext(): Promise<number> {
    await settle();
    const due = Math.min(...[...this.sleepers].map((sleeper) => sleeper.due));
    const ms = due - this.time;
    await this.advance(ms);
    return ms;
  }
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
