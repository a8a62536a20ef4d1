import { type Alias, type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, Scalar, visit } from 'yaml';

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

/**
 * Where a field stands: its key, or the item of a list. For a path that leads nowhere, the nearest parent that exists.
 */
export function locateField(root: unknown, path: readonly (string | number)[], targets: ReadonlyMap<Alias, Node>): number {
  let node = root;
  let offset = offsetOf(root) ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = targets.get(node);
    // `[5]` in an issue is an item of a list, or a key of a mapping that looks like a number.
    const found = (typeof step === 'number' ? findItem(node, step) : undefined) ?? findField(node, String(step), targets);
    if (found === undefined) break;
    offset = offsetOf(found.at) ?? offset;
    node = found.value;
  }
  return offset;
}

interface Found {
  readonly at: unknown;
  readonly value: unknown;
}

function findItem(node: unknown, index: number): Found | undefined {
  const item: unknown = isSeq(node) ? node.items[index] : undefined;
  return item === undefined ? undefined : { at: item, value: item };
}

function findField(node: unknown, name: string, targets: ReadonlyMap<Alias, Node>): Found | undefined {
  if (!isMap(node)) return undefined;
  // From the end: what comes later in a mapping wins.
  for (const pair of node.items.toReversed()) {
    if (isMergeKey(pair.key)) {
      const merged = findMerged(pair.value, name, targets);
      if (merged !== undefined) return merged;
    } else if (fieldName(pair.key, targets) === name) {
      return { at: pair.key, value: pair.value };
    }
  }
  return undefined;
}

function findMerged(source: unknown, name: string, targets: ReadonlyMap<Alias, Node>): Found | undefined {
  const sources: unknown[] = isSeq(source) ? source.items : [source];
  for (const item of sources) {
    const map: unknown = isAlias(item) ? targets.get(item) : item;
    const found = findField(map, name, targets);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isPlain(node: Scalar): boolean {
  return node.type === undefined || node.type === Scalar.PLAIN;
}
