import type { JsonValue, StructuralSchema } from '../../constructs/schema/structural';
import type { KubeObject } from './api';

/** A schema made to use every keyword; `fieldValues` holds good and bad values of each field. */
export const scratchSchema: StructuralSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      default: {},
      properties: {
        must: { type: 'string', default: 'there' },
        wanted: { type: 'object', required: ['a', 'b'], properties: { a: { type: 'integer' }, b: { type: 'string' } } },
        text: { type: 'string', minLength: 2, maxLength: 5 },
        pattern: { type: 'string', pattern: '^[a-z]+(-[a-z]+)*$' },
        dotted: { type: 'string', pattern: '^a.b\\s?$' },
        choice: { type: 'string', enum: ['one', 'two'] },
        level: { type: 'integer', enum: [1, 2] },
        maybe: { type: 'string', nullable: true, default: 'something' },
        free: { type: 'string', nullable: true },
        whole: { type: 'integer', minimum: 1, maximum: 9 },
        between: { type: 'number', minimum: 0, exclusiveMinimum: true, maximum: 1, exclusiveMaximum: true },
        steps: { type: 'integer', multipleOf: 5 },
        small: { type: 'integer', format: 'int32' },
        large: { type: 'integer', format: 'int64' },
        ratio: { type: 'number', format: 'double' },
        flag: { type: 'boolean', default: true },
        amount: {
          'x-kubernetes-int-or-string': true,
          anyOf: [{ type: 'integer' }, { type: 'string' }],
          pattern: '^[0-9]+(m|[KMGT]i?)?$',
        },
        port: { 'x-kubernetes-int-or-string': true },
        either: { type: 'string', oneOf: [{ pattern: '^a' }, { pattern: 'z$' }], not: { enum: ['no'] } },
        all: { type: 'string', allOf: [{ minLength: 2 }, { pattern: '^x' }] },
        list: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string', maxLength: 3 } },
        nested: {
          type: 'object',
          default: { deep: {} },
          properties: {
            deep: { type: 'object', default: {}, properties: { value: { type: 'integer', default: 7 } } },
            other: { type: 'object', properties: { value: { type: 'integer', default: 8 } } },
          },
        },
        entries: {
          type: 'array',
          maxItems: 10,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string', maxLength: 20 }, kind: { type: 'string', default: 'plain' } },
          },
        },
        pairs: {
          type: 'array',
          maxItems: 10,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
          items: {
            type: 'object',
            required: ['port'],
            properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' } },
          },
        },
        tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        labels: { type: 'object', maxProperties: 2, additionalProperties: { type: 'string', maxLength: 3 } },
        limits: { type: 'object', minProperties: 1, additionalProperties: { 'x-kubernetes-int-or-string': true } },
        raw: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        anything: { 'x-kubernetes-preserve-unknown-fields': true },
        container: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          required: ['name'],
          properties: {
            name: { type: 'string' },
            command: { type: 'array', items: { type: 'string' } },
            strict: { type: 'object', properties: { known: { type: 'string', default: 'yes' } } },
            loose: {
              type: 'object',
              'x-kubernetes-preserve-unknown-fields': true,
              properties: { known: { type: 'integer' } },
            },
          },
        },
        template: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          properties: { spec: { type: 'object', properties: { size: { type: 'integer', default: 3 } } } },
        },
        byte: { type: 'string', format: 'byte' },
        cidr: { type: 'string', format: 'cidr' },
        date: { type: 'string', format: 'date' },
        time: { type: 'string', format: 'date-time' },
        duration: { type: 'string', format: 'duration' },
        color: { type: 'string', format: 'hexcolor' },
        hostname: { type: 'string', format: 'hostname' },
        ipv4: { type: 'string', format: 'ipv4' },
        ipv6: { type: 'string', format: 'ipv6' },
        mac: { type: 'string', format: 'mac' },
        uri: { type: 'string', format: 'uri' },
        uuid: { type: 'string', format: 'uuid' },
        other: { type: 'string', format: 'no-such-format' },
        ruled: {
          type: 'object',
          properties: { low: { type: 'integer' }, high: { type: 'integer' }, note: { type: 'string', maxLength: 9 } },
          'x-kubernetes-validations': [
            { rule: '!has(self.low) || !has(self.high) || self.low <= self.high', message: 'low above high' },
            {
              rule: "!has(self.note) || self.note != 'no'",
              fieldPath: '.note',
              reason: 'FieldValueForbidden',
              message: 'no',
            },
            {
              rule: '!has(self.low) || self.low * 2 != 6',
              messageExpression: "has(self.note) ? 'low and ' + self.note : 'low alone'",
            },
            { rule: 'self.low > 0 || self.high > 100', message: 'needs one' },
          ],
        },
      },
    },
  },
};

