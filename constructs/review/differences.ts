/** What differs between two JSON values, told as people think of it: lists by the names in them, JSON inside a text field by field. */
import { isObject } from '../spec/json';

/** One thing that differs. Exactly what is there in one of the two alone has no value in the other. */
export interface Difference {
  /** `spec.template.spec.containers[openclaw].image`; `#` leads into JSON that stands in a text. */
  readonly path: string;
  /** The same for programs: names of elements are left out, `spec.template.spec.containers[].image`. */
  readonly shape: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** By what the elements of a list are known, the first that tells them all apart. */
const KEYS = ['name', 'mountPath', 'containerPort', 'port', 'host', 'key', 'path', 'ip', 'topologyKey', 'secretName'] as const;

/** Levels of JSON inside JSON that are looked into. */
const DEEPEST = 4;

/** @returns in the order of the fields, those of `before` first; empty where nothing differs */
export function differences(before: unknown, after: unknown): Difference[] {
  const found: Difference[] = [];
  compare(before, after, { path: '', shape: '', depth: 0 }, found);
  return found;
}

/** Whether two JSON values say the same, whatever the order of their fields. */
export function isSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

/** JSON with sorted fields: one text a value. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

interface Place {
  readonly path: string;
  readonly shape: string;
  readonly depth: number;
}

function compare(before: unknown, after: unknown, at: Place, found: Difference[]): void {
  if (before === after || isSame(before, after)) return;
  if (isObject(before) && isObject(after)) compareObjects(before, after, at, found);
  else if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, at, found);
  else if (typeof before === 'string' && typeof after === 'string') compareTexts(before, after, at, found);
  else add(before, after, at, found);
}

function add(before: unknown, after: unknown, { path, shape }: Place, found: Difference[]): void {
  found.push({ path, shape, ...(before !== undefined && { before }), ...(after !== undefined && { after }) });
}

function compareObjects(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  at: Place,
  found: Difference[],
): void {
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    compare(own(before, field), own(after, field), fieldAt(at, field), found);
  }
}

/** A user may call a field `constructor`. */
function own(object: Readonly<Record<string, unknown>>, field: string): unknown {
  return Object.hasOwn(object, field) ? object[field] : undefined;
}

function fieldAt({ path, shape, depth }: Place, field: string): Place {
  const step = /^[\w-]+$/.test(field) ? `${path === '' || path.endsWith('#') ? '' : '.'}${field}` : `[${field}]`;
  return { path: `${path}${step}`, shape: `${shape}${step}`, depth };
}

/** JSON in a text, such as openclaw.json in a ConfigMap, is told field by field. */
function compareTexts(before: string, after: string, at: Place, found: Difference[]): void {
  const [one, other] = at.depth < DEEPEST ? [parsed(before), parsed(after)] : [];
  if (one === undefined || other === undefined || isSame(one, other)) add(before, after, at, found);
  else compare(one, other, { path: `${at.path}#`, shape: `${at.shape}#`, depth: at.depth + 1 }, found);
}

function parsed(text: string): object | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function compareLists(before: readonly unknown[], after: readonly unknown[], at: Place, found: Difference[]): void {
  const key = keyOf(before, after);
  if (key === undefined) compareUnnamed(before, after, at, found);
  else compareNamed(byKey(before, key), byKey(after, key), at, found);
}

function keyOf(before: readonly unknown[], after: readonly unknown[]): string | undefined {
  return KEYS.find((key) =>
    [before, after].every((list) => {
      const names = list.map((element) => (isObject(element) ? element[key] : undefined));
      return names.every((name) => typeof name === 'string' || typeof name === 'number') && new Set(names).size === names.length;
    }),
  );
}

function byKey(list: readonly unknown[], key: string): Map<string, unknown> {
  return new Map(list.map((element) => [String((element as Record<string, unknown>)[key]), element]));
}

function compareNamed(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>, at: Place, found: Difference[]): void {
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    compare(before.get(name), after.get(name), elementAt(at, name), found);
  }
  const [one, other] = [[...before.keys()].filter((name) => after.has(name)), [...after.keys()].filter((name) => before.has(name))];
  // Containers begin in their order, and variables may refer to those before them.
  if (one.join('\n') !== other.join('\n')) add(one, other, { ...at, path: `${at.path}[order]`, shape: `${at.shape}[order]` }, found);
}

function elementAt({ path, shape, depth }: Place, name: string): Place {
  return { path: `${path}[${name}]`, shape: `${shape}[]`, depth };
}

/** Rules and the like have no names: what is in both is the same one, and a single other one was changed. Plain values are told as a whole. */
function compareUnnamed(before: readonly unknown[], after: readonly unknown[], at: Place, found: Difference[]): void {
  if (![...before, ...after].every(isObject)) {
    add(before, after, at, found);
    return;
  }
  const [gone, come] = [without(before, after), without(after, before)];
  const [lost] = gone;
  const [won] = come;
  if (gone.length === 1 && come.length === 1 && lost && won) {
    compare(lost.element, won.element, elementAt(at, String(won.index)), found);
    return;
  }
  for (const { element, index } of gone) add(element, undefined, elementAt(at, String(index)), found);
  for (const { element, index } of come) add(undefined, element, elementAt(at, String(index)), found);
  if (gone.length === 0 && come.length === 0) add(before, after, at, found);
}

/** The elements of one list that the other has not, each as often as it is missing. */
function without(list: readonly unknown[], other: readonly unknown[]): { readonly element: unknown; readonly index: number }[] {
  const left = new Map<string, number>();
  for (const element of other) left.set(canonical(element), (left.get(canonical(element)) ?? 0) + 1);
  return list.flatMap((element, index) => {
    const count = left.get(canonical(element)) ?? 0;
    if (count > 0) left.set(canonical(element), count - 1);
    return count > 0 ? [] : [{ element, index }];
  });
}
