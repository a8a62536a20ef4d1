import type { JsonObject, StructuralSchema } from '../../constructs/schema/structural';

const GROWS = 'self >= oldSelf';

/** Rules that compare with what was there before. */
export const transitionSchema: StructuralSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      'x-kubernetes-validations': [{ rule: 'has(self.fixed) == has(oldSelf.fixed)', message: 'no' }],
      properties: {
        fixed: {
          type: 'string',
          maxLength: 9,
          'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'no' }],
        },
        size: { type: 'integer', 'x-kubernetes-validations': [{ rule: GROWS, message: 'no' }] },
        optional: {
          type: 'string',
          maxLength: 9,
          'x-kubernetes-validations': [
            { rule: "oldSelf.hasValue() || self == 'first'", message: 'no', optionalOldSelf: true },
            { rule: "oldSelf.orValue('first') != self || self == 'first'", message: 'no', optionalOldSelf: true },
          ],
        },
        keyed: {
          type: 'array',
          maxItems: 9,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: {
              name: { type: 'string', maxLength: 9 },
              size: { type: 'integer', 'x-kubernetes-validations': [{ rule: GROWS, message: 'no' }] },
            },
          },
        },
        set: {
          type: 'array',
          maxItems: 9,
          'x-kubernetes-list-type': 'set',
          items: { type: 'string', maxLength: 9 },
          'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'no' }],
        },
        map: {
          type: 'object',
          maxProperties: 9,
          additionalProperties: { type: 'integer', 'x-kubernetes-validations': [{ rule: GROWS, message: 'no' }] },
        },
        atomic: {
          type: 'object',
          'x-kubernetes-map-type': 'atomic',
          properties: { size: { type: 'integer', 'x-kubernetes-validations': [{ rule: GROWS, message: 'no' }] } },
        },
      },
    },
  },
};

/** Changes of a spec, good and bad. */
export const transitions: readonly {
  readonly title: string;
  readonly before: JsonObject;
  readonly after: JsonObject;
}[] = [
  { title: 'nothing changes', before: { fixed: 'a', size: 1 }, after: { fixed: 'a', size: 1 } },
  { title: 'a fixed field changes', before: { fixed: 'a' }, after: { fixed: 'b' } },
  { title: 'a fixed field appears', before: {}, after: { fixed: 'b' } },
  { title: 'a number grows', before: { size: 1 }, after: { size: 2 } },
  { title: 'a number shrinks', before: { size: 2 }, after: { size: 1 } },
  { title: 'an optional field appears', before: {}, after: { optional: 'first' } },
  { title: 'an optional field appears otherwise', before: {}, after: { optional: 'x' } },
  { title: 'an optional field stays', before: { optional: 'first' }, after: { optional: 'first' } },
  { title: 'an optional field changes', before: { optional: 'first' }, after: { optional: 'x' } },
  {
    title: 'entries change places and shrink',
    before: {
      keyed: [
        { name: 'a', size: 2 },
        { name: 'b', size: 3 },
      ],
    },
    after: {
      keyed: [
        { name: 'b', size: 1 },
        { name: 'a', size: 2 },
      ],
    },
  },
  { title: 'an entry is new', before: { keyed: [{ name: 'a', size: 2 }] }, after: { keyed: [{ name: 'b', size: 1 }] } },
  { title: 'a set changes places', before: { set: ['a', 'b'] }, after: { set: ['b', 'a'] } },
  { title: 'a set changes', before: { set: ['a', 'b'] }, after: { set: ['a', 'c'] } },
  { title: 'a value of a map shrinks', before: { map: { a: 2, 'x/y': 2 } }, after: { map: { a: 1, 'x/y': 1, c: 0 } } },
  { title: 'an atomic mapping shrinks', before: { atomic: { size: 2 } }, after: { atomic: { size: 1 } } },
  { title: 'a field goes', before: { size: 2, map: { a: 1 } }, after: {} },
];
