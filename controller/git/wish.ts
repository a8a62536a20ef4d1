import type { GitError } from '../../gitops/git/errors';
import type { PublishResult } from '../../gitops/publish/publish';
import type { LiveInstance } from '../objects/objects';
import type { Plan } from '../decide/plan';

/**
 * What is of one instance alone (a refusal of the secret gate, something in the way in the repository) is tried again no sooner: whoever mends
 * it may do so where nothing tells us.
 */
const ALONE_MS = 30_000;

/** What was asked of the publisher for one instance, and what it answered. */
export interface Wish {
  /** What makes two wishes the same: the digest of the release, `tombstone` or `removal`. */
  readonly what: string;
  /** What the digest was last made of: the same manifests need not be laid out again. @default - it is no release */
  release?: Release;
  /** What the instance said when it was asked, as far as an answer may depend on it. @default - it is gone */
  readonly said?: string;
  result?: PublishResult;
  /** On the monotonic clock. */
  answeredAt?: number;
  /** Why the try before this one failed; told until there is news. */
  readonly last?: GitError | undefined;
}

type Release = Pick<Plan, 'manifests' | 'additions'>;

/**
 * Whether a wish that failed may be tried again: its time has come, or the instance says something else now.
 *
 * @param now a reading of the monotonic clock
 */
export function isDue({ result, said, answeredAt }: Wish, instance: LiveInstance, now: number): boolean {
  if (result === undefined || result.ok || answeredAt === undefined) return false;
  const due = result.retryAt ?? answeredAt + ALONE_MS;
  return due <= now || (result.retryAt === undefined && said !== saidBy(instance));
}

/** Why a wish is not fulfilled, as far as is known: of this try, or while that one is under way, of the one before. */
export function errorOf({ result, last }: Wish): GitError | undefined {
  if (result === undefined) return last;
  return result.ok ? undefined : result.error;
}

/** What may change an answer although the release stays the same: exemptions of the secret gate are an annotation. */
export function saidBy({ metadata: { generation, annotations } }: LiveInstance): string {
  return JSON.stringify([generation, annotations]);
}

export function releaseOf({ manifests, additions }: Plan): Release {
  return { manifests, additions };
}

/** Whether nothing has changed since. Overrides go into the manifests, which are made anew when they change. */
export function isSameRelease({ release }: Wish, { manifests, additions }: Release): boolean {
  return release?.manifests === manifests && release.additions === additions;
}
