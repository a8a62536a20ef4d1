import { schemaOf } from '../schema/schemas';
import type { JsonObject as SchemaObject } from '../schema/structural';
import { findUnknownFields } from '../schema/unknown';
import { validateSchema } from '../schema/validate';
import type { WrittenInstance } from '../spec/instance';
import { type Issue, error } from '../spec/issue';
import { type JsonObject, isObject } from '../spec/json';
import { type Override, REPLICAS } from '../spec/override';

/** A document with what holds in place of its spec, and what is wrong with that. */
export interface OverriddenDocument {
  readonly document: WrittenInstance;
  /** Those that hold. */
  readonly holding: readonly Override[];
  readonly issues: readonly Issue[];
}

/** Names of fields of the spec, with dots between. */
const PATH = /^spec(\.[A-Za-z][A-Za-z0-9]*)+$/;

/**
 * Lays overrides over a document that was admitted; the document itself is not changed. The result has to have the shape of the schema again,
 * so that no override brings in what a user could not have written.
 */
export function withOverrides(document: WrittenInstance, all: readonly Override[]): OverriddenDocument {
  const overrides = all.filter((override) => holds(document, override));
  if (overrides.length === 0) return { document, holding: [], issues: [] };
  const issues: Issue[] = [];
  let laid = document as unknown as JsonObject;
  for (const { field, value } of overrides) {
    if (field === REPLICAS) {
      if (!isCount(value)) issues.push(error('status.overrides', 'override/value', 'replicas must be a whole number from 0'));
    } else if (PATH.test(field)) laid = at(laid, field.split('.'), value);
    else issues.push(error('status.overrides', 'override/field', `${JSON.stringify(field)} is no field that can be overridden`));
  }
  const schema = schemaOf('openclawinstances');
  const object = laid as SchemaObject;
  const fields = new Set(overrides.map(({ field }) => field));
  issues.push(...findUnknownFields(schema, object).filter(({ path }) => fields.has(path)), ...validateSchema(schema, object));
  return { document: laid as unknown as WrittenInstance, holding: overrides, issues };
}

function holds(document: WrittenInstance, { field, over }: Override): boolean {
  if (over === undefined) return true;
  let written: unknown = document;
  for (const step of field.split('.')) written = isObject(written) ? written[step] : undefined;
  return (written ?? '') === over;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

/** A copy of `object` with a value at a path. */
function at(object: JsonObject, [key = '', ...rest]: readonly string[], value: unknown): JsonObject {
  if (rest.length === 0) return { ...object, [key]: value };
  const inner = object[key];
  return { ...object, [key]: at(isObject(inner) ? inner : {}, rest, value) };
}
