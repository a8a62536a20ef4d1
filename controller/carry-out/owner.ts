import { labels } from '../../constructs/wire/names';
import type { ObjectRef } from '../../constructs/wire/object-ref';
import { type InstanceKey, type KubeObject, type LiveInstance, type LiveOwner, keyText } from '../objects/objects';
import { controllerOf, isGiven, labelledInstance, mayTake, ownerReference } from '../objects/ownership';

/** To whom the objects of one manifest set belong, and what that makes of objects that are there already. */
export interface Owner extends InstanceKey {
  /** What every object carries that can have an owner: no claim, and nothing outside the namespace. @default - the owner is no object in the cluster */
  readonly reference?: LiveOwner;
  /** What an object carries beside its own labels. @default - nothing */
  readonly labels?: (ref: ObjectRef) => Readonly<Record<string, string>>;
  /** Whether an object that is there may be written. */
  mayTake(live: KubeObject): boolean;
}

/** The owner is an instance in the cluster, and its objects go with it. */
export function instanceOwner(instance: LiveInstance): Owner {
  const { namespace, name } = instance.metadata;
  return { namespace, name, reference: ownerReference(instance), mayTake: (live) => mayTake(live, instance) };
}

/** Whether the sink of this name put an object there. What has a controller is that one's, whatever its labels say. */
export function isAppliedBy(object: KubeObject, sink: string): boolean {
  return object.metadata.labels?.[labels.appliedBy] === sink && controllerOf(object) === undefined;
}

/** There is no instance in the cluster: the objects are those of a sink, which marks them with its name. */
export function sinkOwner({ namespace, name }: InstanceKey, sink: string): Owner {
  return {
    namespace,
    name,
    labels: (ref) => ({
      [labels.appliedBy]: sink,
      [labels.ownName]: name,
      ...(ref.namespace !== namespace && { [labels.ownNamespace]: namespace }),
    }),
    mayTake: (live) => {
      if (!isAppliedBy(live, sink)) return isGiven(live);
      const key = labelledInstance(live);
      return key !== undefined && keyText(key) === keyText({ namespace, name });
    },
  };
}
