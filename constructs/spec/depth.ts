import type { PathStep } from './issue';

/**
 * Levels of objects and lists that a document of a user may have. The API server itself takes 10,000, which is more than a call stack holds where
 * each level costs a few frames. Real documents have less than 30; with this cap every later step may recurse.
 */
export const DEEPEST = 500;

/** Steps of a path that are named: the rest of hundreds of levels tells nothing. */
const NAMED = 8;

/**
 * The beginning of the path to a value that stands deeper than {@link DEEPEST} levels; `undefined` when there is none. The value may be of any
 * depth.
 */
export function tooDeepPath(value: unknown, levels = DEEPEST): PathStep[] | undefined {
  const path: PathStep[] = [];
  return isDeeper(value, levels, path) ? path.toReversed().slice(0, NAMED) : undefined;
}

/** @param path gets the steps, the last one first */
function isDeeper(value: unknown, levels: number, path: PathStep[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      if (typeof value[index] !== 'object' || !isDeeper(value[index], levels - 1, path)) continue;
      path.push(index);
      return true;
    }
    return false;
  }
  for (const key in value) {
    const inner = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof inner !== 'object' || !isDeeper(inner, levels - 1, path)) continue;
    path.push(key);
    return true;
  }
  return false;
}
