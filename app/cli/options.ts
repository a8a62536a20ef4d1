import { parseArgs } from 'node:util';

/** One flag of a command. */
interface Flag {
  /** The letter that stands for it. @default - none */
  readonly short?: string;
  /** What its value is called in the help; without one it is a switch. */
  readonly value?: string;
  /** The environment variable that stands in for it. @default - none */
  readonly variable?: string;
  /** What counts where neither is given. @default - nothing */
  readonly default?: string;
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
  controller: {
    summary: 'watch instances in a cluster and deliver their manifests',
    usage: 'openclaw controller [--delivery apply|git] [OPTIONS]',
    flags: {
      delivery: {
        value: 'HOW',
        variable: 'OPENCLAW_DELIVERY',
        default: 'apply',
        help: 'apply: by server-side apply; git: by commits that Flux or Argo CD sync. An annotation openclaw.rocks/delivery on an instance or its namespace overrides it',
      },
      namespace: {
        ...namespace,
        variable: 'POD_NAMESPACE',
        default: 'openclaw-system',
        help: "the controller's own namespace; it keeps a Secret there",
      },
      kubeconfig: { value: 'FILE', variable: 'KUBECONFIG', help: 'how to reach the cluster; in a pod its service account serves' },
      concurrency: { value: 'N', variable: 'OPENCLAW_CONCURRENCY', default: '8', help: 'instances worked on at the same time' },
      'health-port': {
        value: 'PORT',
        variable: 'OPENCLAW_HEALTH_PORT',
        default: '8081',
        help: '/healthz and /readyz; 0 switches them off',
      },
      once: { help: 'look at every instance until all is delivered, then exit: 0 if nothing failed, else 1' },
      'print-rbac': { help: 'print the ServiceAccount and the roles that the controller needs, and exit' },
      'cluster-name': {
        value: 'NAME',
        variable: 'OPENCLAW_CLUSTER_NAME',
        help: 'git: the folder of this cluster in the repository; never change it',
      },
      'git-url': { value: 'URL', variable: 'OPENCLAW_GIT_URL', help: 'git: the repository, https:// or ssh://' },
      'git-branch': { value: 'BRANCH', variable: 'OPENCLAW_GIT_BRANCH', default: 'main', help: 'git: the branch that is written' },
      'git-username': { value: 'NAME', variable: 'OPENCLAW_GIT_USERNAME', help: 'git: user for https' },
      'git-token-file': { value: 'FILE', variable: 'OPENCLAW_GIT_TOKEN_FILE', help: 'git: file with the password or token for https' },
      'git-ssh-key-file': { value: 'FILE', variable: 'OPENCLAW_GIT_SSH_KEY_FILE', help: 'git: file with the private key for ssh' },
      'git-known-hosts-file': {
        value: 'FILE',
        variable: 'OPENCLAW_GIT_KNOWN_HOSTS_FILE',
        help: 'git: the host keys that are trusted for ssh',
      },
      'git-ca-file': { value: 'FILE', variable: 'OPENCLAW_GIT_CA_FILE', help: 'git: certificate authorities for https' },
      'git-author': {
        value: 'NAME <EMAIL>',
        variable: 'OPENCLAW_GIT_AUTHOR',
        default: 'OpenClaw <openclaw@localhost>',
        help: 'git: author of the commits',
      },
      'git-allow-file': { help: 'git: allow a repository on this disk, for tries and tests' },
      'git-create-branch': { help: 'git: begin the branch if the repository does not have it' },
      'flux-source': {
        value: 'NAME',
        variable: 'OPENCLAW_FLUX_SOURCE',
        help: 'git: also write a Flux Kustomization for each instance, for this GitRepository in flux-system',
      },
      help,
    },
    notes: ['Runs until it is told to stop (SIGTERM). One controller a cluster. The CRDs have to be installed before.'],
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
  /** Every value by the name of its flag: from the command line, else from the environment, else the default. */
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
}

function isCommand(name: string | undefined): name is CommandName {
  return name !== undefined && Object.hasOwn(commands, name);
}

type ProcessEnvironment = Readonly<Record<string, string | undefined>>;

/** Fills what the command line leaves out. */
function completed(
  values: Readonly<Record<string, string | boolean | undefined>>,
  flags: Command['flags'],
  environment: ProcessEnvironment,
) {
  const entries = Object.entries(flags).map(([name, flag]) => {
    const fallback = (flag.variable === undefined ? undefined : environment[flag.variable]) ?? flag.default;
    return [name, values[name] ?? fallback] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * Reads the arguments after the program's name.
 *
 * @param environment where flags with a variable look next. @default - nowhere
 * @throws {@link UsageError}
 */
export function parseInvocation([name, ...rest]: readonly string[], environment: ProcessEnvironment = {}): Invocation {
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
    values: completed(values, flags, environment),
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

function check({ command, paths, output, namespace: given, values }: Invocation): void {
  if (command === 'controller') {
    checkNamespace(values['namespace']);
    if (paths.length > 0) throw new UsageError(`unknown argument "${paths[0]}": the controller reads instances from the cluster`);
    return;
  }
  if (paths.length === 0) throw new UsageError(`no input: name a file or a folder (${commands[command].usage})`);
  if (output === '') throw new UsageError('the value of --output is empty: name a folder, or leave the option out');
  if (command === 'validate' && output !== undefined && output !== 'text' && output !== 'json') {
    throw new UsageError(`unknown output format "${output}": use text or json`);
  }
  checkNamespace(given);
}

function checkNamespace(given: string | boolean | undefined): void {
  if (typeof given !== 'string' || /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(given)) return;
  throw new UsageError(`"${given}" cannot be a namespace: use lower-case letters, digits and '-'`);
}

/** The help of one command, or of the program. */
export function helpText(name?: CommandName): string {
  if (name === undefined) {
    const lines = Object.entries(commands).map(([command, { summary }]) => `  ${command.padEnd(12)}${summary}`);
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
  const lines = Object.entries(flags).map(([flag, { short, value, variable, default: fallback, help: text }]) => {
    const left = `${short ? `-${short}, ` : ''}--${flag}${value ? ` ${value}` : ''}`;
    const rest = [...(variable ? [variable] : []), ...(fallback ? [`default ${fallback}`] : [])];
    return `  ${left.padEnd(30)}${text}${rest.length > 0 ? ` (${rest.join('; ')})` : ''}`;
  });
  return [`Usage: ${usage}`, '', ...notes, '', 'Options:', ...lines, ''].join('\n');
}
