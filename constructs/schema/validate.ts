import type { Issue } from '../spec/issue';
import { Findings } from './findings';
import { rootOf, type SchemaNode } from './schema-node';
import type { JsonObject, JsonValue, StructuralSchema } from './structural';
import { isUnchanged } from './unchanged';
import { checkCombinations } from './validate-combinations';
import { checkList } from './validate-list';
import { checkObject } from './validate-object';
import { checkEnum, checkNumber, checkString, checkType } from './validate-scalar';

/**
 * Checks a whole object against its schema and gives every error at once, in the order of the document.
 *
 * The object must have its defaults (`applyDefaults`). Paths are those that the API server reports. Kinds are `schema/`
 * and the keyword: `schema/type`, `schema/required`, `schema/enum`, `schema/pattern`, `schema/min-length`, ...
 * Fields that the schema does not know are the business of `findUnknownFields`, rules that of `runRules`.
 *
 * @param oldValue the object before the change, with its defaults. What was wrong then and has not changed since is passed over. @default - a
 *   new object
 */
export function validateSchema(schema: StructuralSchema, value: JsonObject, oldValue?: JsonObject): Issue[] {
  const findings = new Findings([], oldValue && ((path) => isUnchanged(schema, value, oldValue, path)));
  check(rootOf(schema), value, findings);
  return findings.issues;
}

/** The kinds of error after which the server does not run rules: the rules could meet a value they were not made for. */
const BLOCKING = new Set([
  'schema/type',
  'schema/format',
  'schema/required',
  'schema/enum',
  'schema/max-length',
  'schema/max-items',
  'schema/max-properties',
  'schema/depth',
]);

/** True when the server would not run the rules of an object with these findings. */
export function blocksRules(issues: readonly Issue[]): boolean {
  return issues.some((issue) => BLOCKING.has(issue.rule));
}

const INT32 = 2 ** 31;

/** A quick yes for the values that most fields have. Everything else has to be checked. */
export function isPlainlySound({ plain, longest }: SchemaNode, value: JsonValue): boolean {
  switch (typeof value) {
    case 'string':
      return plain === 'string' && value.length <= longest;
    case 'boolean':
      return plain === 'boolean';
    case 'number':
      return plain === 'integer' && Number.isInteger(value) && value > -INT32 && value < INT32;
    default:
      return false;
  }
}

/** Checks a value and all below it. After a wrong type nothing more is said of the value. */
export function check(node: SchemaNode, value: JsonValue, findings: Findings): void {
  const { schema } = node;
  if (!checkType(node, value, findings)) return;
  if (schema.enum !== undefined) checkEnum(schema.enum, value, findings);
  if (value === null) return;
  if (typeof value === 'string') checkString(schema, value, findings);
  else if (typeof value === 'number') checkNumber(schema, value, findings);
  else if (Array.isArray(value)) checkList(node, value, findings);
  else if (typeof value === 'object') checkObject(node, value, findings);
  if (schema.anyOf ?? schema.oneOf ?? schema.allOf ?? schema.not) checkCombinations(schema, value, findings);
}
