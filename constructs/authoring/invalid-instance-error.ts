import { type Issue, sortIssues } from '../spec/issue';

/** Thrown for an instance that cannot be rendered. Its message lists every issue, one a line. */
export class InvalidInstanceError extends Error {
  public override readonly name = 'InvalidInstanceError';
  /** Errors and warnings, sorted by path. */
  public readonly issues: readonly Issue[];

  /** @param what the construct, as its author knows it */
  public constructor(what: string, issues: readonly Issue[]) {
    const sorted = sortIssues(issues);
    const lines = sorted.map(
      ({ path, severity, message }) => `  ${severity === 'warning' ? 'warning: ' : ''}${path === '' ? '' : `${path}: `}${message}`,
    );
    super([`${what} cannot be rendered:`, ...lines].join('\n'));
    this.issues = sorted;
  }
}
