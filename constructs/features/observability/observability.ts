import { Construct } from 'constructs';
import type { Hosts } from '../../hosts/hosts';
import { type Part, PartConstruct, type PartConstructProps } from '../../part';
import type { Instance } from '../../spec/instance';
import { type Kind, kinds } from '../../wire/kinds';
import { objectNames, selectorLabels } from '../../wire/names';
import { objectMetadata } from '../../wire/object-metadata';
import { WireObject } from '../../wire/wire-object';
import { alertGroups } from './alerts';
import { checks, isServed, needs } from './checks';
import { addCollector } from './collector';
import { addDashboards } from './dashboards';

const METRICS = 'metrics';

/** Opens the port to those who may reach the others, or to those alone that the user names (T-D11). */
function addPort({ service, network }: Hosts, { spec }: Instance): void {
  const { port } = spec.observability.metrics;
  service.addKeptPort('observability', { name: METRICS, port, targetPort: port });
  const { metricsIngress } = spec.networking;
  if (metricsIngress !== undefined) network.restrict(metricsIngress, port);
}

function bind(hosts: Hosts, instance: Instance): void {
  if (!instance.spec.observability.metrics.enabled) return;
  addCollector(hosts, instance);
  addPort(hosts, instance);
}

/** An object of a kind that not every cluster has; without the kind it is left out, and a warning says so (T-O4). */
function addOptional(scope: Construct, instance: Instance, kind: Kind, name: string, labels: object, spec: () => object): void {
  if (!isServed(instance.facts, kind)) return;
  new WireObject(scope, kind.kind, {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: objectMetadata(instance, name, { labels: labels as Record<string, string> }),
    produce: () => ({ spec: spec() }),
  });
}

function create(scope: Construct, hosts: Hosts, instance: Instance): void {
  const { enabled, serviceMonitor, prometheusRule, grafanaDashboard } = instance.spec.observability.metrics;
  const place = new Construct(scope, 'Observability');
  if (enabled && serviceMonitor.enabled) {
    const endpoint = { port: METRICS, path: '/metrics', interval: serviceMonitor.interval };
    addOptional(place, instance, kinds.serviceMonitor, objectNames.serviceMonitor(instance.name), serviceMonitor.labels ?? {}, () => ({
      selector: { matchLabels: selectorLabels(instance.name) },
      endpoints: [endpoint],
    }));
  }
  if (prometheusRule.enabled) {
    addOptional(place, instance, kinds.prometheusRule, objectNames.alerts(instance.name), prometheusRule.labels ?? {}, () => ({
      groups: alertGroups(hosts, instance),
    }));
  }
  if (grafanaDashboard.enabled) addDashboards(place, hosts, instance);
}

/** Numbers of the application for Prometheus, alerts on them and on what the controller tells, and dashboards. */
export const observability: Part = {
  name: 'observability',
  claims: ['observability.metrics', 'networking.metricsIngress'],
  emits: [kinds.serviceMonitor, kinds.prometheusRule, kinds.configMap],
  managed: [
    {
      field: 'prometheusRule',
      kind: kinds.prometheusRule,
      nameOf: ({ name, spec }) => (spec.observability.metrics.prometheusRule.enabled ? objectNames.alerts(name) : undefined),
    },
    {
      field: 'grafanaDashboardOperator',
      kind: kinds.configMap,
      nameOf: ({ name, spec }) => (spec.observability.metrics.grafanaDashboard.enabled ? objectNames.operatorDashboard(name) : undefined),
    },
    {
      field: 'grafanaDashboardInstance',
      kind: kinds.configMap,
      nameOf: ({ name, spec }) => (spec.observability.metrics.grafanaDashboard.enabled ? objectNames.instanceDashboard(name) : undefined),
    },
  ],
  needs,
  // Alerts and dashboards are on the controller's numbers and the cluster's as well, so they may be there without the collector.
  isEnabled: ({ observability: { metrics } }) =>
    [metrics, metrics.serviceMonitor, metrics.prometheusRule, metrics.grafanaDashboard].some(({ enabled }) => enabled),
  bind,
  checks,
  create,
};

/** Numbers of the application for Prometheus, with alerts and dashboards. */
export class Observability extends PartConstruct {
  public constructor(scope: Construct, id: string, props: PartConstructProps) {
    super(scope, id, observability, props);
  }
}
