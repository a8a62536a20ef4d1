/** What the program is called: on npm, in its help and in its messages. */
export const PROGRAM = 'openclaw-cdk8s';

/** One flag of a command. */
export interface Flag {
  /** The letter that stands for it. @default - none */
  readonly short?: string;
  /** What its value is called in the help; without one it is a switch. */
  readonly value?: string;
  /** The environment variable that stands in for it. @default - none */
  readonly variable?: string;
  /** What counts where neither is given. @default - nothing */
  readonly default?: string;
  /** What may stand there; the shell completes it. @default - anything */
  readonly choices?: readonly string[];
  /** May be given several times. @default false */
  readonly repeatable?: boolean;
  readonly help: string;
}

/** A command of the program, and everything that its help says. */
export interface Command {
  readonly summary: string;
  /** What follows the program's name. */
  readonly usage: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly notes: readonly string[];
  /** What may stand behind it; the shell completes it. @default - files, or nothing */
  readonly choices?: readonly string[];
}

const namespace: Flag = {
  short: 'n',
  value: 'NAMESPACE',
  help: 'namespace of objects that name none; an object of another namespace is an error',
};
const help: Flag = { short: 'h', help: 'show this text' };

const INPUTS = [
  'PATH is a file (YAML or JSON, several documents allowed), a folder that is read at any depth, or - for standard input.',
  'ConfigMaps in the files serve configMapRef, an OpenClawClusterDefaults applies to all instances, Secrets are known by name only.',
  'Files of a folder that are none of ours (kustomization.yaml, Chart.yaml, templates) are left out, each with one line.',
];

/** Flags of every command that reads files. */
const inputFlags = {
  filename: { short: 'f', value: 'PATH', repeatable: true, help: 'a file, a folder or -, as without the flag' },
  namespace,
  strict: { help: 'warnings are errors' },
  quiet: { short: 'q', help: 'errors only' },
  verbose: { help: 'everything, however long: without it long lists are counted' },
} as const satisfies Record<string, Flag>;

