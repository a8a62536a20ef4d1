// Writes imports/types.ts: the objects in wire form. Each group becomes an interface as users write it, and, where
// resolving adds something, a second one with the prefix `Resolved` in which that is always present.

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const quote = (value) => `'${String(value).replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** Names of the interfaces follow the path; `x-type-name` and shapes give better ones. */
function interfaceName(node, path) {
  if (node['x-type-name'] !== undefined) return node['x-type-name'];
  const [kind, section, ...rest] = path;
  if (rest.length === 0) return `${kind}${capital(section)}`;
  return `${rest.map(capital).join('')}${capital(section)}`;
}

const isFilled = (node) => node.default !== undefined || node['x-derived'] === true;

/** Whether the resolved form of a schema differs from the written one. */
function differs(node) {
  if (node.items !== undefined) return differs(node.items);
  const required = new Set(node.required);
  return Object.entries(node.properties ?? {}).some(([name, child]) => (isFilled(child) && !required.has(name)) || differs(child));
}

/** What makes two interfaces the same type, whatever their texts say. */
const signature = (members) => JSON.stringify(members.map(({ property, optional, type }) => [property, optional, type]));

function documentation(node) {
  const shown = node.default !== undefined && JSON.stringify(node.default) !== '{}' ? JSON.stringify(node.default) : undefined;
  return { text: node.description ?? '', preset: shown };
}

export class TypeWriter {
  #interfaces = new Map();
  #kubernetes;
  #usedKubernetes = new Set();

  constructor(kubernetes) {
    this.#kubernetes = kubernetes;
  }

  /** Adds what the schema at `path` needs and returns the type that refers to it. */
  typeOf(node, path, resolved) {
    if (node['x-kubernetes-type'] !== undefined) return this.kubernetesType(node['x-kubernetes-type']);
    if (node['x-kubernetes-int-or-string'] === true) return 'IntOrString';
    if (node.enum !== undefined) return node.enum.map(quote).join(' | ');
    if (node.type === 'array') return arrayOf(this.typeOf(node.items, [...path, 'item'], resolved));
    // A value of any type.
    if (node.type === undefined && node['x-kubernetes-preserve-unknown-fields'] === true) return 'unknown';
    if (node.type !== 'object') return node.type === 'integer' ? 'number' : node.type;
    if (node.additionalProperties !== undefined) return `Record<string, ${this.typeOf(node.additionalProperties, path, resolved)}>`;
    if (node.properties === undefined || node['x-kubernetes-preserve-unknown-fields'] === true) return 'Record<string, unknown>';
    return this.#addInterface(node, path, resolved && differs(node));
  }

  #addInterface(node, path, resolved) {
    const name = `${resolved ? 'Resolved' : ''}${interfaceName(node, path)}`;
    const required = new Set(node.required);
    const members = Object.entries(node.properties).map(([property, child]) => ({
      property,
      optional: !required.has(property) && !(resolved && isFilled(child)),
      type: this.typeOf(child, [...path, property], resolved),
      ...documentation(child),
    }));
    this.#register(name, members, node.description);
    return name;
  }

  /** The same name may come twice (image, resources, probes) when the members agree; presets that differ are not told. */
  #register(name, members, text) {
    const known = this.#interfaces.get(name);
    if (known === undefined) {
      this.#interfaces.set(name, { members, text });
      return;
    }
    if (signature(known.members) !== signature(members)) throw new Error(`two different types are named ${name}; set x-type-name on one`);
    if (known.text !== text) known.text = '';
    known.members.forEach((member, index) => {
      if (member.preset !== members[index].preset) delete member.preset;
      if (member.text !== members[index].text) member.text = '';
    });
  }

  /** Adds a Kubernetes type with all that it refers to. */
  kubernetesType(name) {
    if (this.#usedKubernetes.has(name)) return name;
    this.#usedKubernetes.add(name);
    const schema = this.#kubernetes[name];
    if (schema.properties === undefined) return name;
    const required = new Set(schema.required);
    const members = Object.entries(schema.properties).map(([property, child]) => ({
      property,
      optional: !required.has(property),
      type: this.#kubernetesMember(child),
      text: '',
    }));
    if (this.#interfaces.has(name)) throw new Error(`${name} is the name of a Kubernetes type; set x-type-name`);
    this.#interfaces.set(name, { members, text: `Kubernetes' ${name}.` });
    return name;
  }

  #kubernetesMember(schema) {
    if (schema.$ref !== undefined) return this.kubernetesType(schema.$ref);
    if (schema.enum !== undefined) return schema.enum.map(quote).join(' | ');
    if (schema.type === 'array') return arrayOf(this.#kubernetesMember(schema.items));
    if (schema.additionalProperties !== undefined) return `Record<string, ${this.#kubernetesMember(schema.additionalProperties)}>`;
    if (schema.type === 'object') return 'Record<string, unknown>';
    return schema.type === 'integer' || schema.type === 'number' ? 'number' : schema.type;
  }

  /** Writes `name` as an alias, when the type that was generated has another name. */
  alias(name, type, text) {
    if (name !== type) this.#interfaces.set(name, { alias: type, text });
  }

  print() {
    const scalars = [...this.#usedKubernetes].filter((name) => this.#kubernetes[name].properties === undefined).toSorted();
    const printedScalars = scalars.map(
      (name) => `${comment(scalarText[name], '')}export type ${name} = ${scalarType(this.#kubernetes[name])};\n`,
    );
    const printed = [...this.#interfaces].map(([name, entry]) => printInterface(name, entry));
    return [...printed, ...printedScalars].join('\n');
  }
}

const scalarText = {
  FieldsV1: 'The fields that a manager owns.',
  IntOrString: 'A number or a name, such as a port.',
  Quantity: 'An amount as Kubernetes writes it, such as `500m`, `2` or `4Gi`.',
  Time: 'A time in RFC 3339.',
};

function scalarType(schema) {
  if (schema['x-kubernetes-int-or-string'] === true) return 'number | string';
  return schema.type === 'object' ? 'Record<string, unknown>' : schema.type;
}

const arrayOf = (type) => (type.includes(' | ') ? `(${type})[]` : `${type}[]`);

const comment = (text, indent) => (text === undefined || text === '' ? '' : `${indent}/** ${text.replaceAll('*/', '* /')} */\n`);

function printInterface(name, { members, text, alias }) {
  if (alias !== undefined) return `${comment(text, '')}export type ${name} = ${alias};\n`;
  const lines = members.map(({ property, optional, type, text: description, preset }) => {
    const told = [description, preset === undefined ? '' : `Default: \`${preset}\`.`].filter((part) => part !== '').join(' ');
    return `${comment(told, '  ')}  ${property}${optional ? '?' : ''}: ${type};\n`;
  });
  return `${comment(text, '')}export interface ${name} {\n${lines.join('')}}\n`;
}
