/**
 * How a string of one line is written in YAML 1.1: plain where no reader could take it for anything but that string,
 * in quotes otherwise. The choices are those of the `yaml` package as cdk8s calls it; the tests compare the two.
 */

/** What most strings of a manifest look like: names, images, paths, words of a command. */
const ORDINARY = /^[A-Za-z/_][A-Za-z0-9_./-]*$/;

/** Words that YAML 1.1 reads as booleans or null in some spelling, and exponents without digits before them (`e1`). */
const RESERVED_WORD = /^(?:y|n|yes|no|on|off|true|false|null|[eE][-+]?[0-9]+)$/i;

/**
 * Characters that need escapes or count as line ends: controls, unpaired surrogates, NEL, and the Unicode line and paragraph
 * separators (U+2028, U+2029).
 */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNUSUAL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u{d800}-\u{dfff}]/u;

/** Text that has a meaning in YAML if it stands without quotes: indicators at the start, `: ` and ` #` inside, blanks at the end. */
const SYNTAX = /^[\t ,[\]{}#&*!|>'"%@`]|^[?-](?:[\t ]|$)|:[\t ]|[\t ]#|[\t :]$/;

/** Words that resolve to null or a boolean. */
const WORD = /^(?:~|[Nn]ull|NULL|[Yy]|[Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON|[Nn]|[Nn]o|NO|[Ff]alse|FALSE|[Oo]ff|OFF)$/;

/** Integers of YAML 1.1: decimal and octal, binary, hexadecimal, and base 60 with or without a fraction (`1:30`). */
const INTEGER = /^[-+]?(?:[0-9][0-9_]*(?:(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)?|0b[01_]+|0x[0-9a-fA-F_]+)$/;

const FLOAT = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|[-+]?(?:[0-9][0-9_]*)?(?:\.[0-9_]*|(?:\.[0-9_]*)?[eE][-+]?[0-9]+))$/;

const TIMESTAMP =
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[tT]|[\t ]+)[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?(?:[\t ]*(?:Z|[-+][012]?[0-9](?::[0-9]{2})?))?)?$/;

/** Only what starts with one of these can be a number or a date; it spares most strings four expressions. */
const NUMERIC_START = /^[-+.0-9eE]/;

/**
 * The text of a string as a value or a key, or `undefined` when it has line ends or characters that need escapes.
 *
 * The text does not depend on the depth, except for keys that look like a document marker: see `isMarker`.
 */
export function scalarText(value: string): string | undefined {
  if (ORDINARY.test(value)) return RESERVED_WORD.test(value) ? quoteIfResolved(value) : value;
  if (UNUSUAL.test(value)) return undefined;
  return SYNTAX.test(value) ? quote(value) : quoteIfResolved(value);
}

/** A key that begins like a document marker is quoted at the root of a document and nowhere else. */
export function isMarker(key: string): boolean {
  return key.startsWith('---') || key.startsWith('...');
}

function quoteIfResolved(value: string): string {
  return isResolved(value) ? quote(value) : value;
}

function isResolved(value: string): boolean {
  if (value === '' || WORD.test(value)) return true;
  return NUMERIC_START.test(value) && (INTEGER.test(value) || FLOAT.test(value) || TIMESTAMP.test(value));
}

/** Double quotes; single quotes where they save escapes. */
function quote(value: string): string {
  return value.includes('"') && !value.includes("'") ? `'${value}'` : JSON.stringify(value);
}
