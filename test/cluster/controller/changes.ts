import type { KubeObject } from '../api';

/** One field that somebody else spoils. */
export interface Change {
  readonly path: readonly (string | number)[];
  /** What stood there. */
  readonly before: unknown;
  /** As a step of a JSON patch. */
  readonly step: { readonly op: 'replace' | 'remove'; readonly path: string; readonly value?: unknown };
}

/** The value at a path, or undefined. */
export function at(object: unknown, path: readonly (string | number)[]): unknown {
  let value = object;
  for (const key of path) value = (value as Record<string | number, unknown> | undefined)?.[key];
  return value;
}

/** Another word for each of the API's own, so that such fields can be spoilt as well. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  Always: 'IfNotPresent',
  IfNotPresent: 'Always',
  TCP: 'UDP',
  HTTP: 'HTTPS',
  Exact: 'Prefix',
  Prefix: 'Exact',
  RollingUpdate: 'OnDelete',
  None: 'ClientIP',
  ClusterIP: 'NodePort',
  ClusterFirst: 'Default',
  File: 'FallbackToLogsOnError',
  RuntimeDefault: 'Unconfined',
  Retain: 'Delete',
};

function otherValue(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return OTHER_WORDS[String(value)] ?? `${String(value)}x`;
}

/**
 * Every single value of an object that a field manager owns, changed or taken away.
 *
 * Fields that name an entry of a list (`name`, `containerPort`) are left out: with another name it is another entry.
 */
export function changes(object: KubeObject, manager: string, how: 'changed' | 'removed'): Change[] {
  const entries = (object.metadata['managedFields'] ?? []) as readonly { manager: string; operation: string; fieldsV1: object }[];
  const entry = entries.find((one) => one.manager === manager && one.operation === 'Apply');
  if (entry === undefined) return [];
  return leaves(object, entry.fieldsV1 as Fields, []).flatMap(({ path, value }): Change[] => {
    if (path[0] === 'metadata' && path[1] === 'ownerReferences') return [];
    const pointer = `/${path.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
    if (how === 'changed') return [{ path, before: value, step: { op: 'replace', path: pointer, value: otherValue(value) } }];
    // An entry that leaves a list moves those behind it; a key that leaves a map moves nothing.
    return typeof path.at(-1) === 'number' ? [] : [{ path, before: value, step: { op: 'remove', path: pointer } }];
  });
}

interface Fields {
  readonly [key: string]: Fields;
}

interface Leaf {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/** Single values below a set of owned fields: `f:` names a field, `k:` an entry of a list by its keys, `v:` a value of a set. */
function leaves(value: unknown, fields: Fields, path: readonly (string | number)[]): Leaf[] {
  return Object.entries(fields).flatMap(([key, below]): Leaf[] => {
    const mark = key.slice(0, 2);
    const text = key.slice(2);
    if (mark === 'f:') return leaf((value as Record<string, unknown>)[text], below, [...path, text]);
    if (mark !== 'k:' || !Array.isArray(value)) return [];
    const keys = JSON.parse(text) as Record<string, unknown>;
    const index = value.findIndex((entry) => Object.entries(keys).every(([name, wanted]) => entry[name] === wanted));
    if (index < 0) return [];
    return leaves(value[index], below, [...path, index]).filter(
      ({ path: found }) => !(found.length === path.length + 2 && String(found.at(-1)) in keys),
    );
  });
}

function leaf(value: unknown, below: Fields, path: readonly (string | number)[]): Leaf[] {
  if (value === undefined) return [];
  if (Object.keys(below).some((key) => key !== '.')) return leaves(value, below, path);
  return singles(value, path);
}

/** An atomic field is owned as a whole; each value in it can be spoilt. */
function singles(value: unknown, path: readonly (string | number)[]): Leaf[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]) => singles(inner, [...path, key]));
}
