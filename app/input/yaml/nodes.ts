import { type Alias, type Document, isAlias, isNode, isScalar, type Node, Scalar, visit } from 'yaml';

import { keyText } from './key-text';
import { resolvePlain, resolveTagged, type Scalar as ResolvedScalar } from './scalar';

/** The tag that any reader takes for a merge, when it is written out. */
const MERGE_TAG = 'tag:yaml.org,2002:merge';

/** What the aliases of a document stand for: for each the last anchor of its name before it. */
export function aliasTargets(document: Document): Map<Alias, Node> {
  const targets = new Map<Alias, Node>();
  const anchors = new Map<string, Node>();
  visit(document, {
    Node(_key, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) {
        anchors.set(node.anchor, node);
      }
    },
  });
  return targets;
}

/** Whether a key asks for a merge: `<<` without quotes. */
export function isMergeKey(key: unknown): boolean {
  if (!isScalar(key) || key.value !== '<<') return false;
  return key.tag === MERGE_TAG || (key.tag === undefined && isPlain(key));
}

/** The meaning of a scalar, or `undefined` when its text is nothing that its tag allows. */
export function resolveScalar(node: Scalar): ResolvedScalar | undefined {
  const text = String(node.value);
  if (node.tag !== undefined) return resolveTagged(node.tag, text);
  return isPlain(node) ? resolvePlain(text) : { type: 'string', value: text };
}

/** The field name of a key, or `undefined` for keys that have none. */
export function fieldName(key: unknown, targets: ReadonlyMap<Alias, Node>): string | undefined {
  const node = isAlias(key) ? targets.get(key) : key;
  const scalar = isScalar(node) ? resolveScalar(node) : undefined;
  return scalar === undefined ? undefined : keyText(scalar);
}

/** Where a node begins, counted in the text of its document. */
export function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function isPlain(node: Scalar): boolean {
  return node.type === undefined || node.type === Scalar.PLAIN;
}
