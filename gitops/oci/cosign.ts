/** Signatures as cosign keeps them: beside the artifact, under a tag made of its digest. Made without a program and without a key on disk. */
import { type KeyObject, createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { isObject } from '../../constructs/spec/json';
import { GitError } from '../git/errors';
import { type Blob, MANIFEST_TYPE, blobOf, descriptor } from './artifact';
import { view } from './bytes';

const PAYLOAD_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const SIGNATURE = 'dev.cosignproject.cosign/signature';

/** Puts the name of the writer under an artifact. */
export interface ArtifactSigner {
  /** PEM, as cosign, Flux and policy engines are given it. */
  readonly publicKey: string;
  /** The same in one line, for a status. */
  readonly verifier: string;
  /** `SHA256:...` of the public key. */
  readonly fingerprint: string;
  /** The signature of a payload. It was verified with the public key before it is given back. */
  sign(payload: Buffer): Buffer;
  verifies(payload: Buffer, signature: Buffer): boolean;
}

/** Whose signature is looked for. */
export type ArtifactVerifier = Pick<ArtifactSigner, 'fingerprint' | 'verifies'>;

/** A new key on the curve that every verifier knows: PEM texts. */
export function makeCosignKey(): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { privateKey, publicKey };
}

/**
 * A signer with a private key.
 *
 * @param text a private key in PEM without a passphrase: ECDSA on P-256, or Ed25519
 * @throws {@link GitError} `SIGN-FAILED` where the key cannot be used
 */
export function cosignSigner(text: string): ArtifactSigner {
  const privateKey = readKey(text);
  const publicKey = createPublicKey(privateKey);
  const { fingerprint, verifies } = verifierOf(publicKey);
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    verifier: `cosign ${derOf(publicKey).toString('base64')}`,
    fingerprint,
    verifies,
    sign: (payload) => {
      const signature = sign(hashFor(privateKey), view(payload), privateKey);
      // What does not verify here verifies nowhere, and would stop whoever follows the tag.
      if (!verifies(payload, signature)) throw new GitError('SIGN-FAILED', 'the signature of the artifact does not verify');
      return signature;
    },
  };
}

/**
 * Looks for the signatures of a key.
 *
 * @param text its public key in PEM, as `cosign.pub` has it
 * @throws {@link GitError} `SIGN-FAILED` where the key cannot be used
 */
export function cosignVerifier(text: string): ArtifactVerifier {
  // Of a private key a public one could be made: whoever verifies is not to have it.
  if (/PRIVATE KEY/.test(text)) throw unusable('is a private one: give the public key');
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch {
    throw unusable('is no public key in PEM');
  }
  return verifierOf(usable(key));
}

function verifierOf(publicKey: KeyObject): ArtifactVerifier {
  return {
    fingerprint: `SHA256:${createHash('sha256')
      .update(view(derOf(publicKey)))
      .digest('base64')
      .replace(/=+$/, '')}`,
    verifies: (payload, signature) => verify(hashFor(publicKey), view(payload), publicKey, view(signature)),
  };
}

function derOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' });
}

/** Ed25519 has a hash of its own. */
function hashFor({ asymmetricKeyType }: KeyObject): 'sha256' | null {
  return asymmetricKeyType === 'ed25519' ? null : 'sha256';
}

function readKey(text: string): KeyObject {
  // Its text may tell something of the key: no cause.
  if (/ENCRYPTED/.test(text)) throw unusable('is encrypted: give one without a passphrase');
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch {
    throw unusable('is no private key in PEM');
  }
  return usable(key);
}

function usable(key: KeyObject): KeyObject {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519' || (type === 'ec' && details?.namedCurve === 'prime256v1')) return key;
  throw unusable(`is of the type ${type ?? 'unknown'}: use ECDSA on P-256, or Ed25519`);
}

function unusable(what: string): GitError {
  return new GitError('SIGN-FAILED', `the key of signatures ${what}`);
}

/** The tag under which the signatures of an artifact stand. */
export function signatureTag(digest: string): string {
  return `${digest.replace(':', '-')}.sig`;
}

/** What is signed: that this digest is what this repository holds. */
export function payloadOf(reference: string, digest: string): Buffer {
  const critical = {
    identity: { 'docker-reference': reference },
    image: { 'docker-manifest-digest': digest },
    type: 'cosign container image signature',
  };
  return Buffer.from(JSON.stringify({ critical, optional: null }));
}

/** Whether a payload is about an artifact: what cosign and Flux look at, whatever else stands in it. */
export function isAbout(payload: Buffer, digest: string): boolean {
  const { critical } = parsed(payload);
  const image = isObject(critical) ? critical['image'] : undefined;
  return isObject(image) && image['docker-manifest-digest'] === digest;
}

interface SignatureLayer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  /** Whatever a registry holds. */
  readonly annotations?: unknown;
}

export interface SignedArtifact {
  /** To be there before the manifest is. */
  readonly blobs: readonly Blob[];
  readonly manifest: Blob;
}

/** The manifest with our signature beside those of others; `undefined` where ours is there already. */
export function withSignature(present: Buffer | undefined, payload: Buffer, signer: ArtifactSigner): SignedArtifact | undefined {
  const others = present === undefined ? [] : layersIn(present);
  const blob = blobOf(payload);
  const isOurs = ({ digest, annotations }: SignatureLayer): boolean =>
    digest === blob.digest && signer.verifies(payload, Buffer.from(signatureIn(annotations), 'base64'));
  if (others.some(isOurs)) return undefined;
  const annotations = { [SIGNATURE]: signer.sign(payload).toString('base64') };
  const layers = [...others, { ...descriptor(PAYLOAD_TYPE, blob), annotations }];
  const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) };
  const config = blobOf(Buffer.from(JSON.stringify({ architecture: '', os: '', config: {}, rootfs })));
  const manifest = { schemaVersion: 2, mediaType: MANIFEST_TYPE, config: descriptor(CONFIG_TYPE, config), layers };
  return { blobs: [blob, config], manifest: blobOf(Buffer.from(JSON.stringify(manifest))) };
}

function signatureIn(annotations: unknown): string {
  const text = isObject(annotations) ? annotations[SIGNATURE] : undefined;
  return typeof text === 'string' ? text : '';
}

/** The signatures that a manifest lists, ours and those of others: the digest of what each is about, and the signature. */
export function signaturesIn(manifest: Buffer): { readonly payload: string; readonly signature: Buffer }[] {
  return layersIn(manifest).map(({ digest, annotations }) => ({
    payload: digest,
    signature: Buffer.from(signatureIn(annotations), 'base64'),
  }));
}

function layersIn(manifest: Buffer): SignatureLayer[] {
  const { layers } = parsed(manifest);
  if (!Array.isArray(layers)) return [];
  return layers.filter((layer): layer is SignatureLayer => isObject(layer) && typeof layer['digest'] === 'string');
}

/** Whatever a registry holds. */
function parsed(bytes: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
