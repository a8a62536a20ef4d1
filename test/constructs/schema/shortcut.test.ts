import * as fc from 'fast-check';
import { preparedRules, type Prepared } from '../../../constructs/schema/cel/prepared-rule';
import { toCel } from '../../../constructs/schema/cel/values';
import { rootOf, type SchemaNode } from '../../../constructs/schema/schema-node';
import type { JsonObject, JsonValue, StructuralSchema } from '../../../constructs/schema/structural';
import { schemaOf } from '../../../constructs/schema/schemas';
import { size } from '../../long';
import { celCases } from './cel-cases';

const text: StructuralSchema = { type: 'string' };

/** What the CEL library says of a rule that stands on `node`. */
function libraryHolds({ program }: Prepared, node: SchemaNode, value: JsonValue): boolean {
  try {
    return program({ self: toCel(node, value) }) === true;
  } catch {
    // The rule stumbles over the value.
    return false;
  }
}

function nodeWith(schema: StructuralSchema, rule: string): SchemaNode {
  const root = rootOf({ type: 'object', properties: { field: { ...schema, 'x-kubernetes-validations': [{ rule }] } } });
  return root.properties!.get('field')!;
}

function preparedOf(schema: StructuralSchema, rule: string): { node: SchemaNode; prepared: Prepared } {
  const node = nodeWith(schema, rule);
  return { node, prepared: preparedRules(node)[0]! };
}

/** Every node of our schemas that has rules, with its path. */
function ruledNodes(node: SchemaNode, path: string): [string, SchemaNode][] {
  if (!node.ruled) return [];
  const own: [string, SchemaNode][] = preparedRules(node).length > 0 ? [[path, node]] : [];
  const fields = [...(node.properties ?? [])].flatMap(([name, child]) => ruledNodes(child, `${path}.${name}`));
  const items = node.items === undefined ? [] : ruledNodes(node.items, `${path}[]`);
  const entries = node.additional === undefined ? [] : ruledNodes(node.additional, `${path}{}`);
  return [...own, ...fields, ...items, ...entries];
}

const kinds = ['openclawinstances', 'openclawselfconfigs', 'openclawclusterdefaults'] as const;
const ruled = kinds.flatMap((kind) => ruledNodes(rootOf(schemaOf(kind)), kind));

/** Texts that rules of ours ask for, and texts that they refuse. */
const word = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('a', 'a-b', 'a.b/c', '500m', '1Gi', '-1', '0', '', 'json5', 'merge', 'x/../y', 'openclaw', 'data'),
  },
  { weight: 2, arbitrary: fc.constantFrom('10.0.0.0/8', '::1/64', '/', '//', 'https://a.b', 'npm:@a/b', 'pack:a/b/c', '5m', '30m', 'A_b') },
  fc.string({ unit: 'binary', maxLength: 12 }),
);

const anything: fc.Arbitrary<JsonValue> = fc.oneof(
  word,
  fc.integer({ min: -2, max: 20_000 }),
  fc.constantFrom<JsonValue>(null, true, false, 1.5, 2 ** 60, [], {}),
  fc.array(word, { maxLength: 3 }),
);

/** Values of a node: mostly of its type, now and then of another one, fields missing or null. */
function valueOf(node: SchemaNode, depth = 0): fc.Arbitrary<JsonValue> {
  const { type, enum: allowed } = node.schema;
  const usual = allowed === undefined ? usualOf(node, type, depth) : fc.constantFrom(...allowed);
  return fc.oneof({ weight: 12, arbitrary: usual }, anything);
}

function usualOf(node: SchemaNode, type: StructuralSchema['type'], depth: number): fc.Arbitrary<JsonValue> {
  if (depth > 5) return anything;
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer') return fc.integer({ min: -2, max: 20_000 });
  if (type === 'string') return word;
  if (type === 'array' && node.items) return fc.array(valueOf(node.items, depth + 1), { maxLength: 3 });
  if (type !== 'object') return anything;
  if (node.properties === undefined) return fc.dictionary(word, node.additional ? valueOf(node.additional, depth + 1) : anything);
  const fields = Object.fromEntries([...node.properties].map(([name, child]) => [name, valueOf(child, depth + 1)]));
  return fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;
}

describe('a shortcut', () => {
  test.each(celCases.map((one) => [`${one.title}: ${one.rule}`, one]))(
    'never lets more pass than CEL: %s',
    (_, { schema, rule, accepts, refuses }) => {
      const { node, prepared } = preparedOf(schema, rule);
      const passed = [...accepts, ...refuses].filter((value) => prepared.shortcut?.(value) === true);
      expect(passed.filter((value) => !libraryHolds(prepared, node, value))).toEqual([]);
    },
  );

  test.each(ruled)('of %s never lets more pass than CEL', (_, node) => {
    const rules = preparedRules(node);
    const tooMuch = (one: JsonValue) => rules.filter((rule) => rule.shortcut?.(one) === true && !libraryHolds(rule, node, one));
    const sound = fc.property(valueOf(node), (one) => tooMuch(one).length === 0);
    expect(fc.check(sound, { numRuns: size(60, 2000) })).toMatchObject({ failed: false, counterexample: null });
  });

  test('spares the library for every rule of ours but those that compare times, or with what was there before', () => {
    const without = ruled.flatMap(([path, node]) =>
      preparedRules(node).flatMap(({ rule, shortcut }) => (shortcut === undefined ? [`${path}: ${rule.rule}`] : [])),
    );
    expect(without.filter((one) => !/\bduration\(|\boldSelf\b/.test(one))).toEqual([]);
  });

  test.each<[string, StructuralSchema, string]>([
    ['decimals, which are no integers in CEL', { type: 'number' }, 'self == 1.0'],
    ['times', { ...text, format: 'date-time' }, 'self == self'],
    ['durations', { ...text, format: 'duration' }, 'self == self'],
    ['names that are escaped', { type: 'object', properties: { 'a-b': text } }, 'has(self.a__dash__b)'],
    [
      'fields that the schema leaves open',
      { type: 'object', properties: { a: { 'x-kubernetes-preserve-unknown-fields': true } } },
      'self.a == 1',
    ],
  ])('there is none for %s', (_, schema, rule) => {
    expect(preparedOf(schema, rule).prepared.shortcut).toBeUndefined();
  });
});
