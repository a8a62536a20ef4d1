import { systemClock } from '../../../gitops/git/clock';
import { type Fence, openFence } from '../../../gitops/git/fence';
import { filesOf } from '../../../gitops/oci/artifact';
import type { ArtifactSigner } from '../../../gitops/oci/cosign';
import { OciStore } from '../../../gitops/oci/oci-store';
import { RegistryStore } from '../../../gitops/oci/registry-store';
import type { TarEntry } from '../../../gitops/oci/tar';
import { GitSink } from '../../../gitops/publish/git-sink';
import { Publisher, type PublisherSettings } from '../../../gitops/publish/publisher';
import type { RegistryCredentials } from '../../../gitops/registry/docker-config';
import { RegistrySession } from '../../../gitops/registry/session';
import { OPTIONS, OWNER } from '../layouts';
import { TIMES } from '../real/publishing';
import type { RegistryServer } from './registry-server';

export const REPOSITORY = 'acme/assistants';
export const TAG = 'prod-eu';

export interface StoreOptions {
  readonly credentials?: () => RegistryCredentials | undefined;
  readonly signer?: ArtifactSigner;
  readonly owner?: string;
  readonly cluster?: string;
  readonly fence?: Fence;
}

export function aStore(host: string, options: StoreOptions = {}): OciStore {
  const { credentials, signer, owner = OWNER, cluster = OPTIONS.cluster, fence = openFence } = options;
  const repository = { host, path: REPOSITORY };
  const session = new RegistrySession({ repository, credentials, actions: 'pull,push', plainHosts: new Set([host]), timeoutMs: 20_000 });
  const reference = `${host}/${REPOSITORY}`;
  return new OciStore({
    registry: new RegistryStore(session, reference),
    reference,
    tag: TAG,
    ownership: { cluster, owner },
    signer,
    fence,
  });
}

export interface OpenedStore {
  readonly sink: GitSink;
  readonly publisher: Publisher;
  readonly store: OciStore;
}

export function openStore(host: string, options: StoreOptions = {}, settings: Partial<PublisherSettings> = {}): OpenedStore {
  const store = aStore(host, options);
  const fence = options.fence ?? openFence;
  const publisher = new Publisher({ repository: store, clock: systemClock, engine: '1.2.3', fence, times: TIMES, ...settings });
  return { store, publisher, sink: new GitSink({ publisher, repository: store, layout: { ...OPTIONS, owner: options.owner ?? OWNER } }) };
}

/** The files of the artifact that the tag stands for. */
export function filesIn(server: RegistryServer): TarEntry[] {
  const manifest = server.manifests.get(`${REPOSITORY} ${TAG}`);
  if (manifest === undefined) return [];
  const { layers } = JSON.parse(manifest.toString()) as { layers: { digest: string }[] };
  return filesOf(server.blobs.get(layers[0]!.digest)!);
}
