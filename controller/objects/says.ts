import { isObject } from '../../constructs/spec/json';
import { amountOf } from '../../constructs/wire/kibibytes';

/**
 * Whether a live value has everything that the desired one has. Fields beside those are the server's or somebody else's; a list has no more
 * elements.
 *
 * @param isStrict a `false` that is left out counts as another value: the default may be true. @default false
 */
export function says(live: unknown, desired: unknown, isStrict = false): boolean {
  // The server leaves out fields that say nothing.
  if (live === undefined) return isNothing(desired) && !(isStrict && desired === false);
  if (Array.isArray(desired)) {
    return Array.isArray(live) && live.length === desired.length && desired.every((element, index) => says(live[index], element, isStrict));
  }
  if (isObject(desired)) return isObject(live) && Object.entries(desired).every(([name, value]) => says(live[name], value, isStrict));
  return live === desired || isSameAmount(live, desired);
}

function isNothing(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return [false, 0, '', null].some((nothing) => nothing === value);
}

/** The server writes quantities in a form of its own: `2000m` as `2`. */
function isSameAmount(live: unknown, desired: unknown): boolean {
  if (typeof live !== 'string' || (typeof desired !== 'string' && typeof desired !== 'number')) return false;
  const amount = amountOf(live);
  return amount !== undefined && amount === amountOf(desired);
}
