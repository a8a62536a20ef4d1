import type { OpenClawInstanceSpec } from '../../imports/types';
import type { JsonObject, StructuralSchema } from '../schema/structural';
import { type Issue, warning } from '../spec/issue';

/**
 * Warns of a group that is written and never switched on: `ollama: {models: [...]}` alone makes nothing. A written `enabled: false` is a
 * wish; so it is silent for documents that an API server stored, which filled it in.
 *
 * @param schema of the spec
 */
export function notEnabled(written: OpenClawInstanceSpec, schema: StructuralSchema): Issue[] {
  const issues: Issue[] = [];
  collect(written as JsonObject, schema, 'spec', issues);
  return issues;
}

function collect(group: JsonObject, { properties = {} }: StructuralSchema, path: string, issues: Issue[]): void {
  for (const [key, value] of Object.entries(group)) {
    const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (schema?.properties === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    if (isLeftOff(value, schema)) issues.push(leftOff(`${path}.${key}`));
    else if (value['enabled'] !== false) collect(value, schema, `${path}.${key}`, issues);
  }
}

/** A key that the schema does not know may be `enabled` misspelt, and is an error of its own. */
function isLeftOff(group: JsonObject, { properties = {} }: StructuralSchema): boolean {
  if (properties['enabled']?.default !== false || (group['enabled'] ?? undefined) !== undefined) return false;
  const written = Object.keys(group).filter((key) => (group[key] ?? undefined) !== undefined);
  return written.length > 0 && written.every((key) => Object.hasOwn(properties, key));
}

function leftOff(path: string): Issue {
  return warning(
    path,
    'not-enabled',
    'is written but not switched on, so nothing is made of it: set its enabled to true, or to false to keep it for later',
  );
}
