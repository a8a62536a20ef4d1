// Turns a hand-written CRD source into what the server takes. Two steps, because the types are generated between them:
// `resolveShapes` replaces `x-shape`, `inlineTypes` replaces `x-kubernetes-type` and drops our own markers.

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

const ourMarkers = new Set(['x-derived', 'x-type-name', 'x-shape', 'x-kubernetes-type']);

const schemaKeys = new Set([
  ...ourMarkers,
  'type',
  'format',
  'description',
  'default',
  'enum',
  'items',
  'properties',
  'additionalProperties',
  'required',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
]);

/** Fails on a key that no schema has: the server would drop a misspelt one without a word. */
export function checkSchema(schema, path) {
  const unknown = Object.keys(schema).filter((key) => !schemaKeys.has(key));
  if (unknown.length > 0) throw new Error(`${path}: unknown schema keys ${unknown.map((key) => JSON.stringify(key)).join(', ')}`);
  for (const key of ['items', 'additionalProperties']) if (schema[key] !== undefined) checkSchema(schema[key], `${path}.${key}`);
  for (const [name, child] of Object.entries(schema.properties ?? {})) checkSchema(child, `${path}.${name}`);
}

/** Lays `over` upon `base`: objects merge, rules add up, all else is replaced. */
export function merge(base, over) {
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (key === 'x-kubernetes-validations' && Array.isArray(base[key])) result[key] = [...base[key], ...value];
    else if (isObject(value) && isObject(base[key]) && key !== 'default') result[key] = merge(base[key], value);
    else result[key] = value;
  }
  return result;
}

function mapValues(node, change) {
  if (Array.isArray(node)) return node.map(change);
  if (!isObject(node)) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, change(value)]));
}

/** Replaces every `x-shape`; an object shape gives its name to the generated interface. */
export function resolveShapes(node, shapes) {
  if (!isObject(node) || node['x-shape'] === undefined) return mapValues(node, (child) => resolveShapes(child, shapes));
  const { 'x-shape': name, ...over } = node;
  const shape = shapes[name];
  if (shape === undefined) throw new Error(`unknown x-shape ${name}; shapes.yaml has ${Object.keys(shapes).join(', ')}`);
  const named = shape.properties === undefined ? shape : { 'x-type-name': name, ...shape };
  return resolveShapes(merge(named, over), shapes);
}

/**
 * The schema of an embedded Kubernetes type. Every object in it keeps fields that the schema does not know: a user's
 * fragment may be newer than the schema. Lists are atomic, the default, so they carry no marker.
 */
function kubernetesSchema(name, kubernetes) {
  const schema = kubernetes[name];
  if (schema === undefined) throw new Error(`unknown x-kubernetes-type ${name}; add it to extract-kubernetes.mjs and run that`);
  return embed(schema, kubernetes);
}

function embed(schema, kubernetes) {
  if (typeof schema.$ref === 'string') return kubernetesSchema(schema.$ref, kubernetes);
  const result = { ...schema };
  if (schema.items !== undefined) result.items = embed(schema.items, kubernetes);
  if (schema.additionalProperties !== undefined) result.additionalProperties = embed(schema.additionalProperties, kubernetes);
  if (schema.properties !== undefined) result.properties = mapValues(schema.properties, (child) => embed(child, kubernetes));
  if (schema.type === 'object' && schema.additionalProperties === undefined) result['x-kubernetes-preserve-unknown-fields'] = true;
  return result;
}

/** Replaces every `x-kubernetes-type` and drops the markers that are ours. */
export function inlineTypes(node, kubernetes) {
  if (!isObject(node)) return mapValues(node, (child) => inlineTypes(child, kubernetes));
  const name = node['x-kubernetes-type'];
  const own = Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => !ourMarkers.has(key))
      .map(([key, value]) => [key, inlineTypes(value, kubernetes)]),
  );
  return typeof name === 'string' ? merge(kubernetesSchema(name, kubernetes), own) : own;
}

/** Puts nested defaults into an object, as the server does for a document. */
function fillDefaults(value, schema) {
  if (Array.isArray(value)) return value.map((item) => fillDefaults(item, schema.items ?? {}));
  if (!isObject(value)) return value;
  const filled = { ...value };
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    const present = filled[name] ?? child.default;
    if (present !== undefined) filled[name] = fillDefaults(present, child);
  }
  return filled;
}

/**
 * Writes out the default of every object that has rules: the server tries the rules on the bare default when the CRD
 * is created, before nested defaults are there. The sources keep `default: {}`.
 */
export function completeDefaults(schema) {
  const result = { ...schema };
  for (const key of ['items', 'additionalProperties']) if (isObject(result[key])) result[key] = completeDefaults(result[key]);
  if (result.properties !== undefined) result.properties = mapValues(result.properties, completeDefaults);
  if (isObject(result.default) && result['x-kubernetes-validations'] !== undefined) result.default = fillDefaults(result.default, result);
  return result;
}

/** A schema without the texts that only people read. Property names are kept whatever they are. */
export function withoutDescriptions(schema) {
  const { description: _description, ...rest } = schema;
  for (const key of ['items', 'additionalProperties']) if (isObject(rest[key])) rest[key] = withoutDescriptions(rest[key]);
  if (rest.properties !== undefined) rest.properties = mapValues(rest.properties, withoutDescriptions);
  return rest;
}
