import type { RoleRule } from '../../constructs/hosts/role';
import type { Kind } from '../../constructs/wire/kinds';

/** The programs that can bring a repository into a cluster. */
export const ENGINES = ['argocd', 'flux'] as const;

export type Engine = (typeof ENGINES)[number];

/** Where the instances themselves stand, as people write them. */
export interface InstancesSource {
  readonly branch: string;
  /** A folder of the repository, without a slash at either end; `.` is all of it. */
  readonly path: string;
}

/** What an engine has to be told once, so that it applies what the controller of one cluster commits. Everything was checked by `checkBootstrap`. */
export interface BootstrapSettings {
  readonly engine: Engine;
  /** The folder of the cluster in the repository; the objects are called after it. */
  readonly cluster: string;
  /** URL of the repository, without credentials; of a registry, `oci://host/path`. */
  readonly repository: string;
  /** The branch; of a registry, the tag. */
  readonly branch: string;
  /** Whether artifacts are signed, so that Flux verifies them. @default true */
  readonly isSigned?: boolean;
  /** Where instances may be, and where else their objects go. Nothing is applied anywhere else. */
  readonly namespaces: readonly string[];
  /** What may be applied; see `deliveredKinds`. */
  readonly kinds: readonly Kind[];
  /** What the Roles among them grant; see `deliveredGrants`. */
  readonly grants: readonly RoleRule[];
  /** The namespace of the engine. */
  readonly engineNamespace: string;
  /** Argo CD: the API server that it applies to, as it knows it. */
  readonly server: string;
  /** Argo CD: ids of the OpenPGP keys whose commits it takes, and no others. @default - it looks at no signature */
  readonly signatureKeys?: readonly string[] | undefined;
  /** What people write, for an engine that brings that as well; not of a registry. @default - somebody else brings the instances */
  readonly instances?: InstancesSource | undefined;
}

/** Where an engine keeps its own objects, unless it was installed otherwise. */
export const ENGINE_NAMESPACES: Readonly<Record<Engine, string>> = { argocd: 'argocd', flux: 'flux-system' };

export { OWN_SERVER } from '../engines/argo';

/** Whether artifacts of a registry are read, and no commits. */
export function isRegistry({ repository }: Pick<BootstrapSettings, 'repository'>): boolean {
  return repository.startsWith('oci://');
}

/** The name of every object of the set-up of one cluster. */
export function bootstrapName({ cluster }: Pick<BootstrapSettings, 'cluster'>): string {
  return `openclaw-${cluster}`;
}

/** The Secret with the public key by which Flux verifies artifacts. */
export function cosignSecret(settings: Pick<BootstrapSettings, 'cluster'>): string {
  return `${bootstrapName(settings)}-cosign`;
}

/**
 * What applies the Applications of the instances, where no ApplicationSet makes them: an Application, and the project of it. One Argo CD may serve
 * several clusters; no name of a cluster has a dot, so it is never that of another one.
 */
export function indexName(settings: Pick<BootstrapSettings, 'cluster'>): string {
  return `${bootstrapName(settings)}.index`;
}

/** The name of those that bring what people write, with a dot for the same reason. */
export function instancesName(settings: Pick<BootstrapSettings, 'cluster'>): string {
  return `${bootstrapName(settings)}.instances`;
}
