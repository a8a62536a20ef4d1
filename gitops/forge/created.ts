import { ForgeError } from './forge-error';
import type { PullRequest } from './pull-request';

/** Servers answer with one of these to a pull request that is there already: whoever was faster, or a run of ours that was killed, made it. */
const EXISTS: ReadonlySet<number | undefined> = new Set([409, 422]);

/** Creates it, or takes the open one that is there. */
export async function createdOr(create: () => Promise<PullRequest>, last: () => Promise<PullRequest | undefined>): Promise<PullRequest> {
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof ForgeError) || !EXISTS.has(error.status)) throw error;
    const there = await last();
    if (there?.state === 'open') return there;
    throw error;
  }
}
