import type { Command as Parser, CommanderError } from 'commander';
import type * as commander from 'commander';
import { similarName } from '../../constructs/schema/similar-name';
import type { FlagValues } from './flag-values';
import { type Command, type CommandName, type Flag, PROGRAM, UsageError, commands } from './options';

/** A command line that was understood. */
export interface Invocation {
  readonly command: CommandName;
  /** What is no flag: files, or a field, or a name. `-f` puts its paths among them. */
  readonly operands: readonly string[];
  readonly help: boolean;
  /** Every value by the name of its flag: from the command line, else from the environment, else the default. */
  readonly values: FlagValues;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function isCommand(name: string | undefined): name is CommandName {
  return name !== undefined && Object.hasOwn(commands, name);
}

/**
 * Reads the arguments after the program's name.
 *
 * @param environment where flags with a variable look next. @default - nowhere
 * @throws {@link UsageError}
 */
export function parseInvocation([name = '', ...rest]: readonly string[], environment: Environment = {}): Invocation {
  if (!isCommand(name)) throw unknownCommand(name);
  const command: Command = commands[name];
  const parsed = parse(name, command, rest);
  const values = completed(parsed.values, command.flags, environment);
  const invocation = {
    command: name,
    operands: [...parsed.paths, ...parsed.operands],
    help: values['help'] === true,
    values,
  };
  if (!invocation.help) check(invocation, command);
  return invocation;
}

/** The answer to a command that there is not. */
export function unknownCommand(name: string): UsageError {
  if (name.startsWith('-')) return new UsageError(`${name} stands before the command: write ${PROGRAM} COMMAND ${name}`);
  const names = Object.keys(commands);
  const meant = similarName(name, names);
  const remedy = meant === undefined ? `use ${names.slice(0, -1).join(', ')} or ${names.at(-1)}` : `did you mean ${meant}?`;
  return new UsageError(`unknown command "${name}": ${remedy}`);
}

interface Parsed {
  readonly values: FlagValues;
  /** What `-f` names. */
  readonly paths: readonly string[];
  readonly operands: readonly string[];
}

function parse(name: CommandName, { flags }: Command, args: readonly string[]): Parsed {
  // Loaded here: `--version` and completion need no parser.
  const library = require('commander') as typeof commander;
  const parser = new library.Command(name).exitOverride().helpOption(false).allowExcessArguments().argument('[operands...]');
  parser.configureOutput({ writeErr: () => {}, writeOut: () => {} });
  const names = new Map(Object.entries(flags).map(([flag, definition]) => [addFlag(library, parser, flag, definition), flag]));
  try {
    parser.parse([...args], { from: 'user' });
  } catch (cause) {
    throw usageError(cause as CommanderError, flags);
  }
  const given = Object.entries(parser.opts<Record<string, string | boolean | readonly string[]>>());
  const single = given.flatMap(([key, value]) => {
    if (typeof value === 'object') return [];
    const flag = names.get(key) ?? key;
    // The parser takes `--no-x` for the opposite of `--x`, which is on.
    return isNegated(flag) ? (value === false ? [[flag, true] as const] : []) : [[flag, value] as const];
  });
  const paths = given.flatMap(([, value]) => (typeof value === 'object' ? value : []));
  return { values: Object.fromEntries(single), paths, operands: parser.args };
}

function isNegated(flag: string): boolean {
  return flag.startsWith('no-');
}

/** @returns the key under which the parser gives its value */
function addFlag(library: typeof commander, parser: Parser, flag: string, { short, value, repeatable }: Flag): string {
  const option = new library.Option(`${short ? `-${short}, ` : ''}--${flag}${value ? ` <${value}>` : ''}`);
  if (repeatable) option.argParser<string[]>((given, before) => [...(before ?? []), given]);
  parser.addOption(option);
  return option.attributeName();
}

/** The library's message in our own form: `unknown option '--bogus'; did you mean --other?`. */
function usageError({ code, message }: CommanderError, flags: Command['flags']): UsageError {
  const [, flag = ''] = /'--([\w-]+)=/.exec(message) ?? [];
  if (code === 'commander.unknownOption' && Object.hasOwn(flags, flag)) return new UsageError(`--${flag} takes no value: write --${flag}`);
  const text = message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)$/s, '; did you mean $1?');
  return new UsageError(code === 'commander.optionMissingArgument' ? `${text}: write it behind the flag` : text);
}

