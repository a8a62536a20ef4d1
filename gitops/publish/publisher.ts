import type { Clock } from '../git/clock';
import type { Fence } from '../git/fence';
import type { Approval } from './approval';
import { Approvals } from './approvals';
import { branchTarget } from './batch';
import type { BatchLimits, BatchSettings, Results, Target } from './batch-settings';
import { BranchReader } from './branch-reader';
import { Bystanders } from './bystanders';
import { DeletionGuard } from './deletion-guard';
import type { OnForeignChange } from './foreign-change';
import { releaseDigest } from '../layout/digest';
import { GitError } from '../git/errors';
import type { Placement } from '../git/names';
import { type PublishFailure, type PublishRequest, type PublishResult, directoryOf, replacementFor } from './publish';
import type { TreeStore } from './tree-store';

/** How long wishes are gathered, in milliseconds. */
export interface PublisherTimes {
  /** A commit waits until nothing more was asked for so long. @default 2000 */
  readonly quiet?: number;
  /** It waits no longer than this. @default 10000 */
  readonly longest?: number;
  /** Instances in one commit. @default 200 */
  readonly most?: number;
  /** After the first failure; doubled with each. @default 1000 */
  readonly firstBackOff?: number;
  /** @default 300000 */
  readonly longestBackOff?: number;
}

export interface PublisherSettings {
  readonly repository: TreeStore;
  readonly clock: Clock;
  /** Version of this program. */
  readonly engine: string;
  /** Asked before anything of a commit begins, and before each push. */
  readonly fence: Fence;
  readonly times?: PublisherTimes;
  readonly limits?: BatchLimits;
  /** @default - commits go to the branch */
  readonly target?: Target | undefined;
  /** @default replace */
  readonly onForeignChange?: OnForeignChange | undefined;
  /** What is committed only after a person has approved it. Another target than the branch has reviews of its own. @default none */
  readonly approval?: Approval | undefined;
  /** Told of every batch. @default - nobody is */
  readonly onBatch?: ((batch: BatchMeasure) => void) | undefined;
}

/** What one batch came to. */
export interface BatchMeasure {
  /** The branch could be written; single instances may have been refused. */
  readonly ok: boolean;
  readonly instances: number;
  readonly seconds: number;
}

interface Stalled {
  readonly fingerprint: string;
  readonly error: GitError;
  readonly until: number;
}

interface Waiting {
  readonly request: PublishRequest;
  readonly answer: (result: PublishResult) => void;
  readonly promise: Promise<PublishResult>;
}

/**
 * The one queue of a branch. Wishes are gathered, published as one commit, and answered. It never rejects: failures are results, and after a
 * failure of the whole branch it leaves the remote alone for a while, however often it is asked.
 */
export class Publisher {
  private readonly times: Required<PublisherTimes>;
  private readonly batch: BatchSettings;
  private readonly reader: BranchReader;
  private readonly target: Target;
  private readonly waiting = new Map<string, Waiting>();
  private firstAt = 0;
  private lastAt = 0;
  private wake = new AbortController();
  private loop: Promise<void> | undefined;
  private isClosed = false;
  /** What waits is not to be gathered any longer. */
  private isFlushing = false;
  private turn: Promise<unknown> = Promise.resolve();
  private failures = 0;
  private retryAt = 0;
  /** Wishes that fail until a person has acted, and until when they are answered without a try. */
  private readonly stalled = new Map<string, Stalled>();

  public constructor(private readonly settings: PublisherSettings) {
    const { quiet = 2000, longest = 10_000, most = 200, firstBackOff = 1000, longestBackOff = 300_000 } = settings.times ?? {};
    this.times = { quiet, longest, most, firstBackOff, longestBackOff };
    const { repository, clock, engine, limits, fence, onForeignChange = 'replace', approval = 'none' } = settings;
    const bystanders = new Bystanders(repository, onForeignChange);
    const approvals = new Approvals(approval);
    this.batch = { repository, clock, engine, limits, fence, held: new Map(), bystanders, deletions: new DeletionGuard(clock), approvals };
    this.target = settings.target ?? branchTarget;
    this.reader = new BranchReader(repository, this.batch.held, bystanders);
  }

  /** Asks for an instance to look so. Answered when that is on the remote or has failed. */
  public publish(request: PublishRequest): Promise<PublishResult> {
    if (this.isClosed) return Promise.resolve(closing());
    const key = directoryOf(request);
    const known = this.knownFailure(key, request);
    if (known) return Promise.resolve(known);
    const now = this.now();
    const before = this.waiting.get(key);
    if (this.waiting.size === 0) this.firstAt = now;
    this.lastAt = now;
    const { promise, answer } = before ?? openAnswer();
    this.waiting.set(key, { request, answer, promise });
    this.wakeUp();
    this.loop ??= this.run();
    return promise;
  }

  /** Publishes what waits at once. Resolves when nothing waits any more. */
  public async flush(): Promise<void> {
    this.isFlushing = true;
    this.wakeUp();
    await this.loop;
    this.isFlushing = false;
  }

  /**
   * Looks at the remote once, without writing.
   *
   * @returns the instances whose files are no longer what was published: someone else wrote there
   * @throws {@link GitError}
   */
  public moved(): Promise<Placement[]> {
    return this.alone(async () => {
      const tip = await this.settings.repository.lsRemote();
      const onBranch = await this.reader.moved(tip);
      const beside = await this.target.moved(tip);
      return [...new Map([...onBranch, ...beside].map((placement) => [directoryOf({ placement }), placement])).values()];
    });
  }

  /**
   * Looks whether the branch has a directory of this instance, or is to get one, without writing.
   *
   * @throws {@link GitError}
   */
  public isPublished(placement: Placement): Promise<boolean> {
    return this.alone(async () => (await this.reader.isPublished(placement)) || this.target.isPending(placement));
  }

