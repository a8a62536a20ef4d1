import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ApiPort } from '../api/port';
import { findHashKey } from '../observe/secret-facts';

/**
 * The path at which the API server asks, which nobody else knows: an API server shows no certificate to a webhook, and any pod may reach its port.
 * Whoever asks is answered from what the controller may read, and that is every namespace.
 *
 * It follows from the controller's own key, so all replicas have the same one, and it never changes.
 *
 * @returns `undefined` while nobody has led yet
 */
export async function readPath(api: ApiPort, namespace: string): Promise<string | undefined> {
  const key = await findHashKey(api, namespace);
  return key && `/validate/${createHmac('sha256', key).update('path of the admission webhook').digest('hex')}`;
}

/** Whether a request is for this path. How long it takes tells nothing of it. */
export function isPath(asked: string, path: string | undefined): boolean {
  if (path === undefined) return false;
  const [one, other] = [asked, path].map((text) => new Uint8Array(Buffer.from(text))) as [Uint8Array, Uint8Array];
  return one.length === other.length && timingSafeEqual(one, other);
}
