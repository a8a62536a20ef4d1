/** Lists with keys, as far as the CRD of instances has them: their items are owned one by one. */
import type { Json } from './fake-fields';

/** By path: the key of an item, or `undefined` for a set of texts. */
const KEYED: ReadonlyMap<string, string | undefined> = new Map([
  ['spec.skills', undefined],
  ['spec.env', 'name'],
]);

/** How an item is called in a path; `undefined` where the list is owned whole. */
export function itemSteps(
  list: readonly unknown[],
  path: readonly string[],
): readonly (readonly [step: string, item: unknown])[] | undefined {
  if (!KEYED.has(path.join('.'))) return undefined;
  const key = KEYED.get(path.join('.'));
  return list.map((item) => [
    key === undefined ? `v:${JSON.stringify(item)}` : `k:${JSON.stringify({ [key]: (item as Json)[key] })}`,
    item,
  ]);
}

export function isItemStep(step: string): boolean {
  return /^[kv]:/.test(step);
}

export function indexOfItem(list: readonly unknown[], step: string): number {
  const wanted: unknown = JSON.parse(step.slice(2));
  if (step.startsWith('v:')) return list.indexOf(wanted);
  return list.findIndex((item) => Object.entries(wanted as Json).every(([key, value]) => (item as Json)[key] === value));
}

/** The item, made where it is missing. */
export function ensureItem(list: unknown[], step: string): unknown {
  const index = indexOfItem(list, step);
  if (index >= 0) return list[index];
  const item: unknown = JSON.parse(step.slice(2));
  list.push(item);
  return item;
}

/** A set of fields as managed fields have it, of paths of leaves. */
export function fieldSetOf(paths: Iterable<readonly string[]>): Json {
  const set: Json = {};
  for (const path of paths) {
    let at = set;
    for (const step of path) at = (at[isItemStep(step) ? step : `f:${step}`] ??= {}) as Json;
  }
  return set;
}
