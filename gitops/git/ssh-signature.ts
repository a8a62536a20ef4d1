/** Signatures of commits as `git verify-commit` reads them, made without a program, an agent or a key on disk (OpenSSH, PROTOCOL.sshsig). */
import { createHash, sign, timingSafeEqual, verify } from 'node:crypto';
import { GitError } from './errors';
import type { CommitSigner } from './signer';
import { type SshKey, publicKeyLine, readSshKey, sshFingerprint } from './ssh-key';
import { SshReader, joined, sshInteger, sshString } from './ssh-wire';

const MAGIC = new TextEncoder().encode('SSHSIG');
const VERSION = Uint8Array.of(0, 0, 0, 1);
/** What Git calls its signatures: one made for another purpose does not count. */
const NAMESPACE = 'git';
const HASH = 'sha512';
const LINE = 70;

/**
 * A signer with a private key.
 *
 * @param privateKey the text of a key file
 * @throws {@link GitError} `SIGN-FAILED` where the key cannot be used
 */
export function sshSigner(privateKey: string): CommitSigner {
  const key = readSshKey(privateKey);
  return {
    scheme: 'ssh',
    publicKey: publicKeyLine(key),
    verifier: publicKeyLine(key),
    fingerprint: sshFingerprint(key),
    sign: async (commit) => {
      const signature = armored(signatureBlob(commit, key));
      // What does not verify here verifies nowhere, and would stop whoever follows the branch.
      if (!isSshSignature(signature, commit, key)) throw new GitError('SIGN-FAILED', 'the signature of the commit does not verify');
      return signature;
    },
  };
}

/** Whether a signature was made of these bytes, for Git, by this very key. */
export function isSshSignature(signature: string, message: Uint8Array, key: Pick<SshKey, 'publicKey' | 'blob' | 'algorithm'>): boolean {
  const body = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\n?$/.exec(signature)?.[1];
  if (body === undefined) return false;
  try {
    const reader = new SshReader(new Uint8Array(Buffer.from(body, 'base64')));
    const head = joined([reader.take(MAGIC.length), reader.take(VERSION.length)]);
    const [blob, namespace, , hash] = [reader.string(), reader.text(), reader.text(), reader.text()];
    const inner = new SshReader(reader.string());
    const isMeant = isSame(head, joined([MAGIC, VERSION])) && namespace === NAMESPACE && hash === HASH && isSame(blob, key.blob);
    return isMeant && inner.text() === key.algorithm.signature && isSignedBy(key, signedBytes(message), inner.string());
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function signatureBlob(message: Uint8Array, key: SshKey): Uint8Array {
  const { signature, hash } = key.algorithm;
  const isElliptic = key.privateKey.asymmetricKeyType === 'ec';
  const raw = sign(hash, signedBytes(message), isElliptic ? { key: key.privateKey, dsaEncoding: 'ieee-p1363' } : key.privateKey);
  const value = isElliptic ? joined(halves(new Uint8Array(raw)).map(sshInteger)) : new Uint8Array(raw);
  const inner = joined([sshString(signature), sshString(value)]);
  return joined([MAGIC, VERSION, sshString(key.blob), sshString(NAMESPACE), sshString(''), sshString(HASH), sshString(inner)]);
}

/** Not the message is signed, but its hash with what it is for. */
function signedBytes(message: Uint8Array): Uint8Array {
  const digest = new Uint8Array(createHash(HASH).update(new Uint8Array(message)).digest());
  return joined([MAGIC, sshString(NAMESPACE), sshString(''), sshString(HASH), sshString(digest)]);
}

function isSignedBy(
  { publicKey, algorithm: { hash } }: Pick<SshKey, 'publicKey' | 'algorithm'>,
  bytes: Uint8Array,
  value: Uint8Array,
): boolean {
  if (publicKey.asymmetricKeyType !== 'ec') return verify(hash, bytes, publicKey, new Uint8Array(value));
  const reader = new SshReader(value);
  const size = Math.ceil(coordinateBits(publicKey.asymmetricKeyDetails?.namedCurve) / 8);
  const raw = joined([reader.string(), reader.string()].map((number) => padded(number, size)));
  return verify(hash, bytes, { key: publicKey, dsaEncoding: 'ieee-p1363' }, new Uint8Array(raw));
}

function coordinateBits(curve: string | undefined): number {
  return Number(/\d{3}/.exec(curve ?? '')?.[0] ?? 0);
}

function halves(bytes: Uint8Array): Uint8Array[] {
  return [bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)];
}

/** A number of SSH without its sign byte, filled up in front. */
function padded(number: Uint8Array, size: number): Uint8Array {
  const digits = number.subarray(Math.max(0, number.length - size));
  return joined([new Uint8Array(size - digits.length), digits]);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(new Uint8Array(a), new Uint8Array(b));
}

function armored(blob: Uint8Array): string {
  const lines = Buffer.from(blob)
    .toString('base64')
    .match(new RegExp(`.{1,${LINE}}`, 'g'));
  return `-----BEGIN SSH SIGNATURE-----\n${(lines ?? []).join('\n')}\n-----END SSH SIGNATURE-----\n`;
}
