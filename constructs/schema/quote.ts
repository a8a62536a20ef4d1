/** Longer values are cut: a message names a value, it does not repeat a file. */
const LONGEST = 64;

/** A value as it stands in a message: JSON, cut to 64 characters. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST - 4)}...${typeof value === 'string' ? '"' : ''}`;
}

/** Names or values as a list in a sentence. */
export function quoteAll(values: readonly unknown[]): string {
  return values.map((value) => quote(value)).join(', ');
}
