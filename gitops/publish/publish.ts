/** What is asked of a publisher and what it answers. */
import type { Override } from '../../constructs';
import type { GitError } from '../git/errors';
import { type InstanceLayout, ownedPaths } from '../layout/layout';
import { type Placement, instanceDirectory } from '../git/names';
import type { PlanNote } from './plan-note';
import type { ForeignChange } from './foreign-change';
import type { GateOptions } from '../gate/secret-gate';
import type { Replacement } from './tree-draft';

/** A wish: this instance should look like this in the repository. A later one for the same instance replaces it. */
export interface PublishRequest {
  readonly placement: Placement;
  /** Missing: the instance is removed, with its index. */
  readonly layout?: InstanceLayout | undefined;
  /** Who has to own the directory. */
  readonly owner: string;
  readonly gate?: GateOptions | undefined;
  /** What was committed before, from the status: the commit is named again if the tree is still the same. */
  readonly known?: KnownTree | undefined;
  readonly generation?: number | undefined;
  /** A commit of somebody else that may be written over: its id, or the beginning of it. */
  readonly over?: string | undefined;
  /** The hash of the plan that a person has approved. @default - nothing was approved */
  readonly approved?: string | undefined;
  /** The release of an automatic update that is being taken back, or was. @default - none is */
  readonly rollbackFrom?: string | undefined;
  /**
   * How the instance would be laid out now with other overrides; `undefined` where it cannot be.
   *
   * @default - nobody can tell: an update that is taken back is a change like any other
   */
  readonly laidUnder?: ((overrides: readonly Override[]) => InstanceLayout | undefined) | undefined;
  /** A deletion that might be one of too many: nobody confirmed it. @default false */
  readonly isGuarded?: boolean | undefined;
  /** One word for the trailer: `spec-change`, `secret-rotation`. */
  readonly reason?: string | undefined;
  /** Who changed the instance. */
  readonly changedBy?: string | undefined;
}

/** A directory and a commit that has it. */
export interface HeldTree {
  readonly tree: string;
  /** The commit that first held it, as far as is known. */
  readonly commit: string;
}

/** The same, as a status remembers it. */
export interface KnownTree extends HeldTree {
  /** Generation of the instance that Git held last. @default - it is not known */
  readonly generation?: number | undefined;
}

export type PublishResult = Published | PublishFailure;

export interface Published {
  readonly ok: true;
  /** The tree of the directory; missing after a removal. */
  readonly tree?: string | undefined;
  /** The commit that first held it: of this publish, or of an earlier one. Missing only where nothing was ever there. */
  readonly commit?: string | undefined;
  /** Nothing had to be committed. */
  readonly noop: boolean;
  /** The change of somebody else that it took the place of. @default - there was none */
  readonly replaced?: ForeignChange | undefined;
  /** When the remote was last seen to hold it. */
  readonly verifiedAt: Date;
  /** What it changed in the cluster. @default - nothing was committed, or no object changed */
  readonly plan?: PlanNote | undefined;
}

export interface PublishFailure {
  readonly ok: false;
  readonly error: GitError;
  /** When the publisher tries again if it is asked, on the monotonic clock. @default - at any time: the failure is of this instance alone */
  readonly retryAt?: number;
  /** What it would change in the cluster. @default - that was not looked at */
  readonly plan?: PlanNote | undefined;
  /** Where it waits for somebody to merge it. @default - it does not */
  readonly pullRequest?: PullRequestNote | undefined;
}

/** A change that waits beside the branch, short enough for a status. */
export interface PullRequestNote {
  /** The branch with the one commit. */
  readonly branch: string;
  /** Where a person looks at it. @default - the forge did not tell, or has not been asked */
  readonly url?: string;
  readonly state: 'open' | 'closed' | 'held' | 'unknown';
}

export function directoryOf({ placement }: Pick<PublishRequest, 'placement'>): string {
  return instanceDirectory(placement);
}

export function replacementFor({ placement, layout, owner }: PublishRequest): Replacement {
  return { ...ownedPaths(placement), files: layout?.files ?? [], owner };
}

/** A tombstone has no digest. */
export function isDeletion({ layout }: PublishRequest): boolean {
  return layout?.digest === undefined;
}
