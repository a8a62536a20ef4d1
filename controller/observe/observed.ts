import type { Part, Reference, Resolution } from '../../constructs';
import { objectId } from '../../constructs/wire/object-ref';
import type { InstanceKey, KubeObject, LiveInstance } from '../objects/objects';
import type { DataFacts } from './data-facts';
import type { PodFact } from './pod-facts';
import type { ReleaseFact } from './releases/release-source';

/** How manifests reach the cluster. */
export type Delivery = 'apply' | 'git';

/** The annotation that says so, on an instance or its namespace. */
export const DELIVERY = 'openclaw.rocks/delivery';

/** What is known of a Secret. Its values never leave the place where they are hashed. */
export interface SecretFact {
  readonly uid: string;
  /** Keys that have a value. */
  readonly keys: readonly string[];
  /** A keyed hash of its content: it tells that something changed, and nothing else. */
  readonly hash: string;
  /** The instance that made it. @default - someone else did */
  readonly ownerUid?: string;
  /** The name of an instance for which we made it, and that let it go: nobody owns it. @default - it has an owner, or we did not make it */
  readonly letGoBy?: string;
}

/** An object of another live instance. */
export interface Namesake {
  readonly object: KubeObject;
  /** Whose it is. */
  readonly holder: InstanceKey;
}

/** What passes read of the hosts. */
export interface HostsAsKept {
  /** Whether the pod speaks to the API server. */
  readonly usesApiServer: boolean;
  /** How many pods there are to be; `undefined` where somebody else decides. */
  readonly replicas: number | undefined;
  /** Names of the claims that each pod has of its own. */
  readonly claimTemplates: readonly string[];
}

/**
 * What is kept of a resolution between passes. Of the hosts that are some values: they take several times the room of the instance, and are filled
 * again where it is rendered.
 */
export type KeptResolution =
  | (Omit<Extract<Resolution, { ok: true }>, 'hosts'> & { readonly hosts: HostsAsKept })
  | Extract<Resolution, { ok: false }>;

/** {@link KeptResolution}. */
export function asKept(resolution: Resolution): KeptResolution {
  if (!resolution.ok) return resolution;
  const { workload, rbac } = resolution.hosts;
  const { replicas, claimTemplates } = workload;
  return { ...resolution, hosts: { usesApiServer: rbac.isUsed, replicas, claimTemplates } };
}

/** Of an instance that is being deleted: nobody asks what its spec means any more. */
export const UNRESOLVED: KeptResolution = { ok: false, issues: [] };

/** Everything that one pass knows. Read by `observe`, never changed after. */
export interface Observed {
  readonly instance: LiveInstance;
  /** The namespace of the controller itself. */
  readonly ownNamespace: string;
  /** What it is made of. */
  readonly parts: readonly Part[];
  /** What `resolve` made of it, with the facts of this moment; `UNRESOLVED` once it is being deleted. */
  readonly resolution: KeptResolution;
  /** What it took to resolve in this pass. @default - not measured */
  readonly resolveSeconds?: number;
  readonly namespaceTerminating: boolean;
  /** Another namespace that has the same folder in the bucket. @default - there is none */
  readonly tenantTwin?: string;
  /** Rights to see kinds that the controller lacks, in words. @default - none that we know of */
  readonly missingRights?: readonly string[];
  /** The delivery that the controller's setting and the annotations ask for. */
  readonly wantedDelivery: Delivery;
  /** An annotation asks for it, and not the setting of the controller alone. @default false */
  readonly isDeliveryAsked?: boolean | undefined;
  /** An annotation that asks for a delivery that there is none of. @default - none does */
  readonly unknownDelivery?: string | undefined;
  /** The delivery that is asked for, where an administrator does not let this namespace have it. @default - it may */
  readonly lockedDelivery?: Delivery | undefined;
  /** Secrets that the instance refers to, by name. */
  readonly secrets: ReadonlyMap<string, SecretFact>;
  /** Ids of what it refers to and what is there, but for Secrets of its namespace: their keys count too. */
  readonly present: ReadonlySet<string>;
  /** Live claims that it refers to by name (`existingClaim`, volumes of users). Its own ones are among the owned objects. */
  readonly claims: readonly KubeObject[];
  /**
   * Other instances of the namespace that run as the same account, by name, where the pod speaks to the API server: what one may do the others may,
   * and nobody can tell who asked. @default - none
   */
  readonly accountSharers?: readonly string[];
  /** What a copy of its data takes. @default - none is wanted, and nobody looked */
  readonly data?: DataFacts;
  /** What its registry says of releases, where that was asked. @default - it was not, or has not answered yet */
  readonly releases?: ReleaseFact;
  /** Claims of the namespace that the specs of other instances name, looked for where it is being deleted. @default - there are none */
  readonly claimsOfOthers?: ReadonlySet<string>;
  /** Its pods. @default - none is there */
  readonly pods?: readonly PodFact[];
  /** Why the server lets no pod be made, in its words. @default - nobody said so */
  readonly podRefusal?: string;
  /**
   * Live objects that carry the instance's UID or its labels, in its namespace and outside; and those under its names that lost the labels and are
   * nobody else's.
   */
  readonly owned: readonly KubeObject[];
  /** Objects of other live instances under names that this one derives from its own. @default - there are none */
  readonly namesakes?: readonly Namesake[];
}

/** The delivery that an instance has; until it has one, the one that is asked for. */
export function deliveryOf({ instance, wantedDelivery }: Observed): Delivery {
  return instance.status?.delivery ?? wantedDelivery;
}

/**
 * Where an instance is on its way to, if it changes hands: an annotation asks for the other delivery, or asked for it and does so no more. A setting of
 * the controller that changed moves nothing: it is one for all, and easily forgotten at a start.
 */
export function handOverOf({ instance, wantedDelivery, isDeliveryAsked, unknownDelivery, lockedDelivery }: Observed): Delivery | undefined {
  const { delivery, git } = instance.status ?? {};
  if (delivery === undefined || unknownDelivery !== undefined || lockedDelivery !== undefined) return undefined;
  if (delivery === wantedDelivery) return delivery === 'apply' && git !== undefined ? 'apply' : undefined;
  return isDeliveryAsked ? wantedDelivery : undefined;
}

/** The id of an object that an instance refers to, of the core group: in its own namespace, or in that of the controller. */
export function referenceId(
  { kind, name, namespaceOf = 'instance' }: Pick<Reference, 'kind' | 'name' | 'namespaceOf'>,
  { instance, ownNamespace }: Pick<Observed, 'instance' | 'ownNamespace'>,
): string {
  const namespace = namespaceOf === 'controller' ? ownNamespace : instance.metadata.namespace;
  return objectId({ apiVersion: 'v1', kind, namespace, name });
}
