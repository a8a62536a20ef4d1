import type { ApiPort } from '../api/port';
import type { GitDelivery } from '../decide/git-delivery';
import type { Outcome } from '../decide/outcome';
import type { Plan } from '../decide/plan';
import type { Preparation, Step } from '../lifecycle/step';
import { type KindTable, registeredKinds } from '../objects/kinds';
import { type KubeObject, type LiveInstance, keyText } from '../objects/objects';
import type { ApplySink } from './apply-sink';
import { failureOf } from './failures';
import { inTurns } from './turns';
import { type PassReport, type Runner, type Stage, type StepContext, type StepResult, mayBegin } from './runner';
import { runnerOf } from './runners';

/** What the steps of all passes work with. */
type Means = Pick<StepContext, 'api' | 'sink' | 'kinds' | 'git' | 'rights'>;

/** Does what plans say, one instance and one pass at a time. */
export class Executor {
  private readonly means: Means;

  /**
   * @param git `undefined` where Git mode is not set up
   * @param kinds those that the parts of the controller emit. @default - the registered ones
   * @param rights kept while there are instances. @default - they are those of the whole cluster
   */
  public constructor(
    api: ApiPort,
    sink: ApplySink,
    git: GitDelivery | undefined,
    kinds: KindTable = registeredKinds,
    rights?: Means['rights'],
  ) {
    this.means = { api, sink, git, kinds, rights };
  }

  /** Begins a pass. */
  public begin(instance: LiveInstance): Work {
    return new Work(this.means, instance);
  }

  /** Drops what is remembered of an instance that is gone. */
  public forget(key: { readonly namespace: string; readonly name: string }): void {
    this.means.sink.forget(key);
    this.means.git?.forget(keyText(key));
  }
}

/**
 * The work of one pass. What the server refuses becomes part of the outcome; steps that cannot do without it are left to the next pass, and all
 * others go on.
 */
export class Work {
  /** Secrets that were made in this pass. */
  public readonly made: KubeObject[] = [];
  /** Objects that are somebody else's, by their id, and what to tell of them. */
  private readonly foreign = new Map<string, string>();
  private readonly report = emptyReport();
  /** The stages in which something failed. */
  private readonly failed = new Set<Stage>();

  public constructor(
    private readonly means: Means,
    private readonly instance: LiveInstance,
  ) {}

  /** What was done so far. */
  public get outcome(): Outcome {
    return this.report;
  }

  /** Whether steps of the plan wait for another pass. */
  public get isBlocked(): boolean {
    return this.failed.size > 0;
  }

  /** What comes before the plan. */
  public async prepare(steps: readonly Preparation[]): Promise<void> {
    await this.run(steps, undefined, this.instance);
  }

  /** @param instance as the pass has it by now: with what was recorded of it */
  public async carryOut(plan: Plan, instance: LiveInstance = this.instance): Promise<Outcome> {
    await this.run(plan.steps, plan, instance);
    return this.outcome;
  }

  private async run(steps: readonly Step[], plan: Plan | undefined, instance: LiveInstance): Promise<void> {
    const reports = new Map(steps.map((step) => [step, emptyReport()]));
    for (const group of inTurns(steps, this.means.kinds)) {
      await allDone(
        group.map(async (step) => {
          const stage = stageOf(step, runnerOf(step));
          if (!mayBegin(stage, this.failed)) return;
          const isDone = await this.runOne(step, { plan, instance, report: reports.get(step) ?? emptyReport() });
          if (!isDone) this.failed.add(stage);
        }),
      );
    }
    // In the order of the plan, whichever of them came first.
    for (const report of reports.values()) addTo(this.report, report);
  }

  private async runOne(step: Step, pass: Pick<StepContext, 'plan' | 'instance' | 'report'>): Promise<boolean> {
    const { means, made, foreign } = this;
    const runner = runnerOf(step);
    const result = await attempt(step, runner, { ...means, ...pass, made, foreign });
    if (typeof result === 'object') pass.report.failures.push({ step: runner.describe(step, pass.instance), failure: result });
    return result === 'done';
  }
}

function stageOf<S extends Step>(step: S, { stage }: Runner<S>): Stage {
  return typeof stage === 'string' ? stage : stage(step);
}

async function attempt<S extends Step>(step: S, { run }: Runner<S>, context: StepContext): Promise<StepResult> {
  try {
    return await run(step, context);
  } catch (error) {
    return failureOf(error);
  }
}

function emptyReport(): PassReport {
  return { objects: [], taken: [], pruned: [], secrets: [], failures: [] };
}

function addTo(sum: PassReport, { objects, taken, pruned, secrets, failures, git }: PassReport): void {
  sum.objects.push(...objects);
  sum.taken.push(...taken);
  sum.pruned.push(...pruned);
  sum.secrets.push(...secrets);
  sum.failures.push(...failures);
  if (git !== undefined) sum.git = git;
}

/** Nothing of a pass goes on after its end: what one throws is thrown when all are through. */
async function allDone(work: readonly Promise<void>[]): Promise<void> {
  const settled = await Promise.allSettled(work);
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}
