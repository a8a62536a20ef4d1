import { isDeepStrictEqual } from 'node:util';
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

/** By which items of lists are told apart. */
const ITEM_NAMES = ['name', 'containerPort', 'protocol', 'port', 'uid', 'mountPath', 'key'] as const;

/**
 * Whether what the hash does not tell is as it is desired too: no other number where a zero is wanted, and nothing added to a list of texts. The server
 * books such a list as one value; whoever writes a book himself may say that only some of it is ours.
 *
 * @param desired whose state is that of the live one
 */
export function restStands(desired: unknown, live: unknown): boolean {
  if (Array.isArray(desired)) return desired.some(isObject) ? itemsStand(desired, live) : isDeepStrictEqual(desired, live ?? []);
  if (!isObject(desired)) return true;
  const stands = isObject(live) ? live : {};
  return Object.entries(desired).every(([key, value]) =>
    value === 0 && NO_ZEROS.has(key) ? (stands[key] ?? 0) === 0 : restStands(value, stands[key]),
  );
}

/** Others may have added items. */
function itemsStand(desired: readonly unknown[], live: unknown): boolean {
  return desired.every((item) => Array.isArray(live) && live.some((one) => isSameItem(item, one) && restStands(item, one)));
}

function isSameItem(item: unknown, live: unknown): boolean {
  if (!isObject(item) || !isObject(live)) return item === live;
  return ITEM_NAMES.every((name) => item[name] === undefined || live[name] === undefined || item[name] === live[name]);
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