/** Fills what the command line leaves out. */
function completed(values: FlagValues, flags: Command['flags'], environment: Environment): FlagValues {
  const entries = Object.entries(flags).map(([name, flag]) => {
    const fallback = (flag.variable === undefined ? undefined : environment[flag.variable]) ?? flag.default;
    return [name, values[name] ?? fallback] as const;
  });
  return Object.fromEntries(entries);
}

/** Commands that are nothing without a path. */
const READS_FILES: ReadonlySet<CommandName> = new Set(['synth', 'validate', 'plan', 'verify', 'secrets', 'packs']);

function check({ command, operands, values }: Invocation, { usage, flags }: Command): void {
  checkNamespace(values['namespace']);
  if (command === 'controller' && operands.length > 0) {
    throw new UsageError(`unknown argument "${operands[0]}": the controller reads instances from the cluster`);
  }
  if (!READS_FILES.has(command)) return;
  if (operands.length === 0) throw new UsageError(`no input: name a file or a folder (${PROGRAM} ${usage})`);
  if (operands.includes('')) throw new UsageError('a path is empty: name a file or a folder, or - for standard input');
  if (values['quiet'] === true && values['verbose'] === true) throw new UsageError('--quiet and --verbose exclude each other: give one');
  checkFormat(command, values['output'], flags['output']?.choices ?? []);
  if (command === 'synth') checkFolder(values);
}

/** `-o` is the format, as with kubectl. Who comes from cdk8s or kustomize means a folder. */
function checkFormat(command: CommandName, output: FlagValues[string], choices: readonly string[]): void {
  if (typeof output !== 'string' || choices.includes(output)) return;
  const formats = choices.join(' or ');
  if (command !== 'synth') throw new UsageError(`unknown output format "${output}": use ${formats}`);
  const wish =
    output === '' || output === '-'
      ? 'without --output-dir all goes to standard output'
      : `to write files into a folder, write --output-dir ${output}`;
  throw new UsageError(`-o is the output format, ${formats}, and not "${output}": ${wish}`);
}

function checkFolder(values: FlagValues): void {
  const folder = values['output-dir'];
  const place = ['to-git', 'to-oci'].filter((flag) => values[flag] === true);
  if (place.length > 1) throw new UsageError('--to-git and --to-oci exclude each other: give one');
  if (place.length === 1) {
    if (folder !== undefined || values['output'] !== undefined)
      throw new UsageError(`--${place[0]} writes to ${place[0] === 'to-git' ? 'a branch' : 'a registry'}: leave out -o and --output-dir`);
    return;
  }
  for (const flag of ['write-over-commit', 'confirm-deletions', 'git-owner']) {
    if (values[flag] !== undefined && values[flag] !== false)
      throw new UsageError(`--${flag} speaks of commits and artifacts: give --to-git or --to-oci too`);
  }
  if (folder === '') throw new UsageError('the value of --output-dir is empty: name a folder, or leave the option out');
  if (folder === '-') throw new UsageError('--output-dir is a folder: without it all goes to standard output');
  if (folder !== undefined && values['output'] === 'json') throw new UsageError('files are YAML: leave out -o json or --output-dir');
  if (folder !== undefined) return;
  for (const flag of ['prune', 'dry-run']) {
    if (values[flag] === true) throw new UsageError(`--${flag} speaks of files: give --output-dir too`);
  }
}

function checkNamespace(given: FlagValues[string]): void {
  if (typeof given !== 'string' || /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(given)) return;
  throw new UsageError(`"${given}" cannot be a namespace: use lower-case letters, digits and '-'`);
}
