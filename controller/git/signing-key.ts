import { makeSshKey, publicKeyLine, readSshKey } from '../../gitops/git/ssh-key';
import type { ApiPort } from '../api/port';
import { readOwnSecret } from '../observe/own-secret';

/** The Secret in the controller's own namespace. */
const KEY_SECRET = 'openclaw-controller-signing-key';

/**
 * The private key by which commits are signed, from a Secret in the controller's own namespace. It is made once, with its public key beside
 * it, under the names that Flux uses.
 *
 * @throws SetupError where the namespace is not there, or the key was emptied
 */
export async function readSigningKey(api: ApiPort, namespace: string): Promise<string> {
  const loss = 'whoever verifies commits trusts the old one';
  const key = await readOwnSecret(api, { namespace, name: KEY_SECRET, make: newKey, loss }, 'identity');
  return key.toString();
}

function newKey(): Record<string, string> {
  const identity = makeSshKey();
  return { identity, 'identity.pub': `${publicKeyLine(readSshKey(identity))}\n` };
}
