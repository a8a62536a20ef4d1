import { type Tree, parseTree } from '../git/git-objects';
import { GitError, type GitErrorCode } from '../git/errors';
import type { Fence } from '../git/fence';
import type { PathCommit } from '../publish/history';
import type { TreeDraft } from '../publish/tree-draft';
import { type BuiltCommit, TreeStore } from '../publish/tree-store';
import { type Artifact, MOST_PACKED, type Ownership, artifactOf, filesOf, layerOf } from './artifact';
import { type ArtifactSigner, type ArtifactVerifier, isAbout, payloadOf, signatureTag, signaturesIn, withSignature } from './cosign';
import { FORMAT, blobId, treesOf, walkTree } from './file-trees';
import { type RegistryStore, isDigest } from './registry-store';

export interface OciStoreSettings {
  readonly registry: RegistryStore;
  /** `host/path`: what signatures are about. */
  readonly reference: string;
  /** The tag that moves. It is one cluster's alone. */
  readonly tag: string;
  /** @default - whoever the artifact that is there belongs to: nothing can be written where there is none */
  readonly ownership?: Partial<Ownership> | undefined;
  /** Signs every artifact. @default - artifacts are not signed */
  readonly signer?: ArtifactSigner | undefined;
  /** Asked once more just before the tag moves. */
  readonly fence: Fence;
}

/** The artifact that is here: the newest one, as far as is known. */
interface Known {
  readonly id: string;
  readonly root: string;
  readonly trees: ReadonlyMap<string, Tree>;
  readonly layer: Buffer;
  readonly ownership: Ownership;
}

/** Bytes of what a signature is about: a few hundred. */
const MOST_PAYLOAD = 64 * 1024;

/** What a registry says of a payload that it does not have, or has with other bytes. */
const NO_PAYLOAD: ReadonlySet<GitErrorCode> = new Set(['OCI-REJECTED', 'OCI-FAILED']);

/** Characters of a digest that make the tag of a revision. */
const SHORT = 12;

/**
 * One tag of a repository of artifacts. Each revision is an artifact with all files; it has a tag of its own that stays, and the moving tag stands for
 * the newest one.
 *
 * A registry has no compare-and-set: between the last look at the tag and its move somebody else may move it. So a tag has one writer, which the Lease
 * and the owner in the manifest see to; the tag is looked at right before and right after, and a revision that was lost all the same is found at the
 * next look, as what somebody else did.
 */
export class OciStore extends TreeStore {
  protected readonly format = FORMAT;
  private known: Known | undefined;
  private built: (Artifact & Pick<Known, 'root' | 'trees'>) | undefined;

  public constructor(private readonly settings: OciStoreSettings) {
    super();
  }

  public lsRemote(): Promise<string | undefined> {
    const { registry, tag } = this.settings;
    return registry.digestAt(tag);
  }

  public async fetchTip(tip: string): Promise<string> {
    if (this.known?.id === tip) return tip;
    const { registry, ownership: ours } = this.settings;
    const manifest = await registry.manifestAt(tip);
    if (manifest === undefined) throw new GitError('OCI-RACE', `the artifact ${tip} has just gone`);
    const { layer: digest, ownership } = layerOf(manifest, ours);
    const layer = await registry.blob(digest, MOST_PACKED);
    this.known = { id: tip, layer, ownership, ...treesOf(filesOf(layer)) };
    return tip;
  }

  /** @param id the digest */
  public async fetchRevision(id: string): Promise<string> {
    const { registry, reference } = this.settings;
    if ((await registry.digestAt(id)) === undefined) {
      throw new GitError('OCI-FAILED', `${reference} has no artifact ${id}`, 'name one that is there, by its whole digest');
    }
    return this.fetchTip(id);
  }

  /** Whether an artifact is signed by a key. Signatures of others beside it say nothing. */
  public async isSignedBy({ verifies }: ArtifactVerifier, id: string): Promise<boolean> {
    const { registry } = this.settings;
    const manifest = await registry.manifestAt(signatureTag(id));
    let outage: GitError | undefined;
    for (const { payload, signature } of manifest === undefined ? [] : signaturesIn(manifest)) {
      if (!isDigest(payload)) continue;
      try {
        const bytes = await registry.blob(payload, MOST_PAYLOAD);
        if (isAbout(bytes, id) && verifies(bytes, signature)) return true;
      } catch (error) {
        if (!(error instanceof GitError)) throw error;
        // What is gone, or is not what it is called, was signed by nobody. What cannot be read today might have been.
        if (!NO_PAYLOAD.has(error.code)) outage ??= error;
      }
    }
    if (outage) throw outage;
    return false;
  }

