import type { KubeObject, LiveInstance, OwnerReference } from './objects';

const INSTANCE_LABEL = 'app.kubernetes.io/instance';
const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';

/** On an object that is not ours yet: its owner wants us to take it. */
export const ADOPT = 'openclaw.rocks/adopt';

/** The reference that every object of an instance carries, claims excepted: the collector must never take data along. */
export function ownerReference({ apiVersion, kind, metadata: { name, uid } }: LiveInstance): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

export function controllerOf({ metadata }: KubeObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller);
}

export function isClaim({ kind }: { readonly kind: string }): boolean {
  return kind === 'PersistentVolumeClaim';
}

function isLabelled({ metadata: { labels } }: KubeObject, instance: LiveInstance): boolean {
  return labels?.[INSTANCE_LABEL] === instance.metadata.name && labels[MANAGED_BY_LABEL] === 'openclaw-operator';
}

/**
 * Whether a live object belongs to the instance: its controller is the instance, or it is a claim with our labels and nobody else's. This
 * covers what the reference operator made for the same instance.
 */
export function isOurs(object: KubeObject, instance: LiveInstance): boolean {
  const controller = controllerOf(object);
  if (controller) return controller.uid === instance.metadata.uid;
  return isClaim(object) && isLabelled(object, instance);
}

/** Whether we may write an object that is there already: ours, or given to us by an annotation while nobody else controls it. */
export function mayTake(object: KubeObject, instance: LiveInstance): boolean {
  if (isOurs(object, instance)) return true;
  return controllerOf(object) === undefined && object.metadata.annotations?.[ADOPT] === 'true';
}

/** What to tell the user of an object that stands in the way. */
export function foreignMessage(object: KubeObject): string {
  const controller = controllerOf(object);
  const owner = controller ? `belongs to ${controller.kind} ${controller.name}` : 'was made by someone else';
  const text = `${object.kind} ${object.metadata.name} ${owner}: rename the instance, or remove that object`;
  // An object has one controller: while there is another, an annotation would change nothing.
  return controller ? text : `${text}, or give it to the instance by its annotation ${ADOPT}: "true"`;
}
