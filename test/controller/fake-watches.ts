import type { ApiRequest } from '../../controller/api/port';
import type { Kind } from '../../controller/objects/kinds';
import type { KubeObject } from '../../controller/objects/objects';
import { clone } from './fake-fields';

/** Whether an object is among those that a list or a watch asks for: by namespace, by equalities of labels, and by name. */
export function isSelected({ metadata: { name, namespace, labels = {} } }: KubeObject, { path, query = {} }: ApiRequest): boolean {
  const [, asked] = /\/namespaces\/([^/]+)\/[^/]+$/.exec(path) ?? [];
  if (asked !== undefined && asked !== namespace) return false;
  const { labelSelector, fieldSelector } = query;
  const [, only] = /^metadata\.name=(.*)$/.exec(fieldSelector ?? '') ?? [];
  if (only !== undefined && only !== name) return false;
  return (labelSelector?.split(',') ?? []).every((term) => {
    const [key = '', value] = term.split('=');
    return labels[key] === value;
  });
}

/** One open watch. */
class FakeWatch {
  private readonly lines: object[] = [];
  private wake = (): void => {};
  private error: Error | undefined;

  public constructor(
    public readonly kind: Kind,
    private readonly request: ApiRequest,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', () => this.wake());
  }

  public selects(object: KubeObject): boolean {
    return isSelected(object, this.request);
  }

  public send(type: string, object: KubeObject): void {
    const isPartial = this.request.accept?.includes('PartialObjectMetadata');
    this.lines.push({ type, object: clone(isPartial ? { metadata: object.metadata } : object) });
    this.wake();
  }

  public cut(error: Error): void {
    this.error = error;
    this.wake();
  }

  public async *read(): AsyncGenerator {
    for (;;) {
      this.signal.throwIfAborted();
      if (this.error) throw this.error;
      if (this.lines.length > 0) yield this.lines.shift();
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
    }
  }
}

/** The watches of a fake server: every change reaches those that select the object. */
export class FakeWatches {
  private readonly watches = new Set<FakeWatch>();
  /** While it is on, changes wait: the caches do not see them yet. */
  private held: (() => void)[] | undefined;

  public async *open(kind: Kind, request: ApiRequest, signal: AbortSignal): AsyncGenerator {
    const watch = new FakeWatch(kind, request, signal);
    this.watches.add(watch);
    try {
      yield* watch.read();
    } finally {
      this.watches.delete(watch);
    }
  }

  /** Ends every watch that is open. */
  public cut(error: Error): void {
    for (const watch of this.watches) watch.cut(error);
  }

  public hold(): void {
    this.held ??= [];
  }

  /** Lets the oldest changes go on, all by default. */
  public release(count = Infinity): void {
    for (const tell of this.held?.splice(0, count) ?? []) tell();
    if (this.held?.length === 0) this.held = undefined;
  }

  public tell(type: 'ADDED' | 'MODIFIED' | 'DELETED', before: KubeObject | undefined, after: KubeObject): void {
    const tell = (): void => {
      for (const watch of this.watches) {
        if (watch.kind.kind === after.kind && watch.kind.apiVersion === after.apiVersion) this.send(watch, type, before, after);
      }
    };
    if (this.held) this.held.push(tell);
    else tell();
  }

  private send(watch: FakeWatch, type: string, before: KubeObject | undefined, after: KubeObject): void {
    const was = before !== undefined && watch.selects(before);
    const is = type !== 'DELETED' && watch.selects(after);
    if (was && !is) watch.send('DELETED', after);
    else if (is) watch.send(was ? 'MODIFIED' : 'ADDED', after);
  }
}
