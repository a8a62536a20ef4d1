import { setTimeout as delay } from 'node:timers/promises';

/** Time and chance, handed in so that tests need not wait. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms`; rejects when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 up to 1. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal && { signal });
  },
  random: () => Math.random(),
};
