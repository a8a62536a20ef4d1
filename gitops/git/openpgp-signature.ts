/** Signatures of OpenPGP, for verifiers such as Argo CD that know no other. */
import type * as OpenPgp from 'openpgp';
import { GitError } from './errors';
import type { CommitSigner } from './signer';

/**
 * A signer with a private key of OpenPGP. The library is loaded here: it is large, and most set-ups sign with SSH keys.
 *
 * @param privateKey armored (`gpg --armor --export-secret-keys`), without a passphrase
 * @throws {@link GitError} `SIGN-FAILED` where the key cannot be used
 */
export async function openpgpSigner(privateKey: string): Promise<CommitSigner> {
  const { createMessage, readPrivateKey, readSignature, sign, verify } = await library();
  const key = await readPrivateKey({ armoredKey: privateKey }).catch(() => {
    // The cause may repeat a part of the key.
    throw new GitError('SIGN-FAILED', 'the signing key cannot be read: an armored private key of OpenPGP is needed');
  });
  if (!key.isDecrypted()) throw new GitError('SIGN-FAILED', 'the signing key has a passphrase: nobody is there to type it');
  const fingerprint = key.getFingerprint().toUpperCase();
  return {
    scheme: 'openpgp',
    publicKey: key.toPublic().armor(),
    verifier: `openpgp ${fingerprint}`,
    fingerprint,
    sign: async (commit) => {
      const message = await createMessage({ binary: new Uint8Array(commit) });
      const signature = String(await sign({ message, signingKeys: key, detached: true }));
      const { signatures } = await verify({
        message,
        signature: await readSignature({ armoredSignature: signature }),
        verificationKeys: key.toPublic(),
      });
      await Promise.all(signatures.map(({ verified }) => verified));
      return signature.replaceAll('\r\n', '\n');
    },
  };
}

/** @throws {@link GitError} `SIGN-FAILED` where the package was left out */
async function library(): Promise<typeof OpenPgp> {
  try {
    return await import('openpgp');
  } catch {
    throw new GitError(
      'SIGN-FAILED',
      'signing with OpenPGP needs the optional package openpgp',
      'install openpgp, or sign with an SSH key',
    );
  }
}
