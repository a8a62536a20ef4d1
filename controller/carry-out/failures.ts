import { AnswerTooLargeError, ApiError, ConnectionError, FencedError, isForbidden, isInvalid } from '../api/errors';
import type { Failure } from '../decide/outcome';

/** Answers that say nothing against the request: too many, gone by, broken inside. */
function isTransientStatus(status: number): boolean {
  return status === 409 || status === 410 || status === 429 || status >= 500;
}

/**
 * What to tell of an error of the API server. A closed fence is no failure of the instance and is thrown on; so is a mistake of ours.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof FencedError) throw error;
  if (error instanceof ApiError) {
    const { status, reason, message } = error;
    return { status, reason: reason || `Status${status}`, message: hint(error) ?? message, transient: isTransientStatus(status) };
  }
  if (error instanceof ConnectionError) return { reason: error.code, message: error.message, transient: true };
  if (error instanceof AnswerTooLargeError) return { reason: 'AnswerTooLarge', message: error.message, transient: false };
  throw error;
}

const RIGHTS =
  'security.rbac.additionalRules asks for rights that the controller does not have, and nobody can grant more than they hold: narrow the rules, or give the controller those rights';

const CLAIM =
  'of a claim that is there only the size can change: set storageClass and accessModes back to what the claim has, or move the data to a new instance';

/** The server's own words for these are a page long, and what to do is not among them. */
function hint(error: ApiError): string | undefined {
  if (isForbidden(error) && /attempting to grant RBAC permissions/.test(error.message)) return RIGHTS;
  if (isInvalid(error) && /\/persistentvolumeclaims\/.* spec is immutable after creation/s.test(error.message)) return CLAIM;
  return undefined;
}
