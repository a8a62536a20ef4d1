/** Of so many first characters an index is made. */
const HEAD = 6;

/**
 * Replaces texts wherever they stand in others. What it takes grows with the text that is looked at, and not with how many texts there are: a document
 * may have ten thousand secrets, and as many issues.
 */
export class Censor {
  private readonly texts: ReadonlySet<string>;
  /** By the first characters of a text, all of them where it is shorter: how long such texts are, the longest first. */
  private readonly lengths = new Map<string, number[]>();

  public constructor(texts: readonly string[]) {
    this.texts = new Set(texts.filter((text) => text !== ''));
    const found = new Map<string, Set<number>>();
    for (const text of this.texts) {
      const head = text.slice(0, HEAD);
      const lengths = found.get(head) ?? new Set();
      found.set(head, lengths.add(text.length));
    }
    for (const [head, lengths] of found)
      this.lengths.set(
        head,
        [...lengths].toSorted((one, other) => other - one),
      );
  }

  /** The text with another one in the place of each that stands in it; of two that begin at one place the longer counts. */
  public replace(text: string, by: string): string {
    if (this.texts.size === 0) return text;
    let done = '';
    let from = 0;
    for (let at = 0; at < text.length;) {
      const length = this.lengthAt(text, at);
      if (length > 0) {
        done += text.slice(from, at) + by;
        at += length;
        from = at;
      } else at += 1;
    }
    return from === 0 ? text : done + text.slice(from);
  }

  /** How long the text is that stands here. @returns 0 where none does */
  private lengthAt(text: string, at: number): number {
    for (let head = Math.min(HEAD, text.length - at); head > 0; head -= 1) {
      const lengths = this.lengths.get(text.slice(at, at + head));
      const length = lengths?.find((one) => at + one <= text.length && this.texts.has(text.slice(at, at + one)));
      if (length !== undefined) return length;
    }
    return 0;
  }
}
