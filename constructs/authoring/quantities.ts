import type { PathStep } from '../spec/issue';
import { isCpu, isDuration, isSize } from '../wire/recognize';

/*
 * Amounts of cdk8s in the form of the API. Anything else is passed on: it is checked against the schema like what a user writes.
 */

/** Where a finding about an amount goes. */
interface QuantityReport {
  report(path: readonly PathStep[], message: string): void;
}

export function amount(value: unknown): unknown {
  return isCpu(value) ? value.amount : value;
}

export function size(value: unknown): unknown {
  return isSize(value) ? value.asString() : value;
}

export function seconds(value: unknown, path: readonly PathStep[], run: QuantityReport): unknown {
  if (!isDuration(value)) return value;
  const whole = value.toSeconds({ integral: false });
  if (!Number.isInteger(whole)) run.report(path, `is ${whole} seconds: Kubernetes counts whole ones`);
  return whole;
}

/** `90s`, `30m`, `24h`: the largest unit that says it in whole numbers. */
export function goDuration(value: unknown): unknown {
  if (!isDuration(value)) return value;
  const millis = value.toMilliseconds({ integral: false });
  const units = [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const;
  const unit = millis === 0 ? (['s', 1000] as const) : units.find(([, length]) => millis % length === 0);
  return unit === undefined ? `${millis}ms` : `${millis / unit[1]}${unit[0]}`;
}
