import { readFileSync } from 'node:fs';
import { type FlagValues, text } from './flag-values';
import { UsageError } from './options';

/** Reads a file that a flag names. Its content is never repeated. */
export function fileOf(values: FlagValues, flag: string): string | undefined {
  const path = text(values, flag);
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`--${flag}: ${path} cannot be read (${(cause as NodeJS.ErrnoException).code}): name a file that exists`, {
      cause,
    });
  }
}
