import { controllerFlags, gitFileFlags, gitFlags } from './controller-flags';
import { type Command, type Flag, help, namespace } from './flag';
import { installFlags } from './install-flags';

export type { Command, Flag } from './flag';

/** What the program is called: on npm, in its help and in its messages. */
export const PROGRAM = 'openclaw-cdk8s';

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

/** Flags of every command that reads a branch. */
const branchFlags = {
  'cluster-name': gitFlags['cluster-name'],
  'git-url': gitFlags['git-url'],
  'git-branch': gitFlags['git-branch'],
  'git-username': gitFlags['git-username'],
  'git-token-file': gitFileFlags['git-token-file'],
  'git-github-app-id': gitFlags['git-github-app-id'],
  'git-github-app-installation-id': gitFlags['git-github-app-installation-id'],
  'git-github-app-key-file': gitFileFlags['git-github-app-key-file'],
  'git-ssh-key-file': gitFileFlags['git-ssh-key-file'],
  'git-known-hosts-file': gitFileFlags['git-known-hosts-file'],
  'git-ca-file': gitFileFlags['git-ca-file'],
  'git-allow-file': gitFileFlags['git-allow-file'],
} as const satisfies Record<string, Flag>;

/** Flags of every command that reads the artifacts of a registry. */
const artifactFlags = {
  'oci-repository': gitFlags['oci-repository'],
  'oci-tag': gitFlags['oci-tag'],
  'oci-docker-config-file': gitFileFlags['oci-docker-config-file'],
  'oci-plain-http': gitFileFlags['oci-plain-http'],
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
      prune: { help: 'delete the files in DIR whose instance is gone; on a branch or in a registry, put a tombstone in their place' },
      'dry-run': { help: 'tell what would happen in DIR, on the branch or in the registry, and change nothing' },
      'to-git': { help: 'commit to a branch what the controller would commit: same files, same checks, same signatures' },
      'to-oci': { help: 'push to a registry what the controller would push: same files, same checks, same signatures' },
      ...branchFlags,
      'git-author': gitFlags['git-author'],
      'git-signing': { ...gitFlags['git-signing'], help: 'git: how commits are signed; ssh and openpgp need a key here' },
      'git-signing-key-file': gitFileFlags['git-signing-key-file'],
      'git-on-foreign-change': gitFlags['git-on-foreign-change'],
      'git-create-branch': gitFlags['git-create-branch'],
      'git-pull-requests': {
        ...gitFlags['git-pull-requests'],
        choices: ['off', 'instance'],
        help: 'git: instance: each change goes to a branch of its own, for somebody to merge',
      },
      'git-forge': gitFlags['git-forge'],
      'git-forge-url': gitFlags['git-forge-url'],
      'git-forge-token-file': gitFileFlags['git-forge-token-file'],
      ...artifactFlags,
      'oci-signing': { ...gitFlags['oci-signing'], help: 'oci: how artifacts are signed; cosign needs a key here' },
      'oci-signing-key-file': gitFileFlags['oci-signing-key-file'],
      'argocd-project': gitFlags['argocd-project'],
      'argocd-namespace': gitFlags['argocd-namespace'],
      'argocd-server': gitFlags['argocd-server'],
      'flux-source': gitFlags['flux-source'],
      'flux-service-account': gitFlags['flux-service-account'],
      'flux-namespace': gitFlags['flux-namespace'],
      'git-owner': { value: 'UID', help: 'git: the UID of the namespace kube-system, for the first instance of a cluster' },
      'write-over-commit': { value: 'COMMIT', help: "git: a commit of somebody else's that is held and may be written over" },
      'confirm-deletions': { help: 'git: with --prune, take out however many instances' },
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
  plan: {
    summary: 'tell what would change in a cluster, in Git or in files, and what that may cost',
    usage: 'plan [--base cluster|git|PATH] [--head files|git] [-o text|json|markdown] [-n NAMESPACE] [-f] PATH...',
    flags: {
      ...inputFlags,
      output: {
        short: 'o',
        value: 'FORMAT',
        choices: ['text', 'json', 'markdown'],
        help: 'text (default), json or markdown, on standard output',
      },
      base: {
        value: 'BASE',
        default: 'cluster',
        help: 'what to compare with: cluster, git, or a path with manifests of synth or with older instances',
      },
      head: {
        value: 'HEAD',
        choices: ['files', 'git'],
        default: 'files',
        help: 'what is to be: the instances in the files, or what git holds of them',
      },
      prune: { help: 'git and files: instances of the base that the files lack are to go' },
      'exit-code': { help: 'end with 1 where anything would change' },
      kubeconfig: { value: 'FILE', variable: 'KUBECONFIG', help: 'cluster: how to reach it' },
      ...branchFlags,
      ...artifactFlags,
      help,
    },
    notes: [
      ...INPUTS,
      'Nothing is changed. A cluster is asked by dry runs of a server-side apply, as whoever delivers the instance.',
      'Drift three ways: --base git (spec against Git), --head git --base cluster (Git against cluster), --base cluster (spec against cluster).',
      'Risks: data, immutable, exposure, RBAC, secret reference, restart, cost. Plans with the same hash do the same.',
    ],
  },
  verify: {
    summary: 'render instances again, and compare them with a commit or an artifact byte for byte',
    usage: 'verify --git-url URL|--oci-repository URL --cluster-name NAME [--commit ID] [-n NAMESPACE] [-f] PATH...',
    flags: {
      ...inputFlags,
      commit: { value: 'ID', help: 'the whole id of a commit, or the digest of an artifact; without it the newest one' },
      ...branchFlags,
      ...artifactFlags,
      'oci-key-file': { value: 'FILE', help: 'oci: file with the public key by which the artifact has to be signed, as cosign.pub' },
      help,
    },
    notes: [
      ...INPUTS,
      'What follows from no spec (the hash of the Secrets, overrides, the owner) is taken from what is there. Ends with 1 where anything differs.',
      'An artifact has to be signed by the key of --oci-key-file. Signatures of commits are for git verify-commit.',
    ],
  },
  secrets: {
    summary: 'tell which Secrets must exist, and hand them over to kubectl, kubeseal, sops or External Secrets',
    usage: 'secrets [-o FORMAT] [--only NAMESPACE/NAME] [-n NAMESPACE] [-f] PATH...',
    flags: {
      filename: inputFlags.filename,
      namespace,
      output: {
        short: 'o',
        value: 'FORMAT',
        choices: ['text', 'kubectl', 'kubeseal', 'sops', 'external-secrets', 'yaml'],
        help: 'text (default): names and keys; kubectl, kubeseal, sops: commands to run; external-secrets: objects; yaml: the Secrets themselves, into a pipe',
      },
      only: { value: 'NAME', help: 'one Secret, as NAMESPACE/NAME' },
      store: { value: 'NAME', help: 'external-secrets: the store that has the values, an entry for each Secret' },
      'store-kind': {
        value: 'KIND',
        default: 'SecretStore',
        choices: ['SecretStore', 'ClusterSecretStore'],
        help: 'external-secrets: its kind',
      },
      help,
    },
    notes: [
      ...INPUTS,
      'Values are read from variables, named after Secret and key (KEYS_OPENAI), and are written to a pipe and nowhere else. Random ones are made here.',
      'Secrets that stand in the files are taken to exist.',
    ],
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
    flags: controllerFlags,
    notes: [
      'Runs until it is told to stop (SIGTERM). One controller a cluster, or several with --leader-elect. The CRDs have to be installed before.',
    ],
  },
  install: {
    summary: 'print what a cluster needs to run the controller',
    usage: 'install --image IMAGE [OPTIONS] > install.yaml',
    flags: installFlags,
    notes: [
      'Everything for one server-side apply, CRDs first: kubectl apply --server-side -f install.yaml. No Secret is in it; standard error says which ones to make.',
    ],
  },
  uninstall: {
    summary: 'tell in which order to take the controller away, and what stays',
    usage: 'uninstall --plan [-n NAMESPACE]',
    flags: {
      plan: { help: 'tell, and delete nothing' },
      namespace: { ...namespace, default: 'openclaw-system', help: 'the namespace of the controller' },
      kubeconfig: { value: 'FILE', help: 'how to reach the cluster' },
      help,
    },
    notes: ['Reads the cluster, and ends with 1 where an instance would hang because no controller runs to let go of it.'],
  },
  gitops: {
    summary: 'tell Argo CD or Flux once what to bring from the repository, or look whether it was told',
    usage: 'gitops init|check --engine argocd|flux --cluster-name NAME --git-url URL|--oci-repository URL --namespaces LIST',
    choices: ['init', 'check'],
    flags: {
      engine: { value: 'ENGINE', choices: ['argocd', 'flux'], help: 'the program that applies what is committed' },
      'cluster-name': { value: 'NAME', help: 'the folder of the cluster in the repository, as the controller has it' },
      'git-url': { value: 'URL', help: 'the repository as the engine reaches it, https:// or ssh://' },
      'git-branch': { value: 'BRANCH', default: 'main', help: 'the branch that the controller writes' },
      'oci-repository': { value: 'URL', help: 'in place of --git-url: the artifacts of a registry, oci://host/path' },
      'oci-tag': { value: 'TAG', help: 'the tag that moves with each artifact; without it the name of the cluster' },
      'oci-signing': {
        value: 'HOW',
        default: 'cosign',
        choices: ['cosign', 'disabled'],
        help: 'whether artifacts are signed, so that Flux verifies them',
      },
      namespaces: { value: 'LIST', help: 'where instances may be, with commas between them; nothing is applied anywhere else' },
      'instances-path': {
        value: 'DIR',
        help: 'the folder of the repository in which people keep instances, for the engine to bring as well; without it somebody else does',
      },
      'instances-branch': { value: 'BRANCH', help: 'the branch of that folder; without it the one that the controller writes' },
      'engine-namespace': { value: 'NAMESPACE', help: 'where the engine keeps its objects; without it argocd or flux-system' },
      server: { value: 'URL', help: 'argocd: the API server of the cluster, as Argo CD knows it; without it the one that it runs in' },
      'signature-keys': {
        value: 'LIST',
        help: 'argocd: the OpenPGP keys by which a commit has to be signed to be applied: their fingerprints, with commas between them',
      },
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
