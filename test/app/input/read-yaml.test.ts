import * as fc from 'fast-check';

import { readYaml, type YamlFile } from '../../../app/input/read-yaml';
import { size } from '../../long';
import { growth, LINEAR } from '../../growth';

function read(text: string): YamlFile {
  return readYaml(text, 'a.yaml');
}

/** Findings in the form that a person sees. */
function findings(text: string): string[] {
  return read(text).issues.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
}

function spec(value: unknown): unknown {
  return (value as { spec?: unknown }).spec;
}

function specs(text: string): unknown[] {
  return read(text).documents.map(({ value }) => spec(value));
}

describe('differs from kubectl on purpose', () => {
  test('a key that stands twice is an issue: kubectl keeps the last in silence', () => {
    expect(findings('spec:\n  a: 1\n  "b": 2\n  a: 3\n')).toEqual(['a.yaml:4:3: key "a" stands twice in this mapping: keep one of them']);
    expect(findings('spec: {1: a, "1": b}')).toEqual(['a.yaml:1:14: key "1" stands twice in this mapping: keep one of them']);
    expect(findings('spec:\n  __proto__: 1\n  constructor: 2\n')).toEqual([]);
  });

  test('an integer that JSON numbers cannot hold is an issue', () => {
    expect(findings('spec:\n  user: 123456789012345678\n')).toEqual([
      'a.yaml:2:9: 123456789012345678 is too large to be kept exactly: put it in quotes',
    ]);
    expect(specs('spec: [9007199254740991, -9007199254740991, 99999999999999999999]')).toEqual([
      [9007199254740991, -9007199254740991, 1e20],
    ]);
  });

  test('text after the end of a document is an issue: kubectl drops it', () => {
    expect(findings('a: 1\n...\nb: 1\n')).toEqual(['a.yaml:3:1: kubectl does not read what follows "...": begin the document with "---"']);
  });

  test('a document in JSON or in braces may stand before others in YAML', () => {
    expect(specs('{"spec": 1}\n---\nspec: yes\n')).toEqual([1, true]);
    expect(specs('{spec: yes}\n---\n{"spec": "yes"}\n')).toEqual([true, 'yes']);
  });
});

describe('values', () => {
  test('fields named like members of Object are fields', () => {
    const [document] = read('__proto__: {a: 1}\ntoString: 2\n').documents;
    expect(JSON.stringify(document?.value)).toBe('{"__proto__":{"a":1},"toString":2}');
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });

  test('an alias gives a copy, not the same object', () => {
    const [document] = read('a: &x {b: 1}\nc: *x\n').documents;
    const value = document?.value as { a: object; c: object };
    expect(value.a).toEqual(value.c);
    expect(value.a).not.toBe(value.c);
  });

  test('whole documents of other kinds are handed on; empty ones are not documents', () => {
    expect(read('- a\n---\ntext\n---\n~\n---\n# c\n').documents.map(({ value }) => value)).toEqual([['a'], 'text']);
    expect(read('')).toEqual({ documents: [], issues: [] });
  });
});

describe('issues', () => {
  test('all at once, in the order of the file, without the other documents being lost', () => {
    const text = 'a: b: c\n---\nspec: 1\n---\na:\n\tb: 1\n---\na: *x\nb: .inf\na: 1\n---\nspec: 2\n--- x\nspec: 3\n';
    expect(findings(text)).toEqual([
      'a.yaml:1:4: a mapping or list cannot begin here: mend the indentation, or put a text that holds ": " or "- " in quotes',
      'a.yaml:6:1: a tab is no indentation: use blanks',
      'a.yaml:8:4: no anchor "&x" stands before "*x"',
      'a.yaml:9:4: JSON has no number .inf: put it in quotes if it is meant as text',
      'a.yaml:10:1: key "a" stands twice in this mapping: keep one of them',
      'a.yaml:13:4: only a comment may follow "---" on its line, kubectl refuses anything else: begin the document on the next line',
    ]);
    expect(specs(text)).toEqual([1, 2]);
  });

  test.each([
    ['%YAML 1.2\n---\na: 1\n', 2, 'kubectl refuses directives ("%"): remove the line above'],
    ['a: 1\nb\n  c: 2\n', 2, 'a key must stand on one line: is a ":" or a quote missing?'],
    ['a:\n    b: 1\n  c: 2\n', 3, 'wrong indentation: the entries of one mapping or list begin in the same column'],
    ['a: 1\nb\n', 2, 'a key without a value: is a ": " missing?'],
    ['a: {\n\t"b": 1\n}\n', 2, 'a tab is no indentation: use blanks'],
    ['a: "x\u0001"\n', 1, 'the character U+0001 must not stand in YAML: write "\\u0001" in double quotes'],
    ['a: 1\r\nb: x\u0085y\r\n', 2, 'the character U+0085 ends a line: write "\\u0085" in double quotes'],
    ['a: !!int x\n', 1, '"x" is nothing that the tag !!int allows: remove the tag'],
    ['{a: 1}: b\n', 1, 'this key is no field name: write a text, in quotes if need be'],
    ['a: &x [*x]\n', 1, '"*x" stands inside of what it stands for'],
    ['a: |\n  \tb\n', 1, 'a block whose first line begins with a tab needs its indentation after the sign: "|2"'],
    ['<<: 1\n', 1, '"<<" merges a mapping or a list of mappings, and nothing else'],
  ])('%j', (text, line, message) => {
    expect(read(text).issues).toContainEqual(expect.objectContaining({ line, message }));
  });

  test('aliases that multiply are refused before they fill the memory', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(10)}]\n`);
    expect(findings(`l0: &l0 x\n${levels.join('')}`)).toEqual([
      expect.stringContaining('aliases make this document far larger than it is written: write it out'),
    ]);
  });

  test('merges that multiply are refused too', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `l${i + 1}: &l${i + 1} {<<: [${`*l${i}, `.repeat(10)}]}\n`);
    expect(findings(`l0: &l0 {a: 1}\n${levels.join('')}`)).toEqual([expect.stringContaining('far larger')]);
  });

  test('depth and size are issues, not exceptions', () => {
    expect(findings(`a: ${'['.repeat(600)}${']'.repeat(600)}`)).toEqual([expect.stringContaining('nested more than 500 levels deep')]);
    expect(findings(`a: ${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toEqual([expect.stringContaining('nested too deep')]);
    expect(findings('x'.repeat(64 * 1024 * 1024 + 1))).toEqual(['a.yaml:1:1: larger than 64 MiB: split the file']);
  });

  test('nothing that stands in a file makes it throw', () => {
    const pieces = fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '-',
      '#',
      '"',
      "'",
      '{',
      '}',
      '[',
      ']',
      ',',
      '&a',
      '*a',
      '<<',
      '|',
      '>',
      '?',
      '!',
      '%',
      '\t',
      '\\',
      '---\n',
      '...\n',
      '\r',
      '\ufeff',
      '\u0000',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 25 }), (parts) => {
        const text = parts.join('');
        const lines = text.split(/\r\n|\r|\n/).length;
        for (const { line, column, message } of read(text).issues) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(message).not.toBe('');
        }
      }),
      { numRuns: size(800, 40_000) },
    );
  });
});

