import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StructuralSchema } from './structural';

const FOLDER = join(__dirname, '..', '..', 'imports', 'schemas');

const loaded = new Map<string, StructuralSchema>();

/** The schema of one of our kinds, as the CRD has it. Read once a process. */
export function schemaOf(plural: 'openclawinstances' | 'openclawselfconfigs' | 'openclawclusterdefaults'): StructuralSchema {
  let schema = loaded.get(plural);
  if (schema === undefined) {
    schema = JSON.parse(readFileSync(join(FOLDER, `${plural}.json`), 'utf8')) as StructuralSchema;
    loaded.set(plural, schema);
  }
  return schema;
}
