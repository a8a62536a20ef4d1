import type { Clock } from '../../gitops/git/clock';
import type { Placement } from '../../gitops/git/names';
import type { PublishRequest, PublishResult } from '../../gitops/publish/publish';
import type { Publisher } from '../../gitops/publish/publisher';
import { keyText } from '../objects/objects';
import { type Wish, errorOf } from './wish';

export interface WishesSettings {
  readonly publisher: Publisher;
  /** Who writes: the UID of the namespace kube-system. */
  readonly owner: string;
  readonly clock: Clock;
  /** Asks for a pass of an instance (`namespace/name`). */
  readonly wake: (key: string) => void;
}

export interface AskOptions extends Pick<
  PublishRequest,
  'layout' | 'gate' | 'generation' | 'known' | 'over' | 'approved' | 'rollbackFrom' | 'laidUnder' | 'isGuarded'
> {
  readonly said?: string;
}

/** A failure without a time of its own is tried again after this one. */
const RETRY_MS = 60_000;

/** What was asked of the publisher, one wish an instance: the latest. Its answer wakes the instance. */
export class Wishes {
  private readonly wishes = new Map<string, Wish>();
  private readonly stopping = new AbortController();
  /** Instances that will be woken. */
  private readonly waking = new Set<string>();
  private open = 0;

  public constructor(private readonly settings: WishesSettings) {}

  public of(placement: Placement): Wish | undefined {
    return this.wishes.get(keyText(placement));
  }

  /** Hands a wish to the publisher. @param what see {@link Wish} */
  public ask(
    placement: Placement,
    what: string,
    { said, ...request }: AskOptions,
    onAnswer: (result: PublishResult) => Promise<void> = async () => {},
  ): Wish {
    const { publisher, owner, wake, clock } = this.settings;
    const key = keyText(placement);
    const before = this.wishes.get(key);
    const wish: Wish = { what, ...(said !== undefined && { said }), last: before?.what === what ? errorOf(before) : undefined };
    this.wishes.set(key, wish);
    this.open += 1;
    void publisher
      .publish({ placement, owner, reason: what.startsWith('sha256') ? 'spec-change' : what, ...request })
      .then(async (result) => {
        this.open -= 1;
        wish.result = result;
        wish.answeredAt = clock.monotonic();
        await onAnswer(result);
        if (!result.ok && result.retryAt) this.later(this.pauseUntil(result.retryAt), () => wake(key));
        wake(key);
      });
    return wish;
  }

  /** Wakes an instance after a while; one that will be woken already is not woken twice. */
  public wakeLater(placement: Placement, ms: number): void {
    const key = keyText(placement);
    if (this.waking.has(key)) return;
    this.waking.add(key);
    this.later(ms, () => {
      this.waking.delete(key);
      this.settings.wake(key);
    });
  }

  /** Runs something after a while, unless this has stopped by then. */
  public later(ms: number, run: () => void): void {
    this.settings.clock.sleep(ms, this.stopping.signal).then(
      run,
      // Stopped.
      () => {},
    );
  }

  /** Milliseconds until a reading of the monotonic clock. @param at `undefined`: nobody said when */
  public pauseUntil(at: number | undefined): number {
    return at === undefined ? RETRY_MS : Math.max(0, at - this.settings.clock.monotonic());
  }

  /** Drops what is remembered of an instance that is gone. A removal goes on until it is answered. */
  public forget(key: string): void {
    const wish = this.wishes.get(key);
    if (wish?.what === 'removal' && wish.result === undefined) return;
    this.wishes.delete(key);
  }

  /** Nothing is remembered of an instance: what it wants next is asked for anew. */
  public drop(key: string): void {
    this.wishes.delete(key);
  }

  /** Publishes what waits now; resolves when every wish has been answered, with whether there was one. */
  public async idle(): Promise<boolean> {
    if (this.open === 0) return false;
    while (this.open > 0) await this.settings.publisher.flush();
    return true;
  }

  public stop(): void {
    this.stopping.abort();
  }
}
