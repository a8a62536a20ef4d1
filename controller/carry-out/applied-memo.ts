import type { Manifest } from '../../constructs';
import { hashOf, liveHash } from '../objects/live-hash';
import { type KubeObject, isOlder } from '../objects/objects';

/** What was sent last, and what the server made of it. As long as both are the same, nothing has to be sent. */
export interface AppliedMemo {
  readonly desired: string;
  readonly live: string;
  /** The manifest and the version of the object that were last found to agree: the same two need not be compared again while the manifest is kept. */
  manifest?: WeakRef<Manifest>;
  version?: string | undefined;
  /** The answer itself, until the cache has seen it. */
  answer?: KubeObject | undefined;
}

/** In place of a memo, for an object that is somebody else's: it is looked at before anything is sent. */
export const FOREIGN: AppliedMemo = { desired: '', live: '' };

/** A cache may lag behind our own last write. */
export function newest(cached: KubeObject, memo: AppliedMemo | undefined): KubeObject {
  if (memo?.answer === undefined) return cached;
  if (isOlder(cached.metadata.resourceVersion, memo.answer.metadata.resourceVersion)) return memo.answer;
  // Not deleted: an object that lost a field takes several times the room, and there are ten of these for each instance.
  memo.answer = undefined;
  return cached;
}

/** Whether the same was applied before. */
export function isOfSame(memo: AppliedMemo | undefined, desired: KubeObject): boolean {
  return memo?.desired === hashOf(desired);
}

/** Whether this very manifest and this very version of the object were found to agree. */
export function isNoted(memo: AppliedMemo | undefined, live: KubeObject, manifest: Manifest): boolean {
  return memo?.manifest?.deref() === manifest && memo.version === live.metadata.resourceVersion;
}

export function isSame(memo: AppliedMemo, desired: KubeObject, live: KubeObject): boolean {
  return memo.desired === hashOf(desired) && memo.live === liveHash(live, desired);
}
