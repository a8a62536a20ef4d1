import { parseGoDuration } from '../go-duration';
import type { SchemaNode } from '../schema-node';
import type { JsonObject, JsonValue } from '../structural';
import { escapeName } from './escape-name';
import { duration } from './library';

/** A value as CEL sees it: integers are bigints, set lists are Sets, texts of some formats have types of their own. */
export type CelValue = unknown;

type Convert = (value: JsonValue) => CelValue;

/** What `convert` gives for a node whose values CEL can read as they are. */
const AS_IS = null;

const converters = new WeakMap<SchemaNode, Convert | typeof AS_IS>();

/**
 * Gives rules a value as the API server shows it to them: fields under escaped names, null fields left out, numbers and
 * texts typed by the schema. What the schema does not know may be seen too, but no accepted rule can ask for it.
 *
 * One difference: lists of type map compare entry by entry, on the server by key in any order.
 */
export function toCel(node: SchemaNode, value: JsonValue): CelValue {
  const convert = converterOf(node);
  return convert === AS_IS || value === null ? value : convert(value);
}

function converterOf(node: SchemaNode): Convert | typeof AS_IS {
  let convert = converters.get(node);
  if (convert === undefined) {
    convert = makeConverter(node);
    converters.set(node, convert);
  }
  return convert;
}

function makeConverter(node: SchemaNode): Convert | typeof AS_IS {
  if (node.schema['x-kubernetes-int-or-string'] === true) return toInteger;
  switch (node.schema.type) {
    case 'integer':
      return toInteger;
    case 'string':
      return textConverters[node.schema.format ?? ''] ?? AS_IS;
    case 'array':
      return listConverter(node);
    case 'object':
      return objectConverter(node);
    default:
      return AS_IS;
  }
}

function toInteger(value: JsonValue): CelValue {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
}

const textConverters: Readonly<Record<string, Convert>> = {
  byte: (value) => (typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64')) : value),
  date: toTime,
  'date-time': toTime,
  datetime: toTime,
  duration: (value) => (typeof value === 'string' ? duration(parseGoDuration(value) ?? 0n) : value),
};

/** The format allows small letters, the server's rules do not: they stumble over such a time, and over undefined. */
function toTime(value: JsonValue): CelValue {
  if (typeof value !== 'string') return value;
  return /[tz]/.test(value) ? undefined : new Date(value);
}

function listConverter(node: SchemaNode): Convert | typeof AS_IS {
  const items = node.items === undefined ? AS_IS : converterOf(node.items);
  const isSet = node.schema['x-kubernetes-list-type'] === 'set';
  if (items === AS_IS && !isSet) return AS_IS;
  return (value) => {
    if (!Array.isArray(value)) return value;
    const list = items === AS_IS ? value : value.map((item) => (item === null ? null : items(item)));
    return isSet ? toSet(list) : list;
  };
}

/** Entries that repeat are an error told elsewhere; a Set would hide them from `size()`. */
function toSet(list: CelValue[]): CelValue {
  const set = new Set(list);
  return set.size === list.length ? set : list;
}

function objectConverter(node: SchemaNode): Convert | typeof AS_IS {
  if (node.properties !== undefined && node.properties.size > 0) return fieldsConverter(node, node.properties);
  return node.additional === undefined ? AS_IS : mapConverter(node.additional);
}

function mapConverter(entry: SchemaNode): Convert | typeof AS_IS {
  const convert = converterOf(entry);
  if (convert === AS_IS) return AS_IS;
  return (value) => {
    if (!isPlain(value)) return value;
    const result: Record<string, CelValue> = {};
    for (const key of Object.keys(value)) {
      const inner = value[key];
      if (inner !== undefined) define(result, key, inner === null ? null : convert(inner));
    }
    return result;
  };
}

function fieldsConverter(node: SchemaNode, properties: ReadonlyMap<string, SchemaNode>): Convert | typeof AS_IS {
  const fields = new Map([...properties].flatMap(([name, child]) => field(node, name, child)));
  if ([...fields].every(([name, { escaped, convert, nullable }]) => name === escaped && convert === AS_IS && !nullable)) {
    return AS_IS;
  }
  return (value) => {
    if (!isPlain(value)) return value;
    const result: Record<string, CelValue> = {};
    for (const key of Object.keys(value)) {
      const inner = value[key];
      const known = fields.get(key);
      if (inner === null || inner === undefined || known === undefined) continue;
      result[known.escaped] = known.convert === AS_IS ? inner : known.convert(inner);
    }
    return result;
  };
}

interface Field {
  readonly escaped: string;
  readonly convert: Convert | typeof AS_IS;
  readonly nullable: boolean;
}

/** A name that cannot be escaped cannot be reached by a rule. */
function field(node: SchemaNode, name: string, child: SchemaNode): [string, Field][] {
  const escaped = escapeName(name);
  if (escaped === undefined) return [];
  const convert = node.embedded && name === 'metadata' ? toNames : converterOf(child);
  return [[name, { escaped, convert, nullable: child.nullable }]];
}

/** Of metadata, rules see the names only. */
function toNames(metadata: JsonValue): CelValue {
  if (!isPlain(metadata)) return metadata;
  const { name, generateName } = metadata;
  return { ...(typeof name === 'string' && { name }), ...(typeof generateName === 'string' && { generateName }) };
}

function isPlain(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Plain assignment of the key `__proto__` would set the prototype. */
function define(target: Record<string, CelValue>, key: string, value: CelValue): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true });
  else target[key] = value;
}
