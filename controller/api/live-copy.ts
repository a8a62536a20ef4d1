import type { Clock } from '../../gitops/git/clock';
import type { Kind } from '../objects/kinds';
import type { KubeObject } from '../objects/objects';
import type { Selection } from './list';
import type { ListTurns } from './list-turns';
import type { ChangeHandler, IndexFunction, ObjectReader } from './object-store';
import type { ApiPort } from './port';

export interface ListWatchOptions<T extends KubeObject = KubeObject> extends Selection {
  readonly api: ApiPort;
  readonly clock: Clock;
  readonly kind: Kind;
  /** What is kept of an object. @default - all of it */
  readonly keep?: (object: T) => T;
  /** Shared with the lists of other kinds. @default - a list waits for no other */
  readonly turns?: Pick<ListTurns, 'take'> | undefined;
  /** By name, for `by()`. @default - none */
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /** A list or a watch failed and will be tried again after `waitMs`. @default - nobody is told */
  readonly onError?: (error: unknown, waitMs: number) => void;
  /** The server refuses one of these for want of a right, or grants it again; empty when nothing is missing. @default - nobody is told */
  readonly onAccess?: (missing: readonly AccessVerb[]) => void;
  /**
   * The longest time between two lists. A watch that goes on misses nothing, and a list of a large cluster costs both sides: it is for what a server or
   * a proxy may lose against the rules. @default about an hour
   */
  readonly resyncMs?: number;
  /** A watch without a byte for this long is given up; the server sends a bookmark about once a minute. @default 150 s */
  readonly idleMs?: number;
  /** How often a kind that the cluster does not have is looked for. @default 1 min */
  readonly absentMs?: number;
  /** The wait after the first failure; doubled at each further one. @default 1 s */
  readonly firstBackoffMs?: number;
  /** @default 30 s */
  readonly maxBackoffMs?: number;
}

/** What the right to keep a copy consists of. */
export type AccessVerb = 'list' | 'watch';

export interface ListWatchCounts {
  /** Lists after the first one. */
  relists: number;
  /** Watches after the first one. */
  reconnects: number;
  /** Events of objects; bookmarks are not counted. */
  events: number;
  /** Lists and watches that failed. */
  failures: number;
}

/** Objects of one kind as the cluster has them, kept up to date. */
export interface LiveCopy<T extends KubeObject = KubeObject> extends ObjectReader<T> {
  readonly kind: Kind;
  /** Fulfilled after the first list, or when it turned out that there is none to be had: no such optional kind, or no right. Never rejected. */
  readonly synced: Promise<void>;
  readonly counts: Readonly<ListWatchCounts>;
  readonly size: number;
  /** Milliseconds since the server was last heard: an event, a bookmark, a list, or the news that it has no such kind or no right for us. */
  readonly lastEventAge: number;
  /** Whether the server has the kind, as far as we know; false before the first list. */
  readonly isServed: boolean;
  /** What the server refuses for want of a right. Without `list` the objects are those of before, without `watch` they are half a minute old. */
  readonly missingAccess: readonly AccessVerb[];
  /** Calls the handler for every change from now on. What it throws goes to `onError` and stops nothing. */
  onChange(handler: ChangeHandler<T>): void;
  /** Begins; returns at once. A second call does nothing. */
  start(): void;
  /** No handler is called once this has been called. Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}
