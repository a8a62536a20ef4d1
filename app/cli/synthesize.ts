import { type Issue, type ManifestSet, type Reference, type WrittenInstance, isError, render, resolve } from '../../constructs';
import { renderedSecretTexts } from '../../constructs/resolve/secrets/secret-text';
import { type Inputs, type LocatedIssue, locateIssue } from '../input/inputs';
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

/**
 * Resolves every instance, and renders them if none has an error.
 *
 * @param onProgress called after each instance with how many are done
 * @param renderToo `false` stops after the issues
 */
export function synthesize(inputs: Inputs, renderToo: boolean, onProgress: (done: number) => void = () => {}): Synthesis {
  const issues: LocatedIssue[] = [...inputs.issues];
  const missing: MissingReference[] = [];
  const sets: ManifestSet[] = [];
  let done = 0;
  for (const document of inputs.instances) {
    const found = synthesizeOne(document, inputs, renderToo);
    issues.push(...found.issues.map((issue) => locateIssue(document, issue)));
    missing.push(...found.missing);
    if (found.set) sets.push(found.set);
    onProgress((done += 1));
  }
  return { sets: issues.some(isError) ? [] : sets, issues: sortByPlace(issues), missing: distinct(missing) };
}

interface OneSynthesis {
  readonly issues: readonly Issue[];
  readonly missing: readonly MissingReference[];
  readonly set?: ManifestSet;
}

function synthesizeOne(document: SourceDocument, inputs: Inputs, renderToo: boolean): OneSynthesis {
  const { namespace } = document;
  const resolution = resolve(document.value as unknown as WrittenInstance, inputs.facts(namespace));
  if (!resolution.ok) return { issues: resolution.issues, missing: [] };
  const { instance, warnings, references } = resolution;
  const missing = references
    .filter(({ kind, name }) => !(kind === 'Secret' && inputs.hasSecret(namespace, name)))
    .filter(({ kind, name }) => !(kind === 'ConfigMap' && inputs.facts(namespace).configMaps?.has(name)))
    .map((reference) => ({ ...reference, namespace }));
  if (!renderToo) return { issues: warnings, missing };
  const manifests = render(instance);
  const set = { name: instance.name, ...(namespace !== undefined && { namespace }), manifests };
  return { issues: [...warnings, ...renderedSecretTexts(manifests, document.value, inputs.facts(namespace))], missing, set };
}

/** Two instances, or two fields, may need the same object. */
function distinct(references: readonly MissingReference[]): MissingReference[] {
  const byName = new Map<string, MissingReference>();
  for (const reference of references) {
    const key = `${reference.kind}/${reference.namespace ?? ''}/${reference.name}`;
    const other = byName.get(key);
    byName.set(key, other ? { ...other, keys: [...new Set([...other.keys, ...reference.keys])] } : reference);
  }
  return [...byName.values()];
}

function sortByPlace(issues: readonly LocatedIssue[]): LocatedIssue[] {
  return issues.toSorted((a, b) => {
    if (a.file !== b.file) return a.file < b.file ? -1 : 1;
    return a.line - b.line || a.column - b.column;
  });
}
