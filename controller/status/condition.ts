import type { Condition } from '../../constructs';
import { CONDITION_LIMIT, cut } from './text';

/** A condition before it has times. */
export interface ConditionDraft {
  readonly status: Condition['status'];
  /** One CamelCase word. */
  readonly reason: string;
  /** For people. Lower case, no full stop. */
  readonly message: string;
}

/**
 * What one condition function says: a judgement; `off` when the instance has no such feature, so that the condition leaves; `unjudged` when
 * this pass cannot tell, so that the last judgement stays together with the generation that it is about.
 */
export type Verdict = ConditionDraft | 'off' | 'unjudged';

/** Verdicts by condition type, in the order in which they stand in the status. */
export type Verdicts = Readonly<Record<string, Verdict>>;

export function yes(reason: string, message: string): ConditionDraft {
  return { status: 'True', reason, message };
}

export function no(reason: string, message: string): ConditionDraft {
  return { status: 'False', reason, message };
}

export function unknown(reason: string, message: string): ConditionDraft {
  return { status: 'Unknown', reason, message };
}

export function isTrue(verdict: Verdict | undefined): boolean {
  return typeof verdict === 'object' && verdict.status === 'True';
}

export function isFalse(verdict: Verdict | undefined): verdict is ConditionDraft {
  return typeof verdict === 'object' && verdict.status === 'False';
}

export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** A time as Kubernetes writes it: whole seconds, UTC. */
export function timestamp(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}

/** Makes conditions of verdicts. The time of transition moves only when the status value does. */
export function stamp(verdicts: Verdicts, previous: readonly Condition[] | undefined, generation: number, now: Date): Condition[] {
  return Object.entries(verdicts).flatMap(([type, verdict]): Condition[] => {
    const before = conditionOf(previous, type);
    if (verdict === 'off') return [];
    if (verdict === 'unjudged') return before ? [before] : [];
    const { status, reason, message } = verdict;
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timestamp(now);
    return [{ type, status, reason, message: cut(message, CONDITION_LIMIT), lastTransitionTime, observedGeneration: generation }];
  });
}
