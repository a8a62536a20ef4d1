import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDocuments } from '../../constructs/wire/yaml/write-yaml';
import { installManifests } from '../../controller/install/install-chart';
import type { InstallOptions } from '../../controller/install/options';
import { type ExitCode, RunFailure } from './exit-code';
import { type FlagValues, text } from './flag-values';
import { installOptions } from './install-options';
import { UsageError } from './options';
import type { Streams } from './streams';

const CRDS = join(__dirname, '..', '..', 'imports', 'crds', 'all.yaml');

/** `install`: everything that a cluster needs to run the controller, as YAML. */
export function install(operands: readonly string[], values: FlagValues, { stdout, stderr }: Streams): ExitCode {
  if (operands.length > 0) throw new UsageError(`unknown argument "${operands[0]}": install takes flags only`);
  const folder = text(values, 'output-dir');
  if (folder !== undefined && values['print'] === true) throw new UsageError('--print and --output-dir exclude each other: give one');
  const options = installOptions(values);
  const yaml = `${readFileSync(CRDS, 'utf8')}${writeDocuments(installManifests(options))}`;
  const file = folder === undefined ? 'install.yaml' : join(folder, 'install.yaml');
  if (folder === undefined) stdout(yaml);
  else writeInto(folder, file, yaml);
  stderr(
    steps(options, file)
      .map((step) => `${step}\n`)
      .join(''),
  );
  return 0;
}

function writeInto(folder: string, file: string, yaml: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, yaml);
  } catch (cause) {
    throw new RunFailure(`${file} cannot be written (${(cause as NodeJS.ErrnoException).code}): name a folder that takes it`, { cause });
  }
}

/** What is left to a person: Secrets, which no file holds, and the apply. */
function steps({ namespace, git, gitHubSecret }: InstallOptions, file: string): string[] {
  const create = `kubectl -n ${namespace} create secret generic`;
  const isSsh = git !== undefined && !/^https?:/.test(git.url);
  const credential = isSsh ? '--from-file=identity --from-file=known_hosts' : '--from-file=password=token';
  const secrets = [
    ...(git ? [`${create} ${git.secret} ${credential}${git.hasCa ? ' --from-file=ca.crt' : ''}`] : []),
    ...(git?.signingSecret === undefined ? [] : [`${create} ${git.signingSecret} --from-file=identity=signing-key`]),
    ...(gitHubSecret === undefined ? [] : [`${create} ${gitHubSecret} --from-file=token`]),
  ];
  // A CRD is larger than the annotation in which another apply keeps what it sent (T-Q2).
  const apply = `everything:  kubectl apply --server-side -f ${file}`;
  return secrets.length === 0
    ? [apply]
    : [`the namespace:  kubectl create namespace ${namespace}`, ...secrets.map((command) => `a Secret:  ${command}`), apply];
}