  /** A registry keeps no order of its artifacts. */
  public async history(): Promise<PathCommit[]> {
    return [];
  }

  public async commit(base: string | undefined, draft: TreeDraft): Promise<BuiltCommit> {
    const { root, objects } = draft.finish();
    const blobs = new Map<string, Buffer>();
    for (const { bytes } of this.filesAt(base)) blobs.set(blobId(bytes), bytes);
    const trees = new Map(base === undefined ? [] : this.at(base).trees);
    for (const { id, type, bytes } of objects) {
      if (type === 'blob') blobs.set(id, bytes);
      else trees.set(id, parseTree(bytes, FORMAT));
    }
    const whole = walkTree(root, (id) => trees.get(id));
    const files = whole.files.map(([path, id]) => ({ path, bytes: blobs.get(id) ?? missing(path) }));
    this.built = { ...artifactOf(files, root, this.ownership(base)), root, trees: whole.trees };
    return { id: this.built.manifest.digest, parent: base };
  }

  /** The signature is there before anybody can see what it is about, and everything else before the tag moves. */
  public async push({ id, parent }: BuiltCommit): Promise<void> {
    const { registry, tag, fence } = this.settings;
    const artifact = this.built;
    if (artifact?.manifest.digest !== id) throw new Error(`artifact ${id} was not built here`);
    for (const blob of [artifact.config, artifact.layer]) await registry.putBlob(blob);
    await registry.putManifest(`${tag}-${id.slice('sha256:'.length).slice(0, SHORT)}`, artifact.manifest);
    await this.sign(id);
    if ((await registry.digestAt(tag)) !== parent) throw new GitError('OCI-RACE', `the tag ${tag} was moved by somebody else`);
    if (!fence.mayWrite()) throw new GitError('WRITE-FENCED', 'this process may not write now');
    await registry.putManifest(tag, artifact.manifest);
    if ((await registry.digestAt(tag)) !== id) throw new GitError('OCI-RACE', `the tag ${tag} was moved by somebody else`);
    const { layer, root, trees } = artifact;
    this.known = { id, layer: layer.bytes, ownership: this.ownership(parent), root, trees };
    this.built = undefined;
  }

  public async renew(): Promise<void> {
    this.known = undefined;
    this.built = undefined;
  }

  public close(): void {
    void this.renew();
  }

  protected rootOf(base: string | undefined): string | undefined {
    return base === undefined ? undefined : this.at(base).root;
  }

  protected async readTrees(ids: readonly string[]): Promise<ReadonlyMap<string, Tree>> {
    return new Map(
      ids.flatMap((id) => {
        const tree = this.known?.trees.get(id);
        return tree ? [[id, tree] as const] : [];
      }),
    );
  }

  protected async texts(base: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const wanted = new Set(ids);
    const texts = this.filesAt(base).map(({ bytes }) => [blobId(bytes), bytes] as const);
    return new Map(texts.flatMap(([id, bytes]) => (wanted.has(id) ? [[id, bytes.toString()] as const] : [])));
  }

  private async sign(digest: string): Promise<void> {
    const { registry, signer, reference } = this.settings;
    if (!signer) return;
    const tag = signatureTag(digest);
    const signed = withSignature(await registry.manifestAt(tag), payloadOf(reference, digest), signer);
    if (signed === undefined) return;
    for (const blob of signed.blobs) await registry.putBlob(blob);
    await registry.putManifest(tag, signed.manifest);
  }

  private filesAt(base: string | undefined): ReturnType<typeof filesOf> {
    return base === undefined ? [] : filesOf(this.at(base).layer);
  }

  private at(base: string): Known {
    if (this.known?.id !== base) throw new Error(`artifact ${base} is not the one that was fetched`);
    return this.known;
  }

  private ownership(base: string | undefined): Ownership {
    const { cluster, owner } = { ...(base === undefined ? {} : this.at(base).ownership), ...this.settings.ownership };
    if (cluster !== undefined && owner !== undefined) return { cluster, owner };
    throw new GitError('GIT-SETTINGS', 'whose the artifacts are is not known: give the owner');
  }
}

function missing(path: string): never {
  throw new GitError('OCI-FAILED', `the bytes of ${path} are not here`);
}
