/**
 * The characters that tokens are made of. Each alphabet is a bit, and a table says for each character of ASCII which alphabets it belongs to, so that
 * one look-up tells.
 */
export const alphabets = {
  digits: 1,
  /** Hexadecimal digits, small letters. */
  hex: 1 << 1,
  /** Hexadecimal digits, small or capital letters. */
  anyHex: 1 << 2,
  /** Capital letters and digits. */
  capitals: 1 << 3,
  /** Small letters and digits. */
  small: 1 << 4,
  alphanumeric: 1 << 5,
  /** Letters, digits, `_` and `-`: Base64 for URLs. */
  word: 1 << 6,
  /** Words and dots. */
  dotted: 1 << 7,
  /** Words and slashes. */
  path: 1 << 8,
  /** Base64 with its padding. */
  base64: 1 << 9,
  /** Whatever Base64 of either kind is written with, padding left out. */
  base64Core: 1 << 10,
  /** Capital letters, digits and blanks: the title of a PEM block. */
  title: 1 << 11,
  /** What follows `Bearer `. */
  bearer: 1 << 12,
  /** Words and `~`, dots included: secrets of Microsoft Entra. */
  tilde: 1 << 13,
} as const;

/** One of {@link alphabets}. */
export type Alphabet = (typeof alphabets)[keyof typeof alphabets];

const MEMBERS: readonly (readonly [Alphabet, RegExp])[] = [
  [alphabets.digits, /[0-9]/],
  [alphabets.hex, /[0-9a-f]/],
  [alphabets.anyHex, /[0-9A-Fa-f]/],
  [alphabets.capitals, /[0-9A-Z]/],
  [alphabets.small, /[0-9a-z]/],
  [alphabets.alphanumeric, /[0-9A-Za-z]/],
  [alphabets.word, /[\w-]/],
  [alphabets.dotted, /[\w.-]/],
  [alphabets.path, /[\w/-]/],
  [alphabets.base64, /[0-9A-Za-z+/=]/],
  [alphabets.base64Core, /[\w+/-]/],
  [alphabets.title, /[0-9A-Z ]/],
  [alphabets.bearer, /[\w.~+/=%-]/],
  [alphabets.tilde, /[\w.~-]/],
];

const TABLE = Uint16Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return MEMBERS.reduce((bits, [bit, members]) => (members.test(character) ? bits | bit : bits), 0);
});

/** @param code a code unit of UTF-16; `NaN`, beyond the end of a text, belongs to no alphabet */
export function isIn(alphabet: Alphabet, code: number): boolean {
  return code < 128 && ((TABLE[code] as number) & alphabet) !== 0;
}

/** Where the characters of an alphabet end that begin at `start`; not beyond `limit`. */
export function endOfRun(text: string, start: number, alphabet: Alphabet, limit = text.length): number {
  let end = start;
  while (end < limit && isIn(alphabet, text.charCodeAt(end))) end += 1;
  return end;
}

/** Where the characters of an alphabet begin that end before `end`; not before `limit`. */
export function startOfRun(text: string, end: number, alphabet: Alphabet, limit = 0): number {
  let start = end;
  while (start > limit && isIn(alphabet, text.charCodeAt(start - 1))) start -= 1;
  return start;
}
