import type { EnvFromSource, EnvVar, EnvVarSource } from '../../../imports/types';
import { quote } from '../../schema/quote';
import type { Issue } from '../../spec/issue';
import { dataKey, dnsSubdomain, qualifiedName, variableName } from './forms';
import { Mistakes, fieldsOf } from './mistakes';

const env = new Mistakes('values/env');

const SOURCES = ['secretKeyRef', 'configMapKeyRef', 'fieldRef', 'resourceFieldRef', 'fileKeyRef'];

/** Fields of the pod that a variable may take its value from. */
const FIELDS = new Set([
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]);

const ENTRY = /^metadata[.](labels|annotations)\['([^']*)'\]$/;

const RESOURCE = /^(limits|requests)[.](cpu|memory|ephemeral-storage|hugepages-.+)$/;

/** What may be asked of a container's resources, and in which units. */
export function* resourceFieldMistakes(
  { resource, divisor }: NonNullable<EnvVarSource['resourceFieldRef']>,
  path: string,
  mistakes = env,
): Iterable<Issue> {
  if (!RESOURCE.test(resource)) {
    yield mistakes.at(`${path}.resource`, `must be limits or requests of cpu, memory or ephemeral-storage, not ${quote(resource)}`);
    return;
  }
  const amount = divisor === undefined ? '0' : String(divisor);
  const allowed = resource.endsWith('.cpu') ? /^(0|1|1m)$/ : /^(0|1([kMGTPE]|[KMGTPE]i)?)$/;
  if (!allowed.test(amount)) {
    yield mistakes.at(
      `${path}.divisor`,
      `must be one unit, such as ${resource.endsWith('.cpu') ? '1 or 1m' : '1 or 1Mi'}, not ${quote(amount)}`,
    );
  }
}

function* fieldMistakes({ fieldPath, apiVersion = 'v1' }: NonNullable<EnvVarSource['fieldRef']>, path: string): Iterable<Issue> {
  const [, , key] = ENTRY.exec(fieldPath) ?? [];
  if (key === undefined && !FIELDS.has(fieldPath)) {
    yield env.at(
      `${path}.fieldPath`,
      `must be one of ${[...FIELDS].join(', ')}, metadata.labels['KEY'] or metadata.annotations['KEY'], not ${quote(fieldPath)}`,
    );
  }
  if (key !== undefined) yield* env.form(`${path}.fieldPath`, key, qualifiedName);
  if (apiVersion !== 'v1' && apiVersion !== '') yield env.at(`${path}.apiVersion`, `must be v1, not ${quote(apiVersion)}`);
}

function* sourceMistakes(source: EnvVarSource, path: string): Iterable<Issue> {
  yield* env.oneOf(
    path,
    fieldsOf(source).filter((field) => SOURCES.includes(field)),
    'source',
    SOURCES.join(', '),
  );
  for (const field of ['secretKeyRef', 'configMapKeyRef'] as const) {
    const reference = source[field];
    if (!reference) continue;
    yield* env.required(`${path}.${field}.name`, reference.name, dnsSubdomain);
    yield* env.required(`${path}.${field}.key`, reference.key, dataKey);
  }
  if (source.fieldRef) yield* fieldMistakes(source.fieldRef, `${path}.fieldRef`);
  if (source.resourceFieldRef) yield* resourceFieldMistakes(source.resourceFieldRef, `${path}.resourceFieldRef`);
}

/** What the variables of a container hold, or where they take it from. */
export function* envSourceMistakes(variables: readonly EnvVar[] | undefined, path: string): Iterable<Issue> {
  for (const [index, { value, valueFrom }] of (variables ?? []).entries()) {
    yield* env.processText(`${path}[${index}].value`, value);
    if (valueFrom) yield* sourceMistakes(valueFrom, `${path}[${index}].valueFrom`);
  }
}

/** The variables of a container of the user: names, values and sources, doubles (server-side apply refuses those). */
export function* envMistakes(variables: readonly EnvVar[] | undefined, path: string): Iterable<Issue> {
  for (const [index, { name, value, valueFrom }] of (variables ?? []).entries()) {
    yield* env.required(`${path}[${index}].name`, name, variableName);
    if (valueFrom && value) yield env.at(`${path}[${index}].valueFrom`, 'does not go with a value: remove one of them');
  }
  yield* envSourceMistakes(variables, path);
  yield* env.unique(
    variables ?? [],
    ({ name }) => name,
    (index) => `${path}[${index}].name`,
  );
}

const FROM = ['configMapRef', 'secretRef'] as const;

/** The names and prefixes of whole Secrets and ConfigMaps that become variables. */
export function* envFromNameMistakes(sources: readonly EnvFromSource[] | undefined, path: string): Iterable<Issue> {
  for (const [index, source] of (sources ?? []).entries()) {
    const place = `${path}[${index}]`;
    if (source.prefix) yield* env.form(`${place}.prefix`, source.prefix, variableName);
    for (const field of FROM) if (source[field]) yield* env.required(`${place}.${field}.name`, source[field].name, dnsSubdomain);
  }
}

/** The same for a container of the user, where no rule of the schema counts the sources. */
export function* envFromMistakes(sources: readonly EnvFromSource[] | undefined, path: string): Iterable<Issue> {
  for (const [index, source] of (sources ?? []).entries()) {
    yield* env.oneOf(
      `${path}[${index}]`,
      FROM.filter((field) => source[field]),
      'source',
      FROM.join(', '),
    );
  }
  yield* envFromNameMistakes(sources, path);
}
