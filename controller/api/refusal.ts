import { ApiError, type StatusDetails } from './errors';
import type { ApiRequest } from './port';
import { withoutSentValues } from './sent-values';

/** A Kubernetes Status, as far as we read it. */
interface StatusBody {
  readonly kind: 'Status';
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: StatusDetails;
}

/** Reasons whose messages are built from names alone. Others may quote what was sent. */
const quotesNothing = new Set([
  'AlreadyExists',
  'Conflict',
  'Expired',
  'Forbidden',
  'Gone',
  'NotFound',
  'ServiceUnavailable',
  'Timeout',
  'ServerTimeout',
  'TooManyRequests',
  'Unauthorized',
]);

/** The error for an answer that is a refusal. `body` is the parsed answer, or undefined when it was no JSON. */
export function refusal(request: ApiRequest, status: number, body: unknown, retryAfterSeconds?: number): ApiError {
  const answer = isStatus(body) ? body : undefined;
  const reason = answer?.reason ?? '';
  const text = answer?.message ?? '';
  const secret = mayQuoteStored(request, reason, text);
  const masked = isWriteOfSecret(request) ? withoutSentValues(text, request.body) : text;
  const said = secret ? 'its message is withheld, for it may quote the Secret' : masked || 'no further word';
  const message = `${request.method} ${request.path}: the API server answered ${status}${reason && ` ${reason}`}: ${said}`;
  const details = answer?.details ?? {};
  const told = isWriteOfSecret(request) ? withMessages(details, secret ? undefined : request.body) : details;
  return new ApiError(message, status, reason, told, retryAfterSeconds ?? details.retryAfterSeconds);
}

/** The error for a Status that came as an event of a watch. */
export function refusalInStream(request: ApiRequest, body: unknown): ApiError {
  return refusal(request, isStatus(body) ? (body.code ?? 500) : 500, body);
}

function isStatus(body: unknown): body is StatusBody {
  return typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status';
}

/** Whether values of a Secret stand in what was written: the server quotes wrong ones in its messages. */
function isWriteOfSecret({ method, path }: ApiRequest): boolean {
  return method !== 'GET' && /^\/api\/v1\/namespaces\/[^/]+\/secrets(\/|$)/.test(path);
}

/**
 * Whether values may be quoted that we did not send and cannot mask: a patch is judged together with what is stored. The words of a policy are
 * those of an administrator, and who reads them has to know them.
 */
function mayQuoteStored(request: ApiRequest, reason: string, message: string): boolean {
  if (!isWriteOfSecret(request) || request.method === 'POST' || message.includes('ValidatingAdmissionPolicy')) return false;
  return !quotesNothing.has(reason) || message.includes('admission webhook');
}

/** @param body what was sent, whose values are masked; `undefined` takes the messages away */
function withMessages(details: StatusDetails, body: unknown): StatusDetails {
  if (!details.causes) return details;
  const causes = details.causes.map(({ reason, field, message }) => ({
    ...(reason !== undefined && { reason }),
    ...(field !== undefined && { field }),
    ...(message !== undefined && body !== undefined && { message: withoutSentValues(message, body) }),
  }));
  return { ...details, causes };
}
