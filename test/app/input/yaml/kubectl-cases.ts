/**
 * What kubectl makes of YAML, pinned from kubectl 1.32 and from the libraries of 1.36, which agree. The tests ask the kubectl on
 * the machine again.
 */

/** Fields of one object, and the `spec` that kubectl reads from them. */
export interface FieldsCase {
  readonly title: string;
  /** Stands below `HEADER`. */
  readonly fields: string;
  readonly spec?: unknown;
  readonly refused?: true;
}

/** A whole file, and the `spec` of each of its objects. */
export interface FileCase {
  readonly title: string;
  readonly text: string;
  readonly specs?: readonly unknown[];
  readonly refused?: true;
}

export const HEADER = 'apiVersion: example.com/v1\nkind: Case\nmetadata: {name: a}\n';

export const FIELDS_CASES: readonly FieldsCase[] = [
  {
    title: 'booleans of YAML 1.1',
    fields: 'spec: [y, Y, yes, Yes, YES, on, On, ON, true, True, TRUE, n, N, no, No, NO, off, Off, OFF, false, False, FALSE]',
    spec: [
      true,
      true,
      true,
      true,
      true,
      true,
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false,
      false,
      false,
      false,
      false,
      false,
    ],
  },
  {
    title: 'words that only look like booleans',
    fields: 'spec: [yEs, oN, tRue, nO, \'yes\', "no", yes please]',
    spec: ['yEs', 'oN', 'tRue', 'nO', 'yes', 'no', 'yes please'],
  },
  {
    title: 'null in every spelling',
    fields: "spec: {a: , b: ~, c: null, d: Null, e: NULL, f: nULL, g: ''}",
    spec: { a: null, b: null, c: null, d: null, e: null, f: 'nULL', g: '' },
  },
  {
    title: 'octal numbers, old and new',
    fields: 'spec: [0644, 0o644, 0O17, -017, 08, 09, 00, 0, 0_7]',
    spec: [420, 420, 15, -15, 8, 9, 0, 0, 7],
  },
  {
    title: 'binary and hexadecimal numbers',
    fields: 'spec: [0b101, 0B11, -0b11, 0b2, 0b, 0x1F, 0X1f, -0xff, 0xg, 0x, 0x_1f]',
    spec: [5, 3, -3, '0b2', '0b', 31, 31, -255, '0xg', '0x', 31],
  },
  {
    title: 'underscores and signs',
    fields: 'spec: [1_000, 1__0_, _1, +1, -1, -0, +, -_5, 1_.5]',
    spec: [1000, 10, '_1', 1, -1, 0, '+', -5, 1.5],
  },
  {
    title: 'floats',
    fields: 'spec: [1.5, 1., .5, -.5, 1e3, 1E3, 1.5e-3, 1e, e1, ., 1.10, -0.0, 1.5_0, .5_0, ._5, 1e999, 1.2.3]',
    spec: [1.5, 1, 0.5, -0.5, 1000, 1000, 0.0015, '1e', 'e1', '.', 1.1, 0, 1.5, 0.5, '._5', '1e999', '1.2.3'],
  },
  {
    title: 'no dates and no base 60',
    fields: 'spec: [2020-01-01, 2020-01-01T10:00:00Z, 2020-01-01 10:00:00, 1:30, 190:20:30, 22:22]',
    spec: ['2020-01-01', '2020-01-01T10:00:00Z', '2020-01-01 10:00:00', '1:30', '190:20:30', '22:22'],
  },
  {
    title: 'plain text with signs in it',
    fields:
      "spec:\n  - a:b\n  - a#b\n  - ?a\n  - -a\n  - :a\n  - a?\n  - a-\n  - it's\n  - =\n  - 10Gi\n  - 500m\n  - 0.0.0.0/0\n  - http://a/b?c=d#e\n  - \u00e9\n  - a, b\n  - a [b]\n  - --\n  - a\tb\n  - <<\n  - a&b*c\n  - \\n",
    spec: [
      'a:b',
      'a#b',
      '?a',
      '-a',
      ':a',
      'a?',
      'a-',
      "it's",
      '=',
      '10Gi',
      '500m',
      '0.0.0.0/0',
      'http://a/b?c=d#e',
      '\u00e9',
      'a, b',
      'a [b]',
      '--',
      'a\tb',
      '<<',
      'a&b*c',
      '\\n',
    ],
  },
  { title: 'infinite numbers', fields: 'spec: .inf', refused: true },
  { title: 'not a number', fields: 'spec: .NaN', refused: true },
  {
    title: 'keys become text',
    fields: 'spec: {1: a, 0644: b, yes: c, 1.50: d, 1e3: e, 1234567.0: f, 3.14159265: g, .inf: h, 2020-01-01: j}',
    spec: {
      '.inf': 'h',
      '1': 'a',
      '1.234567e+06': 'f',
      '1.5': 'd',
      '1000': 'e',
      '2020-01-01': 'j',
      '3.1415927': 'g',
      '420': 'b',
      true: 'c',
    },
  },
  { title: 'a null key', fields: 'spec: {~: a}', refused: true },
  { title: 'a key that is a list', fields: 'spec:\n  ? [a]\n  : 1', refused: true },
  {
    title: 'tags',
    fields:
      "spec: {a: !!str 5, b: ! 5, c: !foo 5, d: !!int '5', e: !!float 5, f: !!binary aGk=, g: !!bool yes, h: !!null '', i: !!str yes, j: !!set {k}, l: !!timestamp 2020-01-01}",
    spec: { a: '5', b: '5', c: '5', d: 5, e: 5, f: 'hi', g: true, h: null, i: 'yes', j: { k: null }, l: '2020-01-01' },
  },
  { title: 'a tag that the text denies', fields: 'spec: !!int five', refused: true },
  { title: 'bad base64', fields: "spec: !!binary '*'", refused: true },
  {
    title: 'an anchor and its aliases',
    fields: 'spec: {a: &x {b: [1, 2]}, c: *x, d: [*x, *x]}',
    spec: { a: { b: [1, 2] }, c: { b: [1, 2] }, d: [{ b: [1, 2] }, { b: [1, 2] }] },
  },
  {
    title: 'an anchor that is set anew',
    fields: 'spec: {a: &x 1, b: *x, c: &x 2, d: *x}',
    spec: { a: 1, b: 1, c: 2, d: 2 },
  },
  { title: 'an alias as a key', fields: 'spec: {a: &x name, *x : 1}', spec: { a: 'name', name: 1 } },
  { title: 'an alias without an anchor', fields: 'spec: *x', refused: true },
  { title: 'an anchor that holds itself', fields: 'spec: &x [*x]', refused: true },
  { title: 'an anchor with odd characters', fields: 'spec: &x.y 1', refused: true },
  { title: 'a merge before a field', fields: 'spec: {<<: {a: 1, b: 1}, b: 2}', spec: { a: 1, b: 2 } },
  { title: 'a merge after a field', fields: 'spec: {b: 2, <<: {a: 1, b: 1}}', spec: { a: 1, b: 1 } },
  { title: 'a merge of several, the first wins', fields: 'spec: {<<: [{a: 1}, {a: 2, b: 2}]}', spec: { a: 1, b: 2 } },
  {
    title: 'a merge through an alias',
    fields: 'spec: {x: &x {a: 1}, z: {<<: *x, b: 2}, w: {<<: [*x, {c: 3}]}}',
    spec: { w: { a: 1, c: 3 }, x: { a: 1 }, z: { a: 1, b: 2 } },
  },
  { title: 'a merge of a text', fields: 'spec: {<<: a}', refused: true },
  { title: 'a merge key in quotes is a field', fields: "spec: {'<<': 1, b: <<}", spec: { '<<': 1, b: '<<' } },
  {
    title: 'literal blocks',
    fields:
      'spec:\n  a: |\n    one\n      two\n\n    three\n  b: |-\n    one\n  c: |+\n    one\n\n  d: |2\n      one\n  e: |\n    ---\n    # no comment\n    a: b',
    spec: { a: 'one\n  two\n\nthree\n', b: 'one', c: 'one\n\n', d: '  one\n', e: '---\n# no comment\na: b\n' },
  },
  {
    title: 'folded blocks',
    fields: 'spec:\n  a: >\n    one\n    two\n\n    three\n      four\n    five\n  b: >-\n    one\n    two',
    spec: { a: 'one two\nthree\n  four\nfive\n', b: 'one two' },
  },
  { title: 'a block with a tab for indentation', fields: 'spec:\n  a: |\n    \tone', refused: true },
  {
    title: 'a block with a tab after a stated indentation',
    fields: 'spec:\n  a: |2\n    \tone',
    spec: { a: '\tone\n' },
  },
  {
    title: 'text in quotes over several lines',
    fields: 'spec:\n  a: "one\n    two\n\n    three\\\n    four"\n  b: \'one\n    two\'',
    spec: { a: 'one two\nthreefour', b: 'one two' },
  },
  {
    title: 'plain text over several lines',
    fields: 'spec:\n  a: one\n    two\n\n    three\n  b:\n    one # comment',
    spec: { a: 'one two\nthree', b: 'one' },
  },
  {
    title: 'escapes',
    fields: 'spec: "\\0\\a\\b\\t\\n\\v\\f\\r\\e\\"\\\\\\N\\_\\L\\P\\x41\\u00e9\\U0001F600"',
    spec: '\u0000\u0007\b\t\n\u000b\f\r\u001b"\\\u0085\u00a0\u2028\u2029A\u00e9\ud83d\ude00',
  },
  { title: 'an unknown escape', fields: 'spec: "\\q"', refused: true },
  { title: 'half of a surrogate pair', fields: 'spec: "\\ud83d"', refused: true },
  {
    title: 'lists at the column of their key',
    fields: 'spec:\n  a:\n  - 1\n  - b: 2\n    c: 3\n  d:\n    -   - 4\n        - 5',
    spec: { a: [1, { b: 2, c: 3 }], d: [[4, 5]] },
  },
  {
    title: 'flow style',
    fields: "spec: {a, b: [c: 1, d], e: {f:1, g: }, 'h':1, i: [1, 2, ], j: {}}",
    spec: { a: null, b: [{ c: 1 }, 'd'], e: { 'f:1': null, g: null }, h: 1, i: [1, 2], j: {} },
  },
  {
    title: 'comments',
    fields: "spec: # one\n  # two\n  a: 1 # three\n\n  # four\n  b: '#' # five\n# six",
    spec: { a: 1, b: '#' },
  },
  { title: 'a tab between key and value', fields: 'spec:\ta', spec: 'a' },
  { title: 'a tab before a comment', fields: 'spec: a\t# b', spec: 'a' },
  { title: 'a tab for indentation', fields: 'spec:\n\ta: 1', refused: true },
  { title: 'a tab before a field', fields: 'spec:\n  a: 1\n \tb: 2', refused: true },
  { title: 'bad indentation', fields: 'spec:\n    a: 1\n  b: 2', refused: true },
  { title: 'two colons', fields: 'spec: a: b', refused: true },
  { title: 'a list on the line of its key', fields: 'spec: - a', refused: true },
  { title: 'text after quotes', fields: 'spec: "a" b', refused: true },
  { title: 'a list that is not closed', fields: 'spec: [a, b', refused: true },
  { title: 'quotes that are not closed', fields: 'spec: "a', refused: true },
  { title: 'an at sign', fields: 'spec: @a', refused: true },
  { title: 'a percent sign', fields: 'spec: %a', refused: true },
  { title: 'a backtick', fields: 'spec: `a`', refused: true },
  { title: 'a control character', fields: 'spec: a\u0007', refused: true },
  { title: 'a separator of Unicode in plain text', fields: 'spec: a\u2028b', refused: true },
  { title: 'a no-break space', fields: 'spec: a\u00a0b', spec: 'a\u00a0b' },
];

