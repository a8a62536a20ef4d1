import type { Kind } from '../objects/kinds';
import type { KubeObject, LiveMetadata } from '../objects/objects';
import { BrokenLineError } from './errors';
import { type Selection, kept } from './list';

/** What a watch says. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  /** Nothing before this version is outstanding. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  /** A Status: the watch is over. */
  | { readonly type: 'ERROR'; readonly status: unknown };

/** Reads one line of a watch of the selected objects. @throws BrokenLineError for anything that is no event */
export function watchEvent(kind: Kind, line: unknown, selection: Selection = {}): WatchEvent {
  const { type, object } = isRecord(line) ? line : {};
  if (type === 'ERROR') return { type, status: object };
  const metadata = isRecord(object) ? object['metadata'] : undefined;
  if (!isRecord(metadata) || typeof metadata['resourceVersion'] !== 'string') throw broken(type);
  if (type === 'BOOKMARK') return { type, resourceVersion: metadata['resourceVersion'] };
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') throw broken(type);
  if (typeof metadata['name'] !== 'string') throw broken(type);
  return { type, object: kept(kind, { ...(object as object), metadata: metadata as unknown as LiveMetadata }, selection) };
}

function broken(type: unknown): BrokenLineError {
  return new BrokenLineError(`a line of the watch is no event (type ${typeof type === 'string' ? type.slice(0, 20) : 'missing'})`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
