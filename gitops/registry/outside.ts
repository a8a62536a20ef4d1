/** An answer of a server outside the cluster. */
export interface OutsideAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

export interface OutsideRequest {
  /** @default GET */
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default - nothing is sent */
  readonly body?: Uint8Array<ArrayBuffer> | undefined;
  /** From the first byte sent to the last one received, in milliseconds. */
  readonly timeoutMs: number;
  /** Bytes of an answer at most. */
  readonly limit: number;
}

/** Why there is no answer, in words for people. Nothing that was sent is part of it. */
export class OutsideError extends Error {
  public override readonly name = 'OutsideError';
}

/**
 * The one way to servers outside the cluster, with a time-out and a bound on what is read. Redirects are answers: whoever asks decides whether the
 * next place is to be trusted with what was sent.
 *
 * @throws {@link OutsideError}
 */
export async function askOutside(
  url: URL,
  { method = 'GET', headers = {}, body, timeoutMs, limit }: OutsideRequest,
): Promise<OutsideAnswer> {
  try {
    const response = await fetch(url, {
      method,
      headers: { 'user-agent': 'openclaw-cdk8s', ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      ...(body && { body }),
    });
    return { status: response.status, headers: response.headers, bytes: await bytesOf(response, limit) };
  } catch (cause) {
    if (cause instanceof OutsideError) throw cause;
    const { name, cause: inner } = cause as { name: string; cause?: { code?: string } };
    const why = name === 'TimeoutError' ? `within ${timeoutMs / 1000} seconds` : (inner?.code ?? name);
    throw new OutsideError(`does not answer (${why})`, { cause });
  }
}

async function bytesOf(response: Response, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > limit) throw new OutsideError(`answers with more than ${limit} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}

/** The place that an answer sends on to. */
export function redirectOf({ status, headers }: OutsideAnswer): string | undefined {
  return status >= 301 && status <= 308 && status !== 304 ? (headers.get('location') ?? undefined) : undefined;
}
