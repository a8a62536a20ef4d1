import type { Clock } from '../git/clock';
import { GitError } from '../git/errors';

/** So many instances may always be taken out, or a tenth of all. */
const FEW = 3;

/** How long a deletion counts, in milliseconds: long enough for one that comes in drops. */
const WINDOW_MS = 10 * 60_000;

/** Whether so many deletions are more likely a mistake: a list that was read in part, a folder of instances that somebody emptied. */
export function isMassDeletion(deletions: number, present: number): boolean {
  return deletions > Math.max(FEW, present / 10);
}

/** Counts the instances of a branch that are asked to go and that nobody confirmed. */
export class DeletionGuard {
  /** When each was last asked for, on the monotonic clock, by directory. */
  private readonly asked = new Map<string, number>();

  public constructor(private readonly clock: Clock) {}

  /**
   * @param directories that are to go now
   * @param present counts the instances that are there; asked only where it matters
   * @returns why none of them may
   */
  public async refusal(directories: readonly string[], present: () => Promise<number>): Promise<GitError | undefined> {
    if (directories.length === 0) return undefined;
    const now = this.clock.monotonic();
    for (const [directory, at] of this.asked) if (now - at >= WINDOW_MS) this.asked.delete(directory);
    for (const directory of directories) this.asked.set(directory, now);
    if (this.asked.size <= FEW) return undefined;
    const all = await present();
    if (!isMassDeletion(this.asked.size, all)) return undefined;
    return new GitError('MASS-DELETE', `${this.asked.size} instances are asked to go within ten minutes, of ${all} that are there`);
  }
}
