import type { Resolution } from '../../constructs';
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

/** Of an instance that is being deleted: nobody asks what its spec means any more. */
export const UNRESOLVED: Resolution = { ok: false, issues: [] };

/** Everything that one pass knows. Read by `observe`, never changed after. */
export interface Observed {
  readonly instance: LiveInstance;
  /** What `resolve` made of it, with the facts of this moment; `UNRESOLVED` once it is being deleted. */
  readonly resolution: Resolution;
  readonly namespaceTerminating: boolean;
  /** Rights to see kinds that the controller lacks, in words. @default - none that we know of */
  readonly missingRights?: readonly string[];
  /** The delivery that the controller's setting and the annotations ask for. */
  readonly wantedDelivery: Delivery;
  /** An annotation that asks for a delivery that there is none of. @default - none does */
  readonly unknownDelivery?: string | undefined;
  /** Secrets that the instance refers to, by name. */
  readonly secrets: ReadonlyMap<string, SecretFact>;
  /** ConfigMaps and claims that it refers to and that are there: `ConfigMap/name`. */
  readonly present: ReadonlySet<string>;
  /** Live objects that carry the instance's UID, and its claims. */
  readonly owned: readonly KubeObject[];
}
