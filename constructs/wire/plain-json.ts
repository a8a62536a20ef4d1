import type { ApiObjectMetadataDefinition } from 'cdk8s';
import type { JsonObject } from '../spec/json';
import type { Manifest } from './manifest';

/** Thrown where a value is not plain JSON (a Lazy, a token, an object of a class), so that the stock renderer has to take over. */
export const NOT_PLAIN = Symbol('not plain JSON');

/**
 * A copy of `object` with sorted keys, and without `null` and `undefined`.
 *
 * Every byte that is rendered comes through here, so it is written for speed. `for in` reads the fields of an object at a third of the cost
 * of a list of its keys, so keys that stand in order are not sorted again. A copy has to be made even of what is sorted already: objects
 * stand in a manifest more than once (constants, fragments of a spec), and a YAML writer makes anchors of those.
 */
export function plainObject(object: JsonObject): JsonObject {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) throw NOT_PLAIN;
  let before = '';
  for (const key in object) {
    if (key < before) return sortedCopy(object);
    before = key;
  }
  const result: JsonObject = {};
  for (const key in object) {
    const value = plainValue(object[key]);
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
      return Array.isArray(value) ? value.map(plainItem) : plainObject(value as JsonObject);
    case 'function':
    case 'symbol':
    case 'bigint':
      throw NOT_PLAIN;
    default:
      return value;
  }
}

/** A hole in a list stays visible: dropping it would hide a mistake that the API server names. */
function plainItem(item: unknown): unknown {
  return item === undefined ? null : plainValue(item);
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
