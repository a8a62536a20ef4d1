import type { ApiObjectMetadataDefinition } from 'cdk8s';
import type { JsonObject } from '../spec/json';
import type { Manifest } from './manifest';

/** Thrown where a value is not plain JSON (a Lazy, a token, an object of a class), so that the stock renderer has to take over. */
export const NOT_PLAIN = Symbol('not plain JSON');

/**
 * `object` with sorted keys, and without `null` and `undefined`: itself where it is so already, with a copy of what is not. Nothing of it is
 * changed.
 *
 * Every byte that is rendered comes through here, so it is written for speed: looking costs a third of copying, and `for in` reads the fields
 * of an object at a third of the cost of a list of its keys.
 */
export function plainObject(object: JsonObject): JsonObject {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) throw NOT_PLAIN;
  let before = '';
  for (const key in object) {
    if (key < before) return sortedCopy(object);
    before = key;
  }
  for (const key in object) {
    const value = object[key];
    if (typeof value === 'string') continue;
    const plain = plainValue(value);
    if (plain !== value || plain === undefined || plain === null) return copyWith(object, key, plain);
  }
  return object;
}

/** A copy of `object`, whose keys stand in order; all is plain in front of the field `first`, which gets the value `plain`. */
function copyWith(object: JsonObject, first: string, plain: unknown): JsonObject {
  const result: JsonObject = {};
  let isBehind = false;
  for (const key in object) {
    let value = isBehind ? plainValue(object[key]) : object[key];
    if (key === first) {
      value = plain;
      isBehind = true;
    }
    if (value !== undefined && value !== null) result[key] = value;
  }
  return result;
}

function sortedCopy(object: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const key of sortedKeys(object)) {
    const value = plainValue(object[key]);
    if (value !== undefined && value !== null) result[key] = value;
  }
  return result;
}

function plainValue(value: unknown): unknown {
  switch (typeof value) {
    case 'object':
      if (value === null) return null;
      return Array.isArray(value) ? plainList(value) : plainObject(value as JsonObject);
    case 'function':
    case 'symbol':
    case 'bigint':
      throw NOT_PLAIN;
    default:
      return value;
  }
}

/** A hole in a list stays visible: dropping it would hide a mistake that the API server names. */
function plainList(list: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index += 1) {
    const item = list[index];
    const plain = item === undefined ? null : plainValue(item);
    if (copy === undefined) {
      if (plain === item) continue;
      copy = list.slice(0, index);
    }
    copy.push(plain);
  }
  return copy ?? list;
}

/** A copy that shares nothing with `value`, nor one of its parts with another. */
export function unshared<T>(value: T): T;
export function unshared(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => unshared(item));
  const result: JsonObject = {};
  for (const key in value) result[key] = unshared((value as JsonObject)[key]);
  return result;
}

/** Lists this short are sorted faster by hand than by the engine's own `sort`. */
const SHORT = 20;

/** The keys of `object` in the order of their code units. */
export function sortedKeys(object: JsonObject): string[] {
  const keys = Object.keys(object);
  if (keys.length > SHORT) return keys.sort();
  for (let index = 1; index < keys.length; index += 1) {
    const key = keys[index] as string;
    let place = index;
    for (; place > 0 && (keys[place - 1] as string) > key; place -= 1) keys[place] = keys[place - 1] as string;
    keys[place] = key;
  }
  return keys;
}

/** The fields of ApiObjectMetadataDefinition that its own toJson reads; private there. A test holds both renderings against each other. */
interface MetadataFields {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels: JsonObject;
  readonly annotations: JsonObject;
  readonly finalizers: unknown[];
  readonly ownerReferences: unknown[];
  /** The options that it was made with, and what `add` has put there since. */
  readonly _additionalAttributes: JsonObject;
}

const KNOWN = new Set(['name', 'namespace', 'labels', 'annotations', 'finalizers', 'ownerReferences']);

/** The metadata of an object, sorted. Empty lists and objects in it are dropped, at any depth. */
export function plainMetadata(definition: ApiObjectMetadataDefinition): Manifest['metadata'] {
  const {
    name,
    namespace,
    labels,
    annotations,
    finalizers,
    ownerReferences,
    _additionalAttributes: more,
  } = definition as unknown as MetadataFields;
  const known = { annotations, finalizers, labels, name, namespace, ownerReferences };
  for (const key in more) if (!KNOWN.has(key)) return filledObject({ ...more, ...known }) as Manifest['metadata'];
  return filledObject(known) as Manifest['metadata'];
}

function filledObject(object: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const key of sortedKeys(object)) {
    const value = filledValue(object[key]);
    if (value !== undefined) result[key] = value;
  }
  return result;
}

/** `undefined` for what is empty. */
function filledValue(value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') return plainValue(value);
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => filledValue(item) ?? null);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw NOT_PLAIN;
  const filled = filledObject(value as JsonObject);
  for (const _ in filled) return filled;
  return undefined;
}
