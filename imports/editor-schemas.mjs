// JSON schemas for editors (yaml-language-server and others), made of the CRDs: one for each kind, and one that takes any of them.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const crds = join(import.meta.dirname, 'crds');

/** Defaults that the CRD leaves out, since the API server is not to store them. */
const unstored = JSON.parse(readFileSync(join(import.meta.dirname, 'schemas', 'openclawinstances.defaults.json'), 'utf8'));

/** What JSON schema knows; what begins with `x-kubernetes` and defaults of whole groups say nothing to a person who types. */
const KEPT = [
  'description',
  'enum',
  'format',
  'pattern',
  'required',
  'minimum',
  'maximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
];

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A node of a CRD's schema in words of JSON schema. Fields that the API server would refuse are marked.
 *
 * @param defaults what is filled in later, as a schema of the same form
 */
function node(schema, defaults = {}) {
  const result = Object.fromEntries(KEPT.filter((key) => schema[key] !== undefined).map((key) => [key, schema[key]]));
  if (schema['x-kubernetes-int-or-string']) result.type = ['integer', 'string'];
  else if (schema.type) result.type = schema.nullable ? [schema.type, 'null'] : schema.type;
  const preset = schema.default ?? defaults.default;
  if (preset !== undefined && !isObject(preset)) result.default = preset;
  if (schema.items) result.items = node(schema.items);
  if (isObject(schema.additionalProperties)) result.additionalProperties = node(schema.additionalProperties);
  if (schema.properties) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, child]) => [name, node(child, defaults.properties?.[name])]),
    );
    if (!schema['x-kubernetes-preserve-unknown-fields']) result.additionalProperties = false;
  }
  return result;
}

/** A whole object. Its metadata is Kubernetes' own. */
function objectSchema({ spec: { group, names, versions } }) {
  const [{ name, schema }] = versions;
  const root = node(schema.openAPIV3Schema, names.plural === 'openclawinstances' ? unstored : {});
  return {
    ...root,
    required: ['apiVersion', 'kind', 'metadata', ...(root.required ?? []).filter((field) => field === 'spec')],
    properties: {
      ...root.properties,
      apiVersion: { const: `${group}/${name}` },
      kind: { const: names.kind },
      metadata: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, namespace: { type: 'string' } } },
    },
  };
}

const DIALECT = 'http://json-schema.org/draft-07/schema#';

/** File name -> schema. */
export function editorSchemas() {
  const definitions = readdirSync(crds)
    .filter((file) => file !== 'all.yaml')
    .toSorted()
    .map((file) => parse(readFileSync(join(crds, file), 'utf8')));
  const single = definitions.map((crd) => [
    `${crd.spec.names.singular}.json`,
    { $schema: DIALECT, title: crd.spec.names.kind, ...objectSchema(crd) },
  ]);
  // By kind, not `oneOf`: an editor then tells what is wrong with this kind, and not that no kind fits.
  const byKind = definitions.map((crd) => ({
    if: { required: ['kind'], properties: { kind: { const: crd.spec.names.kind } } },
    // oxlint-disable-next-line unicorn/no-thenable -- JSON schema's own word
    then: objectSchema(crd),
  }));
  const kinds = definitions.map((crd) => crd.spec.names.kind);
  const all = { $schema: DIALECT, title: 'openclaw.rocks', type: 'object', properties: { kind: { enum: kinds } }, allOf: byKind };
  return new Map([...single, ['all.json', all]]);
}
