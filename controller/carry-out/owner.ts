import type { InstanceKey, KubeObject, LiveInstance, OwnerReference } from '../objects/objects';
import { ADOPT, controllerOf, mayTake, ownerReference } from '../objects/ownership';

/** To whom the objects of one manifest set belong, and what that makes of objects that are there already. */
export interface Owner extends InstanceKey {
  /** What every object but a claim carries. @default - the owner is no object in the cluster */
  readonly reference?: OwnerReference;
  /** What every object carries beside its own labels. @default - nothing */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether an object that is there may be written. */
  mayTake(live: KubeObject): boolean;
}

/** The owner is an instance in the cluster, and its objects go with it. */
export function instanceOwner(instance: LiveInstance): Owner {
  const { namespace, name } = instance.metadata;
  return { namespace, name, reference: ownerReference(instance), mayTake: (live) => mayTake(live, instance) };
}

const INSTANCE_LABEL = 'app.kubernetes.io/instance';

/** On objects that a sink applies without an instance in the cluster: its name, so that it finds again what it put there, and nothing else. */
export const APPLIED_BY = 'openclaw.rocks/applied-by';

/** Whether the sink of this name put an object there. What has a controller is that one's, whatever its labels say. */
export function isAppliedBy(object: KubeObject, sink: string): boolean {
  return object.metadata.labels?.[APPLIED_BY] === sink && controllerOf(object) === undefined;
}

/** The instance that an object was made for, as its label says. */
export function instanceNameOf({ metadata: { labels } }: KubeObject): string | undefined {
  return labels?.[INSTANCE_LABEL];
}

/** There is no instance in the cluster: the objects are those of a sink, which marks them with its name. */
export function sinkOwner({ namespace, name }: InstanceKey, sink: string): Owner {
  return {
    namespace,
    name,
    labels: { [APPLIED_BY]: sink },
    mayTake: (live) => {
      if (isAppliedBy(live, sink)) return instanceNameOf(live) === name;
      return controllerOf(live) === undefined && live.metadata.annotations?.[ADOPT] === 'true';
    },
  };
}
