import type { ApiRequest } from '../../controller/api/port';
import type { Kind } from '../../controller/objects/kinds';
import type { KubeObject } from '../../controller/objects/objects';
import { clone } from './fake-fields';

/** One open watch. */
class FakeWatch {
  private readonly lines: object[] = [];
  private wake = (): void => {};

  public constructor(
    public readonly kind: Kind,
    private readonly request: ApiRequest,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', () => this.wake());
  }

  public get selector(): string | undefined {
    return this.request.query?.['labelSelector'];
  }

  public send(type: string, object: KubeObject): void {
    const isPartial = this.request.accept?.includes('PartialObjectMetadata');
    this.lines.push({ type, object: clone(isPartial ? { metadata: object.metadata } : object) });
    this.wake();
  }

  public async *read(): AsyncGenerator {
    for (;;) {
      this.signal.throwIfAborted();
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

  public hold(): void {
    this.held ??= [];
  }

  /** Lets the oldest changes go on, all by default. */
  public release(count = Infinity): void {
    for (const tell of this.held?.splice(0, count) ?? []) tell();
    if (this.held?.length === 0) this.held = undefined;
  }

  /** @param selector equalities, with commas between them */
  public matches({ metadata: { labels = {} } }: KubeObject, selector: string | undefined): boolean {
    if (selector === undefined) return true;
    return selector.split(',').every((term) => {
      const [key = '', value] = term.split('=');
      return labels[key] === value;
    });
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
    const was = before !== undefined && this.matches(before, watch.selector);
    const is = type !== 'DELETED' && this.matches(after, watch.selector);
    if (was && !is) watch.send('DELETED', after);
    else if (is) watch.send(was ? 'MODIFIED' : 'ADDED', after);
  }
}
