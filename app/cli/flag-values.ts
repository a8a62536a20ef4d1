/** The values of a command's flags, by name. */
export type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

/** The text of a flag; an empty one counts as none. */
export function text(values: FlagValues, flag: string): string | undefined {
  const value = values[flag];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
