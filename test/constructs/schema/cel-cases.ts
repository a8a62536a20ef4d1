import type { JsonValue, StructuralSchema, ValidationRule } from '../../../constructs/schema/structural';

/** A rule on a field, with values that it lets pass and values that it refuses. The API server must agree with every one. */
export interface CelCase {
  readonly title: string;
  readonly schema: StructuralSchema;
  readonly rule: string;
  readonly accepts: readonly JsonValue[];
  readonly refuses: readonly JsonValue[];
  readonly also?: Omit<ValidationRule, 'rule'>;
}

const TEXT: StructuralSchema = { type: 'string', maxLength: 40 };
const WHOLE: StructuralSchema = { type: 'integer' };
const NUMBER: StructuralSchema = { type: 'number' };
const TEXTS: StructuralSchema = { type: 'array', maxItems: 5, items: TEXT };
const WHOLES: StructuralSchema = { type: 'array', maxItems: 5, items: WHOLE };
const SET: StructuralSchema = { ...TEXTS, 'x-kubernetes-list-type': 'set' };
const MAP: StructuralSchema = { type: 'object', maxProperties: 5, additionalProperties: TEXT };
const COUNTS: StructuralSchema = { type: 'object', maxProperties: 5, additionalProperties: WHOLE };
const EITHER: StructuralSchema = { 'x-kubernetes-int-or-string': true, maxLength: 40 };
const ENTRIES: StructuralSchema = {
  type: 'array',
  maxItems: 5,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  items: { type: 'object', required: ['name'], properties: { name: TEXT, port: WHOLE, either: EITHER } },
};
const FIELDS: StructuralSchema = {
  type: 'object',
  properties: {
    name: TEXT,
    count: WHOLE,
    ratio: NUMBER,
    namespace: TEXT,
    'dashed-name': TEXT,
    under__score: TEXT,
    none: { ...TEXT, nullable: true },
    inner: { type: 'object', properties: { value: WHOLE, list: TEXTS } },
  },
};

function on(schema: StructuralSchema) {
  return (title: string, rule: string, accepts: readonly JsonValue[], refuses: readonly JsonValue[]): CelCase => ({
    title,
    schema,
    rule,
    accepts,
    refuses,
  });
}

const text = on(TEXT);
const whole = on(WHOLE);
const texts = on(TEXTS);
const wholes = on(WHOLES);
const fields = on(FIELDS);
const entries = on(ENTRIES);

