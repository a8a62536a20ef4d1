import { renderedSecretTexts } from '../../constructs/resolve/secrets/secret-text';
import { ConnectionError, FencedError } from '../api/errors';
import type { Clock } from '../../gitops/git/clock';
import type { Executor } from '../carry-out/carry-out';
import { decide, isRendered } from '../decide/decide';
import { prepare } from '../decide/prepare';
import { updateEvents } from '../lifecycle/update/counted';
import type { StateMachine } from '../lifecycle/machine';
import { machines as registeredMachines } from '../lifecycle/machines';
import type { Log } from '../objects/log';
import { type Meter, noMeter } from '../objects/meter';
import { type InstanceKey, type LiveInstance, keyText, parseKey } from '../objects/objects';
import type { Observer } from '../observe/observe';
import { NO_OUTCOME, type Outcome } from '../decide/outcome';
import type { Observed } from '../observe/observed';
import type { Plan } from '../decide/plan';
import type { Reporter } from '../status/report';
import { computeStatus } from '../status/compute-status';
import { conditionOf } from '../status/condition';
import { type EventDraft, eventsFrom, gathered } from '../status/events';
import { EVENT_LIMIT, joinWithin } from '../status/text';
import { statusOfFailedPass } from '../status/failed-pass';
import { errorText, passFailure, placesOf } from './pass-failure';
import type { Requeue } from './work-queue';

/** A look at everything, however quiet: with jitter, so that a thousand instances do not look at once. */
const RESYNC_MS = 10 * 60_000;

/** An object that has to be gone first usually is within a second; its going wakes the instance as well. */
const REPLACING_MS = 2000;

/**
 * What a person has to mend may lie where no watch of ours looks: rights, quotas, an object that is not ours. Often enough to follow a mended
 * fault soon, seldom enough to be no burden where it stays.
 */
const MENDING_MS = 60_000;

/** What a deletion waits for wakes the instance; this is for what nobody tells. */
const DELETING_MS = 15_000;

/** What one pass came to, for whoever counts. */
export interface PassResult {
  readonly key: InstanceKey;
  readonly ok: boolean;
}

/** One instance, one pass: observe, prepare, decide, record, carry out, report. */
export class Reconciler {
  public constructor(
    private readonly parts: {
      readonly observer: Observer;
      readonly executor: Executor;
      readonly reporter: Reporter;
      readonly clock: Clock;
      readonly log: Log;
      readonly onPass?: (result: PassResult) => void;
      /** @default - nothing is measured */
      readonly meter?: Meter | undefined;
      /** @default - all registered ones */
      readonly machines?: readonly StateMachine[] | undefined;
    },
  ) {}

  /**
   * One pass. Whatever is thrown in it becomes a condition of the instance and is tried again, later each time; others are not concerned.
   *
   * @param text `namespace/name`
   * @throws FencedError when this process may not write any more
   */
  public async reconcile(text: string): Promise<Requeue> {
    const key = parseKey(text);
    const begun = this.parts.clock.monotonic();
    try {
      return await this.pass(key, begun);
    } catch (error) {
      if (error instanceof FencedError) throw error;
      this.note({ key, ok: false }, begun);
      await this.tellFailure(key, error);
      return { failed: true };
    }
  }

  private note(result: PassResult, begun: number, outcome: Outcome = NO_OUTCOME): void {
    const { clock, meter, onPass } = this.parts;
    onPass?.(result);
    const failedKinds = outcome.objects.flatMap(({ action, kind }) => (action === 'failed' ? [kind] : []));
    const secrets = outcome.secrets.flatMap(({ action }) => (action === 'failed' ? ['Secret'] : []));
    meter?.passed({ ...result, seconds: (clock.monotonic() - begun) / 1000, failedKinds: [...failedKinds, ...secrets] });
  }

  private countUpdates(key: InstanceKey, before: LiveInstance, after: LiveInstance, { tellings }: Plan): void {
    const { meter = noMeter } = this.parts;
    for (const what of updateEvents(before.status?.autoUpdate, after.status?.autoUpdate, tellings)) meter.updated(key, what);
  }

  /** `decide`, with the seconds that it took. It is fast but where it has to render. */
  private decided(observed: Observed): { readonly plan: Plan; readonly seconds: number } {
    const { clock, meter = noMeter, machines = registeredMachines } = this.parts;
    const { resolution } = observed;
    const isKept = !resolution.ok || isRendered(resolution.instance);
    const begun = clock.monotonic();
    const plan = decide(observed, clock.now(), machines);
    const seconds = (clock.monotonic() - begun) / 1000;
    if (resolution.ok) meter.recalled('render', isKept ? undefined : seconds);
    return { plan, seconds };
  }

