import { kinds } from '../../constructs/wire/kinds';
import { objectNames } from '../../constructs/wire/names';
import { idOf } from '../../constructs/wire/object-ref';
import type { KubeObject } from '../objects/objects';
import { isOurs } from '../objects/ownership';
import type { Observed } from '../observe/observed';
import type { StateMachine } from './machine';
import type { Workload } from './pods';

/** The Deployment that early releases of the reference operator made for an instance. */
export function legacyDeployment({ owned, instance }: Pick<Observed, 'owned' | 'instance'>): KubeObject | undefined {
  const { name } = instance.metadata;
  return owned.find((object) => object.kind === kinds.deployment.kind && object.metadata.name === name && isOurs(object, instance));
}

/** Pods that a StatefulSet made end in a number, and those of a Deployment do not. */
function hasPodsOf({ pods = [], instance }: Observed): boolean {
  const prefix = `${objectNames.statefulSet(instance.metadata.name)}-`;
  return pods.some(({ name }) => !/^\d+$/.test(name.slice(prefix.length)));
}

function isStopped(deployment: KubeObject, observed: Observed): boolean {
  const { spec, status = {} } = deployment as unknown as Workload;
  return spec?.replicas === 0 && (status.replicas ?? 0) === 0 && !hasPodsOf(observed);
}

/** Whether the StatefulSet has all the pods that it asks for, of its present revision. One that asks for none has them. */
function isSuccessorReady({ owned, instance }: Observed): boolean {
  const found = owned.find(
    ({ kind, metadata }) => kind === kinds.statefulSet.kind && metadata.name === objectNames.statefulSet(instance.metadata.name),
  );
  if (found === undefined) return false;
  const { spec, status = {} } = found as unknown as Workload;
  const wanted = spec?.replicas ?? 1;
  const isSeen = (status.observedGeneration ?? 0) >= (found.metadata.generation ?? 1);
  return isSeen && (status.updatedReplicas ?? 0) >= wanted && (status.readyReplicas ?? 0) >= wanted;
}

/**
 * From the Deployment of early releases to the StatefulSet. Both use one claim, and two agents must not write the same files: first the Deployment
 * is stopped, then its successor is delivered, and when that is ready the Deployment is removed. Until then it is there for whoever wants to go
 * back. Where it stands is read from the cluster alone.
 */
export const migration: StateMachine = (observed) => {
  const { instance, resolution } = observed;
  const legacy = legacyDeployment(observed);
  if (legacy === undefined || instance.metadata.deletionTimestamp !== undefined || !resolution.ok) return undefined;
  if (legacy.metadata.deletionTimestamp !== undefined) return undefined;
  const keep = [idOf(legacy)];
  if (isStopped(legacy, observed)) return isSuccessorReady(observed) ? { keep, steps: [{ step: 'prune', object: legacy }] } : { keep };
  const { name } = legacy.metadata;
  const message = `the pods of Deployment ${name}, which an early release made, are stopped before the StatefulSet takes their volume`;
  return {
    keep,
    hold: { reason: 'Migrating', message },
    steps: (legacy as unknown as Workload).spec?.replicas === 0 ? [] : [{ step: 'stop-workload', workload: legacy }],
  };
};
