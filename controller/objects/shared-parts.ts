/** Larger parts are hardly ever the same in two objects, and deeper ones are not ours. */
const LONGEST = 2048;
const DEEPEST = 24;

/** Parts that were seen last, by their JSON. */
const MOST = 4096;

const parts = new Map<string, unknown>();

/** `part`, or one that is the same and in memory already. */
function known(part: unknown): unknown {
  const key = JSON.stringify(part);
  if (key.length > LONGEST) return part;
  const same = parts.get(key) ?? part;
  // A map keeps the order in which its keys came.
  parts.delete(key);
  parts.set(key, same);
  for (const oldest of parts.keys()) {
    if (parts.size <= MOST) break;
    parts.delete(oldest);
  }
  return same;
}

function shared(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.length < LONGEST ? known(value) : value;
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value;
  const copy = Array.isArray(value)
    ? value.map((one) => shared(one, depth + 1))
    : Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shared(one, depth + 1)]));
  // Nobody may change one for all.
  return known(Object.freeze(copy));
}

/**
 * A read-only object from a server, of which parts that other objects have as well take room once: probes, security contexts, selectors, labels. The
 * objects of a fleet are much alike.
 */
export function withSharedParts<T extends object>(object: T): T {
  try {
    return shared(object, 0) as T;
  } catch (error) {
    // Deeper than a call stack: somebody's, who labelled it as ours.
    if (error instanceof RangeError) return object;
    throw error;
  }
}
