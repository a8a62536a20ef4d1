import type { GitContext, GitFactory } from '../../controller/process/git-factory';
import type { ApiPort } from '../../controller/api/port';
import { readSigningKey } from '../../controller/git/signing-key';
import { DriftReader } from '../../controller/git/drift-reader';
import { Guard } from '../../controller/git/guard';
import { EngineReader } from '../../controller/git/engine-reader';
import { LeftBehind } from '../../controller/git/left-behind';
import { OwedRemovals } from '../../controller/git/owed-removals';
import { RepositoryDelivery } from '../../controller/git/repository-delivery';
import type { Delivery } from '../../controller/observe/observed';
import { appliers } from '../../gitops/engines/appliers';
import type { ArgoSettings } from '../../gitops/engines/argo';
import type { FluxSettings } from '../../gitops/engines/flux';
import { createGit } from '../../gitops/git/git';
import { openpgpSigner } from '../../gitops/git/openpgp-signature';
import type { GitHubApp } from '../../gitops/forge/github-app';
import type { CommitSigner } from '../../gitops/git/signer';
import { sshSigner } from '../../gitops/git/ssh-signature';
import { isDirectoryName } from '../../gitops/git/names';
import { type BatchMeasure, Publisher } from '../../gitops/publish/publisher';
import type { Credentials, RemoteSettings } from '../../gitops/git/remote-settings';
import type { OnForeignChange } from '../../gitops/publish/foreign-change';
import type { Target } from '../../gitops/publish/batch-settings';
import { branchPrefix } from '../../gitops/propose/names';
import { PullRequests } from '../../gitops/propose/pull-requests';
import { Repository } from '../../gitops/publish/repository';
import type { TreeStore } from '../../gitops/publish/tree-store';
import { approvalOf } from './approval-options';
import { fileOf } from './file-of';
import { type FlagValues, text } from './flag-values';
import { APP_USER, gitHubAppOf } from './github-app-options';
import { pullRequestsOf, refusePullRequests } from './forge-options';
import { argoOf, artifactSigning, artifactsOf, storeFactory, strayArtifactFlags } from './oci-options';
import { UsageError } from './options';
import { packageVersion } from '../../controller/api/user-agent';

function credentialsOf(values: FlagValues): Credentials | undefined {
  const password = fileOf(values, 'git-token-file')?.trim();
  const privateKey = fileOf(values, 'git-ssh-key-file');
  if (password !== undefined && privateKey !== undefined)
    throw new UsageError('--git-token-file and --git-ssh-key-file exclude each other: give one');
  if (password !== undefined) {
    const username = text(values, 'git-username');
    return { kind: 'password', password, ...(username !== undefined && { username }) };
  }
  if (privateKey === undefined) return undefined;
  const knownHosts = fileOf(values, 'git-known-hosts-file');
  if (knownHosts === undefined) throw new UsageError('--git-ssh-key-file needs --git-known-hosts-file: the host key is always checked');
  return { kind: 'ssh', privateKey, knownHosts };
}

/** A remote, and the app that has tokens for it. */
export interface Remote extends RemoteSettings {
  readonly app?: GitHubApp | undefined;
}

/** The remote that the flags name. @throws UsageError where they contradict each other */
export function remoteOf(values: FlagValues, url: string): Remote {
  const app = gitHubAppOf(values, url);
  return {
    app,
    url,
    branch: text(values, 'git-branch') ?? 'main',
    credentials: credentialsOf(values),
    // A mounted Secret changes its files when it is rotated.
    currentCredentials: app
      ? async () => ({ kind: 'password', username: APP_USER, password: await app.token() })
      : () => credentialsOf(values),
    certificateAuthorities: fileOf(values, 'git-ca-file'),
    allow: values['git-allow-file'] === true ? ['file'] : [],
  };
}

