import { error, fieldPath, warning, type Issue, type PathStep } from '../spec/issue';
import { placesOf } from './field-places';
import { rootOf, type SchemaNode } from './schema-node';
import { similarName } from './similar-name';
import { isObject, type JsonObject, type JsonValue, type StructuralSchema } from './structural';

/** The fields that every object has, whatever its schema says. */
const OBJECT_FIELDS = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * Names the fields of a whole object that its schema does not know.
 *
 * Where the server would drop such a field, it is an error, as in `kubectl apply` and server-side apply. Where the schema
 * lists fields and lets others pass (`x-kubernetes-preserve-unknown-fields`: the Kubernetes types inside ours), it is a
 * warning, since the field may be newer than the schema. Where the schema lists none, all is free and nothing is said.
 *
 * A value of the wrong type is left to `validateSchema`: the server also names each key of a mapping that stands where a
 * list or a text belongs, which tells a user nothing new.
 */
export function findUnknownFields(schema: StructuralSchema, value: JsonObject): Issue[] {
  const root = rootOf(schema);
  const search: Search = { root, issues: [] };
  find(root, value, [], search);
  return search.issues;
}

interface Search {
  readonly root: SchemaNode;
  readonly issues: Issue[];
}

function find(node: SchemaNode, value: JsonValue, path: PathStep[], search: Search): void {
  if (Array.isArray(value)) findInList(node, value, path, search);
  else if (isObject(value) && mayBeObject(node.schema)) findInObject(node, value, path, search);
}

function mayBeObject(schema: StructuralSchema): boolean {
  return schema.type === 'object' || (schema.type === undefined && schema['x-kubernetes-int-or-string'] !== true);
}

function findInList(node: SchemaNode, list: JsonValue[], path: PathStep[], search: Search): void {
  if (node.items === undefined) return;
  for (let index = 0; index < list.length; index++) {
    if (typeof list[index] !== 'object') continue;
    path.push(index);
    find(node.items, list[index]!, path, search);
    path.pop();
  }
}

function findInObject(node: SchemaNode, value: JsonObject, path: PathStep[], search: Search): void {
  for (const key in value) {
    const child = node.properties?.get(key) ?? node.additional;
    const inner = value[key];
    // Nothing stands below a text or a number.
    if (inner === undefined || (child !== undefined && typeof inner !== 'object')) continue;
    path.push(key);
    if (child !== undefined) find(child, inner, path, search);
    else if (!(node.embedded && OBJECT_FIELDS.has(key))) report(node, key, path, search);
    path.pop();
  }
}

function report(node: SchemaNode, key: string, path: PathStep[], search: Search): void {
  const names = node.properties?.keys() ?? [];
  const meant = similarName(key, names);
  if (!node.preserve)
    search.issues.push(error(fieldPath(path), 'schema/unknown-field', `unknown field; ${remedy(meant, path, search.root)}`));
  else if (node.properties !== undefined && node.properties.size > 0) {
    const passes = `unknown field; it is passed on as it is${meant === undefined ? '' : `. Did you mean \`${meant}\`?`}`;
    search.issues.push(warning(fieldPath(path), 'schema/unknown-field', passes));
  }
}

function remedy(meant: string | undefined, path: readonly PathStep[], root: SchemaNode): string {
  if (meant !== undefined) return `did you mean \`${meant}\`?`;
  const places = placesOf(path, root);
  return places.length === 0 ? 'remove it' : `it is ${places.map((place) => `\`${place}\``).join(' or ')}`;
}

/**
 * Drops the fields that a schema does not know, as the API server does before it stores an object.
 * The input is never changed; parts without a change are shared with it.
 */
export function prune(schema: StructuralSchema, value: JsonObject): JsonObject {
  const root = rootOf(schema);
  return pruneObject(root, value, root.preserve);
}

/** `free`: the server looks through the lists below a free node without pruning their entries. */
function pruneValue(node: SchemaNode | undefined, value: JsonValue, free = node?.preserve ?? false): JsonValue {
  if (Array.isArray(value)) return pruneList(node, value, free);
  if (isObject(value)) return pruneObject(node, value, free);
  return value;
}

function pruneList(node: SchemaNode | undefined, list: JsonValue[], free: boolean): JsonValue[] {
  if (free && node?.items === undefined) return list;
  let result = list;
  for (let index = 0; index < list.length; index++) {
    const old = list[index]!;
    const pruned = free ? pruneValue(node?.items, old, true) : pruneValue(node?.items, old);
    if (pruned === old) continue;
    if (result === list) result = [...list];
    result[index] = pruned;
  }
  return result;
}

function pruneObject(node: SchemaNode | undefined, value: JsonObject, free: boolean): JsonObject {
  let result = value;
  for (const key of Object.keys(value)) {
    const old = value[key];
    if (old === undefined) continue;
    const pruned = prunedField(node, key, old, free);
    if (pruned === old) continue;
    if (result === value) result = { ...value };
    if (pruned === undefined) delete result[key];
    else result[key] = pruned;
  }
  return result;
}

function prunedField(node: SchemaNode | undefined, key: string, old: JsonValue, free: boolean): JsonValue | undefined {
  const child = node?.properties?.get(key) ?? node?.additional;
  if (child !== undefined) return pruneValue(child, old);
  const kept = free || (node?.embedded === true && OBJECT_FIELDS.has(key));
  return kept ? old : undefined;
}