export const FILE_CASES: readonly FileCase[] = [
  {
    title: 'several documents',
    text: `${HEADER}spec: 1\n---\n${HEADER}spec: 2\n--- # comment\n${HEADER}spec: 3\n---   \n${HEADER}spec: 4\n`,
    specs: [1, 2, 3, 4],
  },
  {
    title: 'empty documents are passed over',
    text: `# comment\n---\n---\n\n---\n${HEADER}spec: 1\n---\n# end\n---\n`,
    specs: [1],
  },
  {
    title: 'the end of a document, then another',
    text: `${HEADER}spec: 1\n...\n---\n${HEADER}spec: 2\n`,
    specs: [1, 2],
  },
  { title: 'content on the line of the marker', text: '--- {apiVersion: v1, kind: X}\n', refused: true },
  { title: 'four dashes', text: `----\n${HEADER}`, refused: true },
  { title: 'a directive', text: `%YAML 1.1\n---\n${HEADER}`, refused: true },
  { title: 'a byte order mark', text: `\ufeff${HEADER}spec: yes\n`, specs: [true] },
  { title: 'a byte order mark before a marker', text: `\ufeff---\n${HEADER}spec: yes\n`, specs: [true] },
  {
    title: 'carriage returns',
    text: 'apiVersion: example.com/v1\r\nkind: Case\r\nmetadata: {name: a}\r\nspec:\r\n  a: |\r\n    one\r\n    two\r\n  b: "x\r\n    y"\r\n---\r\napiVersion: example.com/v1\r\nkind: Case\r\nmetadata: {name: a}\r\nspec: 2\r\n',
    specs: [{ a: 'one\ntwo\n', b: 'x y' }, 2],
  },
  {
    title: 'JSON',
    text: '{"apiVersion": "example.com/v1", "kind": "Case", "metadata": {"name": "a"},\n\t"spec": {"a": "yes", "b": [1, 1.5e3, -0, true, null], "c": "\\ud83d\\ude00 \\/ \\u0007 \\"{", "0644": {}}}',
    specs: [{ '0644': {}, a: 'yes', b: [1, 1500, 0, true, null], c: '\ud83d\ude00 / \u0007 "{' }],
  },
  {
    title: 'JSON objects one after another',
    text: '{"apiVersion": "example.com/v1", "kind": "Case", "spec": 1}{"apiVersion": "example.com/v1", "kind": "Case", "spec": 2}\n{"apiVersion": "example.com/v1", "kind": "Case", "spec": 3}\n',
    specs: [1, 2, 3],
  },
];
