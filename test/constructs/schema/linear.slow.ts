import { cidrMistake } from '../../../constructs/core/cidr';
import { parseQuantity } from '../../../constructs/schema/cel/functions/quantities';
import { runRulesBeside } from '../../../constructs/schema/cel';
import { formatOf } from '../../../constructs/schema/formats';
import { parseGoDuration, parseStrictDuration } from '../../../constructs/schema/go-duration';
import { parseGoUrl } from '../../../constructs/schema/go-url';
import type { StructuralSchema } from '../../../constructs/schema/structural';
import { validateSchema } from '../../../constructs/schema/validate';
import { fieldPath } from '../../../constructs/spec/issue';
import { inRegistry } from '../../../constructs/wire/image';
import { writeDocuments } from '../../../constructs/wire/yaml/write-yaml';
import { costOf, linearBound } from '../resolve/linear-cost';

const BYTES = 200_000;
const FILLS = [
  '0',
  '0.',
  '1',
  '1h',
  '.',
  ':',
  '::',
  '/',
  '//',
  '_',
  '1e_',
  'a.',
  'a',
  '-',
  '\n',
  ' ',
  ' \n',
  '%',
  '%41',
  '[',
  'https://a',
  '@',
  '+',
];
const texts = FILLS.flatMap((fill) => ['', '!', 'x', '/1'].map((end) => fill.repeat(BYTES / fill.length) + end));

const readers: readonly (readonly [string, (text: string) => unknown])[] = [
  ['a quantity', parseQuantity],
  ['a duration', parseGoDuration],
  ['a strict duration', parseStrictDuration],
  ['a URL', parseGoUrl],
  ['an address range', cidrMistake],
  ['a registry', (text) => inRegistry('nginx', text)],
  ['an image', (text) => inRegistry(text, 'example.com')],
  ['a step of a path', (text) => fieldPath(['spec', text])],
  ['YAML', (text) => writeDocuments([{ a: text, [text]: `1e${text}` }])],
  ...['byte', 'cidr', 'date', 'date-time', 'duration', 'hexcolor', 'hostname', 'ipv4', 'ipv6', 'mac', 'uri', 'uuid'].map(
    (name) => [`the format ${name}`, (text: string) => formatOf(name)?.test(text)] as const,
  ),
];

it.each(readers)('T-R12 reading %s is linear, whatever the text', (_, read) => {
  const bound = linearBound(BYTES);
  for (const text of texts) {
    const cost = costOf(() => read(text), bound);
    expect([text.slice(0, 12), text.slice(-2), cost]).toEqual([text.slice(0, 12), text.slice(-2), 'linear']);
  }
});

describe('T-R12 a value that broke its length', () => {
  const rule = { rule: `self.matches('^a+$')`, message: 'must be of a' };
  const text: StructuralSchema = { type: 'string', maxLength: 3, 'x-kubernetes-validations': [rule] };
  const schema: StructuralSchema = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          long: text,
          short: text,
          both: {
            type: 'object',
            properties: { long: text, other: { type: 'string' } },
            // Its finding stands at a value that is sound, so that nothing but the length keeps it from being told.
            'x-kubernetes-validations': [{ rule: `self.long == 'a'`, message: 'must be a', fieldPath: '.other' }],
          },
        },
      },
    },
  };

  it('is seen by no rule: neither by its own nor by one above it', () => {
    const value = {
      apiVersion: 'a/v1',
      kind: 'A',
      metadata: { name: 'a' },
      spec: { long: 'bbbb', short: 'b', both: { long: 'bbbb', other: 'b' } },
    };
    const broken = validateSchema(schema, value);
    expect(broken.map(({ path }) => path)).toEqual(['spec.long', 'spec.both.long']);
    expect(runRulesBeside(broken, schema, value).map(({ path }) => path)).toEqual(['spec.short']);
  });

  it('is held against no format', () => {
    const dated: StructuralSchema = { type: 'object', properties: { spec: { type: 'string', maxLength: 3, format: 'date' } } };
    expect(validateSchema(dated, { apiVersion: 'a/v1', kind: 'A', spec: 'bbbb' }).map(({ rule: name }) => name)).toEqual([
      'schema/max-length',
    ]);
    expect(validateSchema(dated, { apiVersion: 'a/v1', kind: 'A', spec: 'bbb' }).map(({ rule: name }) => name)).toEqual(['schema/format']);
  });
});
