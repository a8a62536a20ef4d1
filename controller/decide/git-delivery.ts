import type { LiveInstance } from '../objects/objects';
import type { GitOutcome } from './outcome';
import type { Plan } from './plan';

/**
 * Delivery through a Git repository. No call waits for a commit: it says where things stand and hands over what is wanted; when that has
 * landed, the instance is woken.
 */
export interface GitDelivery {
  /** Makes the instance's directory hold the plan's manifests. */
  publish(plan: Plan, instance: LiveInstance): Promise<GitOutcome>;
  /**
   * Takes the instance out of the repository: first a tombstone, on which the engine removes the objects, then the directory.
   *
   * @param isGone whether the cluster holds nothing of the instance any more but its claims
   */
  unpublish(instance: LiveInstance, isGone: boolean): Promise<GitOutcome>;
  /** Takes the directory out of the repository and leaves the objects in the cluster: they are applied from now on. */
  retire(instance: LiveInstance): Promise<GitOutcome>;
  /** The same as `unpublish` without waiting, for an instance whose namespace is being deleted. */
  abandon(instance: LiveInstance): Promise<GitOutcome>;
  /** Drops what is remembered of an instance that is gone (`namespace/name`). */
  forget(key: string): void;
}
