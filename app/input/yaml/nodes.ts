import { type Alias, type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, Scalar, visit, type YAMLMap } from 'yaml';

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
  const { own, merges } = keysOf(node, targets);
  const index = own.get(name) ?? -1;
  // From the end: what comes later in a mapping wins.
  for (const place of merges) {
    if (place < index) break;
    const merged = findMerged(node.items[place]?.value, name, targets);
    if (merged !== undefined) return merged;
  }
  const pair = node.items[index];
  return pair && { at: pair.key, value: pair.value };
}

/** Where the fields of a mapping stand among its items. */
interface Keys {
  /** The last place of each name. */
  readonly own: ReadonlyMap<string, number>;
  /** Places of merges, the last one first. */
  readonly merges: readonly number[];
}

/** A file may have as many issues as fields: each mapping is looked through once. */
const known = new WeakMap<YAMLMap, Keys>();

function keysOf(map: YAMLMap, targets: ReadonlyMap<Alias, Node>): Keys {
  let keys = known.get(map);
  if (keys === undefined) {
    const own = new Map<string, number>();
    const merges: number[] = [];
    for (const [place, { key }] of map.items.entries()) {
      const name = isMergeKey(key) ? undefined : fieldName(key, targets);
      if (isMergeKey(key)) merges.unshift(place);
      else if (name !== undefined) own.set(name, place);
    }
    keys = { own, merges };
    known.set(map, keys);
  }
  return keys;
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
