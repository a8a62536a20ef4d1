/** Tells a person how far a long run is, phase by phase. */
export interface Progress {
  /**
   * Begins a phase.
   *
   * @param what what is counted: `documents read`
   * @param total how many there will be. @default - not known
   * @returns to be called with how many are done
   */
  readonly phase: (what: string, total?: number) => (done: number) => void;
  readonly end: () => void;
}

/** Runs shorter than this need no progress. */
const QUIET_MS = 1000;
const INTERVAL_MS = 200;

const WIPE = '\r\u001B[K';

/** @param write where the line goes; `undefined` when nobody watches */
export function progressOn(write: ((text: string) => void) | undefined): Progress {
  if (write === undefined) return { phase: () => () => {}, end: () => {} };
  let next = Date.now() + QUIET_MS;
  let shown = false;
  return {
    phase: (what, total) => (done) => {
      const now = Date.now();
      if (now < next) return;
      next = now + INTERVAL_MS;
      shown = true;
      write(`${WIPE}${done}${total === undefined ? '' : ` of ${total}`} ${what}`);
    },
    end: () => {
      if (shown) write(WIPE);
      shown = false;
    },
  };
}
