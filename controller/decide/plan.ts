import type { GeneratedSecret, Manifest, Reference } from '../../constructs';
import type { DeletionPlan } from '../lifecycle/deletion';
import type { KubeObject } from '../objects/objects';
import type { Delivery } from '../observe/observed';

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
