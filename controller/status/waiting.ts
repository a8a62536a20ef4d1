/** Reasons of `Committed` by which a change is not committed yet. */

/** The change waits for somebody to merge it, as it should. */
export const PULL_REQUEST_OPEN = 'PullRequestOpen';

/** Somebody has turned the change down. */
export const PULL_REQUEST_CLOSED = 'PullRequestClosed';

/** The change waits for somebody to approve its plan. */
export const AWAITING_APPROVAL = 'AwaitingApproval';

/** The release was not handed to Git yet, or there is no answer. */
export const COMMIT_PENDING = 'CommitPending';

/** Those by which a change waits for a person, who goes by the hash of its plan. */
export const WAITING: ReadonlySet<string> = new Set([PULL_REQUEST_OPEN, PULL_REQUEST_CLOSED, AWAITING_APPROVAL]);
