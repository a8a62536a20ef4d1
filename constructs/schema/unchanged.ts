import { isDeepStrictEqual } from 'node:util';
import type { PathStep } from '../spec/issue';
import { rootOf, type SchemaNode } from './schema-node';
import { isObject, type JsonObject, type JsonValue, type StructuralSchema } from './structural';

/**
 * Whether the value at a path, or any part of the document around it, is as it was before. The API server (Kubernetes 1.30) forgives a stored
 * object what is wrong in such a part: whoever adds an annotation need not mend the spec.
 *
 * @param path steps from the root of the document
 */
export function isUnchanged(schema: StructuralSchema, value: JsonObject, old: JsonObject, path: readonly PathStep[]): boolean {
  let node: SchemaNode | undefined = rootOf(schema);
  let pair: Pair | undefined = { value, old };
  for (const step of path) {
    pair = stepInto(node, pair, step);
    if (pair === undefined) return false;
    if (isDeepStrictEqual(pair.value, pair.old)) return true;
    node = typeof step === 'number' ? node?.items : (node?.properties?.get(step) ?? node?.additional);
  }
  return false;
}

interface Pair {
  readonly value: JsonValue;
  readonly old: JsonValue;
}

/** The two versions of a part; none where the old one has no such part, or where nobody can tell which it was. */
function stepInto(node: SchemaNode | undefined, { value, old }: Pair, step: PathStep): Pair | undefined {
  const inner = (value as Readonly<Record<PathStep, JsonValue | undefined>>)[step];
  if (inner === undefined) return undefined;
  const before = typeof step === 'number' ? oldItem(node?.schema ?? {}, inner, old) : oldField(old, step);
  return before === undefined ? undefined : { value: inner, old: before };
}

/** The previous value of a field. */
export function oldField(old: JsonValue | undefined, name: string): JsonValue | undefined {
  return isObject(old) && Object.hasOwn(old, name) ? old[name] : undefined;
}

/** The previous value of an entry. Entries of two versions belong together in a list of type map, by key; in other lists nobody can tell. */
export function oldItem(schema: StructuralSchema, item: JsonValue, oldList: JsonValue | undefined): JsonValue | undefined {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || keys === undefined || !isObject(item) || !Array.isArray(oldList)) return undefined;
  return oldList.find((one) => isObject(one) && keys.every((key) => one[key] === item[key]));
}
