/** The words of an admission webhook (admission.k8s.io/v1). */
import { isObject } from '../../constructs/spec/json';
import { cut } from '../status/text';

/** What the API server asks. */
export interface AdmissionRequest {
  readonly uid: string;
  /** Kind of the object. */
  readonly kind: string;
  readonly operation: string;
  /** Missing for kinds of the cluster. */
  readonly namespace?: string;
  readonly object: AdmittedObject;
  /** Of an update. */
  readonly oldObject?: AdmittedObject;
}

/** An object as it would be stored: its shape was checked by the CRD, or is about to be. */
export interface AdmittedObject {
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: object;
}

/** What we answer. */
export interface Verdict {
  readonly isAllowed: boolean;
  /** What the user is told in any case, a line each. */
  readonly warnings: readonly string[];
  /** Why not. */
  readonly causes: readonly Cause[];
  /** Nobody looked at it. @default false */
  readonly isUnjudged?: boolean;
}

export interface Cause {
  readonly field: string;
  readonly message: string;
}

/** The API server cuts longer warnings, and drops all beyond 4,096 characters. */
const LONGEST_WARNING = 256;
const MOST_WARNINGS = 12;

/** Bytes in which all stands that comes before the objects. */
const HEAD = 4096;

/** As an API server writes a review, up to the operation: who asks comes after it, and then the objects. */
const HEAD_SHAPE = new RegExp(
  [
    String.raw`^\{"kind":"AdmissionReview","apiVersion":"[^"\\]*","request":\{"uid":"(?<uid>[^"\\]+)",`,
    String.raw`(?:"(?:kind|resource|requestKind|requestResource)":\{[^{}]*\},|"(?:subResource|requestSubResource|name)":"(?:[^"\\]|\\.)*",)*`,
    String.raw`(?:"namespace":"(?<namespace>[^"\\]*)",)?"operation":`,
  ].join(''),
);

/**
 * Whose review it is, from its first bytes alone: so one that is not to be judged need not be parsed.
 *
 * @returns `undefined` where it does not begin as those of an API server do
 */
export function headOf(review: Buffer): { readonly uid: string; readonly tenant: string } | undefined {
  const { uid, namespace = '' } = HEAD_SHAPE.exec(review.subarray(0, HEAD).toString())?.groups ?? {};
  return uid === undefined ? undefined : { uid, tenant: namespace };
}

/** @returns `undefined` for what is no review */
export function requestOf(review: unknown): AdmissionRequest | undefined {
  const request = isObject(review) && review['kind'] === 'AdmissionReview' ? review['request'] : undefined;
  if (!isObject(request) || typeof request['uid'] !== 'string') return undefined;
  const { uid, kind, operation, namespace, object, oldObject } = request;
  if (!isObject(kind) || !isAdmitted(object)) return undefined;
  return {
    uid,
    kind: String(kind['kind']),
    operation: String(operation),
    object,
    ...(typeof namespace === 'string' && namespace !== '' && { namespace }),
    ...(isAdmitted(oldObject) && { oldObject }),
  };
}

function isAdmitted(object: unknown): object is AdmittedObject {
  return isObject(object) && isObject(object['metadata']);
}

/** The review with our answer in it. */
export function answerTo(uid: string, { isAllowed, warnings, causes }: Verdict): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: isAllowed,
      ...(warnings.length > 0 && { warnings: shortened(warnings) }),
      ...(!isAllowed && {
        status: {
          code: 422,
          reason: 'Invalid',
          message: causes.map(textOf).join('; '),
          details: { causes: causes.map((cause) => ({ ...cause, reason: 'FieldValueInvalid' })) },
        },
      }),
    },
  };
}

export function textOf({ field, message }: Cause): string {
  return field === '' ? message : `${field}: ${message}`;
}

function shortened(warnings: readonly string[]): string[] {
  const told = warnings.slice(0, MOST_WARNINGS).map((warning) => cut(warning, LONGEST_WARNING));
  return warnings.length > MOST_WARNINGS ? [...told, `and ${warnings.length - MOST_WARNINGS} more warnings`] : told;
}
