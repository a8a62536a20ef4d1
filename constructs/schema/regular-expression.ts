/**
 * RE2 patterns, as Kubernetes reads them, run by JavaScript.
 *
 * Both languages write most things alike. What RE2 lacks (look-around, back references) throws, and what the two read
 * differently is translated: `.` stops at a line feed only, `\s` means five ASCII characters, `\z` and `\A` are the ends
 * of the text, `[[:alpha:]]` is a class. `$` without a flag is the end of the text in both.
 */

const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

const SPACE = '\\t\\n\\f\\r ';

/** Escapes that mean the same in both languages. */
const SHARED_ESCAPE = /^\\(?:[dDwWbBtnrfv]|[pP](?:\{\w+\}|[A-Z])|x[0-9A-Fa-f]{2}|x\{[0-9A-Fa-f]+\})/;
const LEADING_FLAGS = /^\(\?([ims]+)\)/;
const GROUP = /^\((?:\?:|\?P?<[A-Za-z_]\w*>)?/;
const POSIX_CLASS = /^\[:(\^?)([a-z]+):\]/;
/** Escaping these is a must in JavaScript's Unicode mode; escaping any other sign is forbidden there. */
const SYNTAX = /[\\^$.*+?()[\]{}|/-]/;

const compiled = new Map<string, RegExp>();

/**
 * Compiles an RE2 pattern. Results are kept: patterns come from schemas and rules, of which there are few.
 * Throws an Error that names the construct when JavaScript cannot run the pattern as RE2 would.
 */
export function re2(pattern: string): RegExp {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    expression = translate(pattern);
    compiled.set(pattern, expression);
  }
  return expression;
}

function translate(pattern: string): RegExp {
  const flags = LEADING_FLAGS.exec(pattern);
  const body = flags === null ? pattern : pattern.slice(flags[0].length);
  const modes = flags?.[1] ?? '';
  let text = '';
  for (let rest = body; rest !== '';) {
    const [length, translated] = translateNext(rest, pattern, modes);
    text += translated;
    rest = rest.slice(length);
  }
  return new RegExp(text, `u${modes.replace(/s/g, '')}`);
}

/** The next piece of a pattern: how long it is, and how JavaScript writes it. */
function translateNext(rest: string, pattern: string, modes: string): [number, string] {
  if (rest[0] === '\\') return translateEscape(rest, pattern);
  if (rest[0] === '[') return translateClass(rest, pattern);
  if (rest[0] === '.') return [1, modes.includes('s') ? '[^]' : '[^\\n]'];
  if (rest[0] === '(') return translateGroup(rest, pattern);
  if (rest[0] === '{' && !/^\{\d+(,\d*)?\}/.test(rest)) return [1, '\\{'];
  if (rest[0] === '}' || rest[0] === ']') return [1, `\\${rest[0]}`];
  if (rest[0] === '{') return [rest.indexOf('}') + 1, rest.slice(0, rest.indexOf('}') + 1)];
  if (/^[*+?}]\+/.test(rest)) throw unsupported(pattern, 'a possessive quantifier');
  return [1, rest[0]!];
}

function translateGroup(rest: string, pattern: string): [number, string] {
  const group = GROUP.exec(rest)![0];
  if (group === '(' && rest[1] === '?') throw unsupported(pattern, rest.slice(0, 4));
  return [group.length, group.replace('?P<', '?<')];
}

function translateEscape(rest: string, pattern: string): [number, string] {
  if (rest.startsWith('\\A')) return [2, '(?<![^])'];
  if (rest.startsWith('\\z')) return [2, '(?![^])'];
  if (rest.startsWith('\\s')) return [2, `[${SPACE}]`];
  if (rest.startsWith('\\S')) return [2, `[^${SPACE}]`];
  return translateSharedEscape(rest, pattern);
}

function translateSharedEscape(rest: string, pattern: string): [number, string] {
  const shared = SHARED_ESCAPE.exec(rest)?.[0];
  if (shared !== undefined) {
    const hex = /^\\x\{(\w+)\}/.exec(shared);
    if (hex !== null) return [shared.length, `\\u{${hex[1]}}`];
    return [shared.length, shared.replace(/^(\\[pP])([A-Z])$/, '$1{$2}')];
  }
  const sign = rest[1];
  if (sign === undefined || /[0-9A-Za-z]/.test(sign)) throw unsupported(pattern, rest.slice(0, 2));
  return [2, SYNTAX.test(sign) && sign !== '-' ? `\\${sign}` : sign];
}

function translateClass(rest: string, pattern: string): [number, string] {
  let at = rest[1] === '^' ? 2 : 1;
  let text = rest.slice(0, at);
  // A bracket that closes at once stands for itself.
  if (rest[at] === ']') {
    text += '\\]';
    at += 1;
  }
  while (rest[at] !== ']') {
    if (at >= rest.length) throw unsupported(pattern, 'a class without an end');
    const [length, translated] = translateInClass(rest.slice(at), pattern);
    text += translated;
    at += length;
  }
  return [at + 1, `${text}]`];
}

function translateInClass(rest: string, pattern: string): [number, string] {
  const posix = POSIX_CLASS.exec(rest);
  if (posix !== null) {
    const members = POSIX[posix[2]!];
    if (members === undefined || posix[1] !== '') throw unsupported(pattern, posix[0]);
    return [posix[0].length, members];
  }
  if (rest[0] === '[') return [1, '\\['];
  if (rest[0] !== '\\') return [1, rest[0]!];
  if (rest[1] === 's') return [2, SPACE];
  if (rest[1] === '-') return [2, '\\-'];
  if (/^\\[SbBAz]/.test(rest)) throw unsupported(pattern, `${rest.slice(0, 2)} in a class`);
  return translateSharedEscape(rest, pattern);
}

function unsupported(pattern: string, what: string): Error {
  return new Error(`pattern ${JSON.stringify(pattern)}: ${what} cannot be run as RE2 would; write it another way`);
}