  /**
   * The instances of a cluster that have a directory of this owner on the branch, without writing.
   *
   * @throws {@link GitError}
   */
  public published(cluster: string, owner: string): Promise<Placement[]> {
    return this.alone(() => this.reader.published(cluster, owner));
  }

  /** Forgets an instance that is gone. */
  public forget(placement: Placement): void {
    this.batch.held.delete(directoryOf({ placement }));
    this.batch.bystanders.forget(directoryOf({ placement }));
    this.batch.approvals.forget(directoryOf({ placement }));
    this.stalled.delete(directoryOf({ placement }));
    this.target.forget(placement);
  }

  /** Answers what waits with a failure, lets a commit under way end, and removes the cache. */
  public async close(): Promise<void> {
    this.isClosed = true;
    for (const { answer } of this.waiting.values()) answer(closing());
    this.waiting.clear();
    this.wakeUp();
    await this.loop;
    await this.turn;
    this.settings.repository.close();
  }

  private async run(): Promise<void> {
    while (this.waiting.size > 0) {
      await this.untilDue();
      const batch = this.take();
      if (batch.length > 0) await this.publishNow(batch);
    }
    this.loop = undefined;
  }

  private async untilDue(): Promise<void> {
    for (;;) {
      const pause = this.dueAt() - this.now();
      if (pause <= 0 || this.waiting.size === 0) return;
      const { signal } = (this.wake = new AbortController());
      try {
        await this.settings.clock.sleep(pause, signal);
      } catch (error) {
        // Woken: something new waits, or nothing is to be gathered any longer.
        if (!signal.aborted) throw error;
      }
    }
  }

  private dueAt(): number {
    const isDue = this.isFlushing || this.waiting.size >= this.times.most;
    const gathered = isDue ? 0 : Math.min(this.lastAt + this.times.quiet, this.firstAt + this.times.longest);
    return Math.max(gathered, this.retryAt);
  }

  /** The cache serves one at a time. */
  private async alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.turn;
    const mine = before.then(work);
    this.turn = mine.then(
      () => undefined,
      () => undefined,
    );
    return mine;
  }

  /** In the order in which it was asked for. */
  private take(): Waiting[] {
    const batch = [...this.waiting.values()].slice(0, this.times.most);
    for (const { request } of batch) this.waiting.delete(directoryOf(request));
    this.firstAt = this.now();
    return batch;
  }

  private async publishNow(batch: readonly Waiting[]): Promise<void> {
    const requests = batch.map(({ request }) => request);
    const results: Results = new Map();
    const begun = this.now();
    const tell = (ok: boolean): void => this.settings.onBatch?.({ ok, instances: batch.length, seconds: (this.now() - begun) / 1000 });
    try {
      await this.alone(() => this.target.publish(requests, results, this.batch));
      this.failures = 0;
      this.retryAt = 0;
      this.stallRefused(results);
      tell(true);
    } catch (thrown) {
      tell(false);
      const open = requests.filter((request) => !results.has(request));
      const failure = await this.failed(thrown, open);
      for (const request of open) results.set(request, failure);
    }
    for (const { request, answer } of batch) {
      answer(results.get(request) ?? { ok: false, error: new GitError('GIT-FAILED', 'the publisher gave no answer') });
    }
  }

  private async failed(thrown: unknown, requests: readonly PublishRequest[]): Promise<PublishFailure> {
    const error =
      thrown instanceof GitError ? thrown : new GitError('GIT-FAILED', thrown instanceof Error ? thrown.message : String(thrown));
    this.failures += 1;
    const { firstBackOff, longestBackOff } = this.times;
    const backOff = Math.min(longestBackOff, firstBackOff * 2 ** (this.failures - 1));
    this.retryAt = this.now() + backOff * (0.5 + this.settings.clock.random() / 2);
    if (error.stalled) for (const request of requests) this.stall(request, error, this.retryAt);
    // What nothing explains may come from a damaged cache.
    if (error.code === 'GIT-FAILED' || error.code === 'OCI-FAILED') await this.settings.repository.renew().catch(() => undefined);
    return { ok: false, error, retryAt: this.retryAt };
  }

  /** A server that refuses one instance is not asked again and again. */
  private stallRefused(results: Results): void {
    for (const [request, result] of results) {
      if (result.ok || result.error.code !== 'GIT-REJECTED') this.stalled.delete(directoryOf(request));
      else this.stall(request, result.error, this.now() + this.times.longestBackOff);
    }
  }

  private stall(request: PublishRequest, error: GitError, until: number): void {
    this.stalled.set(directoryOf(request), { fingerprint: fingerprint(request), error, until });
  }

  /** The same wish again, while a person has to act first. Another wish is tried. */
  private knownFailure(key: string, request: PublishRequest): PublishFailure | undefined {
    const stalled = this.stalled.get(key);
    if (!stalled || this.now() >= stalled.until || stalled.fingerprint !== fingerprint(request)) return undefined;
    return { ok: false, error: stalled.error, retryAt: stalled.until };
  }

  private now(): number {
    return this.settings.clock.monotonic();
  }

  private wakeUp(): void {
    this.wake.abort();
  }
}

function openAnswer(): Pick<Waiting, 'promise' | 'answer'> {
  let answer!: Waiting['answer'];
  const promise = new Promise<PublishResult>((resolve) => (answer = resolve));
  return { promise, answer };
}

function fingerprint(request: PublishRequest): string {
  return releaseDigest(replacementFor(request).files);
}

function closing(): PublishFailure {
  return { ok: false, error: new GitError('WRITE-FENCED', 'the publisher is closing') };
}
