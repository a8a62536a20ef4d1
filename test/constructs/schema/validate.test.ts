import { error } from '../../../constructs/spec/issue';
import type { JsonObject, JsonValue, StructuralSchema } from '../../../constructs/schema/structural';
import { blocksRules, validateSchema } from '../../../constructs/schema/validate';

const OBJECT = { apiVersion: 'a/v1', kind: 'A' };

function check(schema: StructuralSchema, field: JsonValue): string[] {
  const issues = validateSchema({ type: 'object', properties: { field: schema } }, { ...OBJECT, field });
  return issues.map(({ path, rule }) => `${path} ${rule}`);
}

function messages(schema: StructuralSchema, field: JsonValue): string[] {
  return validateSchema({ type: 'object', properties: { field: schema } }, { ...OBJECT, field }).map(({ message }) => message);
}

interface Row {
  readonly schema: StructuralSchema;
  readonly rule: string;
  readonly accepts: readonly JsonValue[];
  readonly refuses: readonly JsonValue[];
}

const INT_OR_STRING: StructuralSchema = { 'x-kubernetes-int-or-string': true };
const LIST: StructuralSchema = { type: 'array', items: { type: 'string' } };
const KEYED: StructuralSchema = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name', 'port'],
  items: { type: 'object', properties: { name: { type: 'string' }, port: { type: 'integer' } } },
};
const SET: StructuralSchema = { ...LIST, 'x-kubernetes-list-type': 'set' };

const rows: readonly Row[] = [
  { schema: { type: 'string' }, rule: 'type', accepts: ['', 'x'], refuses: [1, true, null, [], {}] },
  {
    schema: { type: 'integer' },
    rule: 'type',
    accepts: [0, -1, 2 ** 53, 1.0],
    refuses: [1.5, '1', true, null, 2 ** 63, NaN],
  },
  { schema: { type: 'number' }, rule: 'type', accepts: [0, 1.5], refuses: ['1', null, Infinity] },
  { schema: { type: 'boolean' }, rule: 'type', accepts: [true, false], refuses: ['true', 1, null] },
  { schema: { type: 'array' }, rule: 'type', accepts: [[], [1]], refuses: [{}, 'x', null] },
  { schema: { type: 'object' }, rule: 'type', accepts: [{}, { a: 1 }], refuses: [[], 'x', null] },
  { schema: { type: 'string', nullable: true }, rule: 'type', accepts: [null, 'x'], refuses: [1] },
  { schema: INT_OR_STRING, rule: 'type', accepts: [1, '1', 'x'], refuses: [1.5, true, null, [], {}] },
  { schema: { ...INT_OR_STRING, nullable: true }, rule: 'type', accepts: [null, 1], refuses: [1.5] },
  { schema: {}, rule: 'type', accepts: [null, 1, 'x', [], {}], refuses: [] },
  { schema: { type: 'string', enum: ['a', 'b'] }, rule: 'enum', accepts: ['a'], refuses: ['c', ''] },
  { schema: { type: 'integer', enum: [1, 2] }, rule: 'enum', accepts: [1], refuses: [3] },
  { schema: { type: 'string', nullable: true, enum: ['a'] }, rule: 'enum', accepts: ['a'], refuses: [null] },
  { schema: { enum: [{ a: 1 }] }, rule: 'enum', accepts: [{ a: 1 }], refuses: [{ a: 2 }] },
  { schema: { type: 'string', pattern: '^a+$' }, rule: 'pattern', accepts: ['a', 'aa'], refuses: ['b', 'a\n', ''] },
  { schema: { ...INT_OR_STRING, pattern: '^[0-9]+m?$' }, rule: 'pattern', accepts: ['1', '5m', 7], refuses: ['x'] },
  { schema: { type: 'string', minLength: 2 }, rule: 'min-length', accepts: ['ab', '😀😀'], refuses: ['', 'a', '😀'] },
  {
    schema: { type: 'string', maxLength: 2 },
    rule: 'max-length',
    accepts: ['', 'ab', '😀😀'],
    refuses: ['abc', '😀😀😀'],
  },
  { schema: { type: 'integer', minimum: 1 }, rule: 'minimum', accepts: [1, 2], refuses: [0] },
  { schema: { type: 'integer', maximum: 1 }, rule: 'maximum', accepts: [1, 0], refuses: [2] },
  { schema: { type: 'number', minimum: 1, exclusiveMinimum: true }, rule: 'minimum', accepts: [1.1], refuses: [1] },
  { schema: { type: 'number', maximum: 1, exclusiveMaximum: true }, rule: 'maximum', accepts: [0.9], refuses: [1] },
  { schema: { type: 'integer', multipleOf: 5 }, rule: 'multiple-of', accepts: [0, 10, -5], refuses: [3] },
  {
    schema: { type: 'integer', format: 'int32' },
    rule: 'int-range',
    accepts: [2147483647, -2147483648],
    refuses: [2147483648, -2147483649],
  },
  { schema: { type: 'integer', format: 'int64' }, rule: 'int-range', accepts: [2147483648], refuses: [] },
  { schema: { ...LIST, minItems: 1 }, rule: 'min-items', accepts: [['a']], refuses: [[]] },
  { schema: { ...LIST, maxItems: 1 }, rule: 'max-items', accepts: [['a'], []], refuses: [['a', 'b']] },
  { schema: { type: 'object', minProperties: 1 }, rule: 'min-properties', accepts: [{ a: 1 }], refuses: [{}] },
  {
    schema: { type: 'object', maxProperties: 1 },
    rule: 'max-properties',
    accepts: [{ a: 1 }],
    refuses: [{ a: 1, b: 1 }],
  },
  {
    schema: { type: 'string', anyOf: [{ pattern: '^a' }, { pattern: 'z$' }] },
    rule: 'any-of',
    accepts: ['a', 'z', 'az'],
    refuses: ['m'],
  },
  {
    schema: { type: 'string', oneOf: [{ pattern: '^a' }, { pattern: 'z$' }] },
    rule: 'one-of',
    accepts: ['a', 'z'],
    refuses: ['m', 'az'],
  },
  { schema: { type: 'string', allOf: [{ pattern: '^a' }] }, rule: 'pattern', accepts: ['a'], refuses: ['m'] },
  { schema: { type: 'string', not: { enum: ['a'] } }, rule: 'not', accepts: ['b'], refuses: ['a'] },
  { schema: { type: 'string', format: 'ipv4' }, rule: 'format', accepts: ['10.0.0.1'], refuses: ['x'] },
  { schema: { type: 'string', format: 'no-such' }, rule: 'format', accepts: ['x'], refuses: [] },
];

