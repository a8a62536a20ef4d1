import type { ErrorCode } from 'yaml';

const TAB = 'a tab is no indentation: use blanks';

/** Errors of syntax for which the cause and the remedy are known, by code or by the start of the parser's message. */
const BY_CODE: Partial<Record<ErrorCode, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'a mapping or list cannot begin here: mend the indentation, or put a text that holds ": " or "- " in quotes',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters: is a quote missing?',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line: is a ":" or a quote missing?',
  MULTIPLE_DOCS: 'kubectl does not read what follows "...": begin the document with "---"',
  RESOURCE_EXHAUSTION: 'nested too deep',
  TAB_AS_INDENT: TAB,
};
const BY_MESSAGE: readonly (readonly [string, string])[] = [
  ['All ', 'wrong indentation: the entries of one mapping or list begin in the same column'],
  ['Missing directives-end', 'kubectl refuses directives ("%"): remove the line above'],
  ['Implicit map keys', 'a key without a value: is a ": " missing?'],
];

/**
 * What to tell a user about an error of the parser: lower case, without a full stop.
 *
 * @param before the character before the place of the error
 */
export function syntaxMessage(code: ErrorCode, message: string, before: string | undefined): string {
  if (code === 'BAD_INDENT' && before === '\t') return TAB;
  const known = BY_CODE[code] ?? BY_MESSAGE.find(([start]) => message.startsWith(start))?.[1];
  return known ?? message.charAt(0).toLowerCase() + message.slice(1);
}
