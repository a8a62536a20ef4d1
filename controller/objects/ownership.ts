import { MANAGED_BY, labels } from '../../constructs/wire/names';
import { type ObjectRef, refText } from '../../constructs/wire/object-ref';
import { type InstanceKey, type KubeObject, type LiveInstance, type LiveOwner, keyText } from './objects';

/** On an object that is not ours yet: its owner wants us to take it. */
const ADOPT = 'openclaw.rocks/adopt';

/** Holds an instance that is being deleted until its end is dealt with. */
export const FINALIZER = 'openclaw.rocks/finalizer';

export function hasFinalizer({ metadata }: LiveInstance): boolean {
  return metadata.finalizers?.includes(FINALIZER) ?? false;
}

/**
 * The reference that the objects of an instance carry. Claims are excepted: the collector must never take data along. So is what stands in
 * another namespace or in none: an owner has to be in the namespace of what it owns.
 */
export function ownerReference({ apiVersion, kind, metadata: { name, uid } }: LiveInstance): LiveOwner {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

export function controllerOf({ metadata }: KubeObject): LiveOwner | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller);
}

export function isClaim({ kind }: { readonly kind: string }): boolean {
  return kind === 'PersistentVolumeClaim';
}

/** Whether an object stands outside the namespace of an instance: in another one, or in none. */
export function isOutside(
  { metadata: { namespace } }: { readonly metadata: { readonly namespace?: string } },
  { metadata }: { readonly metadata: { readonly namespace: string } },
): boolean {
  return namespace !== metadata.namespace;
}

/**
 * The instance that the labels of an object name. Our own labels count first: GitOps engines write values of their own into
 * `app.kubernetes.io/instance`.
 */
export function labelledInstance({ metadata: { namespace = '', labels: found } }: KubeObject): InstanceKey | undefined {
  const name = found?.[labels.ownName] ?? found?.[labels.instance];
  return name === undefined ? undefined : { namespace: found?.[labels.ownNamespace] ?? namespace, name };
}

/** An index of objects by the instance that their labels name: `team-a/alice`. */
export function byInstance(object: KubeObject): readonly string[] {
  const key = labelledInstance(object);
  return key ? [keyText(key)] : [];
}

/** Whether the labels of an object say that it is one of the instance's. */
export function isLabelled(object: KubeObject, { metadata }: LiveInstance): boolean {
  const key = labelledInstance(object);
  return key !== undefined && keyText(key) === keyText(metadata) && object.metadata.labels?.[labels.managedBy] === MANAGED_BY;
}

/**
 * Whether a live object belongs to the instance: its controller is the instance; or nobody controls it, our labels are on it, and it is of those
 * that have no owner (claims, and what stands outside the namespace). This covers what the reference operator made for the same instance.
 */
export function isOurs(object: KubeObject, instance: LiveInstance): boolean {
  const controller = controllerOf(object);
  if (controller) return controller.uid === instance.metadata.uid;
  return (isClaim(object) || isOutside(object, instance)) && isLabelled(object, instance);
}

/** Our field manager. */
export const FIELD_MANAGER = 'openclaw-controller';

/**
 * Whether an object may be one that we made for an instance of this name and whose owner is gone, as after `--cascade=orphan`: our labels say so
 * and nobody controls it. `wasMadeByUs` tells, of an object that was read whole.
 */
export function isOrphan(object: KubeObject, instance: LiveInstance): boolean {
  return controllerOf(object) === undefined && isLabelled(object, instance);
}

function wasMadeByUs({ metadata }: KubeObject): boolean {
  const entries = (metadata['managedFields'] ?? []) as readonly { readonly manager?: string; readonly operation?: string }[];
  return entries.some(({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply');
}

/** Whether we may write an object that is there already: ours, or made by us, or given to us by an annotation; nobody else may control it. */
export function mayTake(object: KubeObject, instance: LiveInstance): boolean {
  if (isOurs(object, instance)) return true;
  if (isOrphan(object, instance) && wasMadeByUs(object)) return true;
  return controllerOf(object) === undefined && object.metadata.annotations?.[ADOPT] === 'true';
}

/** What to tell the user of an object that stands in the way. */
export function foreignMessage(object: KubeObject, ref: ObjectRef, { metadata: { namespace } }: LiveInstance): string {
  const controller = controllerOf(object);
  const owner = controller ? `belongs to ${controller.kind} ${controller.name}` : 'was made by someone else';
  const text = `${refText(ref, namespace)} ${owner}: rename the instance, or remove that object`;
  // An object has one controller: while there is another, an annotation would change nothing.
  return controller ? text : `${text}, or give it to the instance by its annotation ${ADOPT}: "true"`;
}
