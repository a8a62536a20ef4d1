import type { Executor, Work } from '../../../controller/carry-out/carry-out';
import type { StateMachine, StatusRecord } from '../../../controller/lifecycle/machine';
import type { Preparation } from '../../../controller/lifecycle/step';
import { createLog } from '../../../controller/objects/log';
import type { LiveInstance } from '../../../controller/objects/objects';
import type { Observer } from '../../../controller/observe/observe';
import { NO_OUTCOME, type Outcome } from '../../../controller/decide/outcome';
import type { Observed } from '../../../controller/observe/observed';
import type { Plan } from '../../../controller/decide/plan';
import { type PassResult, Reconciler } from '../../../controller/process/reconciler';
import type { Reporter } from '../../../controller/status/report';
import type { EventDraft } from '../../../controller/status/events';
import type { Requeue } from '../../../controller/process/work-queue';
import { FakeClock } from '../api/fake-clock';
import { anObserved, TOKEN } from '../observed';

interface Told {
  readonly status: LiveInstance['status'];
  readonly events: readonly EventDraft[];
}

/** A reconciler whose parts answer as a test says. */
export class Subject {
  public readonly calls: string[] = [];
  public readonly plans: Plan[] = [];
  public readonly preparations: (readonly Preparation[])[] = [];
  public readonly records: StatusRecord[] = [];
  public machines: readonly StateMachine[] | undefined;
  public isBlocked = false;
  /** Whether records reach the server. */
  public isHeard = true;
  /** Progress that the reporter keeps back, in milliseconds. */
  public lateMs: number | undefined;
  public readonly told: Told[] = [];
  public readonly passes: PassResult[] = [];
  public observed: Observed | undefined = anObserved();
  public outcome: Outcome = NO_OUTCOME;
  /** What the observation throws. */
  public thrown: unknown;
  public readonly lines: string[] = [];
  /** Secrets that the preparation makes. */
  public made = TOKEN;
  public chance = 0.5;

  public async pass(): Promise<Requeue> {
    const clock = new FakeClock();
    clock.chance = this.chance;
    const log = createLog(
      (line) => this.lines.push(line),
      () => clock.now(),
    );
    const { observer, executor, reporter } = this;
    const reconciler = new Reconciler({
      observer,
      executor,
      reporter,
      clock,
      log,
      machines: this.machines,
      onPass: (result) => this.passes.push(result),
    });
    return reconciler.reconcile('team-a/alice');
  }

  private get observer(): Observer {
    const parts: Partial<Observer> = {
      observe: async () => {
        if (this.thrown !== undefined) throw this.thrown;
        return this.observed;
      },
      find: () => this.observed?.instance,
      withSecrets: () => this.made,
    };
    return parts as Observer;
  }

  private get executor(): Executor {
    const { calls, preparations, plans } = this;
    const outcomeOf = (): Outcome => this.outcome;
    const parts: Partial<Work> = {
      prepare: async (steps) => {
        calls.push('prepare');
        preparations.push(steps);
      },
      carryOut: async (plan) => {
        calls.push('carryOut');
        plans.push(plan);
        return outcomeOf();
      },
    };
    const work = { ...parts, made: [], isBlocked: this.isBlocked } as unknown as Work;
    const executor: Partial<Executor> = { begin: () => work, forget: () => calls.push('executor forgets') };
    return executor as Executor;
  }

  private get reporter(): Reporter {
    const parts: Partial<Reporter> = {
      current: (instance) => instance,
      record: async (instance, record) => {
        if (Object.keys(record).length === 0) return instance;
        this.calls.push('record');
        this.records.push(record);
        return this.isHeard ? ({ ...instance, status: { ...instance.status, ...record } } as LiveInstance) : undefined;
      },
      report: async (_instance, status, events) => {
        this.calls.push('report');
        this.told.push({ status, events });
        return this.lateMs;
      },
      forget: () => this.calls.push('reporter forgets'),
    };
    return parts as Reporter;
  }
}
