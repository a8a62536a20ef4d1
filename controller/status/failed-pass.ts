import type { OpenClawInstanceStatus } from '../../constructs';
import type { Failure } from '../decide/outcome';
import type { LiveInstance } from '../objects/objects';
import { type Verdict, conditionOf, no, stamp } from './condition';
import { outlivesFailure, phaseOf } from './phase';
import { CONDITION_LIMIT, cut, failureText } from './text';

/** Reasons of failures that stand in `Ready` by themselves. Every other one is `ReconcileFailed`, as where a step of the pass fails. */
const OWN_REASONS = new Set(['InternalError', 'MissingRights']);

function ready({ metadata: { generation = 0, deletionTimestamp }, status = {} }: LiveInstance, failure: Failure): Verdict {
  const message = cut(failureText('the pass did not get through', failure), CONDITION_LIMIT);
  if (failure.transient) return outlivesFailure(conditionOf(status.conditions, 'Ready'), generation) ? 'unjudged' : no('Retrying', message);
  if (deletionTimestamp !== undefined) return no('DeletionFailed', message);
  return no(OWN_REASONS.has(failure.reason) ? failure.reason : 'ReconcileFailed', message);
}

/**
 * The status of an instance whose pass ended by an error: nothing was judged but that. All else stays as it was, together with the generation
 * that it is about.
 */
export function statusOfFailedPass(instance: LiveInstance, failure: Failure, now: Date): OpenClawInstanceStatus {
  const {
    metadata: { generation = 0 },
    status: previous = {},
  } = instance;
  const others = (previous.conditions ?? []).map(({ type }) => [type, 'unjudged'] as const);
  const verdicts = { ...Object.fromEntries<Verdict>(others), Ready: ready(instance, failure) };
  const conditions = stamp(verdicts, previous.conditions, generation, now);
  const hasWorkload = conditionOf(conditions, 'StatefulSetReady') !== undefined;
  return { ...previous, conditions, phase: phaseOf(conditions, hasWorkload), observedGeneration: generation };
}
