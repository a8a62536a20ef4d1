import { OBJECT_META } from './object-meta';
import type { JsonValue, StructuralSchema } from './structural';

/**
 * A schema made ready for walking: names in maps, and what lies below summed up, so that a pass skips what cannot
 * concern it. Made once for a schema and kept as long as the schema lives.
 */
export interface SchemaNode {
  readonly schema: StructuralSchema;
  /** A Map, since a document may hold the key `__proto__` or `constructor`. */
  readonly properties: ReadonlyMap<string, SchemaNode> | undefined;
  readonly additional: SchemaNode | undefined;
  readonly items: SchemaNode | undefined;
  /** The properties with a default, in the order of the schema. */
  readonly defaulted: readonly (readonly [string, SchemaNode])[];
  /** The default of this node, or undefined. `default: null` counts as none, as on the server. */
  readonly default: Exclude<JsonValue, null> | undefined;
  readonly nullable: boolean;
  readonly preserve: boolean;
  /** apiVersion, kind and metadata need no schema here. */
  readonly embedded: boolean;
  /** Rules stand here or below. */
  readonly ruled: boolean;
  /** The type, where the schema asks for nothing else than that and a `longest` text; most fields of Kubernetes are such. */
  readonly plain: 'string' | 'boolean' | 'integer' | undefined;
  /** `maxLength` of a plain text. */
  readonly longest: number;
}

const nodes = new WeakMap<StructuralSchema, SchemaNode>();
const roots = new WeakMap<StructuralSchema, SchemaNode>();

/** The schema of any part of an object. */
export function nodeOf(schema: StructuralSchema): SchemaNode {
  let node = nodes.get(schema);
  if (node === undefined) {
    node = build(schema);
    nodes.set(schema, node);
  }
  return node;
}

/** The schema of a whole object, the kind of thing that has apiVersion, kind and metadata. */
export function rootOf(schema: StructuralSchema): SchemaNode {
  let node = roots.get(schema);
  if (node === undefined) {
    node = build({ ...schema, 'x-kubernetes-embedded-resource': true });
    roots.set(schema, node);
  }
  return node;
}

/** The server checks `metadata` against its own type; a schema can only add to that. */
function withObjectMeta(schema: StructuralSchema): StructuralSchema {
  const properties = schema.properties ?? {};
  const metadata = {
    ...OBJECT_META,
    ...properties.metadata,
    properties: { ...OBJECT_META.properties, ...properties.metadata?.properties },
  };
  const text: StructuralSchema = { type: 'string' };
  return { ...schema, properties: { apiVersion: text, kind: text, ...properties, metadata } };
}

function build(written: StructuralSchema): SchemaNode {
  const embedded = written['x-kubernetes-embedded-resource'] === true;
  const schema = embedded ? withObjectMeta(written) : written;
  const properties = buildProperties(schema.properties);
  const additional = buildAdditional(schema.additionalProperties);
  const items = schema.items && nodeOf(schema.items);
  const children = [...(properties?.values() ?? []), ...(additional ? [additional] : []), ...(items ? [items] : [])];
  return {
    schema,
    properties,
    additional,
    items,
    defaulted: [...(properties ?? [])].filter(([, child]) => child.default !== undefined),
    default: schema.default ?? undefined,
    nullable: schema.nullable === true,
    preserve: schema['x-kubernetes-preserve-unknown-fields'] === true,
    embedded,
    ruled: hasRules(schema) || children.some((child) => child.ruled),
    plain: plainType(schema),
    longest: schema.maxLength ?? Infinity,
  };
}

/** What may stand in the schema of a plain value. Integers of both sizes are plain, since a plain one has to fit into 32 bits. */
const PLAIN_KEYWORDS = new Set(['type', 'description', 'default', 'nullable', 'maxLength', 'x-kubernetes-validations']);
const PLAIN_FORMATS = new Set<unknown>(['int32', 'int64']);

function plainType(schema: StructuralSchema): SchemaNode['plain'] {
  const { type } = schema;
  if (type !== 'string' && type !== 'boolean' && type !== 'integer') return undefined;
  const isPlain = Object.entries(schema).every(
    ([keyword, value]) => PLAIN_KEYWORDS.has(keyword) || (keyword === 'format' && type === 'integer' && PLAIN_FORMATS.has(value)),
  );
  return isPlain ? type : undefined;
}

function buildProperties(properties: StructuralSchema['properties']): Map<string, SchemaNode> | undefined {
  return properties && new Map(Object.entries(properties).map(([name, schema]) => [name, nodeOf(schema)]));
}

/** `additionalProperties: true` allows any key, but the server knows nothing of what stands under it. */
const ANYTHING: StructuralSchema = {};

function buildAdditional(additional: StructuralSchema['additionalProperties']): SchemaNode | undefined {
  if (additional === undefined || additional === false) return undefined;
  return nodeOf(additional === true ? ANYTHING : additional);
}

function hasRules(schema: StructuralSchema): boolean {
  return (schema['x-kubernetes-validations']?.length ?? 0) > 0;
}