const SCALARS: readonly JsonValue[] = [null, true, 1, 1.5, -3, 2 ** 31, 2 ** 53, '', 'ab', '7', [], ['a'], {}, { a: 1 }];

/** Values worth a try by field, besides one of each kind that every field gets. */
const VALUES: Readonly<Record<string, readonly JsonValue[]>> = {
  must: ['x'],
  wanted: [{ a: 1, b: 'x' }, { a: null, b: 'x' }, { a: 'x', c: 1 }, { b: 'x' }],
  text: ['a', 'abc', 'abcdef', '😀😀😀😀😀', '😀'],
  pattern: ['a-b', 'a-', 'A', 'a\n', 'é'],
  dotted: ['a\nb', 'axb', 'a\rb', 'a\u2028b', 'axb\u00a0', 'axb\v', 'axb ', 'a😀b'],
  choice: ['one', 'two', 'three'],
  level: [1, 2, 3],
  whole: [0, 1, 9, 10],
  between: [0, 0.5, 1, 0.999],
  steps: [0, 5, 7, -10],
  small: [2147483647, -2147483648, 2147483648, -2147483649],
  large: [4294967296, 9007199254740991],
  ratio: [1e300, 0.1],
  amount: ['10', '10m', '10GB', 10, '1Ki', -1],
  port: ['http', 80, 80.5],
  either: ['ab', 'bz', 'az', 'no', 'm'],
  all: ['xy', 'x', 'y'],
  list: [
    ['a', 'b'],
    ['a', 'b', 'c', 'd'],
    ['abcd', 1, null],
  ],
  nested: [{}, { deep: null }, { deep: { value: null } }, { other: {} }, { deep: { value: 'x' } }, { deeper: {} }],
  entries: [
    [{ name: 'a' }, { name: 'b' }],
    [{ name: 'a' }, { name: 'a' }, { name: 'a' }],
    [{ kind: 'x' }],
    [{ kind: 'x' }, { kind: 'y' }],
    [{ name: 'a', knd: 'x' }],
    [null, { name: 'a' }],
    ['a', { name: 'a' }, { name: 'a' }],
    [{ name: 'a', kind: null }],
  ],
  pairs: [
    [{ port: 1 }, { port: 1, protocol: 'UDP' }],
    [{ port: 1 }, { port: 1, protocol: 'TCP' }],
    [{ port: 1 }, { port: 1, protocol: null }],
  ],
  tags: [
    ['a', 'b'],
    ['a', 'a'],
    ['a', 'b', 'a', 'b', 'a'],
    [1, 1],
  ],
  labels: [{ a: 'b' }, { a: null }, { a: 'abcd', 'b.c/d': 'abcd' }, { a: '', b: '', c: '' }, { a: 1 }],
  limits: [{ cpu: 1 }, { cpu: '1', 'x/y': 1.5 }],
  raw: [{ a: { b: [1, null] } }],
  anything: [{ a: { b: null } }, ['x', { y: null }]],
  container: [
    { name: 'a' },
    { name: 'a', comand: ['x'] },
    { name: 'a', strict: { knwon: 'x' } },
    { name: 'a', strict: {}, loose: { other: { x: 1 }, known: 'x' } },
    { command: 'x' },
  ],
  template: [
    { apiVersion: 'v1', kind: 'Pod' },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', labels: { a: 'b' } }, spec: { sze: 1 } },
    { kind: 'Pod', spec: {} },
    { apiVersion: 'v1', kind: 'Pod', status: {} },
  ],
  byte: ['', 'YQ==', 'YQ=', 'a-b_', 'YWJj'],
  cidr: ['10.0.0.0/8', '10.0.0.0', '10.0.0.0/33', 'fd00::/8', '010.0.0.0/8', '10.0.0.0/08', 'fd00::1%eth0/8', '::/129'],
  date: ['2024-02-29', '2023-02-29', '2024-2-1', '2024-01-01T00:00:00Z', '2024-13-01'],
  time: ['2024-01-01T00:00:00Z', '2024-01-01t00:00:00.5+01:00', '2024-01-01T24:00:00Z', '2024-01-01 00:00:00Z', '2024-01-01T00:00:00'],
  duration: [
    '1h',
    '1h30m',
    '-1.5s',
    '1 day',
    '3 weeks',
    '5',
    '0',
    '.5s',
    '1.h',
    '1d',
    'x',
    '1 fortnight',
    '1us',
    '99999999h',
    'in 2 hours',
  ],
  color: ['#fff', 'ffffff', '#ff'],
  hostname: ['a', 'a.example.com', 'a_b', '-a', 'a.b', 'a.b-', 'münchen.de', `${'a'.repeat(64)}.com`, 'a.1', '1', 'a..b', 'a-'],
  ipv4: ['10.0.0.1', '10.0.0', '010.0.0.1', '::ffff:10.0.0.1', '::1', '256.0.0.1'],
  ipv6: ['::1', 'fd00::1', '10.0.0.1', '::ffff:10.0.0.1', 'fe80::1%eth0', ':::'],
  mac: ['01:23:45:67:89:ab', '01-23-45-67-89-ab', '0123.4567.89ab', '01:23:45:67:89', '01:23-45:67:89:ab', '01:23:45:67:89:ab:cd:ef'],
  uri: [
    'http://a',
    'http://a b',
    '/path',
    'path',
    'mailto:x',
    'http://[::1]:80/',
    'http://a:x/',
    'http://a/%zz',
    '://x',
    'http://a/ b',
    '1a://x',
    '*',
    'http://a%41/',
  ],
  uuid: ['123e4567-e89b-12d3-a456-426614174000', '123E4567E89B12D3A456426614174000', '123e4567'],
  other: ['anything'],
  ruled: [
    { low: 1, high: 2 },
    { low: 2, high: 1 },
    { low: 3 },
    { low: 1, note: 'no' },
    { note: 'yes' },
    { high: 200 },
    { low: 'x', high: 1 },
    { low: null, high: 101 },
  ],
};

/** The server lets any list pass where a text with a format belongs; we refuse it, so it is not compared. */
function generalValues(schema: StructuralSchema): readonly JsonValue[] {
  const isFormatted = schema.type === 'string' && schema.format !== undefined;
  return isFormatted ? SCALARS.filter((value) => !Array.isArray(value)) : SCALARS;
}

/** Every field of the spec, and a few that do not exist, with the values to try. */
export const fieldValues: readonly (readonly [string, readonly JsonValue[]])[] = [
  ...Object.entries(scratchSchema.properties?.['spec']?.properties ?? {}).map(
    ([name, schema]) => [name, [...generalValues(schema), ...(VALUES[name] ?? [])]] as const,
  ),
  ['mst', ['x', null]],
  ['Text', [{ a: 1 }]],
];

/** The definition that installs a schema as kind Scratch of a group. */
export function scratchDefinition(group: string, schema: StructuralSchema): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `scratches.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names: { kind: 'Scratch', plural: 'scratches' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
}
