import type { Clock } from '../../gitops/git/clock';

/** Lists at the same time. */
const MOST = 2;

/** Whoever takes longer waits for a server, and keeps nobody from asking it. */
const LONGEST_MS = 10_000;

/**
 * Lists take turns: each is in memory as bytes, as text and as objects for a moment, and at a start, or after a server has lost its history, those of
 * all kinds come at once.
 */
export class ListTurns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  public constructor(private readonly clock: Pick<Clock, 'sleep'>) {}

  /** Does the work when it is its turn, in the order in which it was asked for. */
  public async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running < MOST) this.running += 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    const over = new AbortController();
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      over.abort('over');
      this.next();
    };
    this.clock.sleep(LONGEST_MS, over.signal).then(end, () => {});
    try {
      return await work();
    } finally {
      end();
    }
  }

  /** The place goes to whoever waits longest. */
  private next(): void {
    const wake = this.waiting.shift();
    if (wake) wake();
    else this.running -= 1;
  }
}