  private async tellFailure(key: InstanceKey, error: unknown): Promise<void> {
    const { observer, reporter, clock, log } = this.parts;
    log.error('pass failed', { instance: keyText(key), error: errorText(error), at: placesOf(error) });
    const live = observer.find(key);
    // Without a connection nobody can be told.
    if (live === undefined || error instanceof ConnectionError) return;
    const instance = reporter.current(live);
    const status = statusOfFailedPass(instance, passFailure(error), clock.now());
    await reporter.report(instance, status, eventsFrom(instance.status ?? {}, status, NO_OUTCOME, key.namespace));
  }

  private async pass(key: InstanceKey, begun: number): Promise<Requeue> {
    const { observer, executor, reporter, clock } = this.parts;
    const seen = await observer.observe(key, (cached) => reporter.current(cached));
    if (seen === undefined) {
      executor.forget(key);
      reporter.forget(key);
      return {};
    }
    const work = executor.begin(seen.instance);
    await work.prepare(prepare(seen));
    // Secrets that were just made count already: their hash stands on the pods.
    const prepared = { ...seen, secrets: observer.withSecrets(seen.secrets, work.made) };
    const { plan, seconds } = this.decided(prepared);
    const computedMs = 1000 * (seconds + (seen.resolveSeconds ?? 0));
    // What is about to happen is written down before it happens; what cannot begin yet is not.
    const instance = work.isBlocked ? seen.instance : await reporter.record(seen.instance, plan.record);
    if (instance === undefined) return { failed: true, computedMs };
    this.countUpdates(key, seen.instance, instance, plan);
    const observed = { ...prepared, instance };
    const outcome = await work.carryOut(plan, instance);
    if (plan.isEnding && plan.activity === undefined && isFinished(outcome)) return {};
    const status = computeStatus({ observed, plan, outcome }, clock.now());
    const events = [...warningsOf(observed, plan), ...eventsFrom(instance.status ?? {}, status, outcome, key.namespace)];
    const isNew = seen.instance.status?.observedGeneration === undefined;
    const lateMs = await reporter.report(instance, status, isNew ? gathered(events) : events);
    this.note({ key, ok: (observed.resolution.ok || plan.isEnding) && !hasFailed(outcome) }, begun, outcome);
    return { ...sooner(this.requeue(plan, outcome), plan.requeueAfterMs, lateMs), ...(computedMs > 0 && { computedMs }) };
  }

  private requeue(plan: Plan, outcome: Outcome): Requeue {
    if (isTransient(outcome)) return { failed: true };
    if (outcome.objects.some(({ action }) => action === 'replacing')) return { afterMs: REPLACING_MS };
    if (plan.isEnding) return { afterMs: DELETING_MS };
    const needsMending = hasFailed(outcome) || outcome.objects.some(({ action }) => action === 'foreign');
    // Nobody tells us when an engine begins to complain.
    const isSoon = needsMending || outcome.git?.engine !== undefined;
    return { afterMs: (isSoon ? MENDING_MS : RESYNC_MS) * (0.5 + this.parts.clock.random()) };
  }
}

/**
 * What `resolve` warns of, as one event a generation; the command line tells it one by one. Nothing that a user wrote may be passed over in
 * silence. Only a pass that got through has judged the spec; one that ended by an error has told nothing yet.
 */
function warningsOf({ instance, resolution }: Observed, { manifests }: Plan): EventDraft[] {
  const judged = conditionOf(instance.status?.conditions, 'ConfigValid')?.observedGeneration;
  if (!resolution.ok || judged === instance.metadata.generation) return [];
  const warnings = [...resolution.warnings, ...renderedSecretTexts(manifests, instance, resolution.instance.facts)];
  if (warnings.length === 0) return [];
  const texts = warnings.map(({ path, message }) => `${path}: ${message}`);
  return [{ type: 'Warning', reason: 'SpecWarning', message: joinWithin(texts, EVENT_LIMIT) }];
}

/** The finalizer is off; the server removes the instance, and the watch tells us. */
function isFinished({ failures, git }: Outcome): boolean {
  return failures.length === 0 && (git === undefined || git.state === 'committed');
}

/** The earliest of the times at which a pass is wanted. */
function sooner(requeue: Requeue, ...waits: readonly (number | undefined)[]): Requeue {
  if (!('afterMs' in requeue)) return requeue;
  return { afterMs: Math.min(requeue.afterMs ?? Infinity, ...waits.filter((wait) => wait !== undefined)) };
}

function failuresOf({ objects, secrets, failures }: Outcome) {
  return [
    ...objects.flatMap((object) => (object.action === 'failed' ? [object.failure] : [])),
    ...secrets.flatMap((secret) => (secret.action === 'failed' ? [secret.failure] : [])),
    ...failures.map(({ failure }) => failure),
  ];
}

function hasFailed(outcome: Outcome): boolean {
  return failuresOf(outcome).length > 0 || outcome.git?.failure !== undefined;
}

/** Worth another try soon. What a person has to mend is looked at again when it changes, and now and then. */
function isTransient(outcome: Outcome): boolean {
  return failuresOf(outcome).some(({ transient }) => transient);
}
