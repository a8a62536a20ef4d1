/** Fields of answers. What a server leaves out or sends in another form becomes empty, and never an error of ours. */

export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** An address for people to click on: anything that is no web address is left out. */
export function linkOf(value: unknown): string {
  const text = textOf(value);
  return /^https?:\/\/[^\s<>"'`]{1,500}$/.test(text) ? text : '';
}
