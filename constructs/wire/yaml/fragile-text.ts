/**
 * Strings whose usual text does not survive the way through kubectl, or another reader of YAML 1.1: it refuses them, or takes them for
 * something else.
 */
const FRAGILE = new RegExp(
  [
    '^(?:=|<<)$', // the value and merge types of YAML 1.1: PyYAML stops at them
    '^[-+]?(?:0[oOXB]|_)', // numbers to kubectl
    '^[-+]?[0-9._]+[eE][-+]?[0-9]*_[0-9_]*$',
    '^(?=[^]*\\n)\\n*\\t', // a block whose first line begins with a tab
    '^[ \\t]*\\n[ \\t\\n]*$', // a block of nothing but blanks and line ends
    '[\\u0085\\u2028\\u2029]', // line ends to kubectl
    '[\\u007f\\ufffe\\uffff]', // written as they are, and must not stand in YAML
  ].join('|'),
);

/** What JSON leaves as it is and YAML wants escaped. */
const UNESCAPED = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** Whether a value needs {@link escapedText}. */
export function isFragile(value: string): boolean {
  return FRAGILE.test(value);
}

/** The same for a key: a byte order mark would vanish. */
export function isFragileKey(key: string): boolean {
  return key.startsWith('\ufeff') || FRAGILE.test(key);
}

/** Double quotes with the escapes that JSON and YAML share. Halves of surrogate pairs have no form in YAML at all. */
export function escapedText(value: string): string {
  return JSON.stringify(value).replace(UNESCAPED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
