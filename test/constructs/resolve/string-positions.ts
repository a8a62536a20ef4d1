import type { JsonObject } from '../../../constructs/spec/json';
import { schemaOf } from '../../../constructs/schema/schemas';

/** The keywords of a schema that lead to further schemas. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly 'x-kubernetes-int-or-string'?: boolean;
}

/** A place in a document where a text may stand: field names, `0` for the first of a list, `anykey` for a key of the user's choice. */
export type Position = readonly (string | number)[];

/** Every place in the spec of an OpenClawInstance where its schema takes a text. */
export function stringPositions(): Position[] {
  const { spec } = (schemaOf('openclawinstances') as Schema).properties ?? {};
  if (spec === undefined) throw new Error('the schema of openclawinstances has no spec');
  const positions: Position[] = [];
  collect(spec, ['spec'], positions);
  return positions;
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
