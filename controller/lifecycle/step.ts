import type { GeneratedSecret, Manifest } from '../../constructs';
import type { KubeObject, Writer } from '../objects/objects';

/** Before anything else exists: what can be taken back only with it. */
export interface AddFinalizer {
  readonly step: 'add-finalizer';
}

/** A claim carries an owner reference of ours or of an older operator, which would take the data along. */
export interface DisownClaim {
  readonly step: 'disown-claim';
  readonly claim: KubeObject;
}

/** A Secret of our own making is not there, keys of it have no value, or it has no owner any more. */
export interface MakeSecret {
  readonly step: 'make-secret';
  readonly name: string;
  readonly recipe: GeneratedSecret;
  /** The keys to fill. All of them for a new Secret. */
  readonly missing: readonly string[];
  /** @default - it does not exist yet */
  readonly uid?: string;
}

/** Asks the server whether it would take a change of an object that is there, before anything is changed. */
export interface Preview {
  readonly step: 'preview';
  /** As in {@link Apply}. */
  readonly manifest: Manifest;
}

/** Before the first apply: the fields that a predecessor owns become ours, so that those that nobody wants any more go. */
export interface TakeOver {
  readonly step: 'take-over';
  readonly object: KubeObject;
  /** Whose fields change hands. */
  readonly predecessors: readonly Writer[];
  /** The number of pods is left to an autoscaler. @default false */
  readonly isScaled?: boolean;
}

/** Makes one object what its manifest says. */
export interface Apply {
  readonly step: 'apply';
  /** With what this delivery adds. */
  readonly manifest: Manifest;
}

/** Asks a Deployment or StatefulSet for no pods, so that somebody else can have the volume. */
export interface StopWorkload {
  readonly step: 'stop-workload';
  readonly workload: KubeObject;
}

/** Makes the Secret that Jobs name hold what another one holds. */
export interface MirrorSecret {
  readonly step: 'mirror-secret';
  readonly name: string;
  readonly from: { readonly namespace: string; readonly name: string };
  /** No other keys are read. */
  readonly keys: readonly string[];
  /** @default - it does not exist yet */
  readonly uid?: string;
}

/** Makes a Job, once: one of its name that is there already is taken for it. */
export interface MakeJob {
  readonly step: 'make-job';
  readonly job: Manifest;
}

/** Removes a Job together with its pods: it stays until they are gone. */
export interface RemoveJob {
  readonly step: 'remove-job';
  readonly job: KubeObject;
}

/** Takes `spec.restoreFrom` out, if it still says this and nobody keeps it there. */
export interface ClearRestore {
  readonly step: 'clear-restore';
  readonly path: string;
}

/** Removes an object that nothing asks for any more. Never a claim. */
export interface Prune {
  readonly step: 'prune';
  readonly object: KubeObject;
}

/** Lets an object go that an engine applies as well by now: our fields and our owner reference. Nothing else of it changes. */
export interface LetGo {
  readonly step: 'let-go';
  readonly object: KubeObject;
}

/** Takes the directory out of Git and leaves the objects: from now on they are applied. */
export interface Retire {
  readonly step: 'retire';
}

/** Makes the directory in Git hold the manifests of the plan. */
export interface Publish {
  readonly step: 'publish';
}

/** Takes the instance out of Git. */
export interface Unpublish {
  readonly step: 'unpublish';
  /** Whether the cluster holds nothing of the instance any more but claims and generated Secrets. */
  readonly isGone: boolean;
  /** Do not wait for the repository: the namespace is being deleted. */
  readonly abandon: boolean;
}

/** Removes a claim with its data: the instance is being deleted, and its user asked for it. */
export interface DeleteClaim {
  readonly step: 'delete-claim';
  readonly claim: KubeObject;
}

/** Lets an instance go that is being deleted. */
export interface RemoveFinalizer {
  readonly step: 'remove-finalizer';
}

/** What has to be done before it can be decided what else to do. */
export type Preparation = AddFinalizer | DisownClaim | MakeSecret;

/** One thing to do, as plain data. Each kind has one runner. */
export type Step =
  | Preparation
  | TakeOver
  | Preview
  | Apply
  | Prune
  | Publish
  | LetGo
  | Retire
  | Unpublish
  | DeleteClaim
  | StopWorkload
  | MirrorSecret
  | MakeJob
  | RemoveJob
  | ClearRestore
  | RemoveFinalizer;
