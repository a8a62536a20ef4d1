import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { instanceDefaults } from '../../constructs/schema/schemas';
import type { StructuralSchema } from '../../constructs/schema/structural';
import { similarName } from '../../constructs/schema/similar-name';
import { UsageError } from './options';

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string; readonly singular: string; readonly shortNames?: readonly string[] };
    readonly versions: readonly [{ readonly name: string; readonly schema: { readonly openAPIV3Schema: StructuralSchema } }];
  };
}

const PLURALS = ['openclawinstances', 'openclawselfconfigs', 'openclawclusterdefaults'];

/** Compiled files and sources both stand two folders beside the CRDs. */
const CRDS = join(__dirname, '..', '..', 'imports', 'crds');

const definitions = new Map<string, Definition>();

/** Read once a process: it takes a tenth of a second. */
function definition(plural: string): Definition {
  const known = definitions.get(plural);
  if (known !== undefined) return known;
  const read = parse(readFileSync(join(CRDS, `${plural}.yaml`), 'utf8')) as Definition;
  const told = plural === 'openclawinstances' ? withUnstoredDefaults(read) : read;
  definitions.set(plural, told);
  return told;
}

/** The CRD leaves out what the API server is not to store; whoever asks wants to know it all the same. */
function withUnstoredDefaults({ spec }: Definition): Definition {
  const [version] = spec.versions;
  const schema = { openAPIV3Schema: overlaid(version.schema.openAPIV3Schema, instanceDefaults()) };
  return { spec: { ...spec, versions: [{ ...version, schema }] } };
}

function overlaid(schema: StructuralSchema, defaults: StructuralSchema): StructuralSchema {
  const properties = { ...schema.properties };
  for (const [name, child] of Object.entries(defaults.properties ?? {})) {
    const field = properties[name];
    if (field !== undefined) properties[name] = overlaid(field, child);
  }
  return {
    ...schema,
    ...(schema.properties && { properties }),
    ...(schema.default === undefined && defaults.default !== undefined && { default: defaults.default }),
  };
}

/**
 * What a field is, as `kubectl explain` tells it, without a cluster.
 *
 * @param operands one path, such as `spec.storage.persistence`; the kind may stand before it, and is OpenClawInstance without
 * @param recursive all fields below, by name
 * @throws {@link UsageError} for a field that there is not
 */
export function explain([path, ...rest]: readonly string[], recursive: boolean): string {
  if (path === undefined || rest.length > 0) throw new UsageError('name one field, such as spec.storage.persistence');
  const { kind, steps } = kindAndSteps(path.split('.').filter((step) => step !== ''));
  const { group, names, versions } = kind.spec;
  const [{ name, schema }] = versions;
  const field = steps.reduce<Place>(enter, { schema: schema.openAPIV3Schema, path: [], required: false });
  const lines = [`KIND:     ${names.kind}`, `VERSION:  ${group}/${name}`, ''];
  if (steps.length > 0) lines.push(`FIELD:    ${field.path.join('.')} ${typeOf(field.schema)}${field.required ? ' -required-' : ''}`, '');
  lines.push('DESCRIPTION:', ...wrapped(field.schema.description ?? 'A type of Kubernetes: see the documentation of Kubernetes.', 4));
  lines.push(...facts(field.schema));
  const fields = recursive ? allFields(fieldsOf(field.schema), 2) : briefFields(fieldsOf(field.schema));
  return `${[...lines, ...(fields.length > 0 ? ['', 'FIELDS:', ...fields] : [])].join('\n')}\n`;
}

function kindAndSteps([first = '', ...rest]: readonly string[]): { kind: Definition; steps: readonly string[] } {
  const instance = definition('openclawinstances');
  if (Object.hasOwn(fieldsOf(instance.spec.versions[0].schema.openAPIV3Schema).properties, first)) {
    return { kind: instance, steps: [first, ...rest] };
  }
  const word = first.toLowerCase();
  for (const plural of PLURALS) {
    const kind = definition(plural);
    const { names } = kind.spec;
    if ([names.singular, names.plural, ...(names.shortNames ?? [])].includes(word)) return { kind, steps: rest };
  }
  return { kind: instance, steps: ['spec', first, ...rest] };
}

interface Place {
  readonly schema: StructuralSchema;
  readonly path: readonly string[];
  readonly required: boolean;
}

function enter({ schema, path }: Place, step: string): Place {
  const { properties, required } = fieldsOf(schema);
  const found = Object.hasOwn(properties, step) ? properties[step] : undefined;
  if (found === undefined) {
    const names = Object.keys(properties);
    const meant = similarName(step, names);
    const place = path.length === 0 ? 'the object' : path.join('.');
    const remedy =
      meant === undefined ? `it has ${names.join(', ') || 'no fields of its own'}` : `did you mean ${[...path, meant].join('.')}?`;
    throw new UsageError(`${place} has no field "${step}": ${remedy}`);
  }
  return { schema: found, path: [...path, step], required: required.includes(step) };
}

interface Fields {
  readonly properties: Readonly<Record<string, StructuralSchema>>;
  readonly required: readonly string[];
}

/** The fields of an object, of the items of a list, or of the values of a map. */
function fieldsOf(schema: StructuralSchema): Fields {
  const inner = schema.items ?? valuesOf(schema);
  if (schema.properties === undefined && inner !== undefined) return fieldsOf(inner);
  return { properties: schema.properties ?? {}, required: schema.required ?? [] };
}

/** The schema of the values of a map. */
function valuesOf({ additionalProperties }: StructuralSchema): StructuralSchema | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

function typeOf(schema: StructuralSchema): string {
  return `<${typeName(schema)}>`;
}

function typeName(schema: StructuralSchema): string {
  if (schema['x-kubernetes-int-or-string'] === true) return 'IntOrString';
  if (schema.items !== undefined) return `[]${typeName(schema.items)}`;
  const values = valuesOf(schema);
  if (values !== undefined) return `map[string]${typeName(values)}`;
  return schema.type === 'object' ? 'Object' : (schema.type ?? 'Object');
}

/** What may stand there, and what does if nothing is written. */
function facts({ enum: choices, default: preset, minimum, maximum, properties }: StructuralSchema): string[] {
  const lines = [
    ...(choices === undefined ? [] : [`one of: ${choices.map(String).join(', ')}`]),
    ...(minimum === undefined ? [] : [`at least: ${minimum}`]),
    ...(maximum === undefined ? [] : [`at most: ${maximum}`]),
    ...(preset === undefined || properties !== undefined ? [] : [`default: ${JSON.stringify(preset)}`]),
  ];
  return lines.length === 0 ? [] : ['', ...lines.map((line) => `    ${line}`)];
}

function briefFields({ properties, required }: Fields): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => [
    `  ${name} ${typeOf(schema)}${required.includes(name) ? ' -required-' : ''}`,
    ...wrapped(schema.description ?? '', 4),
  ]);
}

function allFields({ properties }: Fields, indent: number): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => [
    `${' '.repeat(indent)}${name} ${typeOf(schema)}`,
    ...allFields(fieldsOf(schema), indent + 2),
  ]);
}

/** Lines of at most 80 characters. */
function wrapped(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line !== '' && indent + line.length + 1 + word.length > 80) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines.map((one) => ' '.repeat(indent) + one);
}
