import { rootOf, type SchemaNode } from './schema-node';
import { isObject, type JsonObject, type JsonValue, type StructuralSchema } from './structural';

/**
 * Fills in the defaults of a whole object, as the API server does with an object it receives.
 *
 * - A field that is missing takes its default, and so do the fields inside the default.
 * - A null where the schema allows none takes the default; without a default the field is dropped, but an entry of a
 *   list stays null (and is refused by `validateSchema`).
 * - Nothing is filled in below a field that is missing and has no default.
 *
 * The input is never changed. Parts without a change are shared with the input, and defaults are shared, frozen,
 * between results: whoever wants to change a result makes a copy.
 */
export function applyDefaults(schema: StructuralSchema, value: JsonObject): JsonObject {
  return fillObject(rootOf(schema), value);
}

function fill(node: SchemaNode, value: JsonValue): JsonValue {
  if (Array.isArray(value)) return node.items === undefined ? value : fillList(node.items, value);
  if (typeof value === 'object' && value !== null) return fillObject(node, value);
  return value;
}

function fillObject(node: SchemaNode, value: JsonObject): JsonObject {
  let result = fillMissing(node, value);
  for (const key in value) {
    const old = value[key];
    // Texts and numbers stay as they are.
    if (typeof old !== 'object') continue;
    const child = node.properties?.get(key) ?? node.additional;
    if (child === undefined) continue;
    const filled = old === null ? fillNull(child) : fill(child, old);
    if (filled === old) continue;
    if (result === value) result = { ...value };
    if (filled === undefined) delete result[key];
    else result[key] = filled;
  }
  return result;
}

function fillMissing(node: SchemaNode, value: JsonObject): JsonObject {
  let result = value;
  for (const entry of node.defaulted) {
    const [key, child] = entry;
    if (value[key] !== undefined && Object.hasOwn(value, key)) continue;
    if (result === value) result = { ...value };
    result[key] = defaultOf(child)!;
  }
  return result;
}

function fillList(items: SchemaNode, list: JsonValue[]): JsonValue[] {
  let result = list;
  for (let index = 0; index < list.length; index++) {
    const old = list[index]!;
    if (typeof old !== 'object') continue;
    const filled = old === null ? (fillNull(items) ?? null) : fill(items, old);
    if (filled === old) continue;
    if (result === list) result = [...list];
    result[index] = filled;
  }
  return result;
}

/** What a null becomes: itself, the default, or nothing. */
function fillNull(node: SchemaNode): JsonValue | undefined {
  return node.nullable ? null : defaultOf(node);
}

const complete = new WeakMap<SchemaNode, JsonValue>();

/** The default of a node with the defaults inside it filled in. */
function defaultOf(node: SchemaNode): JsonValue | undefined {
  if (node.default === undefined) return undefined;
  let value = complete.get(node);
  if (value === undefined) {
    // A copy, since what is frozen must not be the schema.
    value = freeze(fill(node, copy(node.default)));
    complete.set(node, value);
  }
  return value;
}

function copy(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item) => copy(item));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner ?? null)]));
}

function freeze(value: JsonValue): JsonValue {
  if (Array.isArray(value)) value.forEach((item) => freeze(item));
  else if (isObject(value)) Object.values(value).forEach((item) => item !== undefined && freeze(item));
  Object.freeze(value);
  return value;
}
