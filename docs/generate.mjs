// Writes docs/reference.md from the sources of the CRDs. `--check` changes nothing and fails when the file is not fresh.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { resolveShapes } from '../imports/source/expand.mjs';

const docs = fileURLToPath(new URL('.', import.meta.url));
const sources = join(docs, '..', 'imports', 'source');

function source(file) {
  return parse(readFileSync(join(sources, file), 'utf8'));
}

/** Text for one cell of a table. */
function cell(text) {
  return String(text).replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim();
}

function isGroup({ type, properties }) {
  return type === 'object' && properties !== undefined;
}

/** The type in words: `integer, 1 to 65535`, `one of a, b`, `list of Container (Kubernetes)`. */
function typeOf(node) {
  if (node['x-kubernetes-type']) return `${node['x-kubernetes-type']} (Kubernetes)`;
  if (node.enum) return `one of ${node.enum.map((value) => `\`${value}\``).join(', ')}`;
  if (node.type === 'array')
    return `list of ${isGroup(node.items) ? 'objects' : typeOf({ ...node.items, maxLength: undefined })}${limit(node.maxItems, 'entries')}`;
  if (node.type === 'object' && node.additionalProperties) return `map to ${typeOf(node.additionalProperties)}`;
  if (node.type === 'object') return node['x-kubernetes-preserve-unknown-fields'] ? 'any object' : 'object';
  if (node['x-kubernetes-int-or-string']) return 'integer or string';
  if (node.type === 'string') return `${node.format ?? 'string'}${limit(node.maxLength, 'characters')}`;
  return `${node.type}${range(node)}`;
}

function limit(most, what) {
  return most === undefined ? '' : `, at most ${most} ${what}`;
}

function range({ minimum, maximum }) {
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `, at least ${minimum}`;
  return maximum === undefined ? '' : `, at most ${maximum}`;
}

function defaultOf({ default: value, 'x-derived': derived }) {
  if (value !== undefined) return isEmptyGroup(value) ? '' : `\`${cell(JSON.stringify(value))}\``;
  return derived ? 'derived' : '';
}

/** `default: {}` only says that the group is always there. */
function isEmptyGroup(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

/** One row a field, groups before their fields. */
function* rows(node, path) {
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const here = `${path}.${name}`;
    const required = node.required?.includes(name) ? ' **Required.**' : '';
    yield `| \`${here}\` | ${cell(typeOf(child))} | ${defaultOf(child)} | ${cell(child.description ?? '')}${required} |`;
    yield* inner(child, here);
  }
}

function* inner(node, path) {
  if (node['x-kubernetes-type']) return;
  if (node.type === 'array') yield* inner(node.items, `${path}[]`);
  else if (node.additionalProperties) yield* inner(node.additionalProperties, `${path}.*`);
  else yield* rows(node, path);
}

/** The rules of a schema that CEL states, with the field that each speaks of. */
function* rules(node, path) {
  for (const { message, fieldPath = '' } of node['x-kubernetes-validations'] ?? []) yield `| \`${path}${fieldPath}\` | ${cell(message)} |`;
  for (const [name, child] of Object.entries(node.properties ?? {})) yield* rules(child, path === '' ? name : `${path}.${name}`);
  if (node.items) yield* rules(node.items, `${path}[]`);
  if (node.additionalProperties) yield* rules(node.additionalProperties, `${path}.*`);
}

function section(crd) {
  const { names, versions, scope } = crd.spec;
  const [version] = versions;
  const schema = version.schema.openAPIV3Schema;
  const table = (field) => ['| field | type | default | meaning |', '| --- | --- | --- | --- |', ...rows(schema.properties[field], field)];
  const short = names.shortNames ? `, short name \`${names.shortNames.join('`, `')}\`` : '';
  return [
    `## ${names.kind}`,
    '',
    `${schema.description} API version \`${crd.spec.group}/${version.name}\`, ${scope.toLowerCase()}${short}.`,
    '',
    ...table('spec'),
    '',
    ...(schema.properties.status?.properties ? [`### Status of ${names.kind}`, '', ...table('status'), ''] : []),
    `### Rules of ${names.kind}`,
    '',
    'Beside types and limits, the API server checks these, and so does the command line. An object that was stored before a rule was made',
    'keeps what breaks it until you change that part:',
    '',
    '| field | rule |',
    '| --- | --- |',
    ...rules(schema, ''),
    '',
  ];
}

/** The whole page. */
export function reference() {
  const shapes = source('shapes.yaml');
  const crds = ['openclawinstance.yaml', 'openclawclusterdefaults.yaml', 'openclawselfconfig.yaml'].map((file) =>
    resolveShapes(source(file), shapes),
  );
  return [
    '# API reference',
    '',
    'Made by `node docs/generate.mjs` from `imports/source/`. Do not edit it.',
    '',
    'A type with "(Kubernetes)" is that type of Kubernetes, with all of its fields. "derived" means: filled from other fields, from cluster',
    'defaults or by the release of this package; it is never stored in the object. A default is stored only inside a group that you wrote:',
    'an instance shows your own fields, and what you leave out takes the defaults of the release that reads it. `[]` is an entry of a list,',
    '`*` a key of a map.',
    '',
    ...crds.flatMap(section),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = join(docs, 'reference.md');
  const text = reference();
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error('docs/reference.md is not fresh: run node docs/generate.mjs');
    process.exitCode = 1;
  }
}