export function identityOf(values: FlagValues): { name: string; email: string } {
  const author = text(values, 'git-author') ?? '';
  const match = /^([^<>\n]+) <([^<>\s]+)>$/.exec(author);
  if (!match) throw new UsageError(`--git-author is "${author}": write it like "OpenClaw <openclaw@example.com>"`);
  return { name: match[1]!.trim(), email: match[2]! };
}

/** How commits are signed where no cluster keeps a key: by one that is named, or not at all, which has to be said. */
export async function signerOf(values: FlagValues): Promise<CommitSigner | undefined> {
  if (text(values, 'git-signing') === 'ssh' && text(values, 'git-signing-key-file') === undefined) {
    throw new UsageError('--git-signing ssh needs --git-signing-key-file here: name a key, or say --git-signing disabled');
  }
  const noCluster = {} as ApiPort;
  return signingOf(values)(noCluster, '');
}

type SignerFactory = (api: ApiPort, namespace: string) => Promise<CommitSigner | undefined>;

/** How commits are signed. Not to sign them has to be said: whoever verifies them must not find out by an unsigned one. */
function signingOf(values: FlagValues): SignerFactory {
  const how = text(values, 'git-signing');
  const key = fileOf(values, 'git-signing-key-file');
  switch (how) {
    case 'ssh':
      return async (api, namespace) => sshSigner(key ?? (await readSigningKey(api, namespace)));
    case 'openpgp':
      if (key === undefined) throw new UsageError('--git-signing openpgp needs --git-signing-key-file: an armored private key');
      return () => openpgpSigner(key);
    case 'disabled':
      if (key !== undefined) throw new UsageError('--git-signing disabled and --git-signing-key-file exclude each other: drop one');
      return async () => undefined;
    default:
      throw new UsageError(`--git-signing is "${how ?? ''}": use ssh, openpgp or disabled`);
  }
}

/** A change that is only proposed is reviewed by people: theirs is not taken back without a word. */
export function onForeignChangeOf(values: FlagValues): OnForeignChange {
  const isReviewed = (text(values, 'git-pull-requests') ?? 'off') !== 'off';
  const what = text(values, 'git-on-foreign-change') ?? (isReviewed ? 'hold' : 'replace');
  if (what === 'replace' || what === 'hold') return what;
  throw new UsageError(`--git-on-foreign-change is "${what}": use replace or hold`);
}

/** What the Kustomizations of instances say; `undefined` where Argo CD delivers. */
export function fluxOf(values: FlagValues): FluxSettings | undefined {
  const source = text(values, 'flux-source');
  const [serviceAccountName, namespace] = [text(values, 'flux-service-account'), text(values, 'flux-namespace')];
  if (source === undefined) {
    if (serviceAccountName !== undefined || namespace !== undefined) {
      throw new UsageError('--flux-service-account and --flux-namespace need --flux-source: the GitRepository of Flux');
    }
    return undefined;
  }
  const sourceKind = text(values, 'oci-repository') === undefined ? {} : { sourceKind: 'OCIRepository' as const };
  return {
    source,
    ...sourceKind,
    ...(serviceAccountName !== undefined && { serviceAccountName }),
    ...(namespace !== undefined && { namespace }),
  };
}

/** Where a delivery publishes, and what of it its status tells. */
interface Place {
  readonly store: TreeStore;
  readonly repository: { readonly url: string; readonly branch: string };
  readonly signer?: Pick<CommitSigner, 'verifier' | 'fingerprint'> | undefined;
  /** @default - what is published is the newest there */
  readonly target?: Target | undefined;
  /** @default - no Applications for Argo CD are written */
  readonly argo?: ArgoSettings | undefined;
}

type PlaceFactory = (context: GitContext, owner: string) => Promise<Place>;

/**
 * How to build the Git delivery from the flags; `undefined` when no repository is given.
 *
 * @throws UsageError where the flags contradict each other or something is missing
 */
