import type { Check } from '../../part';
import type { Facts } from '../../spec/facts';
import type { WrittenInstance } from '../../spec/instance';
import { error, warning } from '../../spec/issue';
import { type Need, servedKindKey } from '../../spec/need';
import { type Kind, kinds } from '../../wire/kinds';
import { ports } from '../../wire/names';

const PATH = 'spec.observability.metrics';

/** Objects of the Prometheus operator, by the field that asks for them. */
const OPTIONAL = { serviceMonitor: kinds.serviceMonitor, prometheusRule: kinds.prometheusRule } as const;

/** Whether the cluster knows a kind. On a laptop nobody asked it, and it is taken for known. */
export function isServed({ servedKinds }: Facts, { apiVersion, kind }: Kind): boolean {
  return servedKinds?.get(servedKindKey(apiVersion, kind)) !== false;
}

/** Asked of whatever document there is, so nothing is sure of its shape. */
export function needs({ spec }: WrittenInstance): Need[] {
  return Object.entries(OPTIONAL).flatMap(([field, { apiVersion, kind }]): Need[] => {
    const group: unknown = spec?.observability?.metrics?.[field as keyof typeof OPTIONAL];
    const isWanted = typeof group === 'object' && group !== null && (group as { enabled?: unknown }).enabled === true;
    return isWanted ? [{ kind: 'servedKind', apiVersion, name: kind }] : [];
  });
}

const unknownKinds: Check = function* ({ spec, facts }) {
  for (const [field, kind] of Object.entries(OPTIONAL)) {
    if (!spec.observability.metrics[field as keyof typeof OPTIONAL].enabled || isServed(facts, kind)) continue;
    yield warning(
      `${PATH}.${field}.enabled`,
      'observability/no-operator',
      `the cluster does not know the kind ${kind.kind} of ${kind.apiVersion}, so none is made: install the CRDs of the Prometheus operator, or set this to false`,
    );
  }
};

/** Alerts name the namespace, or they would fire for instances of this name in others. */
const namespace: Check = function* ({ namespace: home, spec }) {
  if (!spec.observability.metrics.prometheusRule.enabled || home !== undefined) return;
  yield error(
    'metadata.namespace',
    'observability/namespace',
    'alerts tell instances apart by their namespace: write the namespace of the instance',
  );
};

const TAKEN: ReadonlySet<number> = new Set(Object.values(ports).filter((port) => port !== ports.metrics));

/** A ServiceMonitor without a port finds nothing. */
const nothingToScrape: Check = function* ({ spec }) {
  const { enabled, serviceMonitor } = spec.observability.metrics;
  if (enabled || !serviceMonitor.enabled) return;
  yield warning(
    `${PATH}.serviceMonitor.enabled`,
    'observability/no-metrics',
    'no ServiceMonitor is made, since observability.metrics.enabled is false: set that to true, or this to false',
  );
};

/** Two programs of one pod cannot listen at one port. */
const takenPort: Check = function* ({ spec }) {
  const { enabled, port } = spec.observability.metrics;
  if (!enabled || !TAKEN.has(port)) return;
  yield error(`${PATH}.port`, 'observability/port', `${port} is taken by another program of the pod: choose another one, such as 9090`);
};

/** Prometheus usually runs in a namespace of its own. */
const unreachable: Check = function* ({ spec }) {
  const { enabled, allowedIngressNamespaces = [], allowedIngressCIDRs = [] } = spec.security.networkPolicy;
  if (!spec.observability.metrics.serviceMonitor.enabled || !enabled || spec.networking.metricsIngress !== undefined) return;
  if (allowedIngressNamespaces.length > 0 || allowedIngressCIDRs.length > 0) return;
  yield warning(
    'spec.networking.metricsIngress',
    'observability/network-policy',
    'the NetworkPolicy does not let Prometheus in, unless it runs in the same namespace: name its pods here, by their namespace',
  );
};

export const checks: readonly Check[] = [unknownKinds, namespace, takenPort, nothingToScrape, unreachable];
