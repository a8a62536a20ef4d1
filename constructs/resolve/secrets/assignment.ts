import { alphabets, startOfRun } from './alphabet';
import { isPlaceholder } from './placeholder';
import { isNameOfSecretInText } from './secret-name';

/** Characters of a name that are looked at; its end tells. */
const LONGEST_NAME = 64;

/** A shorter value is a word or a number. */
const SHORTEST_VALUE = 8;

/** So much of a value tells what it is. Each bound here makes the time that an assignment takes a constant. */
const LONGEST_VALUE = 64;

/** Blanks around `=` and `:`. */
const MOST_BLANKS = 16;

/** An expression in code: `process.env.TOKEN`, `os.environ[`, `getToken(`. */
const EXPRESSION = /^(?:new\s|await\s|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|[A-Za-z_]\w*[[(])/;

/** What a value does not begin with: a reference, a tag, a path, a template, an operator. */
const NO_VALUE = /^[$<{/%*([&!|>=]/;

const EQUALS = 0x3d;
const COLON = 0x3a;

/**
 * Whether a text gives a secret to a name: `API_KEY=...` of a script or file, `"apiKey": "..."` of a document, `--api-key=...`, `?token=...`. In
 * prose a colon is common ("token: required"), so that after one the value has to be quoted, or to have a digit in it.
 */
export function holdsAssignment(text: string): boolean {
  return holdsAssignmentBy('=', text) || holdsAssignmentBy(':', text);
}

function holdsAssignmentBy(sign: '=' | ':', text: string): boolean {
  for (let at = text.indexOf(sign); at !== -1; at = text.indexOf(sign, at + 1)) {
    if (isAssignment(text, at, sign === ':')) return true;
  }
  return false;
}

function isAssignment(text: string, at: number, isColon: boolean): boolean {
  const end = endOfName(text, at);
  const start = startOfRun(text, end, alphabets.word, end - LONGEST_NAME);
  if (end - start < 3 || !isNameOfSecretInText(text.slice(start, end))) return false;
  const value = valueAt(text, at + 1);
  return value !== undefined && (!isColon || value.isQuoted || /\d/.test(value.text)) && isLiteral(value.text);
}

/** The end of the name in front of `=` or `:`, which blanks, the colon of `:=` and a quote may part from it. */
function endOfName(text: string, at: number): number {
  let end = at;
  if (text.charCodeAt(at) === EQUALS && text.charCodeAt(at - 1) === COLON) end -= 1;
  const limit = end - MOST_BLANKS;
  while (end > limit && isBlank(text.charCodeAt(end - 1))) end -= 1;
  if (isQuote(text.charCodeAt(end - 1))) end -= 1;
  // JSON inside JSON.
  if (text.charCodeAt(end - 1) === BACKSLASH) end -= 1;
  return end;
}

interface Value {
  readonly text: string;
  readonly isQuoted: boolean;
}

function valueAt(text: string, at: number): Value | undefined {
  let start = at;
  while (start < at + MOST_BLANKS && isBlank(text.charCodeAt(start))) start += 1;
  if (text.charCodeAt(start) === BACKSLASH) start += 1;
  const isQuoted = isQuote(text.charCodeAt(start));
  if (isQuoted) start += 1;
  let end = start;
  while (end < text.length && end < start + LONGEST_VALUE && !isEnd(text.charCodeAt(end))) end += 1;
  return end - start < SHORTEST_VALUE ? undefined : { text: text.slice(start, end), isQuoted };
}

function isLiteral(value: string): boolean {
  return !NO_VALUE.test(value) && !EXPRESSION.test(value) && !isPlaceholder(value);
}

const BACKSLASH = 0x5c;
const DOUBLE_QUOTE = 0x22;
const QUOTES = new Set([DOUBLE_QUOTE, 0x27, 0x60]);
const ENDS = new Set(Array.from('"\'`,;\\', (character) => character.charCodeAt(0)));

function isQuote(code: number): boolean {
  return QUOTES.has(code);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function isEnd(code: number): boolean {
  return code <= 0x20 || code === 0xa0 || ENDS.has(code);
}
