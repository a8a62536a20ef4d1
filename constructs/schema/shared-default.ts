import type { SchemaNode } from './schema-node';
import type { JsonValue } from './structural';

const shared = new WeakSet<object>();

/** Marks a frozen default, which all instances share: what was found out about it once holds for ever. */
export function markShared(value: JsonValue): void {
  if (typeof value === 'object' && value !== null) shared.add(value);
}

/** Remembers what was found out about shared defaults, and about nothing else. Values go when their schema goes. */
export class SharedDefaults<Finding> {
  private readonly findings = new WeakMap<object, { readonly node: SchemaNode; readonly finding: Finding }>();

  get(node: SchemaNode, value: JsonValue): Finding | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    const known = this.findings.get(value);
    return known?.node === node ? known.finding : undefined;
  }

  set(node: SchemaNode, value: JsonValue, finding: Finding): void {
    if (typeof value === 'object' && value !== null && shared.has(value)) this.findings.set(value, { node, finding });
  }
}
