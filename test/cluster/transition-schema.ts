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

const GOOD = [{ rule: "self != 'bad'", message: 'no' }];
const PAIR: StructuralSchema = {
  type: 'object',
  properties: { a: { type: 'string', maxLength: 9 }, b: { type: 'string', maxLength: 9 } },
  'x-kubernetes-validations': [{ rule: "self.a != 'bad'", message: 'no' }],
};

function entries(listType: 'atomic' | 'map' | 'set', items: StructuralSchema): StructuralSchema {
  const keys = listType === 'map' ? { 'x-kubernetes-list-map-keys': ['b'] } : {};
  return { type: 'array', 'x-kubernetes-list-type': listType, ...keys, items };
}

/** Rules and limits that a stored object may break, if it was stored before they were made. */
export const laterSchema: StructuralSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        text: { type: 'string', maxLength: 9, 'x-kubernetes-validations': GOOD },
        short: { type: 'string', maxLength: 2 },
        choice: { type: 'string', enum: ['one', 'two'] },
        pattern: { type: 'string', pattern: '^[a-z]$' },
        pair: PAIR,
        keyed: { ...entries('map', { ...PAIR, required: ['b'] }), maxItems: 2 },
        atomic: { ...entries('atomic', PAIR), maxItems: 2 },
        map: { type: 'object', maxProperties: 2, additionalProperties: { type: 'string', maxLength: 9, 'x-kubernetes-validations': GOOD } },
        once: {
          type: 'string',
          maxLength: 9,
          'x-kubernetes-validations': [{ rule: "oldSelf.hasValue() || self != 'bad'", message: 'no', optionalOldSelf: true }],
        },
        missing: {
          type: 'object',
          properties: { a: { type: 'string', maxLength: 9 }, b: { type: 'string' } },
          'x-kubernetes-validations': [{ rule: "self.a == 'x'", message: 'no' }],
        },
        other: { type: 'integer' },
      },
    },
  },
};

const bad = { a: 'bad', b: '1' };

/** Changes of an object whose stored form breaks something in `laterSchema`. */
export const laterChanges: readonly {
  readonly title: string;
  readonly before: JsonObject;
  readonly after: JsonObject;
}[] = [
  { title: 'another field changes', before: { text: 'bad', pair: bad }, after: { text: 'bad', pair: bad, other: 1 } },
  { title: 'a text goes from one wrong value to another', before: { short: 'long', choice: 'x' }, after: { short: 'longer', choice: 'y' } },
  {
    title: 'a wrong shape stays',
    before: { short: 'long', choice: 'x', pattern: '0' },
    after: { short: 'long', choice: 'x', pattern: '0', other: 1 },
  },
  { title: 'a wrong shape stays beside a wrong text that is new', before: { choice: 'x' }, after: { choice: 'x', text: 'bad' } },
  { title: 'a neighbour of what a rule reads changes', before: { pair: bad }, after: { pair: { ...bad, b: '2' } } },
  { title: 'an entry of a map stays', before: { keyed: [bad] }, after: { keyed: [{ a: 'x', b: '0' }, bad] } },
  { title: 'an entry of a map changes', before: { keyed: [bad, { a: 'x', b: '2' }] }, after: { keyed: [bad, { a: 'bad', b: '2' }] } },
  { title: 'an entry joins an atomic list', before: { atomic: [bad] }, after: { atomic: [bad, { a: 'x', b: '2' }] } },
  { title: 'an atomic list stays', before: { atomic: [bad] }, after: { atomic: [bad], other: 1 } },
  { title: 'a list stays too long', before: { atomic: [bad, bad, bad] }, after: { atomic: [bad, bad, bad], other: 1 } },
  {
    title: 'a list that is too long grows',
    before: { keyed: ['1', '2', '3'].map((b) => ({ a: 'x', b })) },
    after: { keyed: ['1', '2', '3', '4'].map((b) => ({ a: 'x', b })) },
  },
  { title: 'a value of a map stays', before: { map: { k: 'bad' } }, after: { map: { k: 'bad', l: 'x' } } },
  { title: 'a value of a map is new', before: { map: { k: 'bad' } }, after: { map: { k: 'bad', l: 'bad' } } },
  { title: 'a rule for new values only', before: { once: 'bad' }, after: { once: 'bad', other: 1 } },
  { title: 'a rule for new values only, and a new one', before: {}, after: { once: 'bad' } },
  { title: 'a rule that stumbles', before: { missing: {} }, after: { missing: {}, other: 1 } },
];
