import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A schema of a CRD, as far as the tests look into it. */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string; readonly optionalOldSelf?: boolean }[];
}

export const plurals = ['openclawinstances', 'openclawselfconfigs', 'openclawclusterdefaults'] as const;

export type Plural = (typeof plurals)[number];

export const importsFolder = join(__dirname, '..', '..', 'imports');

function read(name: string): Schema {
  const schema: Schema = JSON.parse(readFileSync(join(importsFolder, 'schemas', `${name}.json`), 'utf8'));
  return schema;
}

/** The schema that the server has. */
export function schemaOf(plural: Plural): Schema {
  return read(plural);
}

/** The defaults of instances that the server does not have. */
export function instanceDefaults(): Schema {
  return read('openclawinstances.defaults');
}

/** The schema at a path such as `spec.skills[]`; an error names a path that is not there. */
export function at(schema: Schema, path: string): Schema {
  return path.split('.').reduce((node, step) => {
    const name = step.replaceAll('[]', '');
    const child = node.properties?.[name];
    const found = step.endsWith('[]') ? child?.items : child;
    if (found === undefined) throw new Error(`the schema has no ${path}`);
    return found;
  }, schema);
}

/** Every schema below and including `schema`, with its path; lists add `[]`, maps `{}`. */
export function nodes(schema: Schema, path = ''): { readonly path: string; readonly schema: Schema }[] {
  const prefix = path === '' ? '' : `${path}.`;
  return [
    { path, schema },
    ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => nodes(child, `${prefix}${name}`)),
    ...(schema.items === undefined ? [] : nodes(schema.items, `${path}[]`)),
    ...(schema.additionalProperties === undefined ? [] : nodes(schema.additionalProperties, `${path}{}`)),
  ];
}
