import {
  type Issue,
  type ManifestSet,
  type Override,
  type Reference,
  type WrittenInstance,
  isError,
  render,
  resolve,
} from '../../constructs';
import { renderedSecretTexts } from '../../constructs/resolve/secrets/secret-text';
import { type Inputs, type LocatedIssue, locateIssue } from '../input/inputs';
import { MeetingNames } from './meeting-names';
import type { SourceDocument } from '../input/read-documents';

/** Something that has to be in the cluster before an instance can start, and is not among the files. */
export interface MissingReference extends Reference {
  readonly namespace: string | undefined;
}

/** What became of all instances. */
export interface Synthesis {
  readonly sets: readonly ManifestSet[];
  readonly issues: readonly LocatedIssue[];
  readonly missing: readonly MissingReference[];
}

export interface SynthesisOptions {
  /** @default false */
  readonly strict?: boolean;
  /** Called after each instance with how many are done. @default - nobody is told */
  readonly onInstance?: (done: number) => void;
  /** What holds in place of the spec of an instance. @default - nothing does */
  readonly overridesOf?: (document: SourceDocument) => readonly Override[];
}

/**
 * Resolves every instance, and renders them if none has an error.
 *
 * @param renderToo `false` stops after the issues
 * @param options.strict warnings count as errors
 */
export function synthesize(
  inputs: Inputs,
  renderToo: boolean,
  { strict = false, onInstance = () => {}, overridesOf = () => [] }: SynthesisOptions = {},
): Synthesis {
  const found: LocatedIssue[] = [...inputs.issues];
  const missing: MissingReference[] = [];
  const sets: ManifestSet[] = [];
  const names = new MeetingNames(inputs.instances);
  let done = 0;
  for (const document of inputs.instances) {
    const one = synthesizeOne(document, inputs, renderToo || names.concerns(document), overridesOf(document));
    for (const issue of one.issues) found.push(locateIssue(document, issue));
    missing.push(...one.missing);
    if (one.set) found.push(...names.add(document, one.set.manifests));
    if (one.set && renderToo) sets.push(one.set);
    onInstance((done += 1));
  }
  for (const document of inputs.misnamed) found.push(...issuesOfSpec(document, inputs));
  const issues = strict ? found.map((issue) => ({ ...issue, severity: 'error' as const })) : found;
  return { sets: issues.some(isError) ? [] : sets, issues: sortByPlace(issues), missing: distinct(missing) };
}

interface OneSynthesis {
  readonly issues: readonly Issue[];
  readonly missing: readonly MissingReference[];
  readonly set?: ManifestSet;
}

function synthesizeOne(document: SourceDocument, inputs: Inputs, renderToo: boolean, overrides: readonly Override[]): OneSynthesis {
  const { namespace } = document;
  const resolution = resolve(document.value as unknown as WrittenInstance, inputs.facts(namespace), { overrides });
  if (!resolution.ok) return { issues: resolution.issues, missing: [] };
  const { instance, hosts, warnings, references } = resolution;
  const missing = references
    .filter(({ kind, name }) => !(kind === 'Secret' && inputs.hasSecret(namespace, name)))
    .filter(({ kind, name }) => !(kind === 'ConfigMap' && inputs.facts(namespace).configMaps?.has(name)))
    .map((reference) => ({ ...reference, namespace }));
  if (!renderToo) return { issues: warnings, missing };
  const manifests = render(instance, { hosts });
  const set = { name: instance.name, ...(namespace !== undefined && { namespace }), manifests };
  return { issues: [...warnings, ...renderedSecretTexts(manifests, document.value, inputs.facts(namespace))], missing, set };
}

/** What is wrong with an instance beside its name, so that one mistake hides no other. */
function issuesOfSpec(document: SourceDocument, inputs: Inputs): LocatedIssue[] {
  const value = { ...document.value, metadata: { name: 'unnamed' } };
  const resolution = resolve(value as unknown as WrittenInstance, inputs.facts(document.namespace));
  const issues = resolution.ok ? resolution.warnings : resolution.issues;
  return issues.filter(({ path }) => path.startsWith('spec')).map((issue) => locateIssue(document, issue));
}

/** Two instances, or two fields, may need the same object. */
function distinct(references: readonly MissingReference[]): MissingReference[] {
  const byName = new Map<string, MissingReference>();
  for (const reference of references) {
    const key = `${reference.kind}/${reference.namespace ?? ''}/${reference.name}`;
    const other = byName.get(key);
    byName.set(key, other === undefined ? reference : together(other, reference));
  }
  return [...byName.values()];
}

function together(one: MissingReference, other: MissingReference): MissingReference {
  const generate = one.generate ?? other.generate;
  return { ...one, keys: [...new Set([...one.keys, ...other.keys])], ...(generate && { generate }) };
}

function sortByPlace(issues: readonly LocatedIssue[]): LocatedIssue[] {
  return issues.toSorted((a, b) => {
    if (a.file !== b.file) return a.file < b.file ? -1 : 1;
    return a.line - b.line || a.column - b.column;
  });
}
