import type { Clock } from '../../gitops/git/clock';
import { FencedError } from '../api/errors';
import type { Log } from '../objects/log';
import { type Meter, noMeter } from '../objects/meter';
import { type InstanceKey, keyText, parseKey } from '../objects/objects';
import type { RunningGitDelivery } from './git-factory';
import { errorText } from './pass-failure';
import type { PassResult, Reconciler } from './reconciler';
import { type Requeue, type Urgency, WorkQueue } from './work-queue';

interface TermOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Passes at the same time. */
  readonly concurrency: number;
  /** @default - nothing is measured */
  readonly meter?: Meter | undefined;
  /** Whether the instance still exists. */
  readonly isThere: (key: InstanceKey) => boolean;
}

/**
 * The passes between `lead` and `rest`. Queue, back-offs and the delivery to Git go with the term: somebody else may lead before the next one,
 * and what this process wished for then says nothing any more.
 */
export class Term {
  private readonly queue: WorkQueue;
  private readonly failed = new Set<string>();
  private readonly ending = new AbortController();
  private reconciler: Reconciler | undefined;
  private git: RunningGitDelivery | undefined;

  public constructor(private readonly options: TermOptions) {
    const { clock, log, concurrency, meter = noMeter } = options;
    this.queue = new WorkQueue(
      (key) => this.pass(key),
      clock,
      { concurrency, meter },
      // The reconciler tells of its failures itself; this is one that it could not tell.
      (key, error) => log.error('pass failed', { instance: key, error: errorText(error) }),
    );
  }

  public async begin(reconciler: Reconciler, git: RunningGitDelivery | undefined): Promise<void> {
    this.reconciler = reconciler;
    this.git = git;
    await git?.start();
  }

  /** Asks for a pass of an instance (`namespace/name`). */
  public wake(key: string, urgency?: Urgency): void {
    this.queue.add(key, urgency);
  }

  /** Has the delivery look at its remote soon. */
  public hurry(): void {
    this.git?.hurry();
  }

  /** Instances that wait for a pass or are in one. */
  public get depth(): number {
    return this.queue.depth;
  }

  /** What a pass came to. */
  public note({ key, ok }: PassResult): void {
    if (ok) this.failed.delete(keyText(key));
    else this.failed.add(keyText(key));
  }

  /** Instances whose last pass had an error, as `namespace/name`. */
  public get failing(): readonly string[] {
    return [...this.failed].toSorted();
  }

  public async idle(): Promise<void> {
    await this.queue.idle();
  }

  public async settled(): Promise<void> {
    do await this.queue.idle();
    while (await this.git?.idle());
  }

  /** Aborted when the term ends: for what waits. */
  public get ended(): AbortSignal {
    return this.ending.signal;
  }

  /** Takes no more work, lets running passes end, and closes the delivery. */
  public async end(): Promise<void> {
    this.ending.abort();
    await this.queue.stop();
    await this.git?.stop();
  }

  private async pass(key: string): Promise<Requeue> {
    if (this.reconciler === undefined) return {};
    try {
      return await this.reconciler.reconcile(key);
    } catch (error) {
      if (!(error instanceof FencedError)) throw error;
      // No fault of the instance. Should this process lead on after all, it is tried again.
      this.options.log.info('pass given up: this process may not write now', { instance: key });
      return { failed: true };
    } finally {
      // What went wrong with an instance is forgotten with it.
      if (!this.options.isThere(parseKey(key))) this.failed.delete(key);
    }
  }
}
