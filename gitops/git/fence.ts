import type { Clock } from './clock';

/**
 * Whether this process may begin something that changes the world outside of it: a request that writes, a push. Whoever writes asks right
 * before each beginning, after every wait; what has begun is let end.
 */
export interface Fence {
  mayWrite(): boolean;
}

/** For a writer that shares its work with nobody: a command that a person ran, the renewal of a lease itself. */
export const openFence: Fence = { mayWrite: () => true };

/**
 * Open until a moment of the monotonic clock. A process that was stopped for a while, or whose clock was set, finds it closed by itself: nobody
 * has to come round to closing it.
 */
export class LeaseFence implements Fence {
  private until = -Infinity;

  /** Closed, until the first `renew`. */
  public constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  public mayWrite(): boolean {
    return this.clock.monotonic() < this.until;
  }

  /**
   * @param until a reading of the monotonic clock. Count from the moment *before* the renewal was asked for: the answer took a while, and others
   * count from when the server took it. `Infinity` where nobody else may lead
   */
  public renew(until: number): void {
    this.until = until;
  }

  public close(): void {
    this.until = -Infinity;
  }
}
