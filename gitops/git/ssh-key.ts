/** Private keys with which commits are signed: read from PEM, or made. They stay in memory. */
import { type KeyObject, createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { GitError } from './errors';
import { SshReader, joined, sshInteger, sshString } from './ssh-wire';

export interface SshKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** The public key as SSH writes it. */
  readonly blob: Uint8Array;
  /** What its signatures are called, and the hash that they are made of; Ed25519 hashes by itself. */
  readonly algorithm: { readonly signature: string; readonly hash: string | null };
}

/** Where the newest form of OpenSSH keeps the one key that we read from it. */
const OPENSSH = /^\s*-----BEGIN OPENSSH PRIVATE KEY-----\s([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----\s*$/;
const OPENSSH_MAGIC = 'openssh-key-v1\0';

/** Bits. Git hosts and Flux refuse signatures of shorter RSA keys. */
const SHORTEST_RSA = 2048;

const CURVES: Readonly<Record<string, { readonly name: string; readonly hash: string }>> = {
  prime256v1: { name: 'nistp256', hash: 'sha256' },
  secp384r1: { name: 'nistp384', hash: 'sha384' },
  secp521r1: { name: 'nistp521', hash: 'sha512' },
};

/** A new Ed25519 key, as the text of a PEM file (PKCS #8). */
export function makeSshKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * Reads a private key without a passphrase: Ed25519 in the form of OpenSSH, or Ed25519, ECDSA or RSA in PEM (PKCS #8, SEC 1, PKCS #1).
 *
 * @throws {@link GitError} `SIGN-FAILED`; its message holds nothing of the text
 */
export function readSshKey(text: string): SshKey {
  const privateKey = keyObjectOf(text);
  const publicKey = createPublicKey(privateKey);
  return { privateKey, publicKey, ...publicFormOf(publicKey) };
}

/** `ssh-ed25519 AAAA...`: a line of an `authorized_keys` or `allowed_signers` file, without a comment. */
export function publicKeyLine({ blob }: Pick<SshKey, 'blob'>): string {
  return `${new SshReader(blob).text()} ${Buffer.from(blob).toString('base64')}`;
}

/** `SHA256:...`, as ssh-keygen and Git hosts print it. */
export function sshFingerprint({ blob }: Pick<SshKey, 'blob'>): string {
  return `SHA256:${createHash('sha256').update(new Uint8Array(blob)).digest('base64').replace(/=+$/, '')}`;
}

function keyObjectOf(text: string): KeyObject {
  const openSsh = OPENSSH.exec(text);
  try {
    return openSsh ? fromOpenSsh(Buffer.from(openSsh[1] ?? '', 'base64')) : createPrivateKey(text);
  } catch (error) {
    if (error instanceof GitError) throw error;
    // The cause may repeat a part of the key.
    throw unusable('the signing key cannot be read: a private key without a passphrase is needed');
  }
}

/** `PROTOCOL.key` of OpenSSH: the 32 bytes of the seed stand in the private section, in front of the public key. */
function fromOpenSsh(bytes: Buffer): KeyObject {
  if (bytes.toString('latin1', 0, OPENSSH_MAGIC.length) !== OPENSSH_MAGIC) throw unusable('the signing key is damaged');
  const outer = new SshReader(new Uint8Array(bytes.subarray(OPENSSH_MAGIC.length)));
  const cipher = outer.text();
  if (cipher !== 'none') throw unusable('the signing key has a passphrase: nobody is there to type it');
  outer.string();
  outer.string();
  if (outer.number() !== 1) throw unusable('the file of the signing key holds more than one key');
  outer.string();
  const inner = new SshReader(outer.string());
  if (inner.number() !== inner.number()) throw unusable('the signing key is damaged');
  const type = inner.text();
  if (type !== 'ssh-ed25519')
    throw unusable(`the signing key is ${type} in the form of OpenSSH: make an Ed25519 key, or convert it to PEM`);
  const x = inner.string();
  const d = inner.string().subarray(0, 32);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(x).toString('base64url'), d: Buffer.from(d).toString('base64url') };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

function publicFormOf(key: KeyObject): Pick<SshKey, 'blob' | 'algorithm'> {
  const jwk = key.export({ format: 'jwk' });
  const part = (name: 'x' | 'y' | 'e' | 'n'): Uint8Array => new Uint8Array(Buffer.from(jwk[name] ?? '', 'base64url'));
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return { blob: joined([sshString('ssh-ed25519'), sshString(part('x'))]), algorithm: { signature: 'ssh-ed25519', hash: null } };
    case 'ec':
      return ellipticForm(key.asymmetricKeyDetails?.namedCurve ?? '', part('x'), part('y'));
    case 'rsa':
      if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < SHORTEST_RSA) {
        throw unusable(`the signing key is RSA of less than ${SHORTEST_RSA} bits`);
      }
      return {
        blob: joined([sshString('ssh-rsa'), sshInteger(part('e')), sshInteger(part('n'))]),
        algorithm: { signature: 'rsa-sha2-512', hash: 'sha512' },
      };
    default:
      throw unusable(`the signing key is ${key.asymmetricKeyType ?? 'of an unknown kind'}: use Ed25519, ECDSA or RSA`);
  }
}

function ellipticForm(curve: string, x: Uint8Array, y: Uint8Array): Pick<SshKey, 'blob' | 'algorithm'> {
  const known = CURVES[curve];
  if (!known) throw unusable(`the signing key is on the curve ${curve || 'unknown'}: use Ed25519`);
  const type = `ecdsa-sha2-${known.name}`;
  const point = joined([Uint8Array.of(4), x, y]);
  return { blob: joined([sshString(type), sshString(known.name), sshString(point)]), algorithm: { signature: type, hash: known.hash } };
}

function unusable(message: string): GitError {
  return new GitError('SIGN-FAILED', message);
}
