import type { Issue } from '../../constructs/spec/issue';
import { runRules } from '../../constructs/schema/cel';
import { applyDefaults } from '../../constructs/schema/defaults';
import type { JsonObject, JsonValue, StructuralSchema } from '../../constructs/schema/structural';
import { findUnknownFields, prune } from '../../constructs/schema/unknown';
import { blocksRules, validateSchema } from '../../constructs/schema/validate';
import type { Answer } from './api';

/** What is said of one document. Both sides are brought to one form, so that equal verdicts are equal objects. */
export interface Verdict {
  readonly document: JsonObject;
  /** Paths of fields that nobody knows. */
  readonly unknown: readonly string[];
  /** `path reason`, sorted. */
  readonly errors: readonly string[];
  /** What would be stored, without metadata; only of a document without errors. */
  readonly stored?: JsonValue | undefined;
}

/** Sends a document to the server in dry-run. */
export type Send = (document: JsonObject, fieldValidation: 'Strict' | 'Ignore') => Promise<Answer>;

/** The server names unknown fields only when strict, and other errors only when not. */
export async function serverVerdict(send: Send, document: JsonObject): Promise<Verdict> {
  const [strict, lax] = await Promise.all([send(document, 'Strict'), send(document, 'Ignore')]);
  const isAccepted = lax.status === 200 || lax.status === 201;
  if (!isAccepted && lax.status !== 422) throw new Error(JSON.stringify(lax));
  const errors = lax.status === 422 ? causes(lax) : [];
  const named = strict.status === 400 ? unknownPaths(String(strict.body['message'])) : [];
  const unknown = named.filter((path) => !isBelowWrongType(path, errors));
  const verdict = { document, unknown, errors };
  return isAccepted ? { ...verdict, stored: withoutMetadata(lax.body) } : verdict;
}

/** Of a mapping or list in the place of something else the server also names each key; we say only that the type is wrong. */
function isBelowWrongType(path: string, errors: readonly string[]): boolean {
  const mistyped = errors.flatMap((text) => text.match(/^(.*) FieldValueTypeInvalid$/)?.[1] ?? []);
  return mistyped.some((parent) => path.startsWith(`${parent}.`));
}

function unknownPaths(message: string): string[] {
  return [...message.matchAll(/unknown field "([^"]+)"/g)].map(([, path]) => normal(path!)).toSorted();
}

interface Cause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

/** Said once more when rules were not run. */
const NOT_CHECKED = 'some validation rules were not checked';

function causes(answer: Answer): string[] {
  const all: readonly Cause[] = answer.body['details']?.causes ?? [];
  return tidy(all.filter(({ message }) => !message.includes(NOT_CHECKED)).map(causeOf));
}

/** The server forgets the field of a few errors and names it in the text instead. */
function causeOf({ reason, field, message }: Cause): [string, string] {
  const told = field === '<nil>' ? (/in body should|in (spec\S*)/.exec(message)?.[1] ?? /"(spec[^"]*)"/.exec(message)?.[1]) : undefined;
  return [normal(told ?? field), reason];
}

const REASONS: Readonly<Record<string, string>> = {
  'schema/type': 'FieldValueTypeInvalid',
  'schema/format': 'FieldValueTypeInvalid',
  'schema/required': 'FieldValueRequired',
  'schema/enum': 'FieldValueNotSupported',
  'schema/duplicate': 'FieldValueDuplicate',
  'schema/max-length': 'FieldValueTooLong',
  'schema/max-items': 'FieldValueTooMany',
  'schema/max-properties': 'FieldValueTooMany',
  'rule/required': 'FieldValueRequired',
  'rule/forbidden': 'FieldValueForbidden',
  'rule/duplicate': 'FieldValueDuplicate',
};

/** Ours, stage by stage as on the server: rules are run unless an error blocks them. */
export function localVerdict(schema: StructuralSchema, document: JsonObject, previous?: JsonObject): Verdict {
  const complete = applyDefaults(schema, document);
  const unknown = findUnknownFields(schema, complete).filter((issue) => issue.severity === 'error');
  const stored = prune(schema, complete);
  const old = previous && applyDefaults(schema, previous);
  const structural = validateSchema(schema, stored, old);
  const issues = blocksRules(structural) ? structural : [...structural, ...runRules(schema, stored, old)];
  const errors = tidy(issues.map((issue) => [normal(issue.path), REASONS[issue.rule] ?? 'FieldValueInvalid']));
  const verdict = { document, unknown: unknown.map((issue: Issue) => normal(issue.path)).toSorted(), errors };
  return issues.length === 0 ? { ...verdict, stored: withoutMetadata(stored) } : verdict;
}

/** Keys of maps are written in two ways by the server itself, those of digits too. */
export function normal(path: string): string {
  return path.replace(/\[([^\]]*)\]/g, '.$1').replace(/^\./, '');
}

/** Sorted, once each; of a value with the wrong type nothing else counts. */
function tidy(errors: readonly (readonly [string, string])[]): string[] {
  const mistyped = new Set(errors.filter(([, reason]) => reason === 'FieldValueTypeInvalid').map(([path]) => path));
  const kept = errors.filter(([path, reason]) => reason === 'FieldValueTypeInvalid' || !mistyped.has(path));
  return [...new Set(kept.map(([path, reason]) => `${path} ${reason}`))].toSorted();
}

function withoutMetadata(object: JsonObject): JsonValue {
  const { metadata: _, ...rest } = object;
  return rest;
}
