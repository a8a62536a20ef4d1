import { makeCosignKey } from '../../gitops/oci/cosign';
import type { ApiPort } from '../api/port';
import { readOwnSecret } from '../observe/own-secret';

/** The Secret in the controller's own namespace. */
const KEY_SECRET = 'openclaw-controller-cosign-key';

/**
 * The private key by which artifacts are signed, from a Secret in the controller's own namespace. It is made once, with its public key beside it under
 * the name that cosign and Flux use.
 *
 * @throws SetupError where the namespace is not there, or the key was emptied
 */
export async function readCosignKey(api: ApiPort, namespace: string): Promise<string> {
  const loss = 'whoever verifies artifacts trusts the old one';
  const key = await readOwnSecret(api, { namespace, name: KEY_SECRET, make: newKey, loss }, 'cosign.key');
  return key.toString();
}

function newKey(): Record<string, string> {
  const { privateKey, publicKey } = makeCosignKey();
  return { 'cosign.key': privateKey, 'cosign.pub': publicKey };
}
