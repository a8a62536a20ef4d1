/** What a batch of wishes is published with. */
import type { Clock } from '../git/clock';
import type { Fence } from '../git/fence';
import type { Placement } from '../git/names';
import type { Approvals } from './approvals';
import type { Bystanders } from './bystanders';
import type { DeletionGuard } from './deletion-guard';
import type { HeldTree, PublishRequest, PublishResult } from './publish';
import type { TreeStore } from './tree-store';

export interface BatchLimits {
  /** Tries of one commit against other writers. @default 20 */
  readonly attempts?: number;
  /** Milliseconds for all tries. @default 60000 */
  readonly budget?: number;
}

/** What an instance has on the remote, as far as this process knows. */
export interface Held extends HeldTree {
  readonly placement: Placement;
  /** The files outside the directory: object ids by path. */
  readonly beside: ReadonlyMap<string, string>;
}

export interface BatchSettings {
  readonly repository: TreeStore;
  readonly clock: Clock;
  /** Asked before each try, each commit and each push. */
  readonly fence: Fence;
  /** Version of this program, for the trailers. */
  readonly engine: string;
  readonly limits?: BatchLimits | undefined;
  /** Which commit first held a tree, by directory; kept between batches. */
  readonly held: Map<string, Held>;
  readonly bystanders: Bystanders;
  readonly deletions: DeletionGuard;
  /** What waits for an approval; kept between batches. */
  readonly approvals: Approvals;
}

export type Results = Map<PublishRequest, PublishResult>;

/** Where the wishes of a batch go: onto the branch, or beside it for somebody to merge. */
export interface Target {
  /**
   * Publishes a batch. Failures of one instance are its own results; whatever concerns all of them is thrown.
   *
   * @param results gets one for each request; where this throws, for those that were settled before
   * @throws a GitError
   */
  publish(requests: readonly PublishRequest[], results: Results, settings: BatchSettings): Promise<void>;
  /** Whether something of an instance waits beside the branch, by the last look at the remote. */
  isPending(placement: Placement): boolean;
  /** The instances of which something beside the branch is no longer as it was left. @param tip what a look at the remote has just found */
  moved(tip: string | undefined): Promise<Placement[]>;
  /** Forgets an instance that is gone. */
  forget(placement: Placement): void;
}
