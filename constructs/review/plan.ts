/** What would change if one set of manifests took the place of another. */
import { createHash } from 'node:crypto';
import type { ManifestSet } from '../sink';
import { compareText } from '../spec/json';
import type { Manifest } from '../wire/manifest';
import { type ObjectRef, idOf, refOf } from '../wire/object-ref';
import { type Difference, canonical, differences } from './differences';
import { type Action, type Risk, inOrder, risksOfDifference, risksOfObject } from './risks';

/** A field that changes, and what that may cost. */
export interface FieldChange extends Difference {
  readonly risks: readonly Risk[];
}

/** An object that changes. */
export interface ObjectChange {
  readonly ref: ObjectRef;
  readonly action: Action;
  /** Of an object that stays; one that comes or goes has none. */
  readonly fields: readonly FieldChange[];
  /** Those of all its fields, too. */
  readonly risks: readonly Risk[];
}

/** What changes of one instance. */
export interface InstanceChange {
  readonly namespace: string | undefined;
  readonly name: string;
  readonly action: Action;
  /** In the order of application. */
  readonly objects: readonly ObjectChange[];
  /** Objects that stay as they are. */
  readonly unchanged: number;
  /** As of a plan of this instance alone: it is what an approval names. */
  readonly hash: string;
}

export interface Plan {
  /** Those that change, sorted. */
  readonly instances: readonly InstanceChange[];
  /** Instances that stay as they are. */
  readonly unchanged: number;
  /** Those of all instances. */
  readonly risks: readonly Risk[];
  /**
   * `sha256:` and 64 hexadecimal digits over every object that changes, before and after, with all that it says: two plans of one hash do the
   * same. Nothing of what an object says can be read off it.
   */
  readonly hash: string;
}

/**
 * Compares two states of the same instances.
 *
 * @param before instances that are in none of the two sets do not count
 * @param after an instance that is missing here goes
 */
export function planOf(before: readonly ManifestSet[], after: readonly ManifestSet[]): Plan {
  const [old, next] = [byKey(before), byKey(after)];
  const keys = [...new Set([...old.keys(), ...next.keys()])].toSorted(compareText);
  const hash = createHash('sha256');
  const instances = keys.flatMap((key): InstanceChange[] => {
    const change = instanceChange(old.get(key), next.get(key), (text) => hash.update(text));
    return change.objects.length > 0 ? [change] : [];
  });
  return {
    instances,
    unchanged: keys.length - instances.length,
    risks: inOrder(instances.flatMap(({ objects }) => objects.flatMap(({ risks }) => risks))),
    hash: `sha256:${hash.digest('hex')}`,
  };
}

function byKey(sets: readonly ManifestSet[]): Map<string, ManifestSet> {
  return new Map(sets.map((set) => [`${set.namespace ?? ''}/${set.name}`, set]));
}

function instanceChange(before: ManifestSet | undefined, after: ManifestSet | undefined, note: (text: string) => void): InstanceChange {
  const { namespace, name } = (after ?? before)!;
  const [old, next] = [byId(before), byId(after)];
  // In the order of application; what goes, goes last.
  const ids = [...new Set([...next.keys(), ...old.keys()])];
  const notes: string[] = [];
  const objects = ids.flatMap((id): ObjectChange[] => {
    const [one, other] = [old.get(id), next.get(id)];
    const change = objectChange(one, other);
    if (change) notes.push(`${canonical([namespace ?? '', name, id, one ?? null, other ?? null])}\n`);
    return change ? [change] : [];
  });
  // Who reads the objects from files may have them in another order.
  const hash = createHash('sha256');
  for (const text of notes.toSorted(compareText)) {
    note(text);
    hash.update(text);
  }
  const action = before === undefined ? 'created' : after === undefined ? 'deleted' : 'configured';
  return { namespace, name, action, objects, unchanged: ids.length - objects.length, hash: `sha256:${hash.digest('hex')}` };
}

function byId(set: ManifestSet | undefined): Map<string, Manifest> {
  const home = set?.namespace;
  // A base may name the namespace where a file leaves it out.
  const placed = (manifest: Manifest): Manifest =>
    home === undefined || manifest.metadata.namespace !== home ? manifest : withoutNamespace(manifest);
  return new Map((set?.manifests ?? []).map((manifest) => [idOf(placed(manifest)), manifest]));
}

function withoutNamespace(manifest: Manifest): Manifest {
  const { namespace: _namespace, ...metadata } = manifest.metadata;
  return { ...manifest, metadata };
}

function objectChange(before: Manifest | undefined, after: Manifest | undefined): ObjectChange | undefined {
  const object = (after ?? before)!;
  const ref = refOf(object);
  if (before === undefined || after === undefined) {
    const action = before === undefined ? 'created' : 'deleted';
    return { ref, action, fields: [], risks: risksOfObject(object.kind, action) };
  }
  const fields = differences(before, after).map((difference) => ({ ...difference, risks: risksOfDifference(object.kind, difference) }));
  if (fields.length === 0) return undefined;
  return { ref, action: 'configured', fields, risks: inOrder(fields.flatMap(({ risks }) => risks)) };
}
