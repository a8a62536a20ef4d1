// Turns a hand-written CRD source into what the server takes. Two steps, because the types are generated between them:
// `resolveShapes` replaces `x-shape`, `inlineTypes` replaces `x-kubernetes-type` and drops our own markers.

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** Markers that are gone once types are inlined. `x-empty` stays until `acceptEmpty`. */
const ourMarkers = new Set(['x-derived', 'x-type-name', 'x-shape', 'x-kubernetes-type']);

/** What `x-empty` may say. */
const emptyMeanings = new Set([undefined, 'absent', 'value']);

const schemaKeys = new Set([
  ...ourMarkers,
  'x-empty',
  'type',
  'format',
  'description',
  'default',
  'enum',
  'nullable',
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
  if (!emptyMeanings.has(schema['x-empty'])) throw new Error(`${path}: x-empty is absent or value, not ${schema['x-empty']}`);
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

const isGroupDefault = (value) => isObject(value) && Object.keys(value).length === 0;

/**
 * The schema that the server gets: without the defaults of groups, and without those of the fields of `spec` itself, so that
 * the server stores nothing of which the user wrote no word.
 */
export function servedSchema(root) {
  const schema = withoutGroupDefaults(root);
  const { spec } = schema.properties;
  const fields = mapValues(spec.properties, ({ default: _default, ...rest }) => rest);
  return { ...schema, properties: { ...schema.properties, spec: { ...spec, properties: fields } } };
}

function withoutGroupDefaults(schema) {
  const { default: preset, ...rest } = schema;
  for (const key of ['items', 'additionalProperties']) if (isObject(rest[key])) rest[key] = withoutGroupDefaults(rest[key]);
  if (rest.properties !== undefined) rest.properties = mapValues(rest.properties, withoutGroupDefaults);
  return preset === undefined || isGroupDefault(preset) ? rest : { ...rest, default: preset };
}

/**
 * The defaults that `resolve` adds to what the server stores: those of groups, and of all that stands in such groups. Nothing else is
 * kept of the schema: whatever stands in a list, or in a group whose presence means something, is the server's to fill in.
 *
 * @returns undefined for a kind that has no such defaults
 */
export function defaultsSchema(root) {
  const spec = onlyDefaults(root.properties.spec);
  return spec.properties && { type: 'object', properties: { spec } };
}

function onlyDefaults({ type, default: preset, properties }) {
  const kept = Object.entries(isGroupDefault(preset) ? (properties ?? {}) : {}).filter(([, child]) => child.default !== undefined);
  const fields = Object.fromEntries(kept.map(([name, child]) => [name, onlyDefaults(child)]));
  return { ...(type !== undefined && { type }), default: preset, ...(kept.length > 0 && { properties: fields }) };
}

/**
 * Lets the empty text (or list) pass where `x-empty` stands: the limits of such a field hold for all but that. Rules that compare with the
 * stored value stay as they are. Drops the marker.
 */
export function acceptEmpty(schema) {
  const { 'x-empty': meaning, ...result } = schema;
  for (const key of ['items', 'additionalProperties']) if (isObject(result[key])) result[key] = acceptEmpty(result[key]);
  if (result.properties !== undefined) result.properties = mapValues(result.properties, acceptEmpty);
  if (meaning === undefined) return result;
  if (result.type === 'array') return withoutKey(result, 'minItems');
  if (result.enum !== undefined) result.enum = [...result.enum, ''];
  if (result.pattern !== undefined) result.pattern = `^$|${result.pattern}`;
  const self = result['x-kubernetes-int-or-string'] === true ? 'string(self)' : 'self';
  const rules = result['x-kubernetes-validations'];
  if (rules !== undefined) {
    result['x-kubernetes-validations'] = rules.map((one) =>
      one.rule.includes('oldSelf') ? one : { ...one, rule: `${self} == '' || (${one.rule})` },
    );
  }
  return withoutKey(result, 'minLength');
}

function withoutKey(object, key) {
  const { [key]: _dropped, ...rest } = object;
  return rest;
}

/**
 * Where the empty text or list means "not set": a schema that holds nothing but the marks.
 *
 * @returns undefined for a kind that has no such field
 */
export function absenceSchema({ 'x-empty': meaning, properties, items }) {
  const marked = Object.entries(properties ?? {})
    .map(([name, child]) => [name, absenceSchema(child)])
    .filter(([, child]) => child !== undefined);
  const inner = items && absenceSchema(items);
  if (meaning !== 'absent' && marked.length === 0 && inner === undefined) return undefined;
  return {
    ...(meaning === 'absent' && { 'x-empty': meaning }),
    ...(marked.length > 0 && { properties: Object.fromEntries(marked) }),
    ...(inner !== undefined && { items: inner }),
  };
}

/**
 * Writes out our two macros. `orDefault(self.a.b)` is the field or, where it or a group above it is absent, its default; `isSet(self.a.b)`
 * says that it is there. An empty text counts as absent where that is what it means.
 */
export function fillRules(schema) {
  const result = { ...schema };
  for (const key of ['items', 'additionalProperties']) if (isObject(result[key])) result[key] = fillRules(result[key]);
  if (result.properties !== undefined) result.properties = mapValues(result.properties, fillRules);
  const rules = result['x-kubernetes-validations'];
  if (rules !== undefined) result['x-kubernetes-validations'] = rules.map((one) => ({ ...one, rule: fillRule(one.rule, schema) }));
  return result;
}

function fillRule(rule, schema) {
  return rule
    .replaceAll(/\borDefault\(self\.([\w.]+)\)/g, (call, path) => {
      const preset = fieldAt(schema, path)?.default;
      if (preset === undefined || isObject(preset) || Array.isArray(preset)) throw new Error(`${call}: that field has no plain default`);
      // Not `self.?a.?b.orValue()`: the server cannot tell how long such a text may be, and refuses the rule as too costly.
      return `(${guards(schema, path)} ? self.${path} : ${literal(preset)})`;
    })
    .replaceAll(/\bisSet\(self\.([\w.]+)\)/g, (_call, path) => `(${guards(schema, path)})`);
}

function fieldAt(schema, path) {
  return path.split('.').reduce((node, step) => node?.properties?.[step], schema);
}

/** That a field is there, and every group above it. */
function guards(schema, path) {
  const steps = path.split('.');
  const present = steps.map((_, index) => `has(self.${steps.slice(0, index + 1).join('.')})`);
  const field = fieldAt(schema, path);
  if (field?.['x-empty'] !== 'absent') return present.join(' && ');
  const text = field['x-kubernetes-int-or-string'] === true ? `string(self.${path})` : `self.${path}`;
  return [...present, `${text} != ''`].join(' && ');
}

const literal = (value) => (typeof value === 'string' ? `'${value.replaceAll(/['\\]/g, String.raw`\$&`)}'` : String(value));

/** A schema without the texts that only people read. Property names are kept whatever they are. */
export function withoutDescriptions(schema) {
  const { description: _description, ...rest } = schema;
  for (const key of ['items', 'additionalProperties']) if (isObject(rest[key])) rest[key] = withoutDescriptions(rest[key]);
  if (rest.properties !== undefined) rest.properties = mapValues(rest.properties, withoutDescriptions);
  return rest;
}
