import { type JsonObject, type JsonValue, type StructuralSchema, isObject } from './structural';

/**
 * Takes out what says "not set": the empty texts and lists that `schema` marks with `x-empty: absent`.
 *
 * The input is never changed, and parts without a change are shared with it. A value of another shape than the schema's is passed on.
 *
 * @param schema holds nothing but the marks
 */
export function dropAbsent(schema: StructuralSchema, value: JsonObject): JsonObject {
  let result = value;
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    const old = Object.hasOwn(value, key) ? value[key] : undefined;
    if (old === undefined) continue;
    const kept = isAbsent(child, old) ? undefined : dropInside(child, old);
    if (kept === old) continue;
    if (result === value) result = { ...value };
    if (kept === undefined) delete result[key];
    else result[key] = kept;
  }
  return result;
}

function isAbsent({ 'x-empty': meaning }: StructuralSchema, value: JsonValue): boolean {
  return meaning === 'absent' && (value === '' || (Array.isArray(value) && value.length === 0));
}

function dropInside(schema: StructuralSchema, value: JsonValue): JsonValue {
  if (isObject(value)) return dropAbsent(schema, value);
  const { items } = schema;
  if (items === undefined || !Array.isArray(value)) return value;
  const list = value.map((item) => dropInside(items, item));
  return list.some((item, index) => item !== value[index]) ? list : value;
}
