/** Tells a person how far a long run is. */
export interface Progress {
  readonly step: (done: number) => void;
  readonly end: () => void;
}

/** Runs shorter than this need no progress. */
const QUIET_MS = 1000;
const INTERVAL_MS = 200;

/** @param write where the line goes; `undefined` when nobody watches */
export function progressOn(write: ((text: string) => void) | undefined, total: number): Progress {
  if (write === undefined) return { step: () => {}, end: () => {} };
  let next = Date.now() + QUIET_MS;
  let shown = false;
  return {
    step: (done) => {
      const now = Date.now();
      if (now < next) return;
      next = now + INTERVAL_MS;
      shown = true;
      write(`\r${done} of ${total} instances`);
    },
    end: () => {
      if (shown) write('\r\u001B[K');
    },
  };
}
