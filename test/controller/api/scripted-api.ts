import { ConnectionError } from '../../../controller/api/errors';
import type { ApiPort, ApiRequest, ApiResponse } from '../../../controller/api/port';
import type { KubeObject } from '../../../controller/objects/objects';

/** A ConfigMap as the server sends it in a watch. */
export function configMap(name: string, resourceVersion: string, more: Partial<KubeObject['metadata']> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'a', uid: `uid-${name}`, resourceVersion, ...more } };
}

/** The body of a list. Items of a list have no kind. */
export function listOf(resourceVersion: string, items: readonly KubeObject[], next?: string): object {
  return {
    kind: 'ConfigMapList',
    metadata: { resourceVersion, ...(next !== undefined && { continue: next }) },
    items: items.map(({ apiVersion: _apiVersion, kind: _kind, ...item }) => item),
  };
}

/** One watch, as the server holds it. */
export class ScriptedStream {
  private readonly lines: unknown[] = [];
  private end: { readonly error?: Error } | undefined;
  private wake = (): void => {};

  public constructor(
    public readonly request: ApiRequest,
    public readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', () => this.wake());
  }

  public send(type: string, object: unknown): void {
    this.line({ type, object });
  }

  public bookmark(resourceVersion: string): void {
    this.send('BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion } });
  }

  public line(line: unknown): void {
    this.lines.push(line);
    this.wake();
  }

  public close(error?: Error): void {
    this.end = error ? { error } : {};
    this.wake();
  }

  public async *read(): AsyncGenerator {
    for (;;) {
      this.signal.throwIfAborted();
      if (this.lines.length > 0) yield this.lines.shift();
      else if (this.end?.error) throw this.end.error;
      else if (this.end) return;
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
    }
  }
}

/** A port whose lists are answered from a script and whose watches a test writes. */
export class ScriptedApi implements ApiPort {
  public readonly lists: ApiRequest[] = [];
  public readonly streams: ScriptedStream[] = [];
  /** Answers of lists: bodies, or errors to throw. The last one stays. */
  public answers: (object | Error)[] = [listOf('10', [])];
  /** What every list waits for before it is answered. */
  public gate: Promise<void> = Promise.resolve();
  /** Errors that the next watches throw when they are opened. */
  public readonly refusals: Error[] = [];

  public async request(request: ApiRequest): Promise<ApiResponse> {
    this.lists.push(request);
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    await this.gate;
    if (answer instanceof Error) throw answer;
    return { status: 200, body: answer, warnings: [] };
  }

  public async *stream(request: ApiRequest, signal: AbortSignal): AsyncGenerator {
    const refusal = this.refusals.shift();
    const stream = new ScriptedStream(request, signal);
    this.streams.push(stream);
    if (refusal) throw refusal;
    yield* stream.read();
  }

  /** The watch that was opened last. */
  public get latest(): ScriptedStream {
    const stream = this.streams.at(-1);
    if (!stream) throw new Error('no watch was opened');
    return stream;
  }
}

export const brokenConnection = (): ConnectionError => new ConnectionError('cut', 'ECONNRESET');
