import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { re2 } from '../../../constructs/schema/regular-expression';

describe('re2', () => {
  test.each<[string, string[], string[]]>([
    ['b', ['abc'], ['ac']],
    ['^a$', ['a'], ['a\n', 'ab']],
    ['^a.c$', ['abc', 'a\rc', 'a\u2028c', 'a😀c'], ['a\nc']],
    ['(?s)^a.c$', ['a\nc'], ['ac']],
    ['(?i)^abc$', ['ABC'], ['abd']],
    ['(?m)^b$', ['a\nb\nc'], ['ab']],
    ['^\\s$', [' ', '\t', '\n', '\f', '\r'], ['\v', '\u00a0']],
    ['^\\S$', ['a', '\v', '\u00a0'], [' ']],
    ['^[\\s,]$', [' ', ','], ['\v', 'a']],
    ['\\Aa\\z', ['a'], ['a\n', 'ba']],
    ['^[[:alpha:]][[:digit:]_]*$', ['a1_'], ['1', 'é']],
    ['^[^/]$', ['a', '😀'], ['/', 'ab']],
    ['^[]a]$', [']', 'a'], ['b']],
    ['^[a-z[]$', ['[', 'q'], ['A']],
    ['^\\p{L}+$', ['aé'], ['1']],
    ['^\\pL$', ['é'], ['1']],
    ['^\\x41\\x{1F600}$', ['A😀'], ['A']],
    ['^a\\-b\\/c\\@$', ['a-b/c@'], ['ab']],
    ['^[\\w.\\-@/]+$', ['a-b.c@d/e'], ['a b']],
    ['^(?P<x>a)(?:b)?$', ['a', 'ab'], ['b']],
    ['^a{2,3}$', ['aa', 'aaa'], ['a']],
    ['^a{,2}}]$', ['a{,2}}]'], ['aa']],
    ['^a+?$', ['aa'], ['']],
  ])('%s', (pattern, matches, others) => {
    const expression = re2(pattern);
    expect(matches.filter((text) => !expression.test(text))).toEqual([]);
    expect(others.filter((text) => expression.test(text))).toEqual([]);
  });

  test.each([
    '(?=a)',
    '(?!a)',
    '(?<=a)',
    '(?<!a)',
    '(a)\\1',
    '(?<x>a)\\k<x>',
    'a++',
    'a*+',
    '\\cA',
    '\\u0041',
    '[\\S]',
    '[[:nope:]]',
    '[a',
    '(?>a)',
  ])('%s cannot be run as RE2 would', (pattern) => {
    expect(() => re2(pattern)).toThrow(/cannot be run as RE2 would|Invalid regular expression/);
  });
});

const SCHEMAS = join(__dirname, '../../../imports/schemas');

interface Found {
  readonly where: string;
  readonly pattern: string;
}

/** All patterns of a schema, and those in its rules. */
function patternsOf(value: unknown, where: string): Found[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const here = `${where}.${key}`;
    if (key === 'pattern' && typeof inner === 'string') return [{ where: here, pattern: inner }];
    if (key === 'rule' && typeof inner === 'string') return patternsOfRule(inner).map((pattern) => ({ where: here, pattern }));
    return patternsOf(inner, here);
  });
}

const CALLS = /\.(?:matches|find|findAll)\(\s*(?:r"([^"]*)"|r'([^']*)'|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)')/g;

function patternsOfRule(rule: string): string[] {
  return [...rule.matchAll(CALLS)].map(([, raw, rawSingle, double, single]) => {
    const escaped = double ?? single;
    return raw ?? rawSingle ?? (escaped ?? '').replace(/\\([\\'"])/g, '$1');
  });
}

describe('the patterns of our schemas', () => {
  const files = readdirSync(SCHEMAS).filter((file) => file.endsWith('.json'));
  const found = files.flatMap((file) => patternsOf(JSON.parse(readFileSync(join(SCHEMAS, file), 'utf8')), file));
  const patterns = [...new Map(found.map(({ where, pattern }) => [pattern, where]))];

  test('there are some, in keywords and in rules', () => {
    expect(found.filter(({ where }) => where.endsWith('.pattern')).length).toBeGreaterThan(5);
    expect(found.filter(({ where }) => where.endsWith('.rule')).length).toBeGreaterThan(5);
  });

  test('every pattern of a rule is a literal, so that it is among them', () => {
    const texts = files.map((file) => readFileSync(join(SCHEMAS, file), 'utf8')).join('\n');
    const rules = [...texts.matchAll(/"rule":"((?:\\.|[^"\\])*)"/g)].map(([, text]) => String(JSON.parse(`"${text}"`)));
    const calls = rules.flatMap((rule) => rule.match(/\.(?:matches|find|findAll)\(/g) ?? []);
    expect(rules.flatMap((rule) => patternsOfRule(rule))).toHaveLength(calls.length);
  });

  test.each(patterns)('%s is read alike by RE2 and by JavaScript as it stands', (pattern) => {
    expect(re2(pattern).source).toBe(new RegExp(pattern, 'u').source);
  });
});
