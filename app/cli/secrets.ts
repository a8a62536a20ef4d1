import { isError } from '../../constructs';
import { writeDocuments } from '../../constructs/wire/yaml/write-yaml';
import { fillSecret } from '../../controller/carry-out/generated-secrets';
import { type ExitCode, RunFailure } from './exit-code';
import { type FlagValues, text } from './flag-values';
import { PROGRAM, UsageError } from './options';
import { Run, inputOptions } from './run';
import { quotedWord } from './shell-word';
import type { Streams } from './streams';
import type { MissingReference } from './synthesize';

type Environment = Readonly<Record<string, string | undefined>>;

/** What reads a Secret from a pipe, by format. `FILE` is the name of a file for one Secret. */
const PIPES: Readonly<Record<string, string>> = {
  kubectl: 'kubectl create -f -',
  kubeseal: 'kubeseal --format yaml > FILE.sealed.yaml',
  sops: 'sops encrypt --filename-override FILE.yaml > FILE.sops.yaml',
};

/** `secrets`: the Secrets that must exist, in the form that another program wants. Values come from variables, and leave by a pipe alone. */
export async function secrets(paths: readonly string[], values: FlagValues, streams: Streams, environment: Environment): Promise<ExitCode> {
  const run = new Run(inputOptions(paths, values), streams, false);
  if (run.synthesis.issues.some(isError)) {
    run.report();
    return 1;
  }
  const needed = chosen(run.synthesis.missing, text(values, 'only'));
  const format = text(values, 'output') ?? 'text';
  if (format === 'yaml') return print(needed, values, streams, environment);
  if (format === 'external-secrets') streams.stdout(writeDocuments(needed.map((one) => externalSecret(one, values))));
  else if (format === 'text') streams.stdout(needed.map((one) => `${lines(one).join('\n')}\n`).join(''));
  else streams.stdout(pipelines(needed, paths, format, streams));
  return 0;
}

function nameOf({ namespace, name }: MissingReference): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function chosen(missing: readonly MissingReference[], only: string | undefined): MissingReference[] {
  const all = missing.filter(({ kind }) => kind === 'Secret');
  const found = only === undefined ? all : all.filter((one) => nameOf(one) === only);
  if (only !== undefined && found.length === 0) {
    throw new UsageError(`--only is "${only}": use ${all.map(nameOf).join(', ') || 'nothing, since no Secret is missing'}`);
  }
  return found;
}

/** The variable that holds the value of a key: `KEYS_OPENAI` for the key `openai` of Secret `keys`. */
function variableOf(secret: string, key: string): string {
  const variable = `${secret}_${key}`.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
  return /^\d/.test(variable) ? `_${variable}` : variable;
}

function keysOf({ keys, generate }: MissingReference): readonly string[] {
  return generate ? Object.keys(generate.keys) : keys;
}

function typeOf({ generate, keys }: MissingReference): string {
  if (generate) return generate.type;
  if (keys.includes('.dockerconfigjson')) return 'kubernetes.io/dockerconfigjson';
  return keys.includes('tls.crt') && keys.includes('tls.key') ? 'kubernetes.io/tls' : 'Opaque';
}

function lines(one: MissingReference): string[] {
  const { name, purpose, generate } = one;
  const keys = keysOf(one).map((key) => (generate ? `  ${key}: made at random` : `  ${key}: from the variable ${variableOf(name, key)}`));
  return [`Secret ${nameOf(one)} (${purpose})`, ...(keys.length > 0 ? keys : ['  its keys are yours to choose'])];
}

/** A Secret of which nobody says what is in it. */
function unnamed(one: MissingReference): string {
  return `Secret ${nameOf(one)}: its keys are yours to choose`;
}

/** A command a Secret. No value is in it: each is read from a variable by the program before the pipe. */
function pipelines(needed: readonly MissingReference[], paths: readonly string[], format: string, { stderr }: Streams): string {
  if (paths.includes('-')) throw new UsageError('the commands read the files again: name them instead of -');
  for (const one of needed) if (keysOf(one).length === 0) stderr(`${unnamed(one)}: it is left out\n`);
  const known = needed.filter((one) => keysOf(one).length > 0);
  return known
    .map((one) => {
      // A path is no flag, whatever it begins with.
      const files = paths.map((path) => (path.startsWith('-') ? `./${path}` : path));
      const source = [PROGRAM, 'secrets', '-o', 'yaml', '--only', nameOf(one), ...files].map(quotedWord).join(' ');
      const file = nameOf(one).replace('/', '.');
      return `${source} | ${(PIPES[format] ?? '').replaceAll('FILE', quotedWord(file))}\n`;
    })
    .join('');
}

async function print(
  needed: readonly MissingReference[],
  values: FlagValues,
  streams: Streams,
  environment: Environment,
): Promise<ExitCode> {
  if (streams.stdoutIsTerminal === true) {
    throw new UsageError('-o yaml prints values, and standard output is a terminal: put a pipe behind it, such as | kubectl create -f -');
  }
  const known = needed.filter((one) => keysOf(one).length > 0);
  if (text(values, 'only') !== undefined && known.length === 0) throw new UsageError(`${unnamed(needed[0]!)}: make it yourself`);
  const variables = new Map<string, string>();
  const faults = known.flatMap((one) => (one.generate ? [] : one.keys.flatMap((key) => faultOf(one, key, variables, environment))));
  if (faults.length > 0) throw new RunFailure(faults.join('\n'));
  const objects: object[] = [];
  for (const one of known) objects.push(await secretOf(one, environment));
  streams.stdout(writeDocuments(objects as Record<string, unknown>[]));
  for (const one of needed) if (!known.includes(one)) streams.stderr(`${unnamed(one)}: it is left out\n`);
  return 0;
}

/** What keeps a value from being had: nobody set the variable, or two keys would share it. */
function faultOf(one: MissingReference, key: string, variables: Map<string, string>, environment: Environment): string[] {
  const variable = variableOf(one.name, key);
  const what = `key ${key} of Secret ${nameOf(one)}`;
  const other = variables.get(variable);
  variables.set(variable, what);
  // One Secret of several namespaces may be the same one.
  if (other !== undefined && !other.startsWith(`key ${key} of Secret `))
    return [`${variable} would be ${other} as well as ${what}: use --only`];
  return environment[variable] === undefined || environment[variable] === '' ? [`the variable ${variable} is not set: ${what}`] : [];
}

async function secretOf(one: MissingReference, environment: Environment): Promise<object> {
  const { name, namespace, generate, keys } = one;
  const filled = generate
    ? await fillSecret(generate, {})
    : Object.fromEntries(keys.map((key) => [key, environment[variableOf(name, key)] ?? '']));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    type: typeOf(one),
    stringData: filled,
  };
}

/** External Secrets Operator: it brings the values from a store, where each Secret is an entry and each key a property of it. */
function externalSecret(one: MissingReference, values: FlagValues): Record<string, unknown> {
  const store = text(values, 'store');
  if (store === undefined) throw new UsageError('-o external-secrets needs --store: the store that has the values');
  const { name, namespace } = one;
  const key = nameOf(one);
  const keys = keysOf(one);
  return {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: {
      secretStoreRef: { kind: text(values, 'store-kind') ?? 'SecretStore', name: store },
      target: { name, ...(typeOf(one) !== 'Opaque' && { template: { type: typeOf(one) } }) },
      ...(keys.length > 0
        ? { data: keys.map((secretKey) => ({ secretKey, remoteRef: { key, property: secretKey } })) }
        : { dataFrom: [{ extract: { key } }] }),
    },
  };
}
