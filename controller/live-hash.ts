import { createHash } from 'node:crypto';
import type { KubeObject } from './objects';

/** What the API server and its controllers keep in metadata for themselves. */
const BOOKKEEPING = new Set(['resourceVersion', 'generation', 'managedFields', 'uid', 'creationTimestamp', 'selfLink']);

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** A hash of what an object says, status and bookkeeping aside: it changes when somebody changed the object. */
export function liveHash({ status: _status, metadata, ...rest }: KubeObject): string {
  const kept = Object.entries(metadata).filter(([key]) => !BOOKKEEPING.has(key));
  const { [LAST_APPLIED]: _lastApplied, ...annotations } = metadata.annotations ?? {};
  return hashOf({ ...rest, metadata: { ...Object.fromEntries(kept), annotations } });
}

/** A hash of any JSON. The order of keys counts: it is that of the renderer, or that of the API server. */
export function hashOf(value: unknown): string {
  return createHash('sha1').update(JSON.stringify(value)).digest('base64');
}
