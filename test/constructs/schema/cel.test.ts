import { runRules } from '../../../constructs/schema/cel';
import type { JsonObject, JsonValue, StructuralSchema, ValidationRule } from '../../../constructs/schema/structural';
import { celCases } from './cel-cases';

const text: StructuralSchema = { type: 'string' };

function withRules(field: StructuralSchema, ...rules: ValidationRule[]): StructuralSchema {
  return { type: 'object', properties: { field: { ...field, 'x-kubernetes-validations': rules } } };
}

function ruledRoot(rule: string): StructuralSchema {
  return { type: 'object', 'x-kubernetes-validations': [{ rule, message: 'x' }] };
}

function only(schema: StructuralSchema, value: JsonObject, old?: JsonObject): [string, string, string][] {
  return runRules(schema, value, old).map(({ path, rule, message }) => [path, rule, message]);
}

function growingList(listType: 'map' | 'atomic'): StructuralSchema {
  return {
    type: 'object',
    properties: {
      list: {
        type: 'array',
        'x-kubernetes-list-type': listType,
        ...(listType === 'map' && { 'x-kubernetes-list-map-keys': ['name'] }),
        items: {
          type: 'object',
          properties: { name: text, size: { type: 'integer' } },
          'x-kubernetes-validations': [{ rule: 'self.size >= oldSelf.size', message: 'cannot shrink' }],
        },
      },
    },
  };
}

describe('a rule', () => {
  describe.each(celCases)('$title: $rule', ({ schema, rule, accepts, refuses }) => {
    const ruled = withRules(schema, { rule, message: 'no' });

    test.each(accepts.map((value) => [JSON.stringify(value), value]))('lets %s pass', (_, field) => {
      expect(runRules(ruled, { field })).toEqual([]);
    });

    test.each(refuses.map((value) => [JSON.stringify(value), value]))('refuses %s', (_, field) => {
      expect(runRules(ruled, { field })).toEqual([expect.objectContaining({ path: 'field', severity: 'error' })]);
    });
  });
});

