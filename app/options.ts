import { parseArgs } from 'node:util';

/** One flag of a command. */
interface Flag {
  /** The letter that stands for it. @default - none */
  readonly short?: string;
  /** What its value is called in the help; without one it is a switch. */
  readonly value?: string;
  readonly help: string;
}

/** A command of the program, and everything that its help says. */
interface Command {
  readonly summary: string;
  readonly usage: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly notes: readonly string[];
}

const namespace: Flag = { short: 'n', value: 'NAMESPACE', help: 'namespace of objects that name none' };
const help: Flag = { short: 'h', help: 'show this text' };

const INPUTS = [
  'PATH is a file (YAML or JSON, several documents allowed), a folder that is read at any depth, or - for standard input.',
  'ConfigMaps in the files serve configMapRef, an OpenClawClusterDefaults applies to all instances, Secrets are known by name only.',
];

/** Every command with every flag. `--help` and the documentation are made of this table. */
export const commands = {
  synth: {
    summary: 'turn instances into Kubernetes manifests',
    usage: 'openclaw synth [-o DIR] [-n NAMESPACE] PATH...',
    flags: {
      output: { short: 'o', value: 'DIR', help: 'write one file an instance into this folder; without it all goes to standard output' },
      namespace,
      help,
    },
    notes: [
      ...INPUTS,
      'In DIR only files that an earlier run wrote are replaced or deleted. With an error in any file nothing is written.',
    ],
  },
  validate: {
    summary: 'tell everything that is wrong with instances',
    usage: 'openclaw validate [-o text|json] [-n NAMESPACE] PATH...',
    flags: {
      output: { short: 'o', value: 'FORMAT', help: 'text (default) on standard error, or json on standard output' },
      namespace,
      help,
    },
    notes: INPUTS,
  },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof commands;

/** A command line that cannot be understood. */
export class UsageError extends Error {
  public override readonly name = 'UsageError';
}

/** A command line that was understood. */
export interface Invocation {
  readonly command: CommandName;
  readonly paths: readonly string[];
  readonly output: string | undefined;
  readonly namespace: string | undefined;
  readonly help: boolean;
}

function isCommand(name: string | undefined): name is CommandName {
  return name !== undefined && Object.hasOwn(commands, name);
}

/** Reads the arguments after the program's name. */
export function parseInvocation([name, ...rest]: readonly string[]): Invocation {
  if (!isCommand(name)) throw new UsageError(`unknown command "${name ?? ''}": use ${Object.keys(commands).join(' or ')}`);
  const { flags } = commands[name] as Command;
  const options = Object.fromEntries(
    Object.entries(flags).map(([flag, { short, value }]) => [
      flag,
      { type: value ? 'string' : 'boolean', ...(short && { short }) } as const,
    ]),
  );
  const { values, positionals } = parse(rest, options);
  const invocation = {
    command: name,
    paths: positionals,
    output: values['output'] as string | undefined,
    namespace: values['namespace'] as string | undefined,
    help: values['help'] === true,
  };
  if (!invocation.help) check(invocation);
  return invocation;
}

type Options = Record<string, { readonly type: 'string' | 'boolean'; readonly short?: string }>;

function parse(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw new UsageError((cause as Error).message.split('. ')[0] ?? 'unknown option', { cause });
  }
}

function check({ command, paths, output, namespace: given }: Invocation): void {
  if (paths.length === 0) throw new UsageError(`no input: name a file or a folder (${commands[command].usage})`);
  if (output === '') throw new UsageError('the value of --output is empty: name a folder, or leave the option out');
  if (command === 'validate' && output !== undefined && output !== 'text' && output !== 'json') {
    throw new UsageError(`unknown output format "${output}": use text or json`);
  }
  if (given !== undefined && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(given)) {
    throw new UsageError(`"${given}" cannot be a namespace: use lower-case letters, digits and '-'`);
  }
}

/** The help of one command, or of the program. */
export function helpText(name?: CommandName): string {
  if (name === undefined) {
    const lines = Object.entries(commands).map(([command, { summary }]) => `  ${command.padEnd(10)}${summary}`);
    return [
      'Usage: openclaw COMMAND [OPTIONS]',
      '',
      'Commands:',
      ...lines,
      '',
      'openclaw COMMAND --help tells more; openclaw --version the version.',
      '',
    ].join('\n');
  }
  const { usage, flags, notes } = commands[name] as Command;
  const lines = Object.entries(flags).map(([flag, { short, value, help: text }]) => {
    const left = `${short ? `-${short}, ` : ''}--${flag}${value ? ` ${value}` : ''}`;
    return `  ${left.padEnd(28)}${text}`;
  });
  return [`Usage: ${usage}`, '', ...notes, '', 'Options:', ...lines, ''].join('\n');
}
