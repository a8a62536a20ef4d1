import { error, fieldPath, type Issue, type PathStep } from '../spec/issue';
import { optionalOf } from './cel/library';
import { expressedMessage, preparedRules, type Prepared } from './cel/prepared-rule';
import type { Variables } from './cel/program';
import { toCel } from './cel/values';
import { rootOf, type SchemaNode } from './schema-node';
import type { JsonObject, JsonValue, RuleReason, StructuralSchema } from './structural';
import { isUnchanged, oldField, oldItem } from './unchanged';

/**
 * Runs the rules of a schema (`x-kubernetes-validations`) over a whole object and gives an error for each that fails, at
 * the rule's `fieldPath` below its node. Kinds are `rule/invalid`, `rule/required`, `rule/forbidden`, `rule/duplicate`,
 * by the rule's reason.
 *
 * The object must have its defaults and no errors that block rules (`blocksRules`), as on the server. A rule that asks
 * for `oldSelf` runs only where a previous value is known, unless it says `optionalOldSelf`. A rule that cannot be evaluated counts as failed.
 *
 * @param oldValue the object before the change, with its defaults. What broke a rule then and has not changed since is passed over. @default -
 *   a new object
 */
export function runRules(schema: StructuralSchema, value: JsonObject, oldValue?: JsonObject): Issue[] {
  return runOver(schema, value, oldValue, undefined);
}

/**
 * The same for an object that has errors which block rules on the server: what the rules can still tell, so that a user need not mend in two
 * rounds. A rule that stumbles over a broken value is passed over, and so is one that speaks of a value with an error of its own.
 *
 * @param broken what `validateSchema` found
 */
export function runRulesBeside(broken: readonly Issue[], schema: StructuralSchema, value: JsonObject, oldValue?: JsonObject): Issue[] {
  const found = runOver(
    schema,
    value,
    oldValue,
    broken.filter(({ rule }) => LENGTHS.has(rule)),
  );
  return found.filter(({ path }) => !broken.some((issue) => meets(issue.path, path)));
}

/** What a value breaks that is too long. The cost of a rule is bounded by the lengths that the schema allows, and by nothing else. */
const LENGTHS = new Set(['schema/max-length', 'schema/max-items', 'schema/max-properties']);

/** @param tooLong values that rules are not to look at. @default - the object breaks nothing that blocks rules */
function runOver(
  schema: StructuralSchema,
  value: JsonObject,
  oldValue: JsonObject | undefined,
  tooLong: readonly Issue[] | undefined,
): Issue[] {
  const spares = (path: readonly PathStep[]): boolean => oldValue !== undefined && isUnchanged(schema, value, oldValue, path);
  const run: Run = { issues: [], path: [], passStumbled: tooLong !== undefined, tooLong: (tooLong ?? []).map(({ path }) => path), spares };
  const root = rootOf(schema);
  if (root.ruled) visit(root, value, oldValue, run);
  return run.issues;
}

/** Whether one path is the other, or lies below it. The root is no place: its rules speak of the name. */
function meets(a: string, b: string): boolean {
  if (a === '' || b === '') return false;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return long === short || long.startsWith(`${short}.`) || long.startsWith(`${short}[`);
}

interface Run {
  readonly issues: Issue[];
  readonly path: PathStep[];
  /** Say nothing of rules that cannot be evaluated. */
  readonly passStumbled: boolean;
  /** Paths to values that no rule may look at. */
  readonly tooLong: readonly string[];
  /** Whether what is wrong at a path is to be passed over, since it was so before. */
  readonly spares: (path: readonly PathStep[]) => boolean;
}

function visit(node: SchemaNode, value: JsonValue, old: JsonValue | undefined, run: Run): void {
  // The server passes over a null, and then over all rules of its node.
  if (value === null) return;
  const rules = preparedRules(node);
  if (rules.length > 0 && mayLook(run)) runAll(rules, node, value, old ?? undefined, run);
  if (Array.isArray(value)) visitItems(node, value, old, run);
  else if (typeof value === 'object') visitFields(node, value, old, run);
}

