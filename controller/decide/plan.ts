import type { Facts, Manifest, ManagedObject, Override, Part, Reference } from '../../constructs';
import type { Additions } from '../../constructs/wire/addition';
import type { Hold, StatusRecord, Telling } from '../lifecycle/machine';
import type { Step } from '../lifecycle/step';
import type { KubeObject } from '../objects/objects';
import type { Delivery } from '../observe/observed';

/** What a pass will do, as data. */
export interface Plan {
  readonly delivery: Delivery;
  /** The delivery that the instance is on its way to; until it is there it is delivered by apply. @default - it changes no hands */
  readonly handOver?: Delivery;
  /** The instance is being deleted. */
  readonly isEnding: boolean;
  /** Why nothing is delivered in this pass. @default - it is */
  readonly hold?: Hold;
  /** What is going on over several passes, as a state machine says. @default - nothing */
  readonly activity?: Hold;
  /** Conditions that state machines judge. */
  readonly tellings: readonly Telling[];
  /** Conditions of state machines that leave. */
  readonly silences: readonly string[];
  /** What the cluster should hold, in the order of application: the bytes of `cdk8s synth`. Empty while nothing is delivered. */
  readonly manifests: readonly Manifest[];
  /** What a delivery adds to the manifests, by id of the object. */
  readonly additions: Additions;
  /** What holds in place of the written spec; the manifests have it in them. */
  readonly overrides: readonly Override[];
  /** What they were made with beside the instance, so that they can be made with other overrides. @default - nothing is delivered */
  readonly madeWith?: { readonly facts: Facts; readonly parts: readonly Part[] };
  /** Why no pod is asked for, as a clause: `spec.suspended is set`. @default - pods are asked for */
  readonly noPods?: string;
  /** Ids of objects that prune must leave although they are no manifest: generated Secrets, and what state machines keep. */
  readonly keep: ReadonlySet<string>;
  /** Objects that the status names. */
  readonly managed: readonly ManagedObject[];
  /** Written to the status before the steps are run. */
  readonly record: StatusRecord;
  /** What to do, in this order. */
  readonly steps: readonly Step[];
  /** When a state machine wants the next pass although nothing changes. @default - none does */
  readonly requeueAfterMs?: number;
  /** Everything that the instance refers to. */
  readonly references: readonly Reference[];
  /** References that are not there. */
  readonly missing: readonly Reference[];
  /** Live objects that nothing asks for and that are not ours to remove. */
  readonly left: readonly KubeObject[];
}

/** Whether the release of a plan is to be committed. */
export function isForGit({ delivery, handOver }: Pick<Plan, 'delivery' | 'handOver'>): boolean {
  return delivery === 'git' || handOver === 'git';
}
