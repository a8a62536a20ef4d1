import type { LiveInstance } from './objects';
import type { GitOutcome } from './outcome';
import type { Plan } from './plan';

/**
 * Delivery through a Git repository. Neither call waits for a commit: they say where things stand and hand over what is wanted; when that has
 * landed, the instance is woken.
 */
export interface GitDelivery {
  /** Makes the instance's directory hold the plan's manifests. */
  publish(plan: Plan, instance: LiveInstance): Promise<GitOutcome>;
  /** Takes the instance out of the repository: first a tombstone, then, once its objects are gone, the directory. */
  unpublish(instance: LiveInstance): Promise<GitOutcome>;
  /** Drops what is remembered of an instance that is gone. */
  forget(key: string): void;
}
