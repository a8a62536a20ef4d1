import { isDeepStrictEqual } from 'node:util';
import type { Condition, OpenClawInstanceStatus } from '../../constructs';
import { conditionOf } from './condition';
import { outlookOf } from './phase';

/** By type, since their order says nothing. Times are not in it. */
function judgements(conditions: readonly Condition[] | undefined): Record<string, unknown> {
  return Object.fromEntries(
    (conditions ?? []).map(({ type, status, reason, message, observedGeneration }) => [
      type,
      { status, reason, message, observedGeneration },
    ]),
  );
}

/** Whether two lists of conditions say the same, in any order; times do not count. */
export function sameConditions(a: readonly Condition[] | undefined, b: readonly Condition[] | undefined): boolean {
  return isDeepStrictEqual(judgements(a), judgements(b));
}

/** Whether two statuses say the same, so that no write is needed. Times alone are never a reason to write. */
export function sameStatus(a: OpenClawInstanceStatus | undefined, b: OpenClawInstanceStatus | undefined): boolean {
  const { conditions: ofA, lastReconcileTime: _a, ...restOfA } = a ?? {};
  const { conditions: ofB, lastReconcileTime: _b, ...restOfB } = b ?? {};
  return sameConditions(ofA, ofB) && isDeepStrictEqual(restOfA, restOfB);
}

/**
 * Whether a status differs from an earlier one by progress alone, on the way of an instance that is not ready yet: it speaks of the same
 * generation, the summary says the same or waits for the next thing in turn, and of the other conditions none has ceased to be true.
 */
export function isProgress(before: OpenClawInstanceStatus, after: OpenClawInstanceStatus): boolean {
  const { conditions: former = [], lastReconcileTime: _a, ...restBefore } = before;
  const { conditions = [], lastReconcileTime: _b, ...restAfter } = after;
  if (former.length !== conditions.length || !isDeepStrictEqual(restBefore, restAfter)) return false;
  return conditions.every(({ type, status, reason }) => {
    const last = conditionOf(former, type);
    if (last === undefined) return false;
    if (type === 'Ready') return status !== 'True' && last.status === status && (last.reason === reason || isWaiting(last.reason, reason));
    return last.status === status || status === 'True';
  });
}

/** Whether both reasons say that something is on its way by itself. One that had to be tried again is news. */
function isWaiting(...reasons: readonly string[]): boolean {
  return reasons.every((reason) => outlookOf(reason) === 'under way' && reason !== 'Retrying');
}

/**
 * The JSON merge patch that turns one status into another: fields that have gone are null, for the server keeps what a patch leaves out.
 */
export function statusPatch(previous: OpenClawInstanceStatus | undefined, next: OpenClawInstanceStatus): object {
  return mergePatch({ ...previous }, { ...next });
}

function mergePatch(previous: Record<string, unknown>, next: Record<string, unknown>): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(previous), ...Object.keys(next)])) {
    const [before, after] = [previous[key], next[key]];
    if (after === undefined) patch[key] = null;
    else if (isObject(before) && isObject(after)) {
      const inner = mergePatch(before, after);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (!isDeepStrictEqual(before, after)) patch[key] = after;
  }
  return patch;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
