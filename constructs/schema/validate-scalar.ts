import type { Findings } from './findings';
import { formatOf } from './formats';
import { quote, quoteAll } from './quote';
import { re2 } from './regular-expression';
import type { SchemaNode } from './schema-node';
import { similarName } from './similar-name';
import type { JsonValue, SchemaType, StructuralSchema } from './structural';

const KIND_NAMES: Readonly<Record<SchemaType | 'null', string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'nothing',
};

/** Integers beyond this cannot be JSON integers for the server: it reads them as 64 bits. */
const INT64 = 2 ** 63;
const INT32 = 2 ** 31;

/**
 * One difference: where a text with a format belongs, the server lets any list pass (it takes it for bytes). We do not.
 *
 * @returns false when the type is wrong: all other keywords are then pointless
 */
export function checkType(node: SchemaNode, value: JsonValue, findings: Findings): boolean {
  const { schema } = node;
  if (schema['x-kubernetes-int-or-string'] === true) return checkIntOrString(node, value, findings);
  if (schema.type === undefined || fits(schema.type, value)) return true;
  if (value === null && node.nullable) return true;
  findings.add('type', `must be ${KIND_NAMES[schema.type]}, not ${describe(value)}${remedy(schema.type, value)}`);
  return false;
}

function checkIntOrString(node: SchemaNode, value: JsonValue, findings: Findings): boolean {
  if (typeof value === 'string' || fits('integer', value) || (value === null && node.nullable)) return true;
  const hint = typeof value === 'number' ? '; put it in quotes' : '';
  findings.add('type', `must be a whole number or a text, not ${describe(value)}${hint}`);
  return false;
}

function fits(type: SchemaType, value: JsonValue): boolean {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      // 1.0 is an integer for the server too; JSON.parse does not even tell them apart.
      return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < INT64;
    case 'number':
      return Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

function describe(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? `the text ${quote(value)}` : quote(value);
}

function remedy(type: SchemaType, value: JsonValue): string {
  if (value === null) return '; remove the field or give it a value';
  if (type === 'string' && typeof value !== 'object') return '; put it in quotes';
  if (type === 'array') return '; write each entry on a line of its own, after "- "';
  if (typeof value !== 'string') return '';
  const meant = type === 'boolean' ? /^(true|false)$/ : /^-?\d+(\.\d+)?$/;
  const unquoted = (type === 'boolean' || type === 'integer' || type === 'number') && meant.test(value);
  return unquoted ? '; remove the quotes' : '';
}

export function checkEnum(allowed: readonly JsonValue[], value: JsonValue, findings: Findings): void {
  if (value !== null && allowed.includes(value)) return;
  if (typeof value === 'object' && value !== null && allowed.some((one) => sameJson(one, value))) return;
  const names = allowed.filter((one) => typeof one === 'string');
  const meant = typeof value === 'string' ? similarName(value, names) : undefined;
  const hint = meant === undefined ? '' : `; did you mean ${quote(meant)}?`;
  // The empty text stands for no choice.
  const choices = allowed.filter((one) => one !== '');
  findings.add('enum', `must be one of ${quoteAll(choices)}, not ${quote(value)}${hint}`);
}

function sameJson(a: JsonValue, b: JsonValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Length, pattern, format. As on the server, the first of length and pattern that fails is told. */
export function checkString(schema: StructuralSchema, value: string, findings: Findings): void {
  const isTooLong = checkText(schema, value, findings);
  // What broke its length is not looked at any further: the cost would be the author's to choose.
  if (isTooLong || schema.format === undefined || schema['x-kubernetes-int-or-string'] === true) return;
  const format = formatOf(schema.format);
  if (format !== undefined && !format.test(value)) findings.add('format', `must be ${format.name}, not ${quote(value)}`);
}

/** @returns whether the text is too long */
function checkText(schema: StructuralSchema, value: string, findings: Findings): boolean {
  const { minLength, maxLength, pattern } = schema;
  // A text has never more code points than code units, so most need no counting.
  if (maxLength !== undefined && value.length > maxLength && length(value) > maxLength) {
    findings.add('max-length', `must have at most ${maxLength} characters, has ${length(value)}`);
    return true;
  }
  if (minLength !== undefined && length(value) < minLength) {
    findings.add('min-length', tooShort(minLength, value));
  } else if (pattern !== undefined && !re2(pattern).test(value)) {
    findings.add('pattern', mismatch(schema, value));
  }
  return false;
}

/** Numbers that are texts too and have a pattern are Kubernetes' quantities, whose pattern nobody wants to read. */
function mismatch({ pattern, 'x-kubernetes-int-or-string': intOrString }: StructuralSchema, value: string): string {
  if (intOrString === true) return `must be a quantity such as 500m, 10Gi or 1e3, not ${quote(value)}`;
  return `${quote(value)} does not match the pattern ${pattern}`;
}

function tooShort(least: number, value: string): string {
  return value === '' ? 'must not be empty' : `must have at least ${least} characters, has ${length(value)}`;
}

function length(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

export function checkNumber(schema: StructuralSchema, value: number, findings: Findings): void {
  if (schema.type === 'integer' && schema.format === 'int32' && (value < -INT32 || value >= INT32)) {
    findings.add('int-range', `must fit into 32 bits (${-INT32} to ${INT32 - 1}), got ${value}`);
  }
  const { multipleOf, minimum, maximum } = schema;
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    findings.add('multiple-of', `must be a multiple of ${multipleOf}, got ${value}`);
  }
  if (minimum !== undefined) checkMinimum(minimum, schema.exclusiveMinimum === true, value, findings);
  if (maximum !== undefined) checkMaximum(maximum, schema.exclusiveMaximum === true, value, findings);
}

function checkMinimum(minimum: number, exclusive: boolean, value: number, findings: Findings): void {
  if (exclusive ? value > minimum : value >= minimum) return;
  findings.add('minimum', `must be ${exclusive ? 'more than' : 'at least'} ${minimum}, got ${value}`);
}

function checkMaximum(maximum: number, exclusive: boolean, value: number, findings: Findings): void {
  if (exclusive ? value < maximum : value <= maximum) return;
  findings.add('maximum', `must be ${exclusive ? 'less than' : 'at most'} ${maximum}, got ${value}`);
}