export const celCases: readonly CelCase[] = [
  text('equality', "self == 'a'", ['a'], ['b', '']),
  text('membership', "self in ['a', 'b']", ['a', 'b'], ['c']),
  text('starts, ends, contains', "self.startsWith('a') && self.endsWith('c') && self.contains('b')", ['abc'], ['ac', 'ab']),
  text('size in code points', 'size(self) == 2 && self.size() < 3', ['ab', '😀😀'], ['a', '😀']),
  text('matches', "self.matches('^[a-z]+$')", ['ab'], ['aB', 'ab\n', '']),
  text('matches finds anywhere', "self.matches('b')", ['abc'], ['ac']),
  text('matches with a dot', "self.matches('^a.c$')", ['abc', 'a\rc', 'a\u2028c', 'a😀c'], ['a\nc']),
  text('matches with a space', "self.matches('^a\\\\sc$')", ['a c', 'a\tc'], ['a\u00a0c', 'a\vc']),
  text('matches with a raw text', 'self.matches(r"^\\d{2}-[[:alpha:]]$")', ['12-x'], ['12-1', '1-x']),
  text('matches without case', "self.matches('(?i)^abc$')", ['ABC', 'abc'], ['abd']),
  text('matches as a function', "matches(self, 'b')", ['abc'], ['ac']),
  text('a text that looks like a call', "self == '.matches(x'", ['.matches(x'], ['x']),
  text('lower and upper', "self.lowerAscii() == 'aéÉ' || self.upperAscii() == 'XÉé'", ['AéÉ', 'xÉé'], ['aéé']),
  text('split', "self.split(',').size() == 2 && self.split(',', 1)[0] == self", ['a,b'], ['a', 'a,b,c']),
  text('split into signs', "self.split('') == ['a', 'b']", ['ab'], ['a']),
  text('replace', "self.replace('a', 'b') == 'bb'", ['ab', 'ba'], ['ac']),
  text('replace some', "self.replace('a', 'b', 1) == 'ba' && self.replace('a', 'b', -1) == 'bb'", ['aa'], ['ab']),
  text('replace keeps dollar signs', "self.replace('a', '$&') == '$&'", ['a'], ['b']),
  text('substring', "self.substring(1) == 'bc' && self.substring(0, 2) == 'ab'", ['abc'], ['xbc', '']),
  text('trim', "self.trim() == 'a'", [' a\t\n', 'a'], ['b']),
  text('charAt', "self.charAt(1) == 'b'", ['abc'], ['ba', '']),
  text('indexOf', "self.indexOf('b') == 1 && self.lastIndexOf('b') == 2", ['abb'], ['ab', 'b']),
  text('find', "self.find('[0-9]+') == '12'", ['a12b3', '12'], ['a', '1a2']),
  text('findAll', "self.findAll('[0-9]+') == ['1', '2'] && self.findAll('[0-9]', 1) == ['1']", ['a1b2'], ['1', '123']),
  text('conversion to a number', 'int(self) > 5 && string(int(self)) == self', ['7'], ['5', 'x', '']),
  text('a number out of a text', "int(self.split(':')[1]) <= 65535", ['a:80'], ['a:70000', 'a', 'a:x']),
  text(
    'durations',
    "duration(self) >= duration('1h') && duration(self) <= duration('168h')",
    ['1h', '90m', '168h', '3600s', '1.5h'],
    ['59m', '169h', 'x', '1d', '', '-2h'],
  ),
  text('duration parts', 'duration(self).getHours() == 1 && duration(self).getMinutes() == 90', ['90m', '1h30m'], ['2h']),
  text('timestamps', "timestamp(self) < timestamp('2024-01-01T00:00:00Z')", ['2023-01-01T00:00:00Z'], ['2024-01-01T00:00:00Z', 'x']),
  text(
    'quantities',
    "isQuantity(self) && quantity(self).isGreaterThan(quantity('1Gi'))",
    ['2Gi', '2G', '1025Mi', '1e10', '10000000000'],
    ['1Gi', '1G', '10GB', 'x', '', '1.Gi5', '1e', '.'],
  ),
  text(
    'quantity forms',
    'isQuantity(self)',
    ['1', '+1', '-1', '.5', '5.', '1.5Gi', '100m', '1E', '1e3', '1E-3', '0', '1n', '+', '.', 'Gi'],
    ['', '1KB', '1 Gi', '1e', '1ki', '1e3Ki', 'x', '1.2.3'],
  ),
  text(
    'quantity compared',
    "quantity(self).compareTo(quantity('500m')) == 0 && sign(quantity(self)) == 1",
    ['0.5', '500m', '5e-1'],
    ['1', '-500m'],
  ),
  text('quantity sums', "quantity(self).add(quantity('1Ki')).sub(24).asInteger() == 2000", ['1000', '1k'], ['1001', '1.5']),
  text(
    'quantity as a number',
    'quantity(self).isInteger() && quantity(self).asApproximateFloat() < 3000.0',
    ['2', '1.5k', '1Ki'],
    ['2000m', '2500m', '4k', '1.0'],
  ),
  text('quantity equality', "quantity(self) == quantity('1000m')", ['1', '1000m'], ['2']),
  text(
    'urls',
    "isURL(self) && url(self).getScheme() == 'https' && url(self).getHost() != ''",
    ['https://a', 'HTTPS://a:80/x'],
    ['http://a', 'a', '/x', 'https:x', ''],
  ),
  text(
    'url parts',
    "url(self).getHostname() == '::1' && url(self).getPort() == '80' && url(self).getEscapedPath() == '/a%20b'",
    ['http://[::1]:80/a%20b'],
    ['http://[::1]/a%20b', 'http://1:80/a%20b'],
  ),
  text('url query', "url(self).getQuery()['a'] == ['1', '2']", ['http://x?a=1&b=3&a=2'], ['http://x?a=1', 'http://x']),
  text('a condition', "self.size() > 1 ? self.startsWith('a') : self == 'x'", ['ab', 'x'], ['bb', 'a']),
  text('an error inside or', "self.split(':')[1] == 'b' || self == 'x'", ['a:b', 'x'], ['y', 'a:c']),
  text('an error inside and', "self.split(':')[1] == 'b' && self != 'x'", ['a:b'], ['x', 'y']),
  text('type of a value', "type(self) == string && self != 'b'", ['a'], ['b']),
  text('a text with quotes', `self != 'it\\'s' && self != "say \\"x\\""`, ['a'], ["it's", 'say "x"']),
  whole('arithmetic', 'self * 2 + 1 == 7 && self % 2 == 1 && self / 2 == 1 && -self < 0', [3], [2, -3]),
  whole('division by zero', '10 / self == 5', [2], [0, 3]),
  whole('comparison with a double', 'self > 1.5', [2], [1]),
  on(NUMBER)('doubles', 'self >= 0.5 && self < 2.0 && self * 2.0 > 1.0', [0.6, 1], [0.5, 0.1, 2]),
  on({ type: 'boolean' })('truth values', 'self', [true], [false]),
  texts(
    'all, exists, exists_one',
    "self.all(x, x != '') && self.exists(x, x == 'a') && self.exists_one(x, x == 'b')",
    [['a', 'b']],
    [['a', ''], ['b'], ['a', 'b', 'b'], []],
  ),
  texts('filter and map', "self.filter(x, x.startsWith('a')).map(x, x + '!') == ['a!', 'ab!']", [['a', 'b', 'ab']], [['a'], []]),
  texts('map with a filter', "self.map(x, x != 'b', x + x).size() == 1", [['a', 'b']], [['b'], ['a', 'c']]),
  texts('every entry once', 'self.all(x, self.exists_one(y, x == y))', [['a', 'b'], []], [['a', 'a']]),
  texts('join', "self.join('-').size() == 3 && self.join().size() == 2", [['a', 'b']], [['a'], []]),
  texts('sorted', 'self.isSorted()', [['a', 'b', 'b'], []], [['b', 'a']]),
  texts('least and greatest', "self.min() == 'a' && self.max() == 'c'", [['b', 'a', 'c']], [['a'], []]),
  texts('index of an entry', "self.indexOf('b') == 1 && self.lastIndexOf('b') == 2", [['a', 'b', 'b']], [['b'], []]),
  texts('sums of lists', "(self + ['z']).size() == 2", [['a']], [[]]),
  texts('an index beyond the end', "self[0] == 'a'", [['a']], [[], ['b']]),
  texts('equality of lists', "self == ['a', 'b']", [['a', 'b']], [['b', 'a'], ['a']]),
  texts(
    'the sets functions',
    "sets.contains(self, ['a']) && sets.intersects(self, ['b', 'c']) && !sets.equivalent(self, ['a'])",
    [['a', 'b']],
    [['a'], ['b']],
  ),
  texts(
    'sets are equivalent',
    "sets.equivalent(self, ['a', 'b'])",
    [
      ['b', 'a'],
      ['a', 'b', 'a'],
    ],
    [['a']],
  ),
  wholes('numbers in lists', 'self.sum() == 6 && self.min() == 1 && self.max() == 3 && 2 in self', [[1, 2, 3]], [[6], [3, 3]]),
  wholes('sum of nothing', 'self.sum() == 0', [[]], [[1]]),
  wholes('order of numbers', 'self.isSorted() && self.all(x, x > 1)', [[2, 10]], [[10, 9], [1]]),
  on(SET)(
    'a set compares in any order',
    "self == ['a', 'b']",
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
    [['a'], ['a', 'c']],
  ),
  on(SET)('a set is a list too', "self.size() == 2 && self.exists(x, x == 'a') && 'b' in self", [['a', 'b']], [['a']]),
  on(MAP)(
    'keys of a map',
    "self.all(k, k.startsWith('a') && self[k] != '') && size(self) < 3",
    [{ a: 'x', ab: 'y' }, {}],
    [{ b: 'x' }, { a: '' }, { a: 'x', ab: 'x', ac: 'x' }],
  ),
  on(MAP)('a key of a map', "'x/y' in self && self['x/y'] == 'z'", [{ 'x/y': 'z' }], [{}, { 'x/y': 'a' }]),
  on(MAP)('a missing key', "self['a'] == 'b'", [{ a: 'b' }], [{}]),
  on(MAP)(
    'names of the language',
    "!('constructor' in self) && self.all(k, k != 'toString')",
    [{}, { a: 'x' }],
    [{ constructor: 'x' }, { toString: 'x' }],
  ),
  on(COUNTS)('numbers in a map', 'self.all(k, self[k] + 1 > 2)', [{ a: 2 }], [{ a: 1 }]),
  on(EITHER)('an integer or a text', "type(self) == int ? self > 0 : self.endsWith('%')", [1, '5%'], [0, '5']),
  on(EITHER)('an integer or a text compared', "self == 1 || self == '1'", [1, '1'], [2, '2']),
  fields('has', 'has(self.name) && !has(self.count)', [{ name: 'a' }], [{}, { name: 'a', count: 1 }]),
  fields('a missing field', "self.name == 'a'", [{ name: 'a' }], [{}, { name: 'b' }]),
  fields('a field below a missing one', 'self.inner.value == 1', [{ inner: { value: 1 } }], [{}, { inner: {} }]),
  fields('has below a missing field', 'has(self.inner.value)', [{ inner: { value: 1 } }], [{}, { inner: {} }]),
  fields(
    'optional fields',
    'self.?inner.?value.orValue(5) > 3 && self.?name.hasValue()',
    [{ name: 'a' }, { name: 'a', inner: { value: 4 } }],
    [{}, { name: 'a', inner: { value: 1 } }],
  ),
  fields('a field named as a keyword', "self.__namespace__ == 'a'", [{ namespace: 'a' }], [{ namespace: 'b' }, {}]),
  fields('a field with a dash', "self.dashed__dash__name == 'a'", [{ 'dashed-name': 'a' }], [{ 'dashed-name': 'b' }]),
  fields('a field with two underscores', "self.under__underscores__score == 'a'", [{ under__score: 'a' }], [{ under__score: 'b' }]),
  fields('a null field', 'has(self.none)', [{ none: 'a' }], [{ none: null }, {}]),
  fields(
    'integers and doubles',
    'self.count + 1 == 2 && self.ratio + 0.5 == 1.5',
    [{ count: 1, ratio: 1 }],
    [
      { count: 2, ratio: 1 },
      { count: 1, ratio: 1.5 },
    ],
  ),
  fields('deep lists', "self.inner.list.exists(x, x == 'a')", [{ inner: { list: ['a'] } }], [{ inner: { list: [] } }]),
  entries(
    'entries by name',
    "self.exists(e, e.name == 'a' && e.port > 10)",
    [[{ name: 'a', port: 11 }]],
    [[{ name: 'a' }], [{ name: 'b', port: 11 }], []],
  ),
  entries(
    'no port twice',
    'self.all(a, self.filter(b, has(a.port) && has(b.port) && b.port == a.port).size() <= 1)',
    [[{ name: 'a', port: 1 }, { name: 'b', port: 2 }, { name: 'c' }]],
    [
      [
        { name: 'a', port: 1 },
        { name: 'b', port: 1 },
      ],
    ],
  ),
  entries(
    'mixed values',
    "self.map(e, e.name) == ['a', 'b'] && self.all(e, !has(e.either) || type(e.either) == int)",
    [[{ name: 'a' }, { name: 'b', either: 1 }]],
    [[{ name: 'a' }, { name: 'b', either: 'x' }]],
  ),
  on({ type: 'string', format: 'duration' })(
    'texts of duration',
    "self > duration('1m') && self.getSeconds() < 3600",
    ['2m', '59m'],
    ['1s', '1h'],
  ),
  on({ type: 'string', format: 'date-time' })(
    'texts of time',
    "self > timestamp('2024-01-01T00:00:00Z') && self.getFullYear() == 2024",
    ['2024-06-01T00:00:00Z', '2024-06-01T00:00:00.5+02:00'],
    ['2023-01-01T00:00:00Z', '2025-01-01T00:00:00Z', '2024-06-01t00:00:00z'],
  ),
  on({ type: 'string', format: 'date' })('texts of date', "self == timestamp('2024-01-01T00:00:00Z')", ['2024-01-01'], ['2024-01-02']),
  on({ type: 'string', format: 'byte', maxLength: 40 })('texts of bytes', "self == b'ab' && size(self) == 2", ['YWI='], ['YWE=']),
];