/** Every command with every flag. `--help` and the documentation are made of this table. */
export const commands = {
  synth: {
    summary: 'turn instances into Kubernetes manifests',
    usage: 'synth [-d DIR] [-n NAMESPACE] [-f] PATH...',
    flags: {
      ...inputFlags,
      output: { short: 'o', value: 'FORMAT', choices: ['yaml', 'json'], help: 'yaml (default) or json (one List), on standard output' },
      'output-dir': {
        short: 'd',
        value: 'DIR',
        help: 'write one file an instance into this folder; without it all goes to standard output',
      },
      prune: { help: 'delete the files in DIR whose instance is gone' },
      'dry-run': { help: 'tell what would happen in DIR, and change nothing' },
      help,
    },
    notes: [
      ...INPUTS,
      'In DIR only files that an earlier run wrote are replaced, or deleted with --prune. With an error in any file nothing is written.',
    ],
  },
  validate: {
    summary: 'tell everything that is wrong with instances',
    usage: 'validate [-o text|json] [-n NAMESPACE] [-f] PATH...',
    flags: {
      ...inputFlags,
      output: {
        short: 'o',
        value: 'FORMAT',
        choices: ['text', 'json'],
        help: 'text (default) on standard error, or json on standard output',
      },
      help,
    },
    notes: INPUTS,
  },
  packs: {
    summary: 'read skill packs from GitHub, and print a ConfigMap that holds them',
    usage: 'packs [-n NAMESPACE] [-f] PATH... > skill-packs.yaml',
    flags: { filename: inputFlags.filename, namespace, help },
    notes: [
      'Keep what it prints among the files: synth and the controller take packs from there, the same bytes at any hour, and ask nobody.',
      'GITHUB_TOKEN in the environment opens private repositories.',
    ],
  },
  explain: {
    summary: 'tell what a field is',
    usage: 'explain [--recursive] FIELD',
    flags: { recursive: { help: 'all fields below, by name' }, help },
    notes: ['FIELD is a path such as spec.storage.persistence; another kind goes before it: OpenClawSelfConfig.spec.'],
  },
  controller: {
    summary: 'watch instances in a cluster and deliver their manifests',
    usage: 'controller [--delivery apply|git] [OPTIONS]',
    flags: {
      delivery: {
        value: 'HOW',
        variable: 'OPENCLAW_DELIVERY',
        default: 'apply',
        choices: ['apply', 'git'],
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
      'metrics-port': {
        value: 'PORT',
        variable: 'OPENCLAW_METRICS_PORT',
        default: '8080',
        help: '/metrics for Prometheus; 0 switches it off',
      },
      'leader-elect': {
        help: 'several may run: the one that holds the Lease works, the others wait with warm caches. Needed with more than one replica',
      },
      'webhook-port': {
        value: 'PORT',
        variable: 'OPENCLAW_WEBHOOK_PORT',
        default: '0',
        help: 'the admission webhook; 0 switches it off',
      },
      'webhook-service': {
        value: 'NAME',
        variable: 'OPENCLAW_WEBHOOK_SERVICE',
        default: 'openclaw-webhook',
        help: 'the Service in front of it, for which the certificate is made',
      },
      'webhook-cert-dir': {
        value: 'DIR',
        variable: 'OPENCLAW_WEBHOOK_CERT_DIR',
        help: 'folder with tls.crt and tls.key that somebody else keeps up, such as cert-manager; without it the controller makes a certificate',
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
      'git-signing': {
        value: 'HOW',
        variable: 'OPENCLAW_GIT_SIGNING',
        default: 'ssh',
        choices: ['ssh', 'openpgp', 'disabled'],
        help: 'git: how commits are signed; ssh makes a key of its own unless one is given, openpgp is what Argo CD verifies',
      },
      'git-signing-key-file': {
        value: 'FILE',
        variable: 'OPENCLAW_GIT_SIGNING_KEY_FILE',
        help: 'git: file with the private key that signs, without a passphrase',
      },
      'flux-service-account': {
        value: 'NAME',
        variable: 'OPENCLAW_FLUX_SERVICE_ACCOUNT',
        help: 'git: the ServiceAccount as which Flux applies instances; without it Flux does so by itself, mostly with all rights',
      },
      'flux-namespace': {
        value: 'NAMESPACE',
        variable: 'OPENCLAW_FLUX_NAMESPACE',
        help: 'git: where the GitRepository is and the Kustomizations go; without it flux-system',
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
    notes: [
      'Runs until it is told to stop (SIGTERM). One controller a cluster, or several with --leader-elect. The CRDs have to be installed before.',
    ],
  },
  gitops: {
    summary: 'tell Argo CD or Flux once what to bring from the repository, or look whether it was told',
    usage: 'gitops init|check --engine argocd|flux --cluster-name NAME --git-url URL --namespaces LIST',
    choices: ['init', 'check'],
    flags: {
      engine: { value: 'ENGINE', choices: ['argocd', 'flux'], help: 'the program that applies what is committed' },
      'cluster-name': { value: 'NAME', help: 'the folder of the cluster in the repository, as the controller has it' },
      'git-url': { value: 'URL', help: 'the repository as the engine reaches it, https:// or ssh://' },
      'git-branch': { value: 'BRANCH', default: 'main', help: 'the branch that the controller writes' },
      namespaces: { value: 'LIST', help: 'where instances may be, with commas between them; nothing is applied anywhere else' },
      'engine-namespace': { value: 'NAMESPACE', help: 'where the engine keeps its objects; without it argocd or flux-system' },
      server: { value: 'URL', help: 'argocd: the API server of the cluster, as Argo CD knows it; without it the one that it runs in' },
      'output-dir': { short: 'd', value: 'DIR', help: 'init: write a file into this folder; without it all goes to standard output' },
      kubeconfig: { value: 'FILE', variable: 'KUBECONFIG', help: 'check: how to reach the cluster of the engine' },
      help,
    },
    notes: [
      'init writes the objects for a server-side apply, and says on standard error what else has to be done. No Secret is among them.',
      'check reads the cluster, names what is missing and what is allowed beyond need, and ends with 1 where there is anything.',
    ],
  },
  completion: {
    summary: 'print the script with which a shell completes commands, flags and fields',
    usage: 'completion bash|zsh|fish',
    choices: ['bash', 'zsh', 'fish'],
    flags: { help },
    notes: [
      `bash: source <(${PROGRAM} completion bash)`,
      `zsh:  source <(${PROGRAM} completion zsh), after compinit`,
      `fish: ${PROGRAM} completion fish | source`,
    ],
  },
  version: { summary: 'print the version', usage: 'version', flags: { help }, notes: [] },
  help: { summary: 'tell more of a command', usage: 'help [COMMAND]', flags: { help }, notes: [] },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof commands;

/** A command line that cannot be understood. */
export class UsageError extends Error {
  public override readonly name = 'UsageError';
}
