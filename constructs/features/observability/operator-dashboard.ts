import type { Dashboard, Row } from './panels';

/** The chosen instances; both variables can have more than one value. */
const CHOSEN = 'namespace=~"$namespace",instance=~"$instance"';

const QUEUE = 'name="openclawinstance"';

function rate(metric: string, labels: string): string {
  return `rate(${metric}{${labels}}[5m])`;
}

function quantile(share: number, metric: string, labels: string): string {
  return `histogram_quantile(${share}, sum by (le) (${rate(`${metric}_bucket`, labels)}))`;
}

/** How many of the passes fail; none is no error. */
const ERROR_SHARE = `sum(${rate('openclaw_reconcile_total', `${CHOSEN},result="error"`)}) / sum(${rate('openclaw_reconcile_total', CHOSEN)}) or vector(0)`;

const overview: Row = {
  title: 'Overview',
  panels: [
    { title: 'Managed Instances', type: 'stat', width: 6, queries: [{ expr: 'sum(openclaw_managed_instances)', legend: 'instances' }] },
    {
      title: 'Instances Ready',
      type: 'stat',
      width: 6,
      queries: [{ expr: `count(openclaw_instance_ready{${CHOSEN}} == 1) or vector(0)`, legend: 'ready' }],
    },
    { title: 'Reconcile Error Rate', type: 'stat', width: 6, unit: 'percentunit', queries: [{ expr: ERROR_SHARE, legend: 'errors' }] },
    {
      title: 'Resource Creation Failures',
      type: 'stat',
      width: 6,
      queries: [{ expr: `sum(increase(openclaw_resource_creation_failures_total{${CHOSEN}}[1h])) or vector(0)`, legend: 'last hour' }],
    },
  ],
};

const reconciliation: Row = {
  title: 'Reconciliation',
  panels: [
    {
      title: 'Reconciliation Rate',
      type: 'timeseries',
      width: 12,
      unit: 'ops',
      queries: [
        {
          expr: `sum by (namespace, instance, result) (${rate('openclaw_reconcile_total', CHOSEN)})`,
          legend: '{{namespace}}/{{instance}} {{result}}',
        },
      ],
    },
    {
      title: 'Reconciliation Duration',
      type: 'timeseries',
      width: 12,
      unit: 's',
      queries: [0.5, 0.95, 0.99].map((share) => ({
        expr: quantile(share, 'openclaw_reconcile_duration_seconds', CHOSEN),
        legend: `p${share * 100}`,
      })),
    },
  ],
};

const fleet: Row = {
  title: 'Instance Fleet',
  panels: [
    {
      title: 'Instance Table',
      type: 'table',
      width: 24,
      queries: [
        { expr: `max by (namespace, instance, version, image) (openclaw_instance_info{${CHOSEN}})`, legend: '' },
        { expr: `max by (namespace, instance, phase) (openclaw_instance_phase{${CHOSEN}} == 1)`, legend: '' },
        { expr: `max by (namespace, instance) (openclaw_instance_ready{${CHOSEN}})`, legend: '' },
      ],
    },
  ],
};

const queue: Row = {
  title: 'Workqueue',
  isCollapsed: true,
  panels: [
    { title: 'Queue Depth', type: 'timeseries', width: 12, queries: [{ expr: `sum(workqueue_depth{${QUEUE}})`, legend: 'waiting' }] },
    {
      title: 'Queue Wait Duration p99',
      type: 'timeseries',
      width: 12,
      unit: 's',
      queries: [{ expr: quantile(0.99, 'workqueue_queue_duration_seconds', QUEUE), legend: 'p99' }],
    },
  ],
};

const api: Row = {
  title: 'Kubernetes API',
  isCollapsed: true,
  panels: [
    {
      title: 'API Requests',
      type: 'timeseries',
      width: 24,
      unit: 'reqps',
      queries: [{ expr: 'sum by (code) (rate(rest_client_requests_total[5m]))', legend: '{{code}}' }],
    },
  ],
};

const updates: Row = {
  title: 'Auto-Updates',
  isCollapsed: true,
  panels: [
    ['Update Checks', 'checks'],
    ['Updates Applied', 'applied'],
    ['Rollbacks', 'rollbacks'],
  ].map(([title = '', what = '']) => ({
    title,
    type: 'timeseries',
    width: 8,
    queries: [
      {
        expr: `sum by (namespace, instance) (increase(openclaw_autoupdate_${what}_total{${CHOSEN}}[1h]))`,
        legend: '{{namespace}}/{{instance}}',
      },
    ],
  })),
};

/** All instances of the controller. */
export function operatorDashboard(uid: string): Dashboard {
  return {
    uid,
    title: 'OpenClaw Operator',
    tag: 'operator',
    variables: [
      { name: 'namespace', query: 'label_values(openclaw_instance_info, namespace)' },
      { name: 'instance', query: 'label_values(openclaw_instance_info{namespace=~"$namespace"}, instance)' },
    ],
    rows: [overview, reconciliation, fleet, queue, api, updates],
  };
}
