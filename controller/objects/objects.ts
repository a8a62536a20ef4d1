import type { OpenClawInstanceStatus, WrittenInstance } from '../../constructs';

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
