import type { ApiRequest } from './port';

/** What the server says about a refusal beyond its message. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly retryAfterSeconds?: number;
  readonly causes?: readonly StatusCause[];
}

export interface StatusCause {
  /** Such as `FieldValueInvalid` or `FieldManagerConflict`. */
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** The API server answered, and the answer is a refusal. */
export class ApiError extends Error {
  public override readonly name = 'ApiError';

  /**
   * @param status the HTTP status, or the `code` of a Status in a watch
   * @param reason Kubernetes' word for it (`NotFound`, `Conflict`, ...); empty when the answer was no Status
   * @param retryAfterSeconds how long the server asks us to wait, if it does
   */
  public constructor(
    message: string,
    public readonly status: number,
    public readonly reason: string,
    public readonly details: StatusDetails = {},
    public readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

/** No complete answer came: refused, cut, timed out. Whether the request took effect is not known. */
export class ConnectionError extends Error {
  public override readonly name: string = 'ConnectionError';

  /** @param code node's code (`ECONNREFUSED`, ...), or `ETIMEDOUT` for a time-out of ours */
  public constructor(
    message: string,
    public readonly code: string,
  ) {
    super(message);
  }
}

/** Nothing was sent, for we could not find out who we are: a file is missing, a plugin failed. */
export class CredentialsError extends ConnectionError {
  public override readonly name = 'CredentialsError';

  public constructor(message: string) {
    super(message, 'ECREDENTIALS');
  }
}

/** A line of a stream that is no JSON: what it told is lost, so whoever reads the stream must list again. */
export class BrokenLineError extends Error {
  public override readonly name = 'BrokenLineError';
}

/** The answer is longer than we are willing to hold. */
export class AnswerTooLargeError extends Error {
  public override readonly name = 'AnswerTooLargeError';
}

/** This process may not write now: another one leads, or we are going down. Nothing was sent. */
export class FencedError extends Error {
  public override readonly name = 'FencedError';

  public constructor({ method, path }: Pick<ApiRequest, 'method' | 'path'>) {
    super(`${method} ${path}: not sent, for this process may not write now; the one that leads will do it`);
  }
}

/** Neither the object nor, perhaps, its kind is there. See `isNoMatch`. */
export function isNotFound(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 404;
}

/** The server does not serve the kind at all: its CRD is not installed. A missing object names itself in the details; a missing path does not. */
export function isNoMatch(error: unknown): error is ApiError {
  return isNotFound(error) && !error.details.name;
}

/** A field of another manager, a precondition that does not hold, or an older resourceVersion. */
export function isConflict(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 409 && error.reason !== 'AlreadyExists';
}

export function isAlreadyExists(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 409 && error.reason === 'AlreadyExists';
}

/** The resourceVersion or the continue token is too old: list again. */
export function isGone(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.status === 410 || error.reason === 'Expired');
}

/** RBAC or an admission plugin says no. */
export function isForbidden(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 403;
}

/** The object breaks its schema or a validation rule. */
export function isInvalid(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 422;
}
