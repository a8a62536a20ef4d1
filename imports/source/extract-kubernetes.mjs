// Writes kubernetes.json: the schemas of the Kubernetes types that our CRDs embed, as the API server publishes them.
// Run it by hand against a cluster of the wanted release, through the current kubectl context:
//
//   node imports/source/extract-kubernetes.mjs           write it
//   node imports/source/extract-kubernetes.mjs --check   fail when it is not what the server says
//
// Descriptions are left out (the CRD must stay small), references stay references by short name.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const documents = ['/openapi/v3/api/v1', '/openapi/v3/apis/networking.k8s.io/v1'];

/** The types that the sources name; what they refer to follows by itself. */
const roots = [
  'Affinity',
  'Capabilities',
  'Container',
  'EnvFromSource',
  'EnvVar',
  'LocalObjectReference',
  'NetworkPolicyEgressRule',
  'ObjectMeta',
  'Toleration',
  'TopologySpreadConstraint',
  'Volume',
  'VolumeMount',
];

/** Types that the server describes loosely (`oneOf`); a CRD has a marker of its own for them. */
const scalars = {
  IntOrString: { 'x-kubernetes-int-or-string': true },
  Quantity: {
    'x-kubernetes-int-or-string': true,
    maxLength: 64,
    pattern: '^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$',
  },
};

/**
 * What a CRD can use. Left out: texts, defaults (the pod's own defaulting sets them), patch strategies and list keys
 * (a list inside a fragment is replaced as a whole), formats that only describe the OpenAPI document.
 */
const kept = new Set(['type', 'format', 'enum', 'items', 'properties', 'additionalProperties', 'required', 'x-kubernetes-map-type']);

const shortName = (reference) => reference.split('.').pop();

function readSchemas() {
  const schemas = new Map();
  for (const path of documents) {
    const text = execFileSync('kubectl', ['get', '--raw', path], { encoding: 'utf8', maxBuffer: 2 ** 26 });
    for (const [name, schema] of Object.entries(JSON.parse(text).components.schemas)) {
      // The same short name stands in several groups; core and networking v1 come first, and only those are asked for.
      if (/^io\.k8s\.(api\.(core|networking)\.v1|apimachinery\..*)\.[A-Za-z0-9]+$/.test(name)) schemas.set(shortName(name), schema);
    }
  }
  return schemas;
}

function trim(schema) {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (reference !== undefined) return { $ref: shortName(reference) };
  const result = {};
  for (const key of Object.keys(schema).toSorted()) {
    if (!kept.has(key)) continue;
    const value = schema[key];
    if (key === 'items' || key === 'additionalProperties') result[key] = trim(value);
    else if (key === 'properties')
      result[key] = Object.fromEntries(
        Object.keys(value)
          .toSorted()
          .map((name) => [name, trim(value[name])]),
      );
    else result[key] = value;
  }
  return result;
}

function references(schema) {
  if (schema === null || typeof schema !== 'object') return [];
  return typeof schema.$ref === 'string' ? [schema.$ref] : Object.values(schema).flatMap(references);
}

const published = readSchemas();
const extracted = new Map();
const waiting = [...roots];
for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
  if (extracted.has(name)) continue;
  const schema = scalars[name] ?? published.get(name);
  if (schema === undefined) throw new Error(`the server publishes no schema for ${name}`);
  const trimmed = scalars[name] ?? trim(schema);
  extracted.set(name, trimmed);
  waiting.push(...references(trimmed));
}
if (!extracted.has('Quantity')) extracted.set('Quantity', scalars.Quantity);

const sorted = Object.fromEntries([...extracted.keys()].toSorted().map((name) => [name, extracted.get(name)]));
const text = `${JSON.stringify(sorted, null, 1)}\n`;
const path = join(import.meta.dirname, 'kubernetes.json');
if (!process.argv.includes('--check')) {
  writeFileSync(path, text);
} else if (readFileSync(path, 'utf8') !== text) {
  console.error(
    'imports/source/kubernetes.json is not what this server says; run: node imports/source/extract-kubernetes.mjs && npm run import',
  );
  process.exitCode = 1;
}
