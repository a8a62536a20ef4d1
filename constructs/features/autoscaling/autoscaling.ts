import type { Construct } from 'constructs';
import type { NamedEntry } from '../../hosts/container';
import { type Check, type Part, PartConstruct, type PartConstructProps } from '../../part';
import type { Instance } from '../../spec/instance';
import { warning } from '../../spec/issue';
import { isAutoscaled } from '../../spec/replicas';
import { kinds } from '../../wire/kinds';
import { objectNames } from '../../wire/names';
import { objectMetadata } from '../../wire/object-metadata';
import { WireObject } from '../../wire/wire-object';

type Scaling = Instance['spec']['availability']['autoScaling'];

function utilization(name: 'cpu' | 'memory', percent: number): object {
  return { type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization: percent } } };
}

function metrics({ targetCPUUtilization: cpu, targetMemoryUtilization: memory }: Scaling): object[] {
  return [utilization('cpu', cpu), ...(memory === undefined ? [] : [utilization('memory', memory)])];
}

type Sidecar = NamedEntry & { readonly resources?: Partial<Record<'requests' | 'limits', Partial<Record<'cpu' | 'memory', unknown>>>> };

/** Use is measured in percent of what is requested: the autoscaler does nothing for a pod of which one container requests nothing. */
const unmeasured: Check = function* ({ spec }) {
  const { targetMemoryUtilization } = spec.availability.autoScaling;
  const measured = ['cpu' as const, ...(targetMemoryUtilization === undefined ? [] : ['memory' as const])];
  for (const [index, { resources = {} }] of ((spec.sidecars ?? []) as readonly Sidecar[]).entries()) {
    const missing = measured.filter((name) => (resources.requests?.[name] ?? resources.limits?.[name]) === undefined);
    if (missing.length === 0) continue;
    yield warning(
      `spec.sidecars[${index}].resources.requests`,
      'autoscaling/unmeasured',
      `has no ${missing.join(' and no ')}: the autoscaler measures in percent of requests, and does nothing unless every container has one`,
    );
  }
};

/** The data of the agent has a claim a pod. Any other claim is mounted by all pods at once. */
const sharedClaims: Check = function* (_input, { pod }) {
  for (const name of new Set(pod.claimNames)) {
    yield warning(
      'spec.availability.autoScaling',
      'autoscaling/shared-claim',
      `all pods mount the one claim ${name}: a second pod starts only on the same node unless the claim is ReadWriteMany, and they write the same files`,
    );
  }
};

function create(scope: Construct, instance: Instance): void {
  const { autoScaling } = instance.spec.availability;
  const { minReplicas, maxReplicas } = autoScaling;
  const target = { apiVersion: kinds.statefulSet.apiVersion, kind: kinds.statefulSet.kind, name: objectNames.statefulSet(instance.name) };
  new WireObject(scope, 'HorizontalPodAutoscaler', {
    apiVersion: kinds.horizontalPodAutoscaler.apiVersion,
    kind: kinds.horizontalPodAutoscaler.kind,
    metadata: objectMetadata(instance, objectNames.horizontalPodAutoscaler(instance.name)),
    produce: () => ({ spec: { scaleTargetRef: target, minReplicas, maxReplicas, metrics: metrics(autoScaling) } }),
  });
}

export const autoscaling: Part = {
  name: 'autoscaling',
  claims: ['availability.autoScaling'],
  emits: [kinds.horizontalPodAutoscaler],
  managed: [
    {
      field: 'horizontalPodAutoscaler',
      kind: kinds.horizontalPodAutoscaler,
      nameOf: ({ name }) => objectNames.horizontalPodAutoscaler(name),
    },
  ],
  isEnabled: isAutoscaled,
  bind: ({ workload }) => workload.scaleElsewhere('autoscaling'),
  checks: [unmeasured, sharedClaims],
  create: (scope, _hosts, instance) => create(scope, instance),
};

/** As many pods as the use of CPU and memory asks for. Each is an assistant of its own, with its own data. */
export class Autoscaling extends PartConstruct {
  public constructor(scope: Construct, id: string, props: PartConstructProps) {
    super(scope, id, autoscaling, props);
  }
}
