import type { ObjectRef } from '../../constructs';
import type { PlanNote } from '../../gitops/publish/plan-note';
import type { PullRequestNote } from '../../gitops/publish/publish';
import type { KubeObject } from '../objects/objects';

/** Why something could not be done. Its texts go to status and events, so no value of a Secret may stand in them. */
export interface Failure {
  /** Kubernetes' word for it (`Forbidden`, `Invalid`, ...), or node's code for a connection that broke. */
  readonly reason: string;
  /** HTTP status of the API server's answer. @default - there was none */
  readonly status?: number;
  /** What the other side said. */
  readonly message: string;
  /**
   * The next try may succeed without anybody's help: a lost race, a full queue, a broken connection. Such a failure takes nothing away: what
   * was ready stays ready.
   */
  readonly transient: boolean;
}

/** Fields that another field manager held and that were taken from it. */
export interface FieldConflict {
  /** The other field manager, such as `kubectl-edit`. */
  readonly manager: string;
  /** Paths in the form of managed fields: `.spec.replicas`. */
  readonly fields: readonly string[];
}

/** What became of one manifest. */
export type ObjectOutcome = ObjectRef &
  (
    | {
        readonly action: 'created' | 'configured';
        /** As the server answered: its new generation tells that an older status speaks of something else. */
        readonly live: KubeObject;
        /** The apply met these and was then forced. @default - none */
        readonly conflicts?: readonly FieldConflict[];
        /**
         * What somebody had changed or taken away since our last apply of the same manifest, and this one put back: paths, none of an object that
         * was gone. @default - the manifest is another one, or this process had not applied it before
         */
        readonly mended?: readonly string[];
      }
    | {
        /** Nothing was sent, or nothing changed. */
        readonly action: 'unchanged';
        /** As it was found: it may have come after the pass observed. @default - as it was observed */
        readonly live?: KubeObject;
      }
    /** An immutable field differs, so the object is being replaced: the old one has to be gone first. */
    | { readonly action: 'replacing' }
    | { readonly action: 'failed'; readonly failure: Failure }
    /** An object of this name is there and is not ours: nothing was sent. */
    | { readonly action: 'foreign'; readonly message: string }
  );

/** What became of a Secret of our own making. */
export type SecretOutcome = { readonly name: string } & (
  | {
      readonly action: 'created' | 'repaired';
      /** The keys that were filled. */
      readonly keys: readonly string[];
    }
  | { readonly action: 'failed'; readonly failure: Failure }
);

/** A step that is about no manifest: the finalizer, an owner reference, a removal. */
export interface StepFailure {
  /** What was tried, as a noun phrase: `removal of Ingress alice`, `finalizer`. */
  readonly step: string;
  readonly failure: Failure;
}

/** Why the Git edge could not publish. */
export interface GitFailure {
  /** The code of the error, such as `GIT-AUTH`. */
  readonly code: string;
  /** Without the code. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
  /** A person has to act: trying again changes nothing. */
  readonly stalled: boolean;
}

/** The object by which an engine delivers an instance. */
export interface EngineObject {
  /** `Kustomization team-a.alice in namespace flux-system`. */
  readonly name: string;
  /** What it complains of. @default - nothing, or we may not read it */
  readonly said?: string;
}

/** The key by which commits are signed, and whether the one that is told of is. */
export interface CommitSigning {
  /** What a verifier needs: a public SSH key, or the name of a key of OpenPGP. */
  readonly key: string;
  /** Names the key to people. */
  readonly fingerprint: string;
  /** The commit was made with it just now. An older one may be, or not: the status knows. */
  readonly isSigned: boolean;
}

/** An object that the cluster has in another form than was committed. */
export interface DriftedObject extends ObjectRef {
  /** Paths in the form of the API server; values never stand in them. Empty where the object is missing. */
  readonly fields: readonly string[];
}

/** Where the release of an instance stands in Git. */
export interface GitOutcome {
  /** URL without credentials. */
  readonly repository: string;
  readonly branch: string;
  /** Directory of the instance. */
  readonly path: string;
  /** `pending` until the publisher has succeeded; what is asked for may be in Git already. */
  readonly state: 'committed' | 'pending';
  /** Object id of the directory. @default - nothing is committed yet */
  readonly tree?: string;
  /** The first commit that held it. @default - nothing is committed yet */
  readonly commit?: string;
  /** The key by which commits are signed. @default - they are not */
  readonly signing?: CommitSigning;
  /** Digest of the release that this pass wants. @default - the layout failed, or it is a removal */
  readonly digest?: string;
  /** What somebody else had written there, and what this commit took the place of. @default - nobody had */
  readonly replaced?: { readonly commit: string; readonly author: string };
  /** What the last change of it does in the cluster. @default - nothing was changed, or no object of it */
  readonly plan?: PlanNote;
  /** Where the change waits for somebody to merge it. @default - it does not, or that is not known yet */
  readonly pullRequest?: PullRequestNote;
  /** Why the last try failed; `state` is `pending` then. @default - it did not */
  readonly failure?: GitFailure;
  /** Whose turn it is, once Git holds what is wanted; of a removal it is the tombstone. @default - nobody is waited for */
  readonly engine?: EngineObject;
  /** What is not as committed, while the cluster has the release. @default - nothing, or it has another one */
  readonly drift?: readonly DriftedObject[];
}

/** An object that was taken over. */
export interface TakenObject extends ObjectRef {
  /** The field managers that had it before. */
  readonly from: readonly string[];
}

/** What one pass did about one instance. Filled by the runners of its steps, read by status and events. */
export interface Outcome {
  /**
   * One for each manifest of the plan in apply mode, or the one that was refused before anything was changed; empty in Git mode and while nothing
   * is delivered.
   */
  readonly objects: readonly ObjectOutcome[];
  /** Objects whose fields were taken over from somebody who wrote them before us. */
  readonly taken: readonly TakenObject[];
  /** Objects removed because nothing asks for them any more, and claims removed with their instance. */
  readonly pruned: readonly ObjectRef[];
  readonly secrets: readonly SecretOutcome[];
  /** Steps that failed beside the manifests. */
  readonly failures: readonly StepFailure[];
  /** @default - delivered by apply, or nothing was handed to Git in this pass */
  readonly git?: GitOutcome;
}

/** A pass that had nothing to do. */
export const NO_OUTCOME: Outcome = { objects: [], taken: [], pruned: [], secrets: [], failures: [] };
