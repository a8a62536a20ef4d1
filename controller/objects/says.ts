import { isObject } from '../../constructs/spec/json';

/** Whether a live value has everything that the desired one has. Fields beside those are the server's or somebody else's; a list has no more elements. */
export function says(live: unknown, desired: unknown): boolean {
  if (Array.isArray(desired)) {
    return Array.isArray(live) && live.length === desired.length && desired.every((element, index) => says(live[index], element));
  }
  if (isObject(desired)) return isObject(live) && Object.entries(desired).every(([name, value]) => says(live[name], value));
  return live === desired;
}
