import { GitError } from '../git/errors';
import type { PullRequest } from '../forge/pull-request';
import { listedIn, planIn } from '../publish/commit-message';
import { type PlanNote, shortOf } from '../publish/plan-note';
import type { PublishFailure, PublishRequest } from '../publish/publish';
import type { SideCommit } from '../publish/side-branches';
import type { DeskError } from './desk';

/** A change that is on its branch. */
export interface Waiting {
  readonly branch: string;
  readonly head: SideCommit;
  /** @default - the forge tells nothing of it */
  readonly pullRequest?: PullRequest | undefined;
  /** @default - it is asked for again when something has moved */
  readonly retryAt?: number | undefined;
}

/** Somebody has to merge it, or has turned it down. */
export function waitingResult({ branch, head, pullRequest, retryAt }: Waiting, request: PublishRequest, base: string): PublishFailure {
  const place = pullRequest === undefined || pullRequest.url === '' ? `branch ${branch}` : pullRequest.url;
  const isDeclined = pullRequest?.state === 'closed';
  const plan = noteIn(head, request);
  const short = plan === undefined || plan.lines.length === 0 ? '' : ` (${shortOf(plan.lines)})`;
  const error = isDeclined
    ? new GitError('PULL-REQUEST-CLOSED', `${place} was closed and not merged into ${base}${short}`)
    : new GitError('PULL-REQUEST-OPEN', `${place} is to be merged into ${base}${short}`);
  const url = pullRequest === undefined || pullRequest.url === '' ? undefined : pullRequest.url;
  return {
    ok: false,
    error,
    ...(retryAt !== undefined && { retryAt }),
    ...(plan && { plan }),
    pullRequest: { branch, state: isDeclined ? 'closed' : 'open', ...(url !== undefined && { url }) },
  };
}

/** A person's commit stays, and so the change cannot go there. */
export function foreignResult(branch: string, { id, author }: SideCommit): PublishFailure {
  const by = author === '' ? '' : ` by ${author}`;
  const error = new GitError('HELD-BRANCH', `commit ${id}${by} is on branch ${branch}, and that stays`);
  return { ok: false, error, pullRequest: { branch, state: 'held' } };
}

/** It is on its branch; whether there is a pull request is not known. */
export function forgeFailure({ error, retryAt }: DeskError, branch: string, head: SideCommit, request: PublishRequest): PublishFailure {
  const plan = noteIn(head, request);
  return { ok: false, error, retryAt, ...(plan && { plan }), pullRequest: { branch, state: 'unknown' } };
}

/** What the commit says of the change; its risks stand in the lines. */
function noteIn({ message }: SideCommit, { placement: { namespace, name } }: PublishRequest): PlanNote | undefined {
  const hash = planIn(message);
  if (hash === undefined) return undefined;
  const lines = listedIn(message);
  const own = lines.filter((line) => line.startsWith(`${namespace}/${name} `));
  return { hash, risks: [], lines: own.length > 0 ? own : lines };
}
