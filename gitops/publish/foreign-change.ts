/** What somebody else did to the files of an instance, and what that means for whoever wants to write there. */
import { GitError } from '../git/errors';
import type { Placement } from '../git/names';
import { plainText } from '../git/plain-text';
import { isOwnMessage } from './commit-message';
import type { PathCommit } from './history';

/** What becomes of a change that somebody else made in the folder of an instance. A revert is held either way. */
export type OnForeignChange = 'replace' | 'hold';

/** The commit by which somebody else changed the files of an instance. */
export interface ForeignChange {
  readonly commit: string;
  /** Without the address. Empty where the commit is older than what is looked at. */
  readonly author: string;
  /** It brings back what stood there before: an instruction, not an accident. */
  readonly isRevert: boolean;
}

/** How git, GitHub and GitLab begin the message of a revert, and what git adds to it. */
const REVERT = /^Revert\b|\bThis reverts commit [0-9a-f]{7,64}/;

/** Characters of a commit id by which it can be named. */
const SHORTEST_ID = 7;

/**
 * Who changed the files last, judged by the recent commits.
 *
 * @param history newest first
 * @param state what stands there now
 * @param tip named where no recent commit changed the files
 * @returns `undefined` where it was this program, and only the news of it was lost
 */
export function foreignChange(
  placement: Placement,
  history: readonly PathCommit[],
  { state, isGone, tip }: { readonly state: string; readonly isGone: boolean; readonly tip: string },
): ForeignChange | undefined {
  const [last] = history;
  const isOurs = ({ message, isFirstHand }: PathCommit): boolean => isFirstHand && isOwnMessage(message, placement);
  const ours = history.filter(isOurs);
  if (last !== undefined && (isOurs(last) || ours[0]?.state === state)) return undefined;
  if (last === undefined || last.isLast) return { commit: tip, author: '', isRevert: false };
  // A folder that is gone looks like the time before its first commit; only the words tell that this is meant.
  const isRevert = isGone ? REVERT.test(last.message) : ours.some((commit) => commit.state === state || commit.before === state);
  return { commit: last.id, author: plainText(last.author, 60), isRevert };
}

/** What a writer brings along when somebody else has been there. */
export interface Standing {
  readonly onForeignChange: OnForeignChange;
  /** Generation of the instance that is to be written, and that of the last one that was. */
  readonly generation?: number | undefined;
  readonly lastGeneration?: number | undefined;
  /** The commit that a person lets be written over: its id, or the beginning of it. */
  readonly over?: string | undefined;
}

/** Why nothing may be written over a change of somebody else; `undefined` where it may. */
export function heldBy(change: ForeignChange, { onForeignChange, generation, lastGeneration, over }: Standing): GitError | undefined {
  if (!change.isRevert && onForeignChange === 'replace') return undefined;
  if (over !== undefined && over.length >= SHORTEST_ID && change.commit.startsWith(over)) return undefined;
  const hasMoved = generation !== undefined && lastGeneration !== undefined && generation > lastGeneration;
  if (hasMoved) return undefined;
  const by = change.author === '' ? '' : ` by ${change.author}`;
  return change.isRevert
    ? new GitError('HELD-REVERT', `commit ${change.commit}${by} brings back an earlier state of the directory, and that stays`)
    : new GitError('HELD-CHANGE', `commit ${change.commit}${by} changed the directory, and that stays`);
}
