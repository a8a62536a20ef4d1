/** A word that a shell takes as it is. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The same for what is printed to be run: paths, flags and names stay readable. */
export function quotedWord(text: string): string {
  return /^[\w./@:-]+$/.test(text) ? text : quoted(text);
}
