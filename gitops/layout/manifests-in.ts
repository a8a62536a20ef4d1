/** The way back from files to manifests, as a plan needs them: without what Git mode adds. */
import type * as Yaml from 'yaml';
import type { Manifest } from '../../constructs';
import { isObject } from '../../constructs/spec/json';
import { KUSTOMIZATION_FILE, type Placement, gitObjectNames, instanceDirectory } from '../git/names';

/** The `yaml` package takes a while to load, and only a plan needs it. */
let loaded: typeof Yaml | undefined;

/** Whether the file at a path holds an object of the instance. */
export function isManifestFile(path: string, placement: Placement): boolean {
  return path.startsWith(`${instanceDirectory(placement)}/`) && path.endsWith('.yaml') && !path.endsWith(`/${KUSTOMIZATION_FILE}`);
}

/** Whether an object is part of what an instance is made of: the release marker and the tombstone are not. */
export function isOfInstance({ metadata }: Manifest, { name }: Pick<Placement, 'name'>): boolean {
  return metadata.name !== gitObjectNames.release(name) && metadata.name !== gitObjectNames.tombstone(name);
}

/** The manifests in a file. One that cannot be read has none: people write there, too. */
export function manifestsIn(text: string, placement: Pick<Placement, 'name'>): Manifest[] {
  const yaml: typeof Yaml = (loaded ??= require('yaml') as typeof Yaml);
  const documents = yaml.parseAllDocuments(text, { version: '1.1', logLevel: 'silent', uniqueKeys: true });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    if (document.errors.length > 0) return [];
    const value = valueOf(document);
    return isManifest(value) && isOfInstance(value, placement) ? [value] : [];
  });
}

/** As far as anybody relies on it: somebody may have left out a line. */
function isManifest(value: unknown): value is Manifest {
  if (!isObject(value) || !isObject(value['metadata'])) return false;
  const { name, namespace } = value['metadata'];
  return [value['apiVersion'], value['kind'], name, namespace ?? ''].every((text) => typeof text === 'string');
}

function valueOf(document: Yaml.Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return null;
  }
}
