import { readCosignKey } from '../../controller/git/cosign-key';
import type { ApiPort } from '../../controller/api/port';
import type { ArgoSettings } from '../../gitops/engines/argo';
import { GitError } from '../../gitops/git/errors';
import type { Fence } from '../../gitops/git/fence';
import type { Ownership } from '../../gitops/oci/artifact';
import { type ArtifactSigner, cosignSigner } from '../../gitops/oci/cosign';
import { OciStore } from '../../gitops/oci/oci-store';
import { type ArtifactPlace, artifactPlace, isTag } from '../../gitops/registry/artifact-place';
import { RegistryStore } from '../../gitops/oci/registry-store';
import { type RegistryCredentials, credentialsIn } from '../../gitops/registry/docker-config';
import { RegistrySession } from '../../gitops/registry/session';
import { fileOf } from './file-of';
import { type FlagValues, text } from './flag-values';
import { UsageError } from './options';

/** For one request, in milliseconds: an upload is one. */
const TIMEOUT = 120_000;

/** The place for artifacts that the flags name; `undefined` where they name none. @throws UsageError */
export function artifactsOf(values: FlagValues, cluster: string): ArtifactPlace | undefined {
  const repository = text(values, 'oci-repository');
  if (repository === undefined) return undefined;
  const tag = text(values, 'oci-tag');
  if (tag !== undefined && !isTag(tag)) {
    throw new UsageError(`--oci-tag is ${JSON.stringify(tag.slice(0, 80))}: use at most 100 letters, digits, '.', '_' and '-'`);
  }
  try {
    return artifactPlace(repository, tag ?? cluster);
  } catch (error) {
    if (error instanceof GitError) throw new UsageError(`--oci-repository: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Flags that say nothing without a registry. */
const ARTIFACT_FLAGS = [
  'oci-tag',
  'oci-docker-config-file',
  'oci-signing-key-file',
  'oci-plain-http',
  'argocd-project',
  'argocd-namespace',
  'argocd-server',
] as const;

/** What is wrong with flags of artifacts that are given without a registry; `undefined` where nothing is. */
export function strayArtifactFlags(values: FlagValues): string | undefined {
  if (text(values, 'oci-repository') !== undefined) return undefined;
  const stray = ARTIFACT_FLAGS.filter((flag) => values[flag] === true || text(values, flag) !== undefined);
  if (stray.length === 0) return undefined;
  return `--${stray.join(', --')} ${stray.length > 1 ? 'need' : 'needs'} --oci-repository: the repository of artifacts`;
}

/** Builds the store of a place. @param actions what its registry is asked for: a credential that may only read is enough to read */
export function storeFactory(
  values: FlagValues,
  { repository, url, tag }: ArtifactPlace,
  actions: 'pull' | 'pull,push' = 'pull,push',
): (writer: { readonly ownership?: Partial<Ownership>; readonly signer: ArtifactSigner | undefined; readonly fence: Fence }) => OciStore {
  const credentials = (): RegistryCredentials | undefined => {
    const config = fileOf(values, 'oci-docker-config-file');
    return config === undefined ? undefined : credentialsIn(config, repository);
  };
  if (text(values, 'oci-docker-config-file') !== undefined && credentials() === undefined) {
    throw new UsageError(`--oci-docker-config-file: the file has no credential for ${repository.host}`);
  }
  const plainHosts = new Set(values['oci-plain-http'] === true ? [repository.host] : []);
  // A mounted Secret changes its file when it is rotated. What cannot be read then counts as no news.
  let last = credentials();
  const current = (): RegistryCredentials | undefined => {
    try {
      // A file that is half written has none.
      return (last = credentials() ?? last);
    } catch {
      return last;
    }
  };
  const reference = url.slice('oci://'.length);
  return ({ ownership, signer, fence }) => {
    const session = new RegistrySession({ repository, credentials: current, actions, plainHosts, timeoutMs: TIMEOUT });
    return new OciStore({ registry: new RegistryStore(session, reference), reference, tag, ownership, signer, fence });
  };
}

/** How artifacts are signed. Not to sign them has to be said: whoever verifies them must not find out by an unsigned one. */
export function artifactSigning(values: FlagValues): (api: ApiPort, namespace: string) => Promise<ArtifactSigner | undefined> {
  const how = text(values, 'oci-signing') ?? '';
  const key = fileOf(values, 'oci-signing-key-file');
  if (how === 'cosign') return async (api, namespace) => cosignSigner(key ?? (await readCosignKey(api, namespace)));
  if (how !== 'disabled') throw new UsageError(`--oci-signing is "${how}": use cosign or disabled`);
  if (key !== undefined) throw new UsageError('--oci-signing disabled and --oci-signing-key-file exclude each other: drop one');
  return async () => undefined;
}

/** How artifacts are signed where no cluster keeps a key: by one that is named, or not at all, which has to be said. */
export async function artifactSignerOf(values: FlagValues): Promise<ArtifactSigner | undefined> {
  if (text(values, 'oci-signing') === 'cosign' && text(values, 'oci-signing-key-file') === undefined) {
    throw new UsageError('--oci-signing cosign needs --oci-signing-key-file here: name a key, or say --oci-signing disabled');
  }
  const noCluster = {} as ApiPort;
  return artifactSigning(values)(noCluster, '');
}

/** What the Applications of instances say; `undefined` where nothing is written for Argo CD. */
export function argoOf(values: FlagValues, { url, tag }: ArtifactPlace): ArgoSettings | undefined {
  const project = text(values, 'argocd-project');
  const [namespace, server] = [text(values, 'argocd-namespace'), text(values, 'argocd-server')];
  if (project === undefined) {
    if ((namespace ?? server) === undefined) return undefined;
    throw new UsageError('--argocd-namespace and --argocd-server need --argocd-project: the AppProject of the Applications');
  }
  return {
    project,
    repository: url,
    revision: tag,
    ...(namespace !== undefined && { namespace }),
    ...(server !== undefined && { server }),
  };
}
