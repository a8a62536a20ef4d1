import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, UsageError, commands } from '../options';
import { fieldNames } from './field-names';

const SHELLS: readonly string[] = commands.completion.choices;

/** The script for a shell, which asks the program itself what may come next. @throws {@link UsageError} for a shell that is not known */
export function completionScript([shell, ...rest]: readonly string[]): string {
  if (shell === undefined || rest.length > 0 || !SHELLS.includes(shell)) throw new UsageError(`name one shell: ${SHELLS.join(', ')}`);
  return readFileSync(join(__dirname, `completion.${shell}`), 'utf8');
}

/**
 * What may stand in the place of the last word. Nothing where a file may stand: shells complete those themselves.
 *
 * @param words those after the program's name; the last one is unfinished, and may be empty
 */
export function candidates(words: readonly string[]): string[] {
  const last = words.at(-1) ?? '';
  return possible(words.slice(0, -1), last).filter((word) => word.startsWith(last));
}

function possible([name, ...before]: readonly string[], last: string): readonly string[] {
  if (name === undefined) return Object.keys(commands);
  if (!Object.hasOwn(commands, name)) return [];
  const command: Command = commands[name as keyof typeof commands];
  const open = flagOf(command, before.at(-1));
  if (open?.value !== undefined) return open.choices ?? [];
  if (last.startsWith('-')) return Object.keys(command.flags).map((flag) => `--${flag}`);
  if (name === 'help') return Object.keys(commands);
  if (name === 'explain') return fieldNames(last);
  return command.choices ?? [];
}

function flagOf({ flags }: Command, word: string | undefined): Command['flags'][string] | undefined {
  if (word === undefined) return undefined;
  const found = Object.entries(flags).find(([flag, { short }]) => word === `--${flag}` || (short !== undefined && word === `-${short}`));
  return found?.[1];
}
