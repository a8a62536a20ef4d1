import { isObject } from '../../constructs/spec/json';
import { hashOf } from './live-hash';
import type { KubeObject } from './objects';
import { appliedBy } from './owned-fields';
import { OURS } from './writers';

/** What names an object: it stands in every apply, and is nobody's field. */
interface Stated {
  readonly metadata?: unknown;
  readonly [field: string]: unknown;
}

/**
 * A hash of what we last applied, with the values that stand there now: what an apply of the same would state again. Where it is that of a desired
 * object, the apply would change nothing: every field is there as it is wanted, is ours already, and none is ours that is wanted no more.
 *
 * @param live as the server sends it, with its managed fields
 * @returns `undefined` where we applied nothing, or what stands there is deeper than a call stack: anybody may write under our name
 */
export function appliedState(live: KubeObject): string | undefined {
  try {
    const applied = appliedBy(live, OURS);
    return Object.keys(applied).length === 0 ? undefined : stateHash(applied);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The same of an object that is to be applied. The server may store it in other words, a quantity say: then the two differ, and nothing is known. */
export function desiredState({ apiVersion: _apiVersion, kind: _kind, metadata, ...fields }: KubeObject): string {
  const { name: _name, namespace: _namespace, ...stated } = metadata;
  return stateHash({ ...fields, metadata: stated });
}

function stateHash({ metadata, ...fields }: Stated): string {
  return hashOf(sorted({ ...fields, metadata: withoutEmpty(metadata) }));
}

/** The server keeps no empty labels and annotations. */
function withoutEmpty(metadata: unknown): object {
  const entries = Object.entries(isObject(metadata) ? metadata : {});
  return Object.fromEntries(entries.filter(([, value]) => !(isObject(value) && Object.keys(value).length === 0)));
}

/** Numbers that the server does not store where they are zero, and books for nobody then. */
const NO_ZEROS: ReadonlySet<string> = new Set(['initialDelaySeconds', 'minReadySeconds', 'hostPort']);

/**
 * Whether what is to be zero and is booked for nobody has no other value, which somebody else may have given it.
 *
 * @param desired of which the live one is known to have all the rest
 */
export function zerosStand(desired: unknown, live: unknown): boolean {
  if (Array.isArray(desired)) return desired.every((item, index) => zerosStand(item, counterpart(item, live, index)));
  if (!isObject(desired)) return true;
  const stands = isObject(live) ? live : {};
  return Object.entries(desired).every(([key, value]) =>
    value === 0 && NO_ZEROS.has(key) ? (stands[key] ?? 0) === 0 : zerosStand(value, stands[key]),
  );
}

/** The item of a list of the server that an item of ours became: others may have added some. */
function counterpart(item: unknown, live: unknown, index: number): unknown {
  if (!Array.isArray(live)) return undefined;
  const name = isObject(item) ? item['name'] : undefined;
  return name === undefined ? live[index] : live.find((one) => isObject(one) && one['name'] === name);
}

/** In one order of keys, whoever wrote it. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .filter((key) => !(value[key] === 0 && NO_ZEROS.has(key)))
      .toSorted()
      .map((key) => [key, sorted(value[key])]),
  );
}
