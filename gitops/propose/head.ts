/** What stands on a branch that waits to be merged, and whether it may be written anew. */
import { instancesIn } from '../publish/commit-message';
import type { Inspected } from '../publish/judge';
import type { Repository } from '../publish/repository';
import type { SideCommit } from '../publish/side-branches';
import { pathsOf, stateAt, wantedState } from './change';

/**
 * - `missing`: there is no branch
 * - `current`: it has what is wanted, on a commit from which the branch into which it goes does not differ
 * - `stale`: it is ours, and has something else
 * - `foreign`: somebody else has committed to it
 */
export type HeadState = 'missing' | 'current' | 'stale' | 'foreign';

/** @param head the commit at its tip, opened; `undefined` where there is no branch */
export async function headState(
  repository: Repository,
  head: SideCommit | undefined,
  members: readonly Inspected[],
  base: string | undefined,
): Promise<HeadState> {
  if (head === undefined) return 'missing';
  const paths = pathsOf(members);
  const isWanted = (await stateAt(repository, head.id, paths)) === wantedState(members);
  if (!isOurs(head)) return isWanted ? 'current' : 'foreign';
  if (!isWanted || !isAbout(head, members) || head.parent === undefined) return 'stale';
  const [before, now] = [await stateAt(repository, head.parent, paths), await stateAt(repository, base, paths)];
  return before === now ? 'current' : 'stale';
}

/** One commit of ours, as we made it. */
export function isOurs({ isFirstHand, parent, message }: SideCommit): boolean {
  return isFirstHand && parent !== undefined && instancesIn(message).length > 0;
}

/** Whether it changes these instances and no others. */
function isAbout({ message }: SideCommit, members: readonly Inspected[]): boolean {
  const names = members.map(({ request: { placement } }) => `${placement.cluster}/${placement.namespace}/${placement.name}`);
  return names.toSorted().join() === instancesIn(message).toSorted().join();
}
