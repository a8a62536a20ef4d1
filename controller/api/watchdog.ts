import type { Clock } from '../../gitops/git/clock';

/** Ends a stream that has gone quiet or gone on for too long. */
export interface Watchdog {
  /** Aborts when one of the times has passed, or with the outer signal. */
  readonly signal: AbortSignal;
  /** One of the times has passed. */
  readonly expired: boolean;
  /** Something came: the quiet begins anew. */
  alive(): void;
  /** Aborts the signal too: whatever still hangs on it is over. */
  release(): void;
}

export interface WatchdogTimes {
  readonly idleMs: number;
  readonly totalMs: number;
}

/** Begins to count at once. */
export function watchdog(clock: Clock, { idleMs, totalMs }: WatchdogTimes, outer: AbortSignal): Watchdog {
  const stream = new AbortController();
  const counting = new AbortController();
  const now = (): number => clock.monotonic();
  const end = now() + totalMs;
  let heardAt = now();
  let expired = false;
  const abort = (): void => stream.abort(outer.reason);
  if (outer.aborted) abort();
  outer.addEventListener('abort', abort, { once: true });
  const count = async (): Promise<void> => {
    for (;;) {
      const left = Math.min(heardAt + idleMs, end) - now();
      if (left <= 0) break;
      await clock.sleep(left, counting.signal);
    }
    expired = true;
    stream.abort(new Error('the watch is given up: it has been quiet or has gone on for too long'));
  };
  // Rejected when released: the stream has ended by itself.
  count().catch(() => {});
  return {
    signal: stream.signal,
    get expired() {
      return expired;
    },
    alive: () => {
      heardAt = now();
    },
    release: () => {
      counting.abort();
      outer.removeEventListener('abort', abort);
      stream.abort(new Error('the watch is over'));
    },
  };
}
