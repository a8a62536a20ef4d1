import type { JsonObject } from '../constructs/spec/json';

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a dotted path, `undefined` where there is none. */
export function at(object: JsonObject, path: string): unknown {
  let value: unknown = object;
  for (const step of path.split('.')) value = isObject(value) ? value[step] : undefined;
  return value;
}
