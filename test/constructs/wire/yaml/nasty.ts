import * as fc from 'fast-check';

/** Strings that trip up YAML writers and readers, each for a reason of its own. */
export const NASTY_STRINGS: readonly string[] = [
  ['', ' ', '  ', '\t', '\n', '\n\n', ' \n', '\n ', '\t\n', '~', 'null', 'Null', 'NULL', 'nULL'],
  ['y', 'Y', 'yes', 'Yes', 'YES', 'yEs', 'n', 'N', 'no', 'on', 'On', 'ON', 'off', 'OFF', 'true', 'True', 'TRUE', 'false', 'truE'],
  [
    '0',
    '-0',
    '+1',
    '1_000',
    '_1',
    '0644',
    '08',
    '0o17',
    '0b101',
    '0b',
    '0b2',
    '0x1f',
    '0x',
    '-0xF',
    '1.5',
    '.5',
    '5.',
    '.',
    '..',
    '-',
    '+',
  ],
  [
    '-.',
    '+.',
    '._',
    '1e3',
    '1E3',
    'e1',
    'E10',
    'e-5',
    'e+5',
    'exit',
    'e',
    'E',
    '1e',
    '.e1',
    '1.e1',
    '.inf',
    '-.inf',
    '+.INF',
    '.nan',
    '.NaN',
    '-.nan',
  ],
  ['1:30', '190:20:30', '190:20:30.15', '1:60', '-1:30', '0.0.0.0/0', '10Gi', '500m', '1.2.3'],
  ['2020-01-01', '2020-1-1', '2020-01-01T00:00:00Z', '2020-01-01 10:00:00', '2020-01-01t1:2:3.4 +5', '20-01-01', '2020-01-01x'],
  ['- a', '-a', '--', '---', '--- a', '---a', '...', '... a', '....', '?', '? a', '?a', ':', ': a', ':a', 'a:', 'a: b', 'a:b', 'a :b'],
  ['#', '#a', 'a #b', 'a#b', 'a\t#b', '<<', '=', '*', '*a', '&a', '!', '!a', '!!str', '%', '%YAML 1.1', '@a', '`a', '|', '>', '|-', '>2'],
  ['{', '{}', '{a: 1}', '[', '[]', '[a, b]', ']', '}', ',', ',a', 'a, b', '"', '"a"', 'a"b', "'", "'a'", "it's", `"it's"`, `a\\b`, `"\\"`],
  ['a\tb', '\ta', 'a\t', ' a', 'a ', 'a  b', 'a: \t', 'a:\tb', 'é', 'ß:', '日本語', '😀', '\ufeff', '\ufeffa', 'a\u00a0b', '\u00a0'],
  [
    '\u0000',
    '\u0007',
    '\u001b[31m',
    '\u007f',
    '\u0085',
    'a\u0085b',
    '\u2028',
    'a\u2028---',
    '\u2029# a',
    '\u2028 a',
    '\ud800',
    'a\udc00b',
    '\ufffe',
    '\uffff',
  ],
  [
    'a\nb',
    'a\nb\n',
    'a\nb\n\n',
    'a\n\n\nb',
    '\na',
    '\n\na\n',
    ' a\nb',
    '\n a\nb',
    '  \na',
    '\ta\nb',
    'a \nb',
    'a\n b',
    'a\n\tb',
    'a\nb ',
    'a\nb \n',
    'a\nb\t',
    'a\n \n',
  ],
  [
    'a\n  ',
    'a\n \nb',
    'a\r\nb\r\n',
    'a\rb',
    '\r',
    'a: b\nc: d\n',
    '# a\nb',
    'a\n# b\n',
    '---\na',
    'a\n---\nb',
    'a\n...\n',
    '%a\nb',
    'a\n%b',
    '"a"\n',
    "'\n",
    '- a\n- b\n',
    'a\n\u2028b',
    '\u2028\n',
  ],
  [
    '#!/bin/sh\nset -eu\n\nif true; then\n  echo "a: b"\nfi\n',
    '{\n  "a": [1, 2]\n}\n',
    'x'.repeat(200),
    'k'.repeat(1024),
    'k'.repeat(1025),
    `${'word '.repeat(300)}.`,
    `a\n${'long '.repeat(100)}\nb\n`,
  ],
  [
    '__proto__',
    'constructor',
    '{{ $labels.pod }}',
    '$(HOME)/a',
    '${A:-b}',
    'https://a.b/c?d=e&f=g#h',
    'a@sha256:0123',
    'app.kubernetes.io/name',
  ],
].flat();

