/** One request to the API server, as it travels. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Begins with `/`; its segments are percent-encoded already (see `resourcePath`). */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** @default 'application/json' */
  readonly contentType?: string;
  /** @default 'application/json' */
  readonly accept?: string;
  /** For one try, from the first byte sent to the last one received. For a stream: until it begins. @default 30 s */
  readonly timeoutMs?: number;
  /** Gives the request up; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A success (status below 300); all else throws. */
export interface ApiResponse {
  readonly status: number;
  /** The parsed JSON; a text where the server sends text (`/readyz`). */
  readonly body: unknown;
  /** Texts of the `Warning` headers, in order. */
  readonly warnings: readonly string[];
}

/** The one door to the API server. */
export interface ApiPort {
  /**
   * Sends a request and waits for its answer. A server that asks to wait is obeyed within limits; a connection that breaks is tried again only
   * where doing it twice is doing it once (`isRepeatable`).
   *
   * @throws ApiError for a refusal, ConnectionError when no answer came, FencedError for a write that may not be sent, AnswerTooLargeError
   */
  request(request: ApiRequest): Promise<ApiResponse>;
  /**
   * The lines of an answer that goes on, each one parsed. Ends when the server ends it.
   *
   * @throws like `request`, without trying again; BrokenLineError for a line that is no JSON; the signal's reason once that is aborted
   */
  stream(request: ApiRequest, signal: AbortSignal): AsyncIterable<unknown>;
}

/** Whether the request changes nothing in the cluster. */
export function isReadOnly({ method, query, body }: ApiRequest): boolean {
  if (method === 'GET') return true;
  // The server reads the options of a deletion from its body, if it has one, and then passes over the query.
  if (method === 'DELETE' && body !== undefined) return isDryRun((body as { readonly dryRun?: unknown }).dryRun);
  return query?.['dryRun'] === 'All';
}

function isDryRun(option: unknown): boolean {
  return Array.isArray(option) && option.includes('All');
}

/**
 * Whether it may be sent again without knowing if the first one arrived: reads, dry runs, and server-side apply, which states the result and
 * not the step.
 */
export function isRepeatable(request: ApiRequest): boolean {
  return isReadOnly(request) || (request.method === 'PATCH' && request.contentType === applyContentType);
}

/** JSON is YAML: the server reads an apply patch as either. */
export const applyContentType = 'application/apply-patch+yaml';
