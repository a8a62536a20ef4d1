import { isObject } from '../../constructs/spec/json';
import { kept } from '../api/list';
import type { KubeObject } from '../objects/objects';

/** Metadata that the server keeps for itself: it moves with every write, or is set by what the object says elsewhere. */
const SERVERS_OWN = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'finalizers',
  'generation',
  'resourceVersion',
  'selfLink',
  'uid',
  // In the form of the server, and in that of a cache.
  'managedFields',
  'writers',
  'appliedState',
]);

/** Annotations in which the cluster notes how it bound a claim. */
const BINDING = /^(?:pv|volume|volume\.beta)\.kubernetes\.io\//;

/** What the cluster writes into the spec of a claim when it finds its volume. */
const VOLUME = 'volumeName';

/**
 * The fields in which two states of one object differ, leaving out status and what the cluster writes for itself: sorted paths in the form of
 * the API server, such as `.spec.template.spec.containers[name="openclaw"].image`. Values never stand in them.
 *
 * @param before missing: everything in `after` is new
 */
export function changedFields(before: KubeObject | undefined, after: KubeObject): string[] {
  const paths: string[] = [];
  compare(before && contentOf(before), contentOf(after), '', paths);
  return paths.toSorted();
}

/** What an object says, without the server's bookkeeping. */
function contentOf(object: KubeObject): object {
  // One of the two may come from a cache, which keeps not everything.
  const { status: _status, metadata, ...fields } = kept(object, object);
  const { annotations, ...own } = Object.fromEntries(Object.entries(metadata).filter(([name]) => !SERVERS_OWN.has(name)));
  const notes = Object.entries(annotations ?? {}).filter(([name]) => !BINDING.test(name));
  const content = { ...fields, metadata: { ...own, ...(notes.length > 0 && { annotations: Object.fromEntries(notes) }) } };
  const spec: unknown = fields['spec'];
  if (fields.kind !== 'PersistentVolumeClaim' || !isObject(spec)) return content;
  const { [VOLUME]: _volume, ...rest } = spec;
  return { ...content, spec: rest };
}

function compare(before: unknown, after: unknown, path: string, found: string[]): void {
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) compare(before[key], after[key], `${path}.${key}`, found);
    return;
  }
  const lists = Array.isArray(before) && Array.isArray(after) ? byElement(before, after) : undefined;
  if (lists === undefined) {
    if (!isEqual(before, after)) found.push(path === '' ? '.' : path);
    return;
  }
  for (const key of new Set([...lists[0].keys(), ...lists[1].keys()]))
    compare(lists[0].get(key), lists[1].get(key), `${path}${key}`, found);
}

type Elements = ReadonlyMap<string, unknown>;

/** Two lists by what tells their elements apart: a name, as in most lists of Kubernetes, else the place; a list of plain values counts whole. */
function byElement(before: readonly unknown[], after: readonly unknown[]): readonly [Elements, Elements] | undefined {
  const all = [...before, ...after];
  if (!all.every(isObject)) return undefined;
  const isNamed = all.every(({ name }) => typeof name === 'string') && hasNoDouble(before) && hasNoDouble(after);
  const keyOf = (element: unknown, index: number): string =>
    isNamed ? `[name=${JSON.stringify((element as { name: string }).name)}]` : `[${index}]`;
  const elements = (list: readonly unknown[]): Elements => new Map(list.map((element, index) => [keyOf(element, index), element]));
  return [elements(before), elements(after)];
}

function hasNoDouble(list: readonly unknown[]): boolean {
  return new Set(list.map((element) => (element as { name?: unknown }).name)).size === list.length;
}

/** The order of keys says nothing: the server has its own. */
function isEqual(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((element, index) => isEqual(element, other[index]));
  }
  if (!isObject(one) || !isObject(other)) return one === other;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => isEqual(one[key], other[key]));
}
