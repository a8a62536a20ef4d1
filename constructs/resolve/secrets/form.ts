import { type Alphabet, alphabets } from './alphabet';

/** So many characters of one alphabet, in a row and no more than that. */
export interface Stretch {
  readonly alphabet: Alphabet;
  readonly min: number;
  /** Infinity: what comes after `min` characters is not looked at. */
  readonly max: number;
}

/** What a token of one kind looks like. It is data, so that one scanner finds all kinds in one pass, in a time that grows with the text alone. */
export interface TokenForm {
  /** Whose token it is. */
  readonly title: string;
  /** The texts that it may begin with. */
  readonly prefixes: readonly string[];
  /** What follows the prefix. A text stands for itself. */
  readonly parts: readonly (Stretch | string)[];
  /**
   * What stands in front of the prefix; `apart` is anything that Base64 is not written with, for a prefix that other texts hold by chance.
   * @default - anything but a letter or digit
   */
  readonly before?: Stretch | 'anything' | 'apart';
  /** `digit`: without a digit it is a word with hyphens. `private-key`: the title of a PEM block that holds a private key. @default - nothing */
  readonly needs?: 'digit' | 'private-key';
}

/** @param max @default - `min` */
export function stretch(alphabet: keyof typeof alphabets, min: number, max = min): Stretch {
  return { alphabet: alphabets[alphabet], min, max };
}

/** A prefix, then so many characters of one alphabet. */
export function form(
  title: string,
  prefixes: string | readonly string[],
  alphabet: keyof typeof alphabets,
  min: number,
  max: number,
  needs?: TokenForm['needs'],
): TokenForm {
  return {
    title,
    prefixes: typeof prefixes === 'string' ? [prefixes] : prefixes,
    parts: [stretch(alphabet, min, max)],
    ...(needs && { needs }),
  };
}
