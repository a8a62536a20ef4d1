import { type JsonObject, isObject } from '../../constructs/spec/json';
import type { KubeObject, ManagedFields } from './objects';

/** A set of fields as the server keeps it: `{"f:spec": {"f:skills": {"v:\"a\"": {}}}}`. */
type FieldSet = Readonly<Record<string, unknown>>;

/** Of an entry of a list: its keys, `k:{"name":"A"}`, or its value, `v:"a"`. */
const ITEM = /^[kv]:/;

/** That the thing itself is owned, beside what is in it. */
const ITSELF = '.';

/** Whether an entry is about the object and not about its status. */
function isOfObject({ subresource = '', fieldsV1 }: ManagedFields): boolean {
  return subresource === '' && fieldsV1 !== undefined;
}

/**
 * What one manager has applied, with the values that stand there now: what it has to state again in its next apply, or the server takes it away.
 *
 * @param live as the server sends it, with its managed fields
 */
export function appliedBy(live: KubeObject, manager: string): JsonObject {
  const own = (live.metadata.managedFields ?? []).find(
    (entry) => isOfObject(entry) && entry.operation === 'Apply' && entry.manager === manager && entry.apiVersion === live.apiVersion,
  );
  const found = own && partOf(live, own.fieldsV1 ?? {});
  return isObject(found) ? found : {};
}

/** @returns `undefined` for what is not there any more */
function partOf(value: unknown, fields: FieldSet): unknown {
  const inner = Object.entries(fields).filter(([key]) => key !== ITSELF);
  if (inner.length === 0) return value;
  if (Array.isArray(value)) return itemsOf(value, inner);
  if (!isObject(value)) return undefined;
  const parts = inner.flatMap(([key, below]) => {
    const name = key.slice('f:'.length);
    const part = key.startsWith('f:') && Object.hasOwn(value, name) ? partOf(value[name], below as FieldSet) : undefined;
    return part === undefined ? [] : [[name, part] as const];
  });
  return Object.fromEntries(parts);
}

/** The items that keys name, in the order in which they stand, each as far as it is owned; those that are gone are left out. */
function itemsOf(list: readonly unknown[], fields: readonly (readonly [key: string, below: unknown])[]): unknown[] {
  const owned = new OwnedItems(fields);
  return list.flatMap((item) => owned.of(item).map((below) => partOf(item, below)));
}

/** Of these sets of names a list of the server has one, and after a change of its schema two. */
const MOST_SETS = 4;

/** Which items of a list are owned. Looked up and not searched for: anybody may write thousands of keys, also under our name. */
class OwnedItems {
  /** By their value, or by the values of the fields that name them, for each set of such fields. */
  private readonly byKey = new Map<string, FieldSet>();
  private readonly sets = new Map<string, readonly string[]>();

  public constructor(fields: readonly (readonly [key: string, below: unknown])[]) {
    for (const [key, below] of fields) {
      const wanted = ITEM.test(key) ? parsed(key.slice('k:'.length)) : undefined;
      if (wanted === undefined) continue;
      if (key.startsWith('k:') && isObject(wanted)) this.note(Object.keys(wanted).toSorted(), wanted, below as FieldSet);
      else this.byKey.set(JSON.stringify(wanted), below as FieldSet);
    }
  }

  public of(item: unknown): FieldSet[] {
    const keys = isObject(item) ? [...this.sets.values()].map((names) => keyBy(names, item)) : [JSON.stringify(item)];
    return keys.flatMap((key) => {
      const below = this.byKey.get(key);
      return below === undefined ? [] : [below];
    });
  }

  private note(names: readonly string[], wanted: JsonObject, below: FieldSet): void {
    const set = JSON.stringify(names);
    if (!this.sets.has(set) && this.sets.size === MOST_SETS) return;
    this.sets.set(set, names);
    this.byKey.set(keyBy(names, wanted), below);
  }
}

function keyBy(names: readonly string[], item: JsonObject): string {
  return JSON.stringify([names, names.map((name) => item[name])]);
}

/** @returns `undefined` for what is no JSON */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A step to a field: its name, or which item of a list it is. */
export type FieldStep = string | { readonly value: string } | { readonly name: string };

function keyOf(step: FieldStep): string {
  if (typeof step === 'string') return `f:${step}`;
  return 'value' in step ? `v:${JSON.stringify(step.value)}` : `k:${JSON.stringify(step)}`;
}

/** Whether anybody but this manager owns a field, or anything in it. */
export function isOwnedByOthers({ metadata }: Pick<KubeObject, 'metadata'>, manager: string, path: readonly FieldStep[]): boolean {
  const others = (metadata.managedFields ?? []).filter(
    (entry) => isOfObject(entry) && !(entry.operation === 'Apply' && entry.manager === manager),
  );
  return others.some(({ fieldsV1 }) => {
    let at: unknown = fieldsV1;
    for (const step of path) at = isObject(at) ? at[keyOf(step)] : undefined;
    return at !== undefined;
  });
}
