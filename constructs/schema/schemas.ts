import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StructuralSchema } from './structural';

const FOLDER = join(__dirname, '..', '..', 'imports', 'schemas');

const loaded = new Map<string, StructuralSchema>();

/** Read once a process. */
function load(name: string): StructuralSchema {
  let schema = loaded.get(name);
  if (schema === undefined) {
    schema = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as StructuralSchema;
    loaded.set(name, schema);
  }
  return schema;
}

/** The schema of one of our kinds, as the CRD has it: with defaults inside the groups that are written, and none for whole groups. */
export function schemaOf(plural: 'openclawinstances' | 'openclawselfconfigs' | 'openclawclusterdefaults'): StructuralSchema {
  return load(plural);
}

/** The defaults that the API server does not store: those of groups of the spec that nobody wrote. It holds nothing but them. */
export function instanceDefaults(): StructuralSchema {
  return load('openclawinstances.defaults');
}

/** Where the empty text or list of a kind means "not set". It holds nothing but these marks. */
export function absenceOf(plural: 'openclawinstances' | 'openclawclusterdefaults'): StructuralSchema {
  return load(`${plural}.absent`);
}
