import type { Clock } from '../../gitops/git/clock';

/** A reason made once: without one, each abort makes an exception with its stack. */
const disarmed = 'disarmed';

/** A signal that aborts when a time has passed or an outer signal does, whichever is first. */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer = new AbortController();
  private readonly unlink: () => void;

  /** @param late makes the reason when the time has passed */
  public constructor(clock: Clock, ms: number, late: () => Error, outer?: AbortSignal) {
    const abort = (): void => this.controller.abort(outer?.reason);
    if (outer?.aborted) abort();
    outer?.addEventListener('abort', abort, { once: true });
    this.unlink = () => outer?.removeEventListener('abort', abort);
    clock.sleep(ms, this.timer.signal).then(
      () => this.controller.abort(late()),
      // Disarmed in time.
      () => {},
    );
  }

  public get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The promise's outcome, or the signal's reason if that comes first. */
  public async race<Value>(promise: Promise<Value>): Promise<Value> {
    const { signal } = this;
    signal.throwIfAborted();
    let abort: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
    });
    try {
      return await Promise.race([promise, aborted]);
    } finally {
      if (abort) signal.removeEventListener('abort', abort);
    }
  }

  /** The time no longer counts; the outer signal still does. */
  public disarm(): void {
    this.timer.abort(disarmed);
  }

  /** Neither counts any more. */
  public release(): void {
    this.disarm();
    this.unlink();
  }
}
