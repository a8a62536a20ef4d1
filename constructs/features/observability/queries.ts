import { dataClaimName } from '../../core/storage';
import type { Hosts } from '../../hosts/hosts';
import type { Instance } from '../../spec/instance';
import { volumes } from '../../wire/names';

/** `label="value"`. Names of Kubernetes need no quoting in PromQL. */
export function labelMatcher(label: string, value: string): string {
  return `${label}="${value}"`;
}

/** The series of the namespace. An instance without one has the rule `observability/namespace`, or a variable of the dashboard. */
export function inNamespace({ namespace = '' }: Instance): string {
  return labelMatcher('namespace', namespace);
}

/** The series of the controller about this instance. */
export function ownSeries(instance: Instance): string {
  return `${labelMatcher('instance', instance.name)},${inNamespace(instance)}`;
}

/** The pods of the StatefulSet, and not those of one whose name begins alike. */
export function podMatcher({ name }: Instance): string {
  return `pod=~"${name}-[0-9]+"`;
}

/** The claims with the data: of all replicas where each has its own, else the one (T-O5). `undefined` without persistence. */
export function dataClaims({ workload }: Hosts, instance: Instance): string | undefined {
  const claim = dataClaimName(instance);
  if (claim === undefined) return undefined;
  if (workload.hasClaimTemplate(volumes.data)) return `persistentvolumeclaim=~"${volumes.data}-${instance.name}-[0-9]+"`;
  return labelMatcher('persistentvolumeclaim', claim);
}
