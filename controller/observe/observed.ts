import type { Part, Reference, Resolution } from '../../constructs';
import { objectId } from '../../constructs/wire/object-ref';
import type { KubeObject, LiveInstance } from '../objects/objects';

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
}

/** Everything that one pass knows. Read by `observe`, never changed after. */
export interface Observed {
  readonly instance: LiveInstance;
  /** What it is made of. */
  readonly parts: readonly Part[];
  /** What `resolve` made of it, with the facts of this moment. */
  readonly resolution: Resolution;
  readonly namespaceTerminating: boolean;
  /** The delivery that the controller's setting and the annotations ask for. */
  readonly wantedDelivery: Delivery;
  /** An annotation that asks for a delivery that there is none of. @default - none does */
  readonly unknownDelivery?: string | undefined;
  /** Secrets that the instance refers to, by name. */
  readonly secrets: ReadonlyMap<string, SecretFact>;
  /** Ids of the ConfigMaps and claims that it refers to and that are there. */
  readonly present: ReadonlySet<string>;
  /** Live claims that it refers to by name (`existingClaim`, volumes of users). Its own ones are among the owned objects. */
  readonly claims: readonly KubeObject[];
  /** Live objects that carry the instance's UID or its labels, in its namespace and outside. */
  readonly owned: readonly KubeObject[];
}

/** The delivery that an instance has; until it has one, the one that is asked for. */
export function deliveryOf({ instance, wantedDelivery }: Observed): Delivery {
  return instance.status?.delivery ?? wantedDelivery;
}

/** The id of an object that an instance refers to: in its own namespace, of the core group. */
export function referenceId({ kind, name }: Pick<Reference, 'kind' | 'name'>, { metadata: { namespace } }: LiveInstance): string {
  return objectId({ apiVersion: 'v1', kind, namespace, name });
}