describe('runRules', () => {
  test('a rule of a missing or null field is not run', () => {
    const schema = withRules({ ...text, nullable: true }, { rule: 'false' });
    expect(only(schema, {})).toEqual([]);
    expect(only(schema, { field: null })).toEqual([]);
  });

  test('the message is that of the rule, or names the rule', () => {
    expect(only(withRules(text, { rule: "self == 'a'", message: ' say a ' }), { field: 'b' })[0]?.[2]).toBe('say a');
    expect(only(withRules(text, { rule: "self == 'a'" }), { field: 'b' })[0]?.[2]).toBe("failed rule: self == 'a'");
  });

  test.each<[string, string, string]>([
    ['gives the message', "'got ' + self", 'got b'],
    ['that fails gives way to the message', "self.split(':')[1]", 'plain'],
    ['that gives nothing gives way to the message', "'  '", 'plain'],
    ['that gives two lines gives way to the message', "'a\\nb'", 'plain'],
  ])('a messageExpression %s', (_, messageExpression, message) => {
    const schema = withRules(text, { rule: "self == 'a'", message: 'plain', messageExpression });
    expect(only(schema, { field: 'b' })).toEqual([['field', 'rule/invalid', message]]);
  });

  test.each<[ValidationRule['reason'], string]>([
    ['FieldValueRequired', 'rule/required'],
    ['FieldValueForbidden', 'rule/forbidden'],
    ['FieldValueDuplicate', 'rule/duplicate'],
    ['FieldValueInvalid', 'rule/invalid'],
  ])('the reason %s gives the kind %s', (reason, kind) => {
    expect(only(withRules(text, { rule: 'false', message: 'x', ...(reason && { reason }) }), { field: 'b' })).toEqual([
      ['field', kind, 'x'],
    ]);
  });

  test.each([
    ['.a', 'field.a'],
    ['.a.b', 'field.a.b'],
    [".a['x.y/z']", 'field.a[x.y/z]'],
  ])('the field path %s stands below the node', (path, expected) => {
    const schema = withRules({ type: 'object' }, { rule: 'false', message: 'x', fieldPath: path });
    expect(only(schema, { field: {} })).toEqual([[expected, 'rule/invalid', 'x']]);
  });

  test('a rule that stumbles is told at its node, with the cause', () => {
    const schema = withRules(
      { type: 'object', properties: { a: text } },
      { rule: "self.a == 'x'", message: 'a must be x', fieldPath: '.a', reason: 'FieldValueForbidden' },
    );
    expect(only(schema, { field: {} })).toEqual([['field', 'rule/invalid', 'a must be x (the rule cannot be evaluated: No such key: a)']]);
  });

  test('rules of a root see the names of the object and no more of its metadata', () => {
    const object = { apiVersion: 'a/v1', kind: 'A', metadata: { name: 'cluster', labels: { a: 'b' } } };
    expect(only(ruledRoot("self.metadata.name == 'cluster' && self.kind == 'A'"), object)).toEqual([]);
    expect(only(ruledRoot("self.metadata.name == 'other'"), object)).toEqual([['', 'rule/invalid', 'x']]);
    expect(only(ruledRoot('has(self.metadata.labels)'), object)).toHaveLength(1);
  });

  describe('with a previous value', () => {
    const same = withRules(text, { rule: 'self == oldSelf', message: 'stays as it is' });
    const optional = withRules(text, {
      rule: "oldSelf.hasValue() ? self == oldSelf.value() : self == 'first'",
      message: 'x',
      optionalOldSelf: true,
    });

    test.each<[string, StructuralSchema, JsonObject, JsonObject | undefined, number]>([
      ['is skipped at creation', same, { field: 'a' }, undefined, 0],
      ['is skipped where the field was not there', same, { field: 'a' }, {}, 0],
      ['lets the same value pass', same, { field: 'a' }, { field: 'a' }, 0],
      ['refuses another value', same, { field: 'b' }, { field: 'a' }, 1],
      ['with an optional value runs at creation', optional, { field: 'a' }, undefined, 1],
      ['with an optional value sees that nothing was there', optional, { field: 'first' }, {}, 0],
      ['with an optional value sees what was there', optional, { field: 'first' }, { field: 'a' }, 1],
    ])('a transition rule %s', (_, schema, value, old, count) => {
      expect(runRules(schema, value, old)).toHaveLength(count);
    });

    test('a text that names oldSelf makes no transition rule', () => {
      expect(only(withRules(text, { rule: "self != 'oldSelf'", message: 'x' }), { field: 'oldSelf' })).toHaveLength(1);
    });

    const before: JsonObject = {
      list: [
        { name: 'a', size: 2 },
        { name: 'b', size: 5 },
      ],
    };
    const after: JsonObject = {
      list: [
        { name: 'b', size: 4 },
        { name: 'a', size: 2 },
      ],
    };

    test('entries of a list of type map meet by key', () => {
      expect(only(growingList('map'), after, before)).toEqual([['list[0]', 'rule/invalid', 'cannot shrink']]);
    });

    test('entries of other lists do not meet', () => {
      expect(only(growingList('atomic'), after, before)).toEqual([]);
    });
  });

  describe('of what was wrong before', () => {
    const plain = withRules({ type: 'object', properties: { a: text, b: text } }, { rule: "self.a == 'x'", message: 'a must be x' });
    const optional = withRules(text, { rule: "oldSelf.orValue('') == 'y' || self == 'x'", message: 'no', optionalOldSelf: true });
    const stumbling = withRules({ type: 'object', properties: { a: text } }, { rule: "self.a == 'x'", message: 'a must be x' });

    test.each<[string, StructuralSchema, JsonObject, JsonObject | undefined, number]>([
      ['is told where nothing was there', plain, { field: { a: 'y' } }, undefined, 1],
      ['is passed over where nothing around it changed', plain, { field: { a: 'y' }, other: 1 }, { field: { a: 'y' }, other: 2 }, 0],
      ['is told where anything in the value of the rule changed', plain, { field: { a: 'y', b: '1' } }, { field: { a: 'y', b: '2' } }, 1],
      ['is told by a rule that compares with the past', optional, { field: 'z' }, { field: 'z' }, 1],
      ['is told where the rule stumbles', stumbling, { field: {} }, { field: {} }, 1],
    ])('it %s', (_, schema, value, old, count) => {
      expect(runRules(schema, value, old)).toHaveLength(count);
    });

    const listOf = (listType: 'map' | 'atomic'): StructuralSchema => ({
      type: 'object',
      properties: {
        list: {
          type: 'array',
          'x-kubernetes-list-type': listType,
          ...(listType === 'map' && { 'x-kubernetes-list-map-keys': ['name'] }),
          items: {
            type: 'object',
            properties: { name: text, size: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 2', message: 'too small' }] } },
          },
        },
      },
    });
    const [a, b] = [
      { name: 'a', size: 1 },
      { name: 'b', size: 1 },
    ];

    test('entries of a list of type map are spared by key, in any order', () => {
      expect(runRules(listOf('map'), { list: [b, a] }, { list: [a] }).map(({ path }) => path)).toEqual(['list[0].size']);
    });

    test('those of another list are spared as long as the list stays the same', () => {
      expect(runRules(listOf('atomic'), { list: [a], other: 1 }, { list: [a] })).toEqual([]);
      expect(runRules(listOf('atomic'), { list: [a, b] }, { list: [a] })).toHaveLength(2);
    });
  });

  test.each<[string, string]>([
    ['does not parse', 'self =='],
    ['calls what is not there', "self.frobnicate('a')"],
    ['asks for an unknown variable', 'other == 1'],
  ])('a rule that %s is our fault and throws with its text', (_, rule) => {
    const run = (field: JsonValue): unknown => runRules(withRules(text, { rule }), { field });
    expect(() => run('a')).toThrow(`rule ${JSON.stringify(rule)} cannot be run: `);
  });
});

function refuse(): never {
  throw new Error('loaded');
}

describe('the CEL library', () => {
  const ruled = withRules(text, { rule: "self == 'a'" });

  function runWithoutLibrary(value: JsonObject): unknown {
    let found: unknown;
    jest.isolateModules(() => {
      jest.doMock('@marcbachmann/cel-js', refuse);
      const schemaModule: { readonly runRules: typeof runRules } = require('../../../constructs/schema/cel');
      found = schemaModule.runRules(ruled, value);
    });
    return found;
  }

  afterEach(() => jest.dontMock('@marcbachmann/cel-js'));

  test('is not loaded while no rule has anything to look at', () => {
    expect(runWithoutLibrary({})).toEqual([]);
  });

  test('is loaded by the first rule', () => {
    expect(() => runWithoutLibrary({ field: 'a' })).toThrow('loaded');
  });
});
