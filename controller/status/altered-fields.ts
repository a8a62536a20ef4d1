import type { Manifest } from '../../constructs';
import { isObject } from '../../constructs/spec/json';
import { amountOf } from '../../constructs/wire/kibibytes';
import { idOf, refOf, refText } from '../../constructs/wire/object-ref';
import { isClaim } from '../objects/ownership';
import type { KubeObject } from '../objects/objects';
import type { StatusView } from './status-input';
import { joinWithin } from './text';

/** Paths of one object that are told; an object that is altered all over is not listed leaf by leaf. */
const MOST_PATHS = 5;

const PATHS_LIMIT = 1000;

/** A manifest and its object as they were compared last: neither is ever changed. */
const compared = new WeakMap<Manifest, { readonly live: KubeObject; readonly paths: readonly string[] }>();

/**
 * The fields of a manifest that the live object has with another value, as after a policy that mutates whatever is written, or under a writer that
 * forces. Paths in the form of managed fields, in the order of the manifest; values never stand in them. What the server leaves out or adds, and
 * a quantity in other words, is no difference. Metadata does not count: engines write labels of their own.
 */
export function alteredFields(manifest: Manifest, live: KubeObject): readonly string[] {
  const known = compared.get(manifest);
  if (known?.live === live) return known.paths;
  const paths: string[] = [];
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...content } = manifest;
  compare(content, live, '', paths);
  compared.set(manifest, { live, paths });
  return paths;
}

function compare(wanted: unknown, live: unknown, path: string, found: string[]): void {
  if (wanted === null || wanted === undefined || live === null || live === undefined) return;
  if (Array.isArray(wanted)) {
    if (Array.isArray(live)) compareLists(wanted, live, path, found);
    else found.push(path);
  } else if (isObject(wanted)) {
    if (!isObject(live)) found.push(path);
    else for (const [key, value] of Object.entries(wanted)) compare(value, live[key], `${path}${step(key)}`, found);
  } else if (!isSame(wanted, live)) found.push(path);
}

function compareLists(wanted: readonly unknown[], live: readonly unknown[], path: string, found: string[]): void {
  const byName = namesOf(live);
  if (byName === undefined || namesOf(wanted) === undefined) {
    if (wanted.length !== live.length) found.push(path);
    else for (const [index, element] of wanted.entries()) compare(element, live[index], `${path}[${index}]`, found);
    return;
  }
  for (const [name, element] of namesOf(wanted) ?? []) {
    const place = `${path}[name=${JSON.stringify(name)}]`;
    if (byName.has(name)) compare(element, byName.get(name), place, found);
    else found.push(place);
  }
}

/** The elements of a list whose elements have names, each its own. */
function namesOf(list: readonly unknown[]): Map<string, unknown> | undefined {
  const names = new Map<string, unknown>();
  for (const element of list) {
    if (!isObject(element) || typeof element['name'] !== 'string' || names.has(element['name'])) return undefined;
    names.set(element['name'], element);
  }
  return names;
}

function step(key: string): string {
  return /^[A-Za-z_][\w-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function isSame(wanted: unknown, live: unknown): boolean {
  if (wanted === live || String(wanted) === String(live)) return true;
  const [one, other] = [wanted, live].map((value) =>
    typeof value === 'string' || typeof value === 'number' ? amountOf(value) : undefined,
  );
  return one !== undefined && one === other;
}

/**
 * What others made of an object that this pass delivered, in words; `undefined` where it is as it was sent. Claims are left out: they keep what
 * cannot change. In Git mode an engine writes, and `Applied` tells.
 */
export function alteration(view: StatusView, manifest: Manifest): string | undefined {
  const id = idOf(manifest);
  const action = view.results.get(id)?.action;
  const live = view.live.get(id);
  const isDelivered = action === 'created' || action === 'configured' || action === 'unchanged';
  if (!isDelivered || live === undefined || isClaim(manifest)) return undefined;
  const paths = alteredFields(manifest, live);
  if (paths.length === 0) return undefined;
  return `${refText(refOf(manifest), view.instance.metadata.namespace)}: a policy or another writer changes ${listOfPaths(paths)}`;
}

/** The first of these paths, and how many there are beside. */
export function listOfPaths(paths: readonly string[]): string {
  const more = paths.length > MOST_PATHS ? ` and ${paths.length - MOST_PATHS} more` : '';
  return `${joinWithin(paths.slice(0, MOST_PATHS), PATHS_LIMIT, ', ')}${more}`;
}
