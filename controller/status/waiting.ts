/** Reasons of `Committed` by which a change waits for a person, who goes by the hash of its plan. */

/** The change waits for somebody to merge it, as it should. */
export const PULL_REQUEST_OPEN = 'PullRequestOpen';

/** Somebody has turned the change down. */
export const PULL_REQUEST_CLOSED = 'PullRequestClosed';

/** The change waits for somebody to approve its plan. */
export const AWAITING_APPROVAL = 'AwaitingApproval';

export const WAITING: ReadonlySet<string> = new Set([PULL_REQUEST_OPEN, PULL_REQUEST_CLOSED, AWAITING_APPROVAL]);
