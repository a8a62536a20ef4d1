import type { JsonObject } from '../../spec/json';
import type { Hosts } from '../../hosts/hosts';
import type { Instance } from '../../spec/instance';
import { containers } from '../../wire/names';
import { dataClaims, inNamespace, labelMatcher, ownSeries, podMatcher } from './queries';

/** One alert; its name is the name of its page in `docs/runbooks`. */
interface Alert {
  readonly name: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
}

const AGENT = labelMatcher('container', containers.agent);

/** Of the controller's numbers. Sums keep the labels that tell which instance it is; texts name it themselves (T-O7). */
function controllerAlerts(instance: Instance): Alert[] {
  const own = ownSeries(instance);
  const { name } = instance;
  const rollbacks = `openclaw_autoupdate_rollbacks_total{${own}}`;
  return [
    {
      name: 'OpenClawReconcileErrors',
      expr: `sum by (instance, namespace) (rate(openclaw_reconcile_total{${own},result="error"}[5m])) > 0`,
      for: '5m',
      severity: 'warning',
      summary: `The controller fails on OpenClaw instance ${name}.`,
    },
    {
      name: 'OpenClawInstanceDegraded',
      expr: `max by (instance, namespace, phase) (openclaw_instance_phase{${own},phase=~"Failed|Degraded"}) == 1`,
      for: '5m',
      severity: 'critical',
      summary: `OpenClaw instance ${name} is in phase {{ $labels.phase }}.`,
    },
    {
      name: 'OpenClawSlowReconciliation',
      expr: `histogram_quantile(0.99, sum by (instance, namespace, le) (rate(openclaw_reconcile_duration_seconds_bucket{${own}}[5m]))) > 30`,
      for: '5m',
      severity: 'warning',
      summary: `Passes over OpenClaw instance ${name} take more than 30 seconds.`,
    },
    {
      name: 'OpenClawAutoUpdateRollback',
      // A counter that begins at one has no increase: the first rollback is seen by there being none an hour ago.
      expr: `increase(${rollbacks}[1h]) > 0 or (${rollbacks} unless ${rollbacks} offset 1h) > 0`,
      for: '0m',
      severity: 'warning',
      summary: `An update of OpenClaw instance ${name} was rolled back.`,
    },
  ];
}

/** Of what the cluster tells of pods and volumes: kube-state-metrics and the kubelet. */
function podAlerts(hosts: Hosts, instance: Instance): Alert[] {
  const { name } = instance;
  const agent = `${inNamespace(instance)},${podMatcher(instance)},${AGENT}`;
  const claims = dataClaims(hosts, instance);
  const alerts: Alert[] = [
    {
      name: 'OpenClawPodCrashLooping',
      expr: `increase(kube_pod_container_status_restarts_total{${agent}}[10m]) > 2`,
      for: '0m',
      severity: 'critical',
      summary: `The agent of OpenClaw instance ${name} restarts again and again.`,
    },
    {
      name: 'OpenClawPodOOMKilled',
      expr: `kube_pod_container_status_last_terminated_reason{${agent},reason="OOMKilled"} == 1`,
      for: '0m',
      severity: 'warning',
      summary: `The agent of OpenClaw instance ${name} ran out of memory.`,
    },
  ];
  if (claims === undefined) return alerts;
  const used = (what: string): string => `kubelet_volume_stats_${what}_bytes{${inNamespace(instance)},${claims}}`;
  alerts.push({
    name: 'OpenClawPVCNearlyFull',
    expr: `${used('used')} / ${used('capacity')} > 0.80`,
    for: '5m',
    severity: 'warning',
    summary: `The data volume of OpenClaw instance ${name} is more than 80 % full.`,
  });
  return alerts;
}

/** The groups of the PrometheusRule. Call it at synthesis: claims of replicas are known then. */
export function alertGroups(hosts: Hosts, instance: Instance): JsonObject[] {
  const base = instance.spec.observability.metrics.prometheusRule.runbookBaseURL;
  const rules = [...controllerAlerts(instance), ...podAlerts(hosts, instance)].map(({ name, expr, for: pending, severity, summary }) => ({
    alert: name,
    expr,
    for: pending,
    labels: { severity },
    annotations: { summary, runbook_url: `${base.replace(/\/$/, '')}/${name}` },
  }));
  return [{ name: 'openclaw-operator', rules }];
}
