/**
 * How the program ends, so that a script can tell them apart:
 *
 * - 0: done; there may be warnings
 * - 1: findings: something in the input has to be mended, or with `--once` an instance could not be delivered
 * - 2: usage: the command line was not understood, and nothing was tried
 * - 3: failure: the output, the cluster or the repository refused, or a mistake of ours
 */
export type ExitCode = 0 | 1 | 2 | 3;

/** Something outside of the input stands in the way; the message says what to do. Told without a stack. */
export class RunFailure extends Error {
  public override readonly name = 'RunFailure';
}
