import type { SchemaNode } from '../../schema-node';
import type { JsonValue } from '../../structural';

/** The values of the variables of a rule, by the place that each has: `self` first, then those of macros from the outside in. */
export type Scope = JsonValue[];

/**
 * What is known of a value before a rule runs. Texts, integers and truth values are `scalar`. Texts of formats that have a CEL type of their
 * own (times, durations, bytes) and numbers with decimals have no shape here, so no shortcut is made for a rule that reads one.
 */
export type Shape =
  | { readonly kind: 'scalar' | 'quantity' | 'map' }
  | { readonly kind: 'list'; readonly items: Shape }
  | { readonly kind: 'object'; readonly node: SchemaNode };

/** A part of a rule, ready to run on plain JSON. */
export interface Expression {
  readonly shape: Shape;
  /** The value; `undefined` where only the CEL library can tell, and where it would find an error. */
  readonly run: (scope: Scope) => unknown;
}

/** Thrown while a shortcut is made: the rule says something that shortcuts cannot. */
export const UNSUPPORTED = Symbol('no shortcut');

export const SCALAR: Shape = { kind: 'scalar' };

/** Formats whose texts CEL sees as texts all the same. */
const TYPED_FORMATS = new Set(['byte', 'date', 'date-time', 'datetime', 'duration']);

/** The shape of the values of a schema node. Throws UNSUPPORTED where there is none. */
export function shapeOf(node: SchemaNode): Shape {
  const { type, format = '' } = node.schema;
  if (node.schema['x-kubernetes-int-or-string'] === true || type === 'integer' || type === 'boolean') return SCALAR;
  if (type === 'string' && !TYPED_FORMATS.has(format)) return SCALAR;
  if (type === 'array' && node.items !== undefined) return { kind: 'list', items: shapeOf(node.items) };
  if (type !== 'object') throw UNSUPPORTED;
  if (node.properties !== undefined && node.properties.size > 0) return { kind: 'object', node };
  if (node.additional !== undefined) return { kind: 'map' };
  throw UNSUPPORTED;
}
