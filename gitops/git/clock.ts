/** Time and chance, handed in so that tests need not wait. */
export interface Clock {
  /** The time of day, for what is shown or written down. It can be set, forwards and backwards: no duration comes of it. */
  now(): Date;
  /**
   * Milliseconds since some moment of this process; never set, never back. Every duration is a difference of two such readings. It goes on while
   * the process is stopped; while the whole machine sleeps it may stand still.
   */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when that aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 up to 1. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  // Not that of node:timers: it makes an error with a stack for each sleep that ends early, and most of ours do.
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, ms);
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    }),
  random: () => Math.random(),
};
