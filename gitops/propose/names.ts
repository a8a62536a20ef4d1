/** Names of the branches that wait to be merged. Other people's rules about branches name them, so they stay. */
import type { Placement } from '../git/names';

/** One branch an instance, or one for all that waits. */
export type Grouping = 'instance' | 'batch';

/** Before the name of each branch of a cluster. */
export function branchPrefix(cluster: string): string {
  return `openclaw/${cluster}/`;
}

/**
 * The branch of an instance. A namespace has no dots, so no two instances share one, and none is called as that of a batch. No branch may end in
 * `.lock`, and no name of an instance in `_`.
 */
export function branchOf({ cluster, namespace, name }: Placement, grouping: Grouping): string {
  return `${branchPrefix(cluster)}${grouping === 'batch' ? 'batch' : `${namespace}.${name === 'lock' ? 'lock_' : name}`}`;
}
