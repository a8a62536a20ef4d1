/** Fields of objects as managers own them. But for those of `fake-lists.ts` lists are owned whole, which is stricter than the real server. */
import { isDeepStrictEqual } from 'node:util';
import { ensureItem, fieldSetOf, indexOfItem, isItemStep, itemSteps } from './fake-lists';

export type Json = Record<string, unknown>;

/** As it travels. What `structuredClone` makes has prototypes of another realm in jest, and would be equal to nothing. */
export function clone<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether both are the same JSON, in whatever order their keys stand. */
export function same(one: unknown, other: unknown): boolean {
  return one === other || isDeepStrictEqual(clone(one ?? null), clone(other ?? null));
}

/** What names an object and what the server itself keeps: nobody owns it. */
const NOBODYS = new Set(['apiVersion', 'kind', 'metadata.name', 'metadata.namespace', 'metadata.uid', 'metadata.resourceVersion']);

const BETWEEN = '\u0000';

/** Every leaf of an object by its path. */
export function leaves(value: unknown, path: readonly string[] = []): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const items = Array.isArray(value) ? itemSteps(value, path) : undefined;
  if (items !== undefined && items.length > 0) {
    for (const [step, item] of items) for (const [id, leaf] of leaves(item, [...path, step])) found.set(id, leaf);
  } else if (isRecord(value) && (Object.keys(value).length > 0 || path.length === 0)) {
    for (const [key, inner] of Object.entries(value)) for (const [id, leaf] of leaves(inner, [...path, key])) found.set(id, leaf);
  } else if (!NOBODYS.has(path.join('.'))) found.set(path.join(BETWEEN), value);
  return found;
}

/** `.spec.replicas`, as a conflict names it. */
export function fieldText(id: string): string {
  return `.${id.split(BETWEEN).join('.')}`;
}

export function getLeaf(object: Json, id: string): unknown {
  let at: unknown = object;
  for (const key of id.split(BETWEEN)) {
    if (Array.isArray(at)) at = isItemStep(key) ? at[indexOfItem(at, key)] : undefined;
    else at = isRecord(at) ? at[key] : undefined;
  }
  return at;
}

export function setLeaf(object: Json, id: string, value: unknown): void {
  const keys = id.split(BETWEEN);
  let at: unknown = object;
  for (const [index, key] of keys.entries()) {
    if (isItemStep(key)) {
      at = ensureItem(at as unknown[], key);
      continue;
    }
    const holder = at as Json;
    const next = keys[index + 1];
    if (next === undefined) holder[key] = value;
    else if (isItemStep(next)) holder[key] = Array.isArray(holder[key]) ? holder[key] : [];
    else if (!isRecord(holder[key])) holder[key] = {};
    at = holder[key];
  }
}

/** What a manager owns, as the server keeps it. */
export function fieldsOf(ids: Iterable<string>): Json {
  return fieldSetOf([...ids].map((id) => id.split(BETWEEN)));
}

export function removeLeaf(object: Json, id: string): void {
  const keys = id.split(BETWEEN);
  const last = keys.at(-1) ?? '';
  const parent = keys.length === 1 ? object : getLeaf(object, keys.slice(0, -1).join(BETWEEN));
  if (Array.isArray(parent)) parent.splice(indexOfItem(parent, last), 1);
  else if (isRecord(parent)) delete parent[last];
  // An item of which nothing is left goes with its key.
  const item = keys.at(-2) ?? '';
  if (!isItemStep(item) || !isRecord(parent) || Object.keys(parent).length > 1) return;
  const list = getLeaf(object, keys.slice(0, -2).join(BETWEEN)) as unknown[];
  if (list.includes(parent)) list.splice(list.indexOf(parent), 1);
}

/** RFC 7396. */
export function merged(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Json = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

interface Step {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

/** RFC 6902, as far as it is used. @returns undefined when a test fails */
export function patched(object: Json, steps: readonly Step[]): Json | undefined {
  const result = clone(object);
  for (const { op, path, value } of steps) {
    const keys = path.slice(1).split('/');
    const last = keys.pop() ?? '';
    let at: unknown = result;
    for (const key of keys) at = (at as Json | undefined)?.[key];
    if (at === undefined) return undefined;
    const holder = at as Json;
    if (op === 'test' && !same(holder[last], value)) return undefined;
    if (op === 'remove' && Array.isArray(at)) at.splice(Number(last), 1);
    else if (op === 'remove') delete holder[last];
    else if (op !== 'test') holder[last] = value;
  }
  return result;
}
