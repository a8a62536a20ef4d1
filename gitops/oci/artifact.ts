/** What an artifact of ours is made of, in bytes. Both Flux and Argo CD read it: one layer, an archive of the files. */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { isObject } from '../../constructs/spec/json';
import { GitError } from '../git/errors';
import { plainText } from '../git/plain-text';
import { view } from './bytes';
import { type TarEntry, readTar, writeTar } from './tar';

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
/** The type that Argo CD takes unless it is told otherwise; Flux takes any. */
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';
/** What `flux push artifact` writes, so that registries know it for manifests of Kubernetes. */
const CONFIG_TYPE = 'application/vnd.cncf.flux.config.v1+json';

const CLUSTER = 'openclaw.rocks/cluster';
const OWNER = 'openclaw.rocks/owner';
const REVISION = 'org.opencontainers.image.revision';
const TITLE = 'org.opencontainers.image.title';

const MIB = 2 ** 20;

/** Bytes of a packed archive at most. */
export const MOST_PACKED = 64 * MIB;

/**
 * Bytes of an unpacked archive at most: a quarter of the memory, since unpacking holds it twice. A few bytes of a stranger may unpack to any number.
 *
 * @param memory bytes that this process may use; 0 for no bound. @default - what the machine gives it
 */
export function mostUnpacked(memory: number = process.constrainedMemory()): number {
  return memory === 0 ? 1024 * MIB : Math.min(1024 * MIB, Math.max(128 * MIB, Math.floor(memory / 4)));
}

export interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface Artifact {
  readonly config: Blob;
  readonly layer: Blob;
  /** Its digest is that of the artifact. */
  readonly manifest: Blob;
}

/** Whose an artifact is. */
export interface Ownership {
  readonly cluster: string;
  readonly owner: string;
}

export function blobOf(bytes: Buffer): Blob {
  return { digest: digestOf(bytes), bytes };
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(view(bytes)).digest('hex')}`;
}

/**
 * The artifact of a tree. It holds no time, no release of this program and no message: the same files are the same artifact.
 *
 * @param tree the id of the tree, which names the content whatever packed it
 * @param most bytes of the archive. @default - as many as could be read again
 * @throws {@link GitError} `OCI-SETTINGS` for more
 */
export function artifactOf(files: readonly TarEntry[], tree: string, { cluster, owner }: Ownership, most = mostUnpacked()): Artifact {
  const archive = writeTar(files);
  if (archive.length > most) throw tooLarge(archive.length, most);
  const layer = blobOf(packed(archive));
  const rootfs = { type: 'layers', diff_ids: [digestOf(archive)] };
  const config = blobOf(Buffer.from(JSON.stringify({ architecture: '', os: '', config: {}, rootfs })));
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: descriptor(CONFIG_TYPE, config),
    layers: [descriptor(LAYER_TYPE, layer)],
    annotations: { [CLUSTER]: cluster, [OWNER]: owner, [REVISION]: tree, [TITLE]: `OpenClaw instances of ${cluster}` },
  };
  return { config, layer, manifest: blobOf(Buffer.from(JSON.stringify(manifest))) };
}

function tooLarge(bytes: number, most: number): GitError {
  return new GitError(
    'OCI-SETTINGS',
    `the files of all instances are ${Math.ceil(bytes / MIB)} MiB, and an artifact may have ${Math.floor(most / MIB)} in this memory`,
    'give the writer four times that memory, or deliver through Git',
  );
}

export function descriptor(
  mediaType: string,
  { digest, bytes }: Blob,
): Readonly<Record<'mediaType' | 'digest', string>> & { readonly size: number } {
  return { mediaType, digest, size: bytes.length };
}

/** The header says neither when nor where it was packed. */
function packed(archive: Buffer): Buffer {
  const bytes = gzipSync(view(archive));
  bytes[9] = 255;
  return bytes;
}

/** The files of a layer. @throws {@link GitError} `OCI-FOREIGN` for what is no archive of files, or too large a one */
export function filesOf(layer: Buffer, most = mostUnpacked()): TarEntry[] {
  try {
    return readTar(gunzipSync(view(layer), { maxOutputLength: most }));
  } catch (cause) {
    throw new GitError('OCI-FOREIGN', `the newest artifact cannot be unpacked: ${(cause as Error).message}`);
  }
}

/**
 * The digest of the layer, if the artifact is ours.
 *
 * @param ours whose it has to be. @default - anybody's who writes as we do
 * @throws {@link GitError} `OCI-FOREIGN`, `PATH-FOREIGN-OWNER`
 */
export function layerOf(manifest: Buffer, ours: Partial<Ownership> = {}): { readonly layer: string; readonly ownership: Ownership } {
  const { annotations, layers } = parsed(manifest);
  const ownership = { cluster: textIn(annotations, CLUSTER), owner: textIn(annotations, OWNER) };
  const [layer, ...more] = Array.isArray(layers) ? (layers as unknown[]) : [];
  const digest = textIn(layer, 'digest');
  if (ownership.owner === '' || more.length > 0 || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new GitError('OCI-FOREIGN', 'the tag holds something that was not written by this program');
  }
  for (const what of ['cluster', 'owner'] as const) {
    if (ours[what] === undefined || ours[what] === ownership[what]) continue;
    throw new GitError(
      'PATH-FOREIGN-OWNER',
      `the tag holds the instances of another ${what === 'cluster' ? 'cluster' : 'writer'} (${plainText(ownership[what], 80)})`,
      'give each cluster a tag of its own, by --oci-tag',
    );
  }
  return { layer: digest, ownership };
}

function parsed(bytes: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function textIn(value: unknown, field: string): string {
  const found = isObject(value) ? value[field] : undefined;
  return typeof found === 'string' ? found : '';
}