describe('validateSchema', () => {
  describe.each(rows.map((row) => [JSON.stringify(row.schema), row] as const))('%s', (_, { schema, rule, accepts, refuses }) => {
    test(`lets ${JSON.stringify(accepts)} pass`, () => {
      expect(accepts.map((value) => check(schema, value))).toEqual(accepts.map(() => []));
    });

    test(`refuses ${JSON.stringify(refuses)}`, () => {
      expect(refuses.map((value) => check(schema, value))).toEqual(refuses.map(() => [`field schema/${rule}`]));
    });
  });

  test.each<[string, StructuralSchema, JsonValue, string[]]>([
    ['a set', SET, ['a', 'b'], []],
    ['a set with an entry three times', SET, ['a', 'a', 'b', 'a'], ['field[1] schema/duplicate']],
    ['a set with two repetitions', SET, ['a', 'b', 'b', 'a'], ['field[2] schema/duplicate', 'field[3] schema/duplicate']],
    ['a list without a type', LIST, ['a', 'a'], []],
    [
      'keys of two fields',
      KEYED,
      [
        { name: 'a', port: 1 },
        { name: 'a', port: 2 },
      ],
      [],
    ],
    [
      'a key twice',
      KEYED,
      [
        { name: 'a', port: 1 },
        { port: 1, name: 'a' },
      ],
      ['field[1] schema/duplicate'],
    ],
    ['a key without one field twice', KEYED, [{ name: 'a' }, { name: 'a' }], ['field[1] schema/duplicate']],
    ['entries that are no objects', KEYED, ['a', 'a'], ['field[0] schema/type', 'field[1] schema/type']],
  ])('entries that stand alone: %s', (_, schema, value, expected) => {
    expect(check(schema, value)).toEqual(expected);
  });

  test('the paths are those of the server', () => {
    const schema: StructuralSchema = {
      type: 'object',
      required: ['spec'],
      properties: {
        spec: {
          type: 'object',
          required: ['name', 'size'],
          properties: {
            list: { type: 'array', items: { type: 'object', required: ['a'], properties: { b: { type: 'string' } } } },
            map: { type: 'object', additionalProperties: { type: 'string' } },
          },
        },
      },
    };
    const spec = { name: 'x', list: [{ a: 1 }, { b: 2 }], map: { plain: 1, 'a.b/c': 2 } };
    expect(validateSchema(schema, { ...OBJECT, spec }).map(({ path }) => path)).toEqual([
      'spec.size',
      'spec.list[1].a',
      'spec.list[1].b',
      'spec.map.plain',
      'spec.map[a.b/c]',
    ]);
    expect(validateSchema(schema, OBJECT)).toEqual([error('spec', 'schema/required', 'is required')]);
  });

  test('an object needs apiVersion and kind, and its metadata the types of Kubernetes', () => {
    const object: JsonObject = { metadata: { name: 1, labels: { a: true }, annotations: {}, managedFields: [1] } };
    expect(validateSchema({ type: 'object' }, object).map(({ path, rule }) => `${path} ${rule}`)).toEqual([
      'apiVersion schema/required',
      'kind schema/required',
      'metadata.name schema/type',
      'metadata.labels.a schema/type',
    ]);
  });

  test('a name of the language is an ordinary key', () => {
    const field: JsonObject = JSON.parse('{"__proto__": 1, "constructor": "x", "hasOwnProperty": 2}');
    const schema: StructuralSchema = {
      type: 'object',
      required: ['toString'],
      additionalProperties: { type: 'string' },
    };
    expect(check(schema, field)).toEqual([
      'field.toString schema/required',
      'field.__proto__ schema/type',
      'field.hasOwnProperty schema/type',
    ]);
  });

  test('a format that the server checks and we cannot is our fault', () => {
    expect(() => check({ type: 'string', format: 'email' }, 'x')).toThrow('format email of a schema cannot be checked; use a pattern');
  });

  test.each<[StructuralSchema, JsonValue, string]>([
    [{ type: 'string' }, 8080, 'must be a text, not 8080; put it in quotes'],
    [{ type: 'integer' }, '8080', 'must be a whole number, not the text "8080"; remove the quotes'],
    [{ type: 'boolean' }, 'true', 'must be true or false, not the text "true"; remove the quotes'],
    [{ type: 'boolean' }, 'yes', 'must be true or false, not the text "yes"'],
    [{ type: 'array' }, { a: 1 }, 'must be a list, not a mapping; write each entry on a line of its own, after "- "'],
    [{ type: 'object' }, null, 'must be a mapping, not null; remove the field or give it a value'],
    [INT_OR_STRING, 1.5, 'must be a whole number or a text, not 1.5; put it in quotes'],
    [{ type: 'string', enum: ['Always', 'Never'] }, 'Nevr', 'must be one of "Always", "Never", not "Nevr"; did you mean "Never"?'],
    [{ type: 'string', enum: ['Always', 'Never'] }, 'x', 'must be one of "Always", "Never", not "x"'],
    [{ type: 'string', minLength: 1 }, '', 'must not be empty'],
    [{ type: 'string', minLength: 3 }, 'a', 'must have at least 3 characters, has 1'],
    [{ type: 'string', pattern: '^a$' }, 'b', '"b" does not match the pattern ^a$'],
    [{ type: 'integer', maximum: 5 }, 6, 'must be at most 5, got 6'],
    [SET, ['a', 'a'], '"a" stands in entry 0 already; remove one'],
    [KEYED, [{ name: 'a' }, { name: 'a' }], 'entry 0 has the same name "a", port null already; rename or remove one'],
    [{ type: 'string', format: 'cidr' }, 'x', 'must be an address range such as 10.0.0.0/8, not "x"'],
  ])('%j says of %j: %s', (schema, value, message) => {
    expect(messages(schema, value)).toEqual([message]);
  });

  test('a long value is cut', () => {
    const [message] = messages({ type: 'string', pattern: '^a$' }, 'x'.repeat(500));
    expect(message).toBe(`"${'x'.repeat(59)}..." does not match the pattern ^a$`);
  });
});

describe('blocksRules', () => {
  test.each([
    ['schema/type', true],
    ['schema/format', true],
    ['schema/required', true],
    ['schema/enum', true],
    ['schema/max-length', true],
    ['schema/max-items', true],
    ['schema/max-properties', true],
    ['schema/pattern', false],
    ['schema/minimum', false],
    ['schema/min-items', false],
    ['schema/duplicate', false],
    ['schema/unknown-field', false],
  ])('an error of kind %s: %s', (rule, blocks) => {
    expect(blocksRules([error('a', rule, 'x')])).toBe(blocks);
  });
});