export function gitFactory(values: FlagValues, delivery: Delivery): GitFactory | undefined {
  const [url, artifacts] = [text(values, 'git-url'), text(values, 'oci-repository')];
  const approval = approvalOf(values, delivery);
  const cluster = text(values, 'cluster-name');
  if (url !== undefined && artifacts !== undefined) throw new UsageError('--git-url and --oci-repository exclude each other: give one');
  const stray = strayArtifactFlags(values);
  if (stray !== undefined) throw new UsageError(stray);
  const named = url === undefined ? '--oci-repository' : '--git-url';
  if (url === undefined) gitHubAppOf(values, url);
  if (url === undefined && artifacts === undefined) {
    if (delivery === 'git') throw new UsageError('--delivery git needs --cluster-name, and --git-url or --oci-repository');
    return undefined;
  }
  if (cluster === undefined) throw new UsageError(`${named} needs --cluster-name: the folder of this cluster in the repository`);
  if (!isDirectoryName(cluster)) throw new UsageError(`--cluster-name is "${cluster}": use lower-case letters, digits and '-'`);
  const placeOf = url === undefined ? registryPlace(values, cluster) : branchPlace(values, url, cluster);
  const flux = fluxOf(values);
  const onForeignChange = onForeignChangeOf(values);
  return async (context) => {
    const { api, fence, caches, kinds, clock, log, namespace, scope, wake, meter } = context;
    const owner = caches.namespaces.get(undefined, 'kube-system')?.metadata.uid;
    if (owner === undefined) throw new Error('the namespace kube-system was not found: its UID tells this cluster from others');
    const { store, target, ...place } = await placeOf(context, owner);
    if (place.signer) log.info('what is published is signed', { by: place.signer.verifier });
    const onBatch = ({ ok, instances, seconds }: BatchMeasure): void => meter?.published(ok, instances, seconds);
    const engine = packageVersion();
    const publisher = new Publisher({ repository: store, clock, fence, engine, onBatch, onForeignChange, approval, target });
    return new RepositoryDelivery({
      ...place,
      publisher,
      engine: new EngineReader(api, caches, clock, flux),
      drift: new DriftReader(api, caches, clock, kinds),
      left: new LeftBehind({ api, caches, publisher, cluster, owner, scope, clock, log }),
      cluster,
      owner,
      flux,
      guard: new Guard(api, caches, flux === undefined ? appliers.argoCd : appliers.flux, kinds),
      owed: new OwedRemovals(api, namespace, cluster),
      isTaken: (placement) => caches.instances.get(placement.namespace, placement.name)?.status?.git?.tree !== undefined,
      clock,
      log,
      wake,
    });
  };
}

function branchPlace(values: FlagValues, url: string, cluster: string): PlaceFactory {
  const remote = remoteOf(values, url);
  const identity = identityOf(values);
  const createBranch = values['git-create-branch'] === true;
  const signing = signingOf(values);
  const pulls = pullRequestsOf(values, remote);
  return async ({ api, namespace, clock, fence }) => {
    const signer = await signing(api, namespace);
    const beside = pulls && branchPrefix(cluster);
    const store = new Repository(createGit(remote), { identity, createBranch, signer, beside });
    const target = pulls && new PullRequests({ ...pulls, repository: store, clock, fence, cluster, base: remote.branch });
    return { store, signer, target, repository: { url, branch: remote.branch } };
  };
}

function registryPlace(values: FlagValues, cluster: string): PlaceFactory {
  refusePullRequests(values);
  const artifacts = artifactsOf(values, cluster);
  if (artifacts === undefined) throw new Error('no repository of artifacts is named');
  const { url, tag } = artifacts;
  const build = storeFactory(values, artifacts);
  const argo = argoOf(values, artifacts);
  const signing = artifactSigning(values);
  return async ({ api, fence, namespace }, owner) => {
    const signer = await signing(api, namespace);
    return { store: build({ ownership: { cluster, owner }, signer, fence }), signer, argo, repository: { url, branch: tag } };
  };
}
