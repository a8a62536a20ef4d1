import { compareText } from './json';

/** How bad an issue is: an error stops everything, a warning is told and lived with. */
export type Severity = 'error' | 'warning';

/** One step into a document: a field name, or an index into a list. */
export type PathStep = string | number;

/**
 * A finding about a document that a user wrote.
 *
 * Findings are values: `resolve` gathers all of them and the edges decide what to do (exit code, condition, admission answer).
 */
export interface Issue {
  /** Where it is, in the API server's own form: `spec.sidecars[0].image`. Empty for the document as a whole. */
  readonly path: string;
  /** What found it: a stage of the schema check, or the name of a rule. Stable, for machines. */
  readonly rule: string;
  readonly severity: Severity;
  /** What is wrong and what to do about it. Lower case, no full stop. */
  readonly message: string;
  /** It lies in another object, which may be mended or come later: no reason to refuse the document itself. @default false */
  readonly isOutside?: true;
  /** A warning: the application does not start with it. @default false */
  readonly stops?: true;
}

/** A field name that may stand in a path without brackets. */
const PLAIN = /^[A-Za-z_$][\w$-]*$/;

/** A longer key is cut: no name of Kubernetes is longer than a prefix of 253 characters, a slash and 63 more. */
const LONGEST_STEP = 317;

/**
 * A field path in the API server's own form: `spec.env[2].name`, `spec.nodeSelector[a.b/c]`.
 */
export function fieldPath(steps: readonly PathStep[]): string {
  let text = '';
  for (const step of steps) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (step.length > LONGEST_STEP || !PLAIN.test(step)) text += `[${cutStep(step)}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** A key as it stands in a path. */
export function cutStep(step: string): string {
  return step.length > LONGEST_STEP ? `${step.slice(0, LONGEST_STEP)}...` : step;
}

export function error(path: string, rule: string, message: string): Issue {
  return { path, rule, severity: 'error', message };
}

export function warning(path: string, rule: string, message: string): Issue {
  return { path, rule, severity: 'warning', message };
}

/** A warning of what the application itself refuses to start with. The pods may be of an image that we know nothing of, so it is no error. */
export function stopping(path: string, rule: string, message: string): Issue {
  return { ...warning(path, rule, message), stops: true };
}

/** An error that lies in another object than the document. */
export function errorOutside(path: string, rule: string, message: string): Issue {
  return { ...error(path, rule, message), isOutside: true };
}

export function isError(issue: Issue): boolean {
  return issue.severity === 'error';
}

/** Orders issues by path, errors before warnings of the same path, so that output is stable. */
export function sortIssues(issues: readonly Issue[]): Issue[] {
  return issues.toSorted((a, b) => compareText(a.path, b.path) || compareText(a.severity, b.severity) || compareText(a.message, b.message));
}
