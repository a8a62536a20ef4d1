/** What an instance and its status say to the delivery through a repository, and what an error says to the status. */
import type { GitError } from '../../gitops/git/errors';
import { APPROVE_PLAN } from '../../gitops/git/names';
import type { KnownTree } from '../../gitops/publish/publish';
import { IMAGE_TAG } from '../../constructs/spec/override';
import type { GitFailure } from '../decide/outcome';
import type { Plan } from '../decide/plan';
import type { LiveInstance } from '../objects/objects';
import { isNewer } from '../observe/releases/release-order';

/** On an instance: the commit of somebody else that may be written over. */
const OVER = 'openclaw.rocks/write-over-commit';

/** On an instance that is being deleted together with many others: "true" if that is meant. */
const CONFIRMED = 'openclaw.rocks/confirm-deletion';

/** The commit of somebody else that a person lets be written over. */
export function overOf({ metadata }: LiveInstance): string | undefined {
  return metadata.annotations?.[OVER];
}

/** The hash of the plan that a person has approved. */
export function approvedOf({ metadata }: LiveInstance): string | undefined {
  return metadata.annotations?.[APPROVE_PLAN];
}

/**
 * The release of the last automatic update, where that is being taken back, or was. One that is on its way forward is none. Whoever may write the
 * status can say so of any release, so the way back leads to an older one, and to nothing else that the repository of images has.
 *
 * @param plan with the release that it would be
 */
export function rollbackFrom(
  { spec, status }: LiveInstance,
  { overrides, madeWith }: Pick<Plan, 'overrides' | 'madeWith'>,
): string | undefined {
  const { pendingVersion, failedVersion, updatePhase } = status?.autoUpdate ?? {};
  const from = pendingVersion === undefined || updatePhase === 'RollingBack' ? (pendingVersion ?? failedVersion) : undefined;
  const laid = overrides.findLast(({ field }) => field === IMAGE_TAG)?.value;
  const tag = laid ?? (spec?.image?.tag || madeWith?.facts.clusterDefaults?.image?.tag);
  return from !== undefined && typeof tag === 'string' && isNewer(from, tag) ? from : undefined;
}

/** Whether a deletion is meant, however many there are. */
export function isConfirmed({ metadata }: LiveInstance): boolean {
  return metadata.annotations?.[CONFIRMED] === 'true';
}

/**
 * Whether the repository may hold something of an instance. The choice of Git is in the status before the first commit is on its way, and its tree
 * only after: who was killed in between has left a commit that no tree tells of.
 */
export function mayBeCommitted({ status }: LiveInstance): boolean {
  return status?.git?.tree !== undefined || status?.delivery === 'git' || (status?.delivery === 'apply' && status.git !== undefined);
}

export function knownOf({ status }: LiveInstance): KnownTree | undefined {
  const { tree, commit, generation } = status?.git ?? {};
  return tree !== undefined && commit !== undefined ? { tree, commit, ...(generation !== undefined && { generation }) } : undefined;
}

export function failureOf({ code, message, remedy, stalled }: GitError): GitFailure {
  return { code, message: message.slice(code.length + 2), remedy, stalled };
}
