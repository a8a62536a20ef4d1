import { applyDefaults } from '../../../constructs/schema/defaults';
import { isObject, type JsonObject, type JsonValue, type StructuralSchema } from '../../../constructs/schema/structural';

const SCHEMA: StructuralSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      default: {},
      properties: {
        replicas: { type: 'integer', default: 1 },
        image: {
          type: 'object',
          properties: { tag: { type: 'string', default: 'latest' }, digest: { type: 'string' } },
        },
        proxy: {
          type: 'object',
          default: { port: 80 },
          properties: { port: { type: 'integer' }, name: { type: 'string', default: 'proxy' } },
        },
        note: { type: 'string', nullable: true, default: 'none' },
        free: { type: 'string', nullable: true },
        ports: {
          type: 'array',
          items: {
            type: 'object',
            properties: { protocol: { type: 'string', default: 'TCP' }, port: { type: 'integer' } },
          },
        },
        names: { type: 'array', items: { type: 'string', default: 'anyone' } },
        plain: { type: 'array', items: { type: 'string' } },
        limits: { type: 'object', additionalProperties: { type: 'string', default: '1' } },
        marks: { type: 'object', additionalProperties: { type: 'string' } },
        raw: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
  },
};

const ALWAYS = { replicas: 1, proxy: { port: 80, name: 'proxy' }, note: 'none' };

function resolve(spec: JsonValue): JsonValue | undefined {
  return applyDefaults(SCHEMA, { spec }).spec;
}

describe('applyDefaults', () => {
  test('a missing field takes its default, and the default the defaults inside it', () => {
    expect(applyDefaults(SCHEMA, {})).toEqual({ spec: ALWAYS });
  });

  test.each<[string, JsonObject, JsonObject]>([
    ['a value that is there stays', { replicas: 0 }, { ...ALWAYS, replicas: 0 }],
    ['a default is not merged into what is there', { proxy: { name: 'x' } }, { ...ALWAYS, proxy: { name: 'x' } }],
    ['nothing is filled in below a missing field without a default', {}, ALWAYS],
    ['fields are filled in below a written field', { image: {} }, { ...ALWAYS, image: { tag: 'latest' } }],
    [
      'each entry of a list is filled in',
      { ports: [{}, { port: 1 }] },
      { ...ALWAYS, ports: [{ protocol: 'TCP' }, { protocol: 'TCP', port: 1 }] },
    ],
    ['a null takes the default', { replicas: null, proxy: null }, ALWAYS],
    ['a null without a default is dropped', { image: null }, ALWAYS],
    ['a null that is allowed stays', { note: null, free: null }, { ...ALWAYS, note: null, free: null }],
    ['a null entry of a list takes the default of the entries', { names: ['a', null] }, { ...ALWAYS, names: ['a', 'anyone'] }],
    ['a null entry of a list without a default stays', { plain: ['a', null] }, { ...ALWAYS, plain: ['a', null] }],
    ['a null in a map takes the default', { limits: { cpu: null } }, { ...ALWAYS, limits: { cpu: '1' } }],
    ['a null in a map without a default is dropped', { marks: { a: null, b: 'c' } }, { ...ALWAYS, marks: { b: 'c' } }],
    ['a free part keeps its nulls', { raw: { a: null } }, { ...ALWAYS, raw: { a: null } }],
    ['undefined counts as missing', { replicas: undefined }, ALWAYS],
    ['an unknown field stays', { other: null }, { ...ALWAYS, other: null }],
    ['a value of the wrong type stays', { proxy: 'x', ports: {} }, { ...ALWAYS, proxy: 'x', ports: {} }],
  ])('%s', (_, spec, expected) => {
    expect(resolve(spec)).toEqual(expected);
  });

  test('a name of the language is an ordinary key', () => {
    const value: JsonObject = JSON.parse('{"spec": {"marks": {"__proto__": "x", "constructor": null}}}');
    expect(JSON.stringify(applyDefaults(SCHEMA, value).spec)).toContain('{"__proto__":"x"}');
  });

  test('the input stays as it is, and unchanged parts are shared', () => {
    const value = { spec: { ports: [{ port: 1 }], raw: { a: { b: 1 } } } };
    const before = structuredClone(value);
    const result = applyDefaults(SCHEMA, value);
    expect(value).toEqual(before);
    expect(isObject(result.spec) && result.spec.raw).toBe(value.spec.raw);
  });

  test('a complete object is given back as it is', () => {
    const value = applyDefaults(SCHEMA, {});
    expect(applyDefaults(SCHEMA, value)).toBe(value);
  });

  test('a default is frozen, since results share it', () => {
    expect(Object.isFrozen(applyDefaults(SCHEMA, {}).spec)).toBe(true);
  });
});
