/** What a value takes at most in a commit message. */
const LONGEST_VALUE = 120;

/** One line of at most `longest` characters, without anything that is not printed. */
export function plainText(text: string, longest: number = LONGEST_VALUE): string {
  // Controls, formats (among them those that turn the direction of writing), surrogates without a partner, line and paragraph ends.
  const line = text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const characters = Array.from(line);
  return characters.length <= longest ? line : `${characters.slice(0, longest - 3).join('')}...`;
}
