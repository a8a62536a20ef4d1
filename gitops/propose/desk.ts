/** The pull requests of a forge, as far as they are ours: opened, updated and closed with as few requests as that takes. */
import type { Clock } from '../git/clock';
import { GitError } from '../git/errors';
import { ForgeError } from '../forge/forge-error';
import type { Forge, PullRequest, PullRequestText } from '../forge/pull-request';
import { changeIn, withdrawnText } from './text';

/** What is wanted of the pull request from a branch. */
export interface DeskWish {
  readonly branch: string;
  /** Tells this change from others. */
  readonly change: string;
  /** Made only where it is needed. */
  readonly text: () => Promise<PullRequestText>;
}

/** How often the forge is asked what people did, while something is open. What they merge is seen on the branch, much sooner. */
const LOOK_MS = 5 * 60_000;

/** After a failure, unless the server says when; doubled with each. */
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/** Why a forge was not asked, or what it said; with when it may be asked again. */
export class DeskError extends Error {
  public constructor(
    public readonly error: GitError,
    /** On the monotonic clock. */
    public readonly retryAt: number,
  ) {
    super(error.message);
  }
}

export class Desk {
  /** Open ones by branch. */
  private readonly open = new Map<string, PullRequest>();
  /** Closed without a merge: a person has turned down this change. */
  private readonly declined = new Map<string, PullRequest>();
  private listedAt: number | undefined;
  private failures = 0;
  /** Of the forge as a whole. */
  private resting: DeskError | undefined;
  /** Of one pull request that it refuses, by branch. */
  private readonly refused = new Map<string, DeskError & { readonly change?: string }>();

  /**
   * @param prefix before the name of each branch of ours
   * @param base the branch into which everything is to be merged
   * @param mayWrite asked before each request that changes something
   */
  public constructor(
    private readonly forge: Forge,
    private readonly clock: Clock,
    private readonly prefix: string,
    private readonly base: string,
    private readonly mayWrite: () => boolean,
  ) {}

  /**
   * The pull request of a branch, which has to be on the remote. Asks the forge nothing where it is known to be as wanted.
   *
   * @returns an open one, or a closed one by which a person has turned down this very change
   * @throws {@link DeskError}
   */
  public async ensure(wish: DeskWish): Promise<PullRequest> {
    const { branch, change } = wish;
    const refused = this.refused.get(branch);
    if (refused && refused.change === change && this.now() < refused.retryAt) throw refused;
    try {
      return await this.asking(() => this.brought(wish));
    } catch (error) {
      if (error instanceof DeskError && error.error.code === 'FORGE-REFUSED') this.refused.set(branch, Object.assign(error, { change }));
      throw error;
    }
  }

  /** Closes the pull request of a branch, if one is open. @throws {@link DeskError} */
  public async withdraw(branch: string): Promise<void> {
    this.declined.delete(branch);
    this.refused.delete(branch);
    await this.asking(async () => {
      // It may have been merged meanwhile, and what is merged is not to be touched.
      await this.list(true);
      const open = this.open.get(branch);
      if (open === undefined) return;
      this.passFence();
      await this.forge.close(open.number, withdrawnText(open, this.base));
      this.open.delete(branch);
    });
  }

  /** Whether the last pull request of a branch was merged: what was on the branch then is not lost. @throws {@link DeskError} */
  public isMerged(branch: string): Promise<boolean> {
    return this.asking(async () => (await this.forge.last(branch))?.state === 'merged');
  }

  /** Looks what people did, if it is time. @returns the branches of which something is another way */
  public async moved(): Promise<string[]> {
    if (this.open.size + this.declined.size === 0 || !this.isDue()) return [];
    const before = new Map([...this.open].map(([branch, { number }]) => [branch, number]));
    const turnedDown = new Map(this.declined);
    await this.asking(() => this.list());
    const gone = [...before].filter(([branch, number]) => this.open.get(branch)?.number !== number).map(([branch]) => branch);
    const back = [...turnedDown.keys()].filter((branch) => this.open.has(branch));
    for (const branch of back) this.declined.delete(branch);
    return [...gone, ...back];
  }

  private async brought({ branch, change, text }: DeskWish): Promise<PullRequest> {
    await this.list();
    const known = this.open.get(branch);
    // Whoever edits the text keeps what they wrote, until the change is another one.
    if (known !== undefined && changeIn(known.body) === change) return known;
    // What is merged meanwhile is not to be touched.
    if (known !== undefined) await this.list(true);
    const open = this.open.get(branch);
    if (open !== undefined) {
      if (changeIn(open.body) === change) return open;
      this.passFence();
      return this.keep({ ...(await this.forge.update(open.number, await text())), branch });
    }
    const declined = this.declined.get(branch);
    if (declined !== undefined && changeIn(declined.body) === change) return declined;
    this.declined.delete(branch);
    const last = await this.forge.last(branch);
    if (last?.state === 'closed' && changeIn(last.body) === change) {
      this.declined.set(branch, last);
      return last;
    }
    this.passFence();
    return this.keep(await this.forge.create(branch, await text()));
  }

  private keep(pullRequest: PullRequest): PullRequest {
    this.open.set(pullRequest.branch, pullRequest);
    return pullRequest;
  }

  /** All open ones, unless they are known. @param isAnew they are asked for in any case */
  private async list(isAnew = false): Promise<void> {
    if (!isAnew && !this.isDue()) return;
    const found = await this.forge.open(this.prefix);
    this.open.clear();
    for (const one of found) this.open.set(one.branch, one);
    this.listedAt = this.now();
  }

  private isDue(): boolean {
    return this.listedAt === undefined || this.now() >= this.listedAt + LOOK_MS;
  }

  /** One that rests is not asked. What is of one pull request alone makes nobody rest. */
  private async asking<T>(work: () => Promise<T>): Promise<T> {
    if (this.resting && this.now() < this.resting.retryAt) throw this.resting;
    try {
      const answer = await work();
      this.failures = 0;
      this.resting = undefined;
      return answer;
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      const failure = new DeskError(error, this.now() + this.pauseAfter(error));
      if (error.code !== 'FORGE-REFUSED' && error.code !== 'WRITE-FENCED') this.resting = failure;
      throw failure;
    }
  }

  private pauseAfter(error: GitError): number {
    if (error.stalled) return LONGEST_PAUSE_MS;
    this.failures += 1;
    const told = error instanceof ForgeError ? error.retryAfter : undefined;
    if (told !== undefined) return Math.max(told, 1000);
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.failures - 1)) * (0.5 + this.clock.random() / 2);
  }

  private passFence(): void {
    if (!this.mayWrite()) throw new GitError('WRITE-FENCED', 'this process may not write now');
  }

  private now(): number {
    return this.clock.monotonic();
  }
}