const PIECES = [
  'a',
  'Z',
  '0',
  '9',
  '_',
  '.',
  '-',
  '+',
  'e',
  'E',
  'x',
  'b',
  'o',
  ':',
  ' ',
  '\t',
  '\n',
  '#',
  '"',
  "'",
  '\\',
  '%',
  '?',
  '|',
  '>',
  '{',
  '[',
  ',',
  '&',
  '*',
  '!',
  '~',
  '/',
  'é',
  '😀',
  '\r',
  '\u0085',
  '\u2028',
  '\ud800',
  '\u0001',
];

/** Nasty strings from the list, and short ones put together from the characters that matter. */
export const nastyString: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...NASTY_STRINGS),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 7 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'grapheme' }),
  fc
    .tuple(fc.constantFrom(...NASTY_STRINGS), fc.constantFrom('', ' ', '\n', ': '), fc.constantFrom(...NASTY_STRINGS))
    .map((parts) => parts.join('')),
);

const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1e21, -1e-7, 5e-324),
);

/** A JSON document of nasty strings, as values and as keys. */
export const nastyObject: fc.Arbitrary<Record<string, unknown>> = fc.letrec<{
  value: unknown;
  object: Record<string, unknown>;
}>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: nastyString },
    { weight: 2, arbitrary: fc.oneof(number, fc.boolean(), fc.constant(null)) },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    { weight: 3, arbitrary: tie('object') },
  ),
  object: fc.dictionary(nastyString, tie('value'), { maxKeys: 4, noNullPrototype: true }),
})).object;

/**
 * Strings that kubectl does not read back from cdk8s' text, which is ours too, each with the reason. Everything else survives: the
 * tests say so.
 */
export const LOST: readonly (readonly [string, RegExp])[] = [
  ['numbers to kubectl in a spelling that the yaml package does not know', /^[-+]?(?:0[oOXB]|_)|^[-+]?[0-9._]+[eE][-+]?[0-9_]*_[0-9_]*$/],
  ['a block whose first line begins with a tab', /^(?=[^]*\n)\n*\t/],
  ['a block of nothing but blanks and line ends', /^[ \t\n]*\n[ \t\n]*$/],
  ['line ends to kubectl: NEL and the separators of Unicode', /[\u0085\u2028\u2029]/],
  ['characters that are written as they are and must not stand in YAML', /[\u007f\ufffe\uffff]/],
  ['halves of surrogate pairs', /[\u{d800}-\u{dfff}]/u],
];

/** Whether a string survives as a value. */
export function survives(text: string): boolean {
  return !LOST.some(([, pattern]) => pattern.test(text));
}

/** Whether a string survives as a key: a merge key and a byte order mark at the start of a document do not. */
export function survivesAsKey(text: string): boolean {
  return survives(text) && text !== '<<' && !text.startsWith('\ufeff');
}

/** Whether a number survives: our reader wants quotes around a whole one that has lost digits, unless its exponent says that it may. */
function numberSurvives(value: number): boolean {
  return !Number.isInteger(value) || Number.isSafeInteger(value) || /e/.test(String(value));
}

/** Whether every string and number of a document survives. */
export function allSurvive(value: unknown): boolean {
  if (typeof value === 'number') return numberSurvives(value);
  if (typeof value === 'string') return survives(value);
  if (Array.isArray(value)) return value.every(allSurvive);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, field]) => survivesAsKey(key) && allSurvive(field));
}