describe('places', () => {
  const FILE = [
    '# a file', //             1
    '---', //                  2
    '# an instance', //        3
    'kind: X', //              4
    'spec:', //                5
    '  env:', //               6
    '    - name: A', //        7
    '      value: y', //       8
    '    - {name: B, value: c}', // 9
    '  "quoted key": 1', //    10
    '  8080: port', //         11
    '  base: &base', //        12
    '    deep: 1', //          13
    '  merged:', //            14
    '    <<: *base', //        15
    '    own: 2', //           16
    '  same: *base', //        17
    '---', //                  18
    'kind: Y', //              19
    '',
  ].join('\n');

  const [first, second] = read(FILE).documents;

  test.each<[(string | number)[], number, number]>([
    [[], 4, 1],
    [['kind'], 4, 1],
    [['spec', 'env'], 6, 3],
    [['spec', 'env', 0], 7, 7],
    [['spec', 'env', 0, 'value'], 8, 7],
    [['spec', 'env', 1], 9, 7],
    [['spec', 'env', 1, 'value'], 9, 17],
    [['spec', 'quoted key'], 10, 3],
    [['spec', '8080'], 11, 3],
    [['spec', 'merged', 'deep'], 13, 5],
    [['spec', 'merged', 'own'], 16, 5],
    [['spec', 'same', 'deep'], 13, 5],
    [['spec', 'missing', 'below'], 5, 1],
    [['spec', 'env', 7, 'name'], 6, 3],
    [['spec', 'env', 0, 'value', 'x'], 8, 7],
    [['missing'], 4, 1],
  ])('%j', (path, line, column) => {
    expect(first?.locate(path)).toEqual({ line, column });
  });

  test('a document begins where its content does', () => {
    expect([first?.line, second?.line]).toEqual([4, 19]);
    expect(second?.locate(['kind'])).toEqual({ line: 19, column: 1 });
    expect(first?.file).toBe('a.yaml');
  });

  test('carriage returns and byte order marks do not move lines', () => {
    const [document] = read('\ufeff# c\r\n---\r\na: 1\r\nb:\r\n  c: 1\r\n').documents;
    expect(document?.locate(['b', 'c'])).toEqual({ line: 5, column: 3 });
  });

  test('JSON objects have places too', () => {
    const { documents } = read('{"a":1} {"b":\n {"c": 2}}\n{"d": 3}\n---\ne: 1\n');
    expect(documents.map(({ line }) => line)).toEqual([1, 1, 3, 5]);
    expect(documents[1]?.locate(['b'])).toEqual({ line: 1, column: 10 });
    expect(documents[1]?.locate(['b', 'c'])).toEqual({ line: 2, column: 3 });
  });
});

function repeat(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => make(index)).join('');
}

function instances(count: number): string {
  const fields = repeat(20, (k) => `  key${k}: [a, ${k}]\n`);
  return repeat(count, (i) => `---\nkind: X\nmetadata: {name: n${i}}\nspec:\n${fields}`);
}

describe('the time grows with the text and no faster', () => {
  test.each<[string, (count: number) => string]>([
    ['instances', (count) => instances(count / 20)],
    ['fields of one mapping', (count) => repeat(count, (i) => `k${i}: ${i}\n`)],
    ['JSON objects on one line', (count) => repeat(count, () => '{"a": 1}')],
    ['aliases', (count) => `a: &a 1\nb: [${repeat(count, () => '*a, ')}]\n`],
    ['issues', (count) => repeat(count, (i) => `k${i}: .inf\n`)],
    ['markers', (count) => repeat(count, () => '--- x\n')],
  ])('%s', (_title, make) => {
    expect(growth((count) => read(make(count)), 8_000)).toBeLessThan(LINEAR);
  });

  test('a file of 1,000 instances gives 1,000 documents', () => {
    expect(read(instances(1_000)).documents).toHaveLength(1_000);
  });
});
