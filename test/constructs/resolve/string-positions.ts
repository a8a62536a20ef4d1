import type { JsonObject } from '../../../constructs/spec/json';
import { schemaOf } from '../../../constructs/schema/schemas';

/** The keywords of a schema that lead to further schemas. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

/** A place in a document where a text may stand: field names, `0` for the first of a list, `anykey` for a key of the user's choice. */
export type Position = readonly (string | number)[];

/** Every place in the spec of an OpenClawInstance where its schema takes a text. */
export function stringPositions(): Position[] {
  const positions: Position[] = [];
  collect(specSchema(), ['spec'], positions);
  return positions;
}

/** The same, and fields of no known name where the schema lets any pass. */
export function hostilePositions(): Position[] {
  const free: Position[] = [];
  const find = (schema: Schema, path: Position): void => {
    if (schema['x-kubernetes-preserve-unknown-fields']) free.push([...path, 'anything']);
    for (const [field, inner] of Object.entries(schema.properties ?? {})) find(inner, [...path, field]);
    if (typeof schema.additionalProperties === 'object') find(schema.additionalProperties, [...path, 'anykey']);
    if (schema.items) find(schema.items, [...path, 0]);
  };
  find(specSchema(), ['spec']);
  return [...stringPositions(), ...free];
}

/** A document with the fields that must be there, as far as a schema can tell, so that its other fields are looked at by every rule. */
export function completed(document: JsonObject): JsonObject {
  return { ...document, spec: withRequired(specSchema(), document['spec']) };
}

function withRequired(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => (schema.items ? withRequired(schema.items, item) : item));
  if (typeof value !== 'object' || value === null) return value;
  const { properties = {}, additionalProperties, required = [] } = schema;
  const result: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    const child = properties[key] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    Object.defineProperty(result, key, { value: child ? withRequired(child, inner) : inner, enumerable: true, writable: true });
  }
  for (const key of required) result[key] ??= sampleOf(properties[key] ?? {});
  return result;
}

function sampleOf(schema: Schema): unknown {
  if (schema.enum) return schema.enum[0];
  switch (schema.type) {
    case 'object':
      return withRequired(schema, {});
    case 'array':
      return schema.items ? [sampleOf(schema.items)] : [];
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return 'a';
  }
}

function specSchema(): Schema {
  const { spec } = (schemaOf('openclawinstances') as Schema).properties ?? {};
  if (spec === undefined) throw new Error('the schema of openclawinstances has no spec');
  return spec;
}

function collect(schema: Schema, path: Position, positions: Position[]): void {
  if (schema.type === 'string' || schema['x-kubernetes-int-or-string']) positions.push(path);
  for (const [field, inner] of Object.entries(schema.properties ?? {})) collect(inner, [...path, field], positions);
  if (typeof schema.additionalProperties === 'object') collect(schema.additionalProperties, [...path, 'anykey'], positions);
  if (schema.items) collect(schema.items, [...path, 0], positions);
}

/** A document with one value at one place. */
export function documentWith(position: Position, value: unknown): JsonObject {
  return position.reduceRight<unknown>((inner, step) => (typeof step === 'number' ? [inner] : { [step]: inner }), value) as JsonObject;
}

/** `spec.env[0].value` */
export function textOf(position: Position): string {
  return position.reduce<string>((text, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}${text && '.'}${step}`), '');
}
