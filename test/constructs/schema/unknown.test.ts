import type { JsonObject, JsonValue, StructuralSchema } from '../../../constructs/schema/structural';
import { findUnknownFields, prune } from '../../../constructs/schema/unknown';

const text: StructuralSchema = { type: 'string' };
const SCHEMA: StructuralSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        image: { type: 'object', properties: { repository: text, tag: text } },
        list: { type: 'array', items: { type: 'object', properties: { name: text } } },
        map: { type: 'object', additionalProperties: { type: 'object', properties: { a: text } } },
        either: { 'x-kubernetes-int-or-string': true },
        raw: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        anything: { 'x-kubernetes-preserve-unknown-fields': true },
        container: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: {
            command: { type: 'array', items: text },
            strict: { type: 'object', properties: { known: text } },
            loose: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { known: text } },
          },
        },
        template: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          properties: { spec: { type: 'object', properties: { a: text } } },
        },
      },
    },
  },
};

function find(spec: JsonValue): string[] {
  return findUnknownFields(SCHEMA, { spec }).map(({ path, severity, message }) => `${severity} ${path}: ${message}`);
}

describe('findUnknownFields', () => {
  test.each<[string, JsonValue, string[]]>([
    ['a known field', { image: { tag: 'x' } }, []],
    ['a misspelt field', { image: { tga: 'x' } }, ['error spec.image.tga: unknown field; did you mean `tag`?']],
    ['a field with another case', { Image: {} }, ['error spec.Image: unknown field; did you mean `image`?']],
    ['a field like no other', { frobnicate: 1 }, ['error spec.frobnicate: unknown field; remove it']],
    ['a null', { imge: null }, ['error spec.imge: unknown field; did you mean `image`?']],
    ['a field in a list', { list: [{}, { nam: 'x' }] }, ['error spec.list[1].nam: unknown field; did you mean `name`?']],
    ['a field in a map', { map: { 'x/y': { b: 1 } } }, ['error spec.map[x/y].b: unknown field; remove it']],
    ['a free part', { raw: { a: { b: 1 } }, anything: { c: [{ d: 1 }] } }, []],
    [
      'a fragment',
      { container: { comand: [] } },
      ['warning spec.container.comand: unknown field; it is passed on as it is. Did you mean `command`?'],
    ],
    [
      'a newer field of a fragment',
      { container: { newerThanUs: 1 } },
      ['warning spec.container.newerThanUs: unknown field; it is passed on as it is'],
    ],
    [
      'a fragment in a fragment',
      { container: { loose: { x: { y: 1 } } } },
      ['warning spec.container.loose.x: unknown field; it is passed on as it is'],
    ],
    [
      'a part of a fragment that the server prunes',
      { container: { strict: { x: 1 } } },
      ['error spec.container.strict.x: unknown field; remove it'],
    ],
    [
      'an embedded object',
      { template: { apiVersion: 'v1', kind: 'A', metadata: { name: 'a', lables: {} }, spec: { b: 1 }, status: {} } },
      [
        'error spec.template.metadata.lables: unknown field; did you mean `labels`?',
        'error spec.template.spec.b: unknown field; remove it',
        'error spec.template.status: unknown field; remove it',
      ],
    ],
    ['a mapping in the place of a text', { image: { tag: { a: 1 } }, either: { a: 1 } }, []],
    ['a field that is undefined', { image: { tga: undefined } }, []],
  ])('%s', (_, spec, expected) => {
    expect(find(spec)).toEqual(expected);
  });

  test('fields of the object itself and of its metadata', () => {
    const object = { apiVersion: 'a/v1', kind: 'A', metadata: { name: 'x', anotations: {} }, specs: {} };
    expect(findUnknownFields(SCHEMA, object).map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'metadata.anotations: unknown field; did you mean `annotations`?',
      'specs: unknown field; did you mean `spec`?',
    ]);
  });

  test('a name of the language is no field of ours', () => {
    const spec: JsonObject = JSON.parse('{"constructor": 1, "__proto__": 2, "toString": 3}');
    expect(find(spec)).toHaveLength(3);
  });
});

describe('prune', () => {
  test.each<[string, JsonValue, JsonValue]>([
    ['drops what nobody knows', { image: { tag: 'x', tga: 1 }, other: 1 }, { image: { tag: 'x' } }],
    [
      'looks into lists and maps',
      { list: [{ name: 'a', x: 1 }], map: { k: { a: 'x', b: 1 } } },
      { list: [{ name: 'a' }], map: { k: { a: 'x' } } },
    ],
    ['leaves free parts alone', { raw: { a: { b: 1 } }, anything: [{ c: 1 }] }, { raw: { a: { b: 1 } }, anything: [{ c: 1 }] }],
    [
      'leaves fragments alone',
      { container: { x: { y: 1 }, loose: { z: [{ q: 1 }] } } },
      { container: { x: { y: 1 }, loose: { z: [{ q: 1 }] } } },
    ],
    ['prunes what is strict in a fragment', { container: { strict: { known: 'x', y: 1 } } }, { container: { strict: { known: 'x' } } }],
    ['empties a mapping in the place of a text', { image: { tag: { a: 1 } } }, { image: { tag: {} } }],
    ['empties mappings in a list in the place of a text', { image: { tag: [{ a: 1 }, 'x'] } }, { image: { tag: [{}, 'x'] } }],
  ])('%s', (_, spec, expected) => {
    expect(prune(SCHEMA, { spec })).toEqual({ spec: expected });
  });

  test('the input stays as it is, and an object without unknown fields is given back', () => {
    const value = { spec: { image: { tga: 1 }, list: [{ name: 'a' }] } };
    const before = structuredClone(value);
    const pruned = prune(SCHEMA, value);
    expect(value).toEqual(before);
    expect(prune(SCHEMA, pruned)).toBe(pruned);
  });
});