function mayLook({ tooLong, path }: Run): boolean {
  if (tooLong.length === 0) return true;
  const place = fieldPath(path);
  return !tooLong.some((one) => meets(one, place));
}

function visitItems(node: SchemaNode, list: JsonValue[], old: JsonValue | undefined, run: Run): void {
  if (node.items?.ruled !== true) return;
  for (let index = 0; index < list.length; index++) {
    const item = list[index]!;
    run.path.push(index);
    visit(node.items, item, oldItem(node.schema, item, old), run);
    run.path.pop();
  }
}

function visitFields(node: SchemaNode, value: JsonObject, old: JsonValue | undefined, run: Run): void {
  for (const key in value) {
    const child = node.properties?.get(key) ?? node.additional;
    const inner = value[key];
    if (child === undefined || !child.ruled || inner === undefined) continue;
    run.path.push(key);
    visit(child, inner, oldField(old, key), run);
    run.path.pop();
  }
}

function runAll(rules: readonly Prepared[], node: SchemaNode, value: JsonValue, old: JsonValue | undefined, run: Run): void {
  for (const prepared of rules) {
    // A shortcut asks no previous value, so its yes is one with and without.
    if (prepared.shortcut?.(value) === true) continue;
    const { optionalOldSelf } = prepared.rule;
    if (prepared.usesOldSelf && old === undefined && optionalOldSelf !== true) continue;
    runOne(prepared, variablesOf(prepared, node, value, old), run);
  }
}

function variablesOf({ rule, usesOldSelf }: Prepared, node: SchemaNode, value: JsonValue, old: JsonValue | undefined): Variables {
  const self = toCel(node, value);
  if (!usesOldSelf) return { self };
  const oldSelf = old === undefined ? undefined : toCel(node, old);
  return { self, oldSelf: rule.optionalOldSelf === true ? optionalOf(oldSelf) : oldSelf };
}

function runOne(prepared: Prepared, variables: Variables, run: Run): void {
  const failure = failureOf(prepared, variables);
  if (failure === undefined || (failure.stumbled && run.passStumbled)) return;
  // A rule that compares with the past has the last word on it, and one that stumbled has said nothing.
  if (!failure.stumbled && !prepared.usesOldSelf && run.spares(run.path)) return;
  report(prepared, variables, failure, run);
}

/** Why a rule fails: it says no, or it stumbles over the value. */
type RuleFailure = { readonly stumbled: false } | { readonly stumbled: true; readonly why: string };

const SAYS_NO: RuleFailure = { stumbled: false };

function failureOf({ program }: Prepared, variables: Variables): RuleFailure | undefined {
  try {
    return program(variables) === true ? undefined : SAYS_NO;
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    return { stumbled: true, why: text.split('\n')[0]! };
  }
}

const KINDS: Readonly<Record<RuleReason, string>> = {
  FieldValueInvalid: 'rule/invalid',
  FieldValueRequired: 'rule/required',
  FieldValueForbidden: 'rule/forbidden',
  FieldValueDuplicate: 'rule/duplicate',
};

function report(prepared: Prepared, variables: Variables, failure: RuleFailure, run: Run): void {
  const { rule, steps } = prepared;
  const plain = rule.message?.trim() ?? `failed rule: ${rule.rule.trim()}`;
  if (failure.stumbled) {
    // At its node and without the reason of the rule, as on the server: the rule could not tell.
    const message = `${plain} (the rule cannot be evaluated: ${failure.why})`;
    run.issues.push(error(fieldPath(run.path), 'rule/invalid', message));
    return;
  }
  const message = expressedMessage(prepared, variables) ?? plain;
  run.issues.push(error(fieldPath([...run.path, ...steps]), KINDS[rule.reason ?? 'FieldValueInvalid'], message));
}
