import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../../constructs';
import { writeDocuments } from '../../constructs/wire/yaml/write-yaml';
import { packageVersion } from '../../controller/api/user-agent';
import { helmChart } from '../../controller/install/helm/helm-chart';
import { installManifests } from '../../controller/install/install-chart';
import { kustomizeBase } from '../../controller/install/kustomize';
import type { GitInstall, InstallOptions } from '../../controller/install/options';
import { type ExitCode, RunFailure } from './exit-code';
import { type FlagValues, text } from './flag-values';
import type * as checking from './install-check';
import { installOptions } from './install-options';
import { UsageError } from './options';
import type { Streams } from './streams';

const CRDS = join(__dirname, '..', '..', 'imports', 'crds', 'all.yaml');

/** `install`: everything that a cluster needs to run the controller, as YAML, a kustomize base, or a Helm chart. */
export function install(operands: readonly string[], values: FlagValues, streams: Streams): ExitCode | Promise<ExitCode> {
  const { stdout, stderr } = streams;
  if (operands.length > 0) throw new UsageError(`unknown argument "${operands[0]}": install takes flags only`);
  const folder = text(values, 'output-dir');
  if (folder !== undefined && values['print'] === true) throw new UsageError('--print and --output-dir exclude each other: give one');
  const options = installOptions(values);
  if (values['check'] === true) {
    if (folder !== undefined || values['print'] === true)
      throw new UsageError('--check writes nothing: leave --print and --output-dir out');
    if (text(values, 'format') !== 'yaml') throw new UsageError('--check compares objects: leave --format out');
    // Files need no client of a cluster.
    const { check } = require('./install-check') as typeof checking;
    return check(options, CRDS, values, streams);
  }
  const format = formatOf(values);
  const files = format.files(options);
  if (folder !== undefined) writeInto(folder, files);
  else if (files.size > 1) throw new UsageError(`--format ${text(values, 'format')} makes several files: name a folder by --output-dir`);
  else for (const file of files.values()) stdout(file);
  if (folder !== undefined && files.size > 1)
    for (const name of others(folder, files)) stderr(`not of this version, delete it:  ${join(folder, name)}\n`);
  stderr(
    steps(options, format.apply(folder ?? '.', options))
      .map((step) => `${step}\n`)
      .join(''),
  );
  return 0;
}

interface Format {
  readonly files: (options: InstallOptions) => ReadonlyMap<string, string>;
  /** The command of a person. */
  readonly apply: (folder: string, options: InstallOptions) => string;
}

function crds(): string {
  return readFileSync(CRDS, 'utf8');
}

// A CRD is larger than the annotation in which an apply by the client keeps what it sent (T-Q2).
const FORMATS: Readonly<Record<string, Format>> = {
  yaml: {
    files: (options) => new Map([['install.yaml', `${crds()}${writeDocuments(installManifests(options))}`]]),
    apply: (folder) => `kubectl apply --server-side -f ${join(folder, 'install.yaml')}`,
  },
  kustomize: {
    files: (options) => kustomizeBase(installManifests(options), crds()),
    apply: (folder) => `kubectl apply --server-side -k ${folder}`,
  },
  helm: {
    files: (options) => {
      const documents = parseAllDocuments(crds()).map((document) => document.toJS() as Manifest);
      return helmChart({ options, crds: documents, version: packageVersion() });
    },
    apply: (folder, { namespace }) => `helm upgrade --install openclaw ${folder} --namespace ${namespace} --create-namespace`,
  },
};

function formatOf(values: FlagValues): Format {
  const name = text(values, 'format') ?? '';
  const found = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (found === undefined) throw new UsageError(`--format is "${name}": use ${Object.keys(FORMATS).join(', ')}`);
  return found;
}

function writeInto(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [name, content] of files) {
    const file = join(folder, name);
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    } catch (cause) {
      throw new RunFailure(`${file} cannot be written (${(cause as NodeJS.ErrnoException).code}): name a folder that takes it`, { cause });
    }
  }
}

/** Files that an earlier version may have written: Helm would install them, too. */
function others(folder: string, files: ReadonlyMap<string, string>): string[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return found
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((name) => !files.has(name))
    .toSorted();
}

/** Files that make a Secret with the credential, by what the URL of the repository begins with; of all others it is a key for ssh. */
const CREDENTIALS: readonly (readonly [RegExp, string])[] = [
  [/^oci:/, '--from-file=.dockerconfigjson=config.json'],
  [/^https?:/, '--from-file=password=token'],
  [/^/, '--from-file=identity --from-file=known_hosts'],
];

function gitSecrets({ url, secret, hasCa, signingSecret, forgeSecret }: GitInstall): string[] {
  const [, credential = ''] = CREDENTIALS.find(([scheme]) => scheme.test(url)) ?? [];
  const signing = url.startsWith('oci:') ? '--from-file=cosign.key' : '--from-file=identity=signing-key';
  return [
    `${secret} ${credential}${hasCa ? ' --from-file=ca.crt' : ''}`,
    ...(signingSecret === undefined ? [] : [`${signingSecret} ${signing}`]),
    ...(forgeSecret === undefined ? [] : [`${forgeSecret} --from-file=token=forge-token`]),
  ];
}

/** What is left to a person: Secrets, which no file holds, and the apply. */
function steps({ namespace, git, gitHubSecret, hookSecret }: InstallOptions, apply: string): string[] {
  const secrets = [
    ...(git ? gitSecrets(git) : []),
    ...(hookSecret === undefined ? [] : [`${hookSecret} --from-file=secret=hook-secret`]),
    ...(gitHubSecret === undefined ? [] : [`${gitHubSecret} --from-file=token`]),
  ].map((secret) => `kubectl -n ${namespace} create secret generic ${secret}`);
  return secrets.length === 0
    ? [`everything:  ${apply}`]
    : [
        `the namespace:  kubectl create namespace ${namespace}`,
        ...secrets.map((command) => `a Secret:  ${command}`),
        `everything:  ${apply}`,
      ];
}
