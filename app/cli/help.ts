import { type Command, type CommandName, PROGRAM, commands } from './options';

/** The help of one command, or of the program. */
export function helpText(name?: CommandName): string {
  return name === undefined ? programHelp() : commandHelp(commands[name]);
}

function programHelp(): string {
  const lines = Object.entries(commands).map(([command, { summary }]) => `  ${command.padEnd(12)}${summary}`);
  const more = `${PROGRAM} help COMMAND tells more. Installed, it is kubectl openclaw as well.`;
  return [`Usage: ${PROGRAM} COMMAND [OPTIONS]`, '', 'Commands:', ...lines, '', more, ''].join('\n');
}

/** Where the texts of flags begin, behind the two blanks of each line. */
const COLUMN = 30;

/** What is too long for the column has a line of its own. */
function inColumn(left: string): string {
  return left.length < COLUMN - 1 ? left.padEnd(COLUMN) : `${left}\n${' '.repeat(COLUMN + 2)}`;
}

function commandHelp({ usage, flags, notes }: Command): string {
  const lines = Object.entries(flags).map(([flag, { short, value, variable, default: fallback, help: text }]) => {
    const left = `${short ? `-${short}, ` : ''}--${flag}${value ? ` ${value}` : ''}`;
    const rest = [...(variable ? [variable] : []), ...(fallback ? [`default ${fallback}`] : [])];
    return `  ${inColumn(left)}${text}${rest.length > 0 ? ` (${rest.join('; ')})` : ''}`;
  });
  return [`Usage: ${PROGRAM} ${usage}`, '', ...notes, ...(notes.length > 0 ? [''] : []), 'Options:', ...lines, ''].join('\n');
}
