import type { GeneratedSecret, Manifest, Reference, Resolution } from '../constructs';
import type { KubeObject, LiveInstance } from './objects';

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
  /** What `resolve` made of it, with the facts of this moment. */
  readonly resolution: Resolution;
  readonly namespaceTerminating: boolean;
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

/** A Secret to make, or to complete where keys are missing. */
export interface SecretStep {
  readonly name: string;
  readonly recipe: GeneratedSecret;
  /** The keys to fill. All of them for a new Secret. */
  readonly missing: readonly string[];
  /** @default - it does not exist yet */
  readonly uid?: string;
}

/** What a pass will do, as data. */
export interface Plan {
  readonly delivery: Delivery;
  /** Why nothing is delivered in this pass. @default - it is */
  readonly hold?: { readonly reason: string; readonly message: string };
  readonly addFinalizer: boolean;
  readonly secrets: readonly SecretStep[];
  /** What the cluster should hold, in the order of application. Empty while nothing is delivered. */
  readonly manifests: readonly Manifest[];
  /** Objects that prune must leave although they are no manifest, as `kind/name`: generated Secrets. */
  readonly keep: ReadonlySet<string>;
  /** Live objects to remove. */
  readonly prune: readonly KubeObject[];
  /** Claims that carry an owner reference of ours or of an older operator: it has to go before anything else. */
  readonly disown: readonly KubeObject[];
  /** What is left to do for an instance that is being deleted. @default - it is not */
  readonly deletion?: DeletionPlan;
  /** Keyed hash of the Secrets that the pod reads at start; Git mode puts it beside the manifests. @default - nothing is delivered */
  readonly secretHash?: string;
  /** Everything that the instance refers to. */
  readonly references: readonly Reference[];
  /** References that are not there. */
  readonly missing: readonly Reference[];
}

/** The end of an instance. */
export interface DeletionPlan {
  /** Claims to delete, since the user asked for it. */
  readonly claims: readonly KubeObject[];
  /** What an engine leaves behind when it is told to forget the instance: the tombstone. */
  readonly leftovers: readonly KubeObject[];
  /** Take the directory out of Git first. */
  readonly unpublish: boolean;
  /** Do not wait for the repository: the namespace is being deleted. */
  readonly abandon: boolean;
  /** Whether the cluster holds nothing of the instance any more but claims and generated Secrets. */
  readonly isGone: boolean;
  readonly removeFinalizer: boolean;
}
