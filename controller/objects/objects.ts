import type { OpenClawInstanceStatus, WrittenInstance } from '../../constructs';

/** One entry of the server's book about who owns which fields. */
export interface ManagedFields {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion?: string | undefined;
  readonly subresource?: string | undefined;
  readonly time?: string | undefined;
  readonly fieldsType?: string | undefined;
  readonly fieldsV1?: Readonly<Record<string, unknown>> | undefined;
}

/** Who may have written an object: us, the reference operator, a person by `kubectl apply`, an autoscaler, Flux or Argo CD. */
export type Writer = 'ours' | 'predecessor' | 'kubectl' | 'autoscaler' | 'engine';

/** Any Kubernetes object as it travels. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: LiveMetadata;
  readonly [field: string]: unknown;
}

export interface LiveMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly LiveOwner[];
  /** As the server sends them. @default - the object comes from a cache, which keeps {@link writers} in their place */
  readonly managedFields?: readonly ManagedFields[];
  /** In caches only: what is kept of the managed fields. */
  readonly writers?: readonly Writer[];
  /** In caches only: a hash of what we last applied, as it stands there now. @default - we applied nothing, or only metadata is kept */
  readonly appliedState?: string;
  readonly [field: string]: unknown;
}

export interface LiveOwner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** An OpenClawInstance in the cluster. */
export interface LiveInstance extends WrittenInstance {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: WrittenInstance['metadata'] & LiveMetadata & { readonly namespace: string; readonly uid: string };
  readonly status?: OpenClawInstanceStatus;
  readonly [field: string]: unknown;
}

/** Whether somebody waits for a pass: its status does not speak of its spec yet, or it is to go. */
export function isWaitedFor({ metadata, status }: LiveInstance): boolean {
  return metadata.deletionTimestamp !== undefined || status?.observedGeneration !== metadata.generation;
}

/** Names one instance. */
export interface InstanceKey {
  readonly namespace: string;
  readonly name: string;
}

/** `team-a/alice`: names one object among those of its kind. No name holds a slash. */
export function keyText({ namespace = '', name }: { readonly namespace?: string | undefined; readonly name: string }): string {
  return `${namespace}/${name}`;
}

export function parseKey(text: string): InstanceKey {
  const slash = text.indexOf('/');
  return { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/**
 * Whether a version of an object comes before another one of it. Versions grow: they are numbers wherever objects are kept in etcd. Others
 * cannot be compared, and nothing is older then.
 */
export function isOlder(version: string | undefined, than: string | undefined): boolean {
  if (version === undefined || than === undefined || !/^\d+$/.test(version) || !/^\d+$/.test(than)) return false;
  return BigInt(version) < BigInt(than);
}
