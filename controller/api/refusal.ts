import { ApiError, type StatusDetails } from './errors';
import type { ApiRequest } from './port';

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
  const secret = mayQuoteSecret(request, reason, text);
  const said = secret ? 'its message is withheld, for it may quote the Secret' : text || 'no further word';
  const message = `${request.method} ${request.path}: the API server answered ${status}${reason && ` ${reason}`}: ${said}`;
  const details = answer?.details ?? {};
  return new ApiError(message, status, reason, secret ? withoutMessages(details) : details, retryAfterSeconds ?? details.retryAfterSeconds);
}

/** The error for a Status that came as an event of a watch. */
export function refusalInStream(request: ApiRequest, body: unknown): ApiError {
  return refusal(request, isStatus(body) ? (body.code ?? 500) : 500, body);
}

function isStatus(body: unknown): body is StatusBody {
  return typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status';
}

/** The server quotes wrong values in its messages, and the values of a Secret stand in what is written to it. */
function mayQuoteSecret({ method, path }: ApiRequest, reason: string, message: string): boolean {
  if (method === 'GET' || !/^\/api\/v1\/namespaces\/[^/]+\/secrets(\/|$)/.test(path)) return false;
  return !quotesNothing.has(reason) || message.includes('admission webhook');
}

function withoutMessages(details: StatusDetails): StatusDetails {
  if (!details.causes) return details;
  const causes = details.causes.map(({ reason, field }) => ({
    ...(reason !== undefined && { reason }),
    ...(field !== undefined && { field }),
  }));
  return { ...details, causes };
}
