import { kinds } from '../../constructs/wire/kinds';
import { objectNames } from '../../constructs/wire/names';
import type { KubeObject } from '../objects/objects';
import { controllerOf, isLabelled, isOurs } from '../objects/ownership';
import type { Observed } from '../observe/observed';
import type { Step } from './step';

/** The fields of a workload that its pods follow. */
export interface Workload {
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
  };
}

const WORKLOADS: ReadonlySet<string> = new Set([kinds.statefulSet.kind, kinds.deployment.kind]);

/** What makes pods for an instance: its StatefulSet, and the Deployment of an early release. What an engine applied from Git has no owner. */
export function workloadsOf({ owned, instance }: Pick<Observed, 'owned' | 'instance'>): KubeObject[] {
  const name = objectNames.statefulSet(instance.metadata.name);
  const isOfIt = (object: KubeObject): boolean => (controllerOf(object) ? isOurs(object, instance) : isLabelled(object, instance));
  return owned.filter((object) => WORKLOADS.has(object.kind) && object.metadata.name === name && isOfIt(object));
}

function wants({ spec }: Workload): number {
  return spec?.replicas ?? 1;
}

/** Steps after which nobody makes pods any more. */
export function stopSteps(observed: Pick<Observed, 'owned' | 'instance'>): Step[] {
  const running = workloadsOf(observed).filter((workload) => wants(workload as unknown as Workload) !== 0);
  return running.map((workload) => ({ step: 'stop-workload', workload }));
}

function isDown(object: KubeObject): boolean {
  const workload = object as unknown as Workload;
  const { observedGeneration = 0, replicas = 0 } = workload.status ?? {};
  return wants(workload) === 0 && replicas === 0 && observedGeneration >= (object.metadata.generation ?? 1);
}

/** Whether no pod has the volume, and none will get it: a pod counts until it is gone, and a workload until it has followed. */
export function areStopped(observed: Pick<Observed, 'owned' | 'instance' | 'pods'>): boolean {
  const { pods = [] } = observed;
  return pods.length === 0 && workloadsOf(observed).every(isDown);
}
