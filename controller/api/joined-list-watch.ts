import type { Kind } from '../objects/kinds';
import type { KubeObject } from '../objects/objects';
import type { Selection } from './list';
import { ListWatch } from './list-watch';
import type { AccessVerb, ListWatchCounts, ListWatchOptions, LiveCopy } from './live-copy';
import type { ChangeHandler } from './object-store';

/** The copies of several parts of a kind, such as those of some namespaces, as one. */
class JoinedListWatch<T extends KubeObject = KubeObject> implements LiveCopy<T> {
  public readonly kind: Kind;
  public readonly synced: Promise<void>;
  private readonly parts: readonly ListWatch<T>[];

  /** @param selections no two of them select the same object */
  public constructor(options: ListWatchOptions<T>, selections: readonly Selection[]) {
    const { onAccess } = options;
    this.kind = options.kind;
    this.parts = selections.map(
      // A right may be missing in one namespace only.
      (selection) => new ListWatch<T>({ ...options, ...selection, ...(onAccess && { onAccess: () => onAccess(this.missingAccess) }) }),
    );
    this.synced = this.allSynced();
  }

  public onChange(handler: ChangeHandler<T>): void {
    for (const part of this.parts) part.onChange(handler);
  }

  public start(): void {
    for (const part of this.parts) part.start();
  }

  public async stop(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.stop()));
  }

  public get(namespace: string | undefined, name: string): T | undefined {
    for (const part of this.parts) {
      const found = part.get(namespace, name);
      if (found) return found;
    }
    return undefined;
  }

  public list(namespace?: string): T[] {
    return this.parts.flatMap((part) => part.list(namespace));
  }

  public by(index: string, value: string): T[] {
    return this.parts.flatMap((part) => part.by(index, value));
  }

  public get size(): number {
    return this.parts.reduce((sum, { size }) => sum + size, 0);
  }

  public get counts(): ListWatchCounts {
    const sum: ListWatchCounts = { relists: 0, reconnects: 0, events: 0, failures: 0 };
    for (const { counts } of this.parts) {
      for (const name of Object.keys(sum) as (keyof ListWatchCounts)[]) sum[name] += counts[name];
    }
    return sum;
  }

  /** That of the quietest part. */
  public get lastEventAge(): number {
    return Math.max(...this.parts.map(({ lastEventAge }) => lastEventAge));
  }

  /** A server has a kind for all namespaces or for none. */
  public get isServed(): boolean {
    return this.parts.some(({ isServed }) => isServed);
  }

  public get missingAccess(): readonly AccessVerb[] {
    return [...new Set(this.parts.flatMap(({ missingAccess }) => missingAccess))].toSorted();
  }

  private async allSynced(): Promise<void> {
    await Promise.all(this.parts.map(({ synced }) => synced));
  }
}

/** @param selections the parts of the kind. @default - all of it */
export function liveCopy<T extends KubeObject = KubeObject>(options: ListWatchOptions<T>, selections?: readonly Selection[]): LiveCopy<T> {
  return selections === undefined ? new ListWatch<T>(options) : new JoinedListWatch<T>(options, selections);
}
