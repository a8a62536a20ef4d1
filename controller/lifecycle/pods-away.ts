import type { Override } from '../../constructs';
import { REPLICAS } from '../../constructs/spec/override';
import type { LiveInstance } from '../objects/objects';
import type { StatusRecord } from './machine';

/** The overrides with which no pod runs, in place of any other number. */
export function podsAway({ status = {} }: LiveInstance, reason: string): Pick<StatusRecord, 'overrides'> {
  const others = (status.overrides ?? []).filter(({ field }) => field !== REPLICAS);
  return { overrides: [...others, { field: REPLICAS, value: 0, reason }] };
}

/** The overrides without that; one of another machine stays. */
export function podsBack({ status = {} }: LiveInstance, reason: string): Pick<StatusRecord, 'overrides'> {
  const left = (status.overrides ?? []).filter((one) => !isAway(one, reason));
  return { overrides: left.length > 0 ? left : undefined };
}

function isAway({ field, reason: why }: Override, reason: string): boolean {
  return field === REPLICAS && why === reason;
}
