import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { LEASE_NAME } from '../process/lease';
import { CONTROLLER } from '../process/rbac';
import { LABELS, named } from './names';
import type { InstallOptions } from './options';

const API = 'monitoring.coreos.com/v1';

/** What the Prometheus operator is told: where the metrics are, and when to call somebody. */
export function addMonitoring(scope: Construct, { namespace }: InstallOptions): void {
  const metadata = named(CONTROLLER, namespace);
  new ApiObject(scope, 'service-monitor', {
    apiVersion: API,
    kind: 'ServiceMonitor',
    metadata,
    spec: {
      selector: { matchLabels: LABELS },
      // The labels `instance` and `namespace` of our metrics name the OpenClawInstance, and not the pod that was asked (T-O8).
      endpoints: [{ port: 'metrics', interval: '30s', honorLabels: true }],
    },
  });
  new ApiObject(scope, 'alerts', {
    apiVersion: API,
    kind: 'PrometheusRule',
    metadata,
    spec: { groups: [{ name: CONTROLLER, rules: controllerAlerts(namespace) }] },
  });
}

/** Alerts of the process itself; those of instances come with each instance. Names are those of the pages in `docs/runbooks`. */
export function controllerAlerts(namespace: string): object[] {
  const leads = `leader_election_master_status{namespace="${namespace}",name="${LEASE_NAME}"}`;
  return [
    {
      alert: 'OpenClawControllerNotLeading',
      // One that is down tells nothing at all.
      expr: `max(${leads} or vector(0)) < 1`,
      for: '5m',
      labels: { severity: 'critical' },
      annotations: { summary: `No controller in ${namespace} leads: changes of OpenClaw instances do not arrive.` },
    },
    {
      alert: 'OpenClawControllerNotWatching',
      expr: `max by (kind) (openclaw_watch_last_event_age_seconds{namespace="${namespace}"}) > 300`,
      for: '5m',
      labels: { severity: 'warning' },
      annotations: { summary: `The controller in ${namespace} hears nothing of {{ $labels.kind }}.` },
    },
    {
      alert: 'OpenClawWebhookCertificateEnding',
      // Whoever keeps it up renews it weeks before.
      expr: `min(openclaw_webhook_certificate_expiration_timestamp_seconds{namespace="${namespace}"}) - time() < 7 * 86400`,
      for: '1h',
      labels: { severity: 'warning' },
      annotations: { summary: `The certificate of the webhook in ${namespace} ends soon: then mistakes are told in conditions only.` },
    },
  ];
}
