import type { GitOutcome, Outcome, SecretOutcome, StepFailure, Failure } from '../decide/outcome';
import type { ObjectRef } from '../../constructs';
import type { ApiPort } from '../api/port';
import type { GitDelivery } from '../decide/git-delivery';
import type { Plan } from '../decide/plan';
import type { Step } from '../lifecycle/step';
import type { KindTable } from '../objects/kinds';
import type { Turn } from '../../constructs/wire/kinds';
import type { KubeObject, LiveInstance } from '../objects/objects';
import type { ApplySink } from './apply-sink';
import type { KeptRights } from './kept-rights';

/**
 * When steps are run, and which stages have to have succeeded before, all of each. Everything else goes on: one refusal holds up only what
 * cannot do without, and within a stage one failure holds up nothing.
 *
 * - `prepare`: what nothing may exist without
 * - `fill`: Secrets that pods need
 * - `take-over`: who owns the fields of what is there, before anything of it is changed
 * - `withdraw`: what has to be seen gone before anything is removed
 * - `preview`: what may be refused as a whole is asked about
 * - `change`: objects that are made, changed or removed
 * - `run`: pods; those of a release in Git wait by themselves
 * - `release`: the end
 */
const AWAITED = {
  prepare: [],
  fill: ['prepare'],
  'take-over': ['prepare'],
  withdraw: ['prepare'],
  preview: ['prepare', 'take-over'],
  change: ['prepare', 'take-over', 'withdraw', 'preview'],
  run: ['prepare', 'fill', 'take-over', 'withdraw', 'preview'],
  release: ['prepare', 'fill', 'take-over', 'withdraw', 'preview', 'change', 'run'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Stage = keyof typeof AWAITED;

/** Whether steps of a stage may be run, by the stages in which something failed. */
export function mayBegin(stage: Stage, failed: ReadonlySet<Stage>): boolean {
  return AWAITED[stage].every((awaited) => !failed.has(awaited));
}

/** What a step did, and in the end all steps of a pass. */
export interface PassReport {
  readonly objects: Outcome['objects'][number][];
  readonly taken: Outcome['taken'][number][];
  readonly pruned: ObjectRef[];
  readonly secrets: SecretOutcome[];
  readonly failures: StepFailure[];
  git?: GitOutcome;
}

/** What a runner works with. */
export interface StepContext {
  readonly api: ApiPort;
  readonly sink: ApplySink;
  readonly kinds: KindTable;
  /** @default - Git mode is not set up */
  readonly git: GitDelivery | undefined;
  /** @default - the rights of the controller are those of the whole cluster */
  readonly rights?: Pick<KeptRights, 'keep'> | undefined;
  readonly instance: LiveInstance;
  /** The plan that the step is of. @default - it is a preparation, and there is none yet */
  readonly plan: Plan | undefined;
  readonly report: PassReport;
  /** Secrets that were made in this pass. */
  readonly made: KubeObject[];
  /** Objects that this pass found to be somebody else's: their words, by id. */
  readonly foreign: Map<string, string>;
}

/**
 * What a step came to. `blocked`: nothing failed that has not been reported, and stages that await this one are left to another pass. A failure is
 * reported under the name of the step.
 */
export type StepResult = 'done' | 'blocked' | Failure;

/** How steps of one kind are done. What the API server answers may be thrown. */
export interface Runner<S extends Step> {
  readonly stage: Stage | ((step: S) => Stage);
  /** Steps of this kind that follow each other are run turn by turn, those of one turn at once. @default - one after the other */
  readonly turnOf?: (step: S, kinds: KindTable) => Turn;
  /** What is tried, as a noun phrase: `removal of Ingress alice`. */
  readonly describe: (step: S, instance: LiveInstance) => string;
  readonly run: (step: S, context: StepContext) => Promise<StepResult>;
}
