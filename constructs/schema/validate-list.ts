import type { Findings } from './findings';
import { quote } from './quote';
import type { SchemaNode } from './schema-node';
import { isObject, type JsonObject, type JsonValue } from './structural';
import { check, isPlainlySound } from './validate';

/** The entries of a list: how many, each against its schema, and no two alike in a set or under one key in a map. */
export function checkList(node: SchemaNode, list: readonly JsonValue[], findings: Findings): void {
  const { minItems, maxItems } = node.schema;
  if (maxItems !== undefined && list.length > maxItems) {
    findings.add('max-items', `must have at most ${maxItems} entries, has ${list.length}`);
  }
  if (minItems !== undefined && list.length < minItems) {
    findings.add('min-items', `must have at least ${minItems} entries, has ${list.length}`);
  }
  if (node.items !== undefined) checkItems(node.items, list, findings);
  if (list.length > 1) checkUnique(node, list, findings);
}

function checkItems(items: SchemaNode, list: readonly JsonValue[], findings: Findings): void {
  for (let index = 0; index < list.length; index++) {
    if (isPlainlySound(items, list[index]!)) continue;
    findings.path.push(index);
    check(items, list[index]!, findings);
    findings.path.pop();
  }
}

function checkUnique({ schema }: SchemaNode, list: readonly JsonValue[], findings: Findings): void {
  const kind = schema['x-kubernetes-list-type'];
  if (kind === 'set') checkSet(list, findings);
  // An entry that is no object has its type error already, and the server looks no further either.
  if (kind !== 'map' || !list.every((item) => item === null || isObject(item))) return;
  checkKeys(schema['x-kubernetes-list-map-keys'] ?? [], list, findings);
}

/** Whether all are texts, and no two alike: what there is to say of nearly every list. */
function areDifferentTexts(values: readonly (JsonValue | undefined)[]): boolean {
  return values.every((value) => typeof value === 'string') && new Set(values).size === values.length;
}

function checkSet(list: readonly JsonValue[], findings: Findings): void {
  if (areDifferentTexts(list)) return;
  for (const [index, first] of repetitions(list.map((item) => canonical(item)))) {
    findings.add('duplicate', `${quote(list[index])} stands in entry ${first} already; remove one`, index);
  }
}

function checkKeys(names: readonly string[], list: readonly (JsonObject | null)[], findings: Findings): void {
  const [only, second] = names;
  if (only !== undefined && second === undefined && areDifferentTexts(list.map((item) => item?.[only]))) return;
  const keys = list.map((item) => names.map((name) => item?.[name] ?? null));
  for (const [index, first] of repetitions(keys.map((key) => canonical(key)))) {
    const key = names.map((name, at) => `${name} ${quote(keys[index]![at])}`).join(', ');
    findings.add('duplicate', `entry ${first} has the same ${key} already; rename or remove one`, index);
  }
}

/** The second place of each text that comes more than once, with the first place. Further places are not told. */
function repetitions(texts: readonly string[]): [number, number][] {
  const first = new Map<string, number>();
  const found = new Map<string, [number, number]>();
  for (const [index, text] of texts.entries()) {
    const earlier = first.get(text);
    if (earlier === undefined) first.set(text, index);
    else if (!found.has(text)) found.set(text, [index, earlier]);
  }
  return [...found.values()];
}

/** JSON with sorted keys, so that equal values have equal texts. */
function canonical(value: JsonValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return JSON.stringify(value, (_, inner: JsonValue) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
