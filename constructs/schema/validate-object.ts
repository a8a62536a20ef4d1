import type { Findings } from './findings';
import type { SchemaNode } from './schema-node';
import type { JsonObject } from './structural';
import { check, isPlainlySound } from './validate';

const EMBEDDED_REQUIRED: readonly string[] = ['apiVersion', 'kind'];

/** The fields of an object: how many, which must be there, and each against its own schema. */
export function checkObject(node: SchemaNode, value: JsonObject, findings: Findings): void {
  const { schema } = node;
  checkSize(node, value, findings);
  if (schema.required !== undefined) checkRequired(schema.required, value, findings);
  if (node.embedded) checkRequired(EMBEDDED_REQUIRED, value, findings);
  if (node.properties === undefined && node.additional === undefined) return;
  for (const key in value) {
    const child = node.properties?.get(key) ?? node.additional;
    const inner = value[key];
    if (child === undefined || inner === undefined || isPlainlySound(child, inner)) continue;
    findings.path.push(key);
    check(child, inner, findings);
    findings.path.pop();
  }
}

function checkSize({ schema }: SchemaNode, value: JsonObject, findings: Findings): void {
  const { minProperties, maxProperties } = schema;
  if (minProperties === undefined && maxProperties === undefined) return;
  const size = Object.values(value).filter((inner) => inner !== undefined).length;
  if (maxProperties !== undefined && size > maxProperties) {
    findings.add('max-properties', `must have at most ${maxProperties} entries, has ${size}`);
  }
  if (minProperties !== undefined && size < minProperties) {
    findings.add('min-properties', `must have at least ${minProperties} entries, has ${size}`);
  }
}

function checkRequired(names: readonly string[], value: JsonObject, findings: Findings): void {
  for (const name of names) {
    if (value[name] === undefined || !Object.hasOwn(value, name)) findings.add('required', 'is required', name);
  }
}
