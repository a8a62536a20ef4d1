import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readYaml } from '../../app/input/read-yaml';
import type { ConfigMapFact, Facts, Manifest, OpenClawClusterDefaultsSpec, Reference, WrittenInstance } from '../../constructs';
import { type Issue, render, resolve } from '../../constructs';

/** Defaults of a cluster would change every other example, so they stand apart. */
const FOLDERS = ['examples', 'cluster-examples'].map((folder) => join(__dirname, '..', '..', 'app', folder));

/** A document of an example, as it was written. */
export interface Document {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: object;
  readonly data?: Readonly<Record<string, string>>;
}

/** One file of the examples. */
export interface Example {
  /** The file without its ending. */
  readonly name: string;
  readonly instance: WrittenInstance;
  /** What stands in the file beside the instance. */
  readonly others: readonly Document[];
  readonly facts: Facts;
}

/** An example with all that becomes of it. */
export interface RenderedExample extends Example {
  readonly manifests: readonly Manifest[];
  readonly warnings: readonly Issue[];
  readonly references: readonly Reference[];
}

/** Every example; no two have the same name. */
export function examples(): Example[] {
  const files = FOLDERS.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
  return files.filter((file) => file.endsWith('.yaml')).map(readExample);
}

function readExample(file: string): Example {
  const { documents, issues } = readYaml(readFileSync(file, 'utf8'), file);
  if (issues.length > 0) throw new Error(issues.map(({ line, message }) => `${file}:${line}: ${message}`).join('\n'));
  const all = documents.map(({ value }) => value as Document);
  const [instance, ...more] = all.filter(({ kind }) => kind === 'OpenClawInstance');
  if (instance === undefined || more.length > 0) throw new Error(`${file}: an example has exactly one OpenClawInstance`);
  const others = all.filter((document) => document !== instance);
  return { name: basename(file, '.yaml'), instance, others, facts: factsOf(others) };
}

/** What the file tells of the cluster around its instance. */
function factsOf(others: readonly Document[]): Facts {
  const defaults = others.find(({ kind }) => kind === 'OpenClawClusterDefaults');
  const maps = others.filter(({ kind }) => kind === 'ConfigMap');
  return {
    ...(defaults && { clusterDefaults: defaults.spec as OpenClawClusterDefaultsSpec }),
    configMaps: new Map(maps.map(({ metadata, data = {} }): [string, ConfigMapFact] => [metadata.name, { data }])),
  };
}

/** @throws with every issue when the example does not resolve */
export function renderExample(example: Example): RenderedExample {
  const resolution = resolve(example.instance, example.facts);
  if (!resolution.ok) throw new Error(resolution.issues.map(({ path, message }) => `${example.name}: ${path}: ${message}`).join('\n'));
  const { instance, warnings, references } = resolution;
  return { ...example, manifests: render(instance), warnings, references };
}
