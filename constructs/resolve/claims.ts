import { isDeepStrictEqual } from 'node:util';
import type { OpenClawInstanceSpec } from '../../imports/types';
import { type JsonObject, isObject } from '../spec/json';
import type { Part } from '../part';
import { type Issue, type PathStep, fieldPath, warning } from '../spec/issue';

/** The claimed fields as a tree: `true` where a part reads a field whole. */
type ClaimTree = Map<string, ClaimTree | true>;

function claimTree(parts: readonly Part[]): ClaimTree {
  const root: ClaimTree = new Map();
  for (const claim of parts.flatMap(({ claims }) => claims)) {
    const steps = claim.split('.');
    let tree = root;
    for (const step of steps.slice(0, -1)) {
      const next = tree.get(step);
      if (next === true) break;
      const child: ClaimTree = next ?? new Map();
      tree.set(step, child);
      tree = child;
    }
    tree.set(steps.at(-1) ?? '', true);
  }
  return root;
}

const trees = new WeakMap<readonly Part[], ClaimTree>();

/** Written, but asking for nothing: `false`, an empty list or group, a group that says `enabled: false`. */
function asksForNothing(value: unknown): boolean {
  if (value === false || value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && (value['enabled'] === false || Object.values(value).every(asksForNothing));
}

/**
 * Warns for every written field that no part reads: an instance must never believe in something that is not there.
 *
 * @param defaults the spec that the schema gives to an empty document: what the API server has filled in itself was not asked for
 */
export function unclaimed(written: OpenClawInstanceSpec, parts: readonly Part[], defaults: JsonObject): Issue[] {
  let tree = trees.get(parts);
  if (tree === undefined) trees.set(parts, (tree = claimTree(parts)));
  const issues: Issue[] = [];
  collect(written as JsonObject, tree, ['spec'], defaults, issues);
  return issues;
}

function collect(value: JsonObject, tree: ClaimTree, path: readonly PathStep[], defaults: JsonObject, issues: Issue[]): void {
  for (const [key, child] of Object.entries(value)) {
    const claim = tree.get(key);
    if (claim === true || asksForNothing(child)) continue;
    const usual = defaults[key];
    if (claim !== undefined && isObject(child)) collect(child, claim, [...path, key], isObject(usual) ? usual : {}, issues);
    else if (!isDeepStrictEqual(child, usual)) issues.push(notRendered([...path, key]));
  }
}

function notRendered(path: readonly PathStep[]): Issue {
  return warning(fieldPath(path), 'not-rendered', 'is valid but not rendered yet: this version makes nothing of it');
}
