import type { Hosts } from '../../hosts/hosts';
import type { Instance } from '../../spec/instance';
import { containers } from '../../wire/names';
import type { Dashboard, Panel, Query, Row } from './panels';
import { dataClaims } from './queries';

const CHOSEN = 'namespace="$namespace",instance="$instance"';
const POD = 'namespace="$namespace",pod=~"$instance-[0-9]+"';
const AGENT = `${POD},container="${containers.agent}"`;

const CPU = `sum(rate(container_cpu_usage_seconds_total{${AGENT}}[5m]))`;
const MEMORY = `sum(container_memory_working_set_bytes{${AGENT}})`;

function ofAgent(what: 'limits' | 'requests', resource: 'cpu' | 'memory'): string {
  return `sum(kube_pod_container_resource_${what}{${AGENT},resource="${resource}"})`;
}

/** The claims of this instance, by the names that this release knows; other instances have a dashboard of their own. */
function volume(claims: string, what: 'used' | 'capacity'): string {
  return `kubelet_volume_stats_${what}_bytes{namespace="$namespace",${claims}}`;
}

function lines(title: string, width: number, unit: Panel['unit'], queries: readonly Query[]): Panel {
  return { title, type: 'timeseries', width, queries, ...(unit && { unit }) };
}

function gauge(title: string, expr: string): Panel {
  return { title, type: 'gauge', width: 4, unit: 'percentunit', queries: [{ expr, legend: title }] };
}

function health(claims: string | undefined): Row {
  return {
    title: 'Health',
    panels: [
      {
        title: 'Phase',
        type: 'stat',
        width: 6,
        queries: [{ expr: `max by (phase) (openclaw_instance_phase{${CHOSEN}} == 1)`, legend: '{{phase}}' }],
      },
      {
        title: 'Ready',
        type: 'stat',
        width: 6,
        words: { 0: 'no', 1: 'yes' },
        queries: [{ expr: `max(openclaw_instance_ready{${CHOSEN}})`, legend: 'ready' }],
      },
      gauge('CPU %', `${CPU} / ${ofAgent('limits', 'cpu')}`),
      gauge('Memory %', `${MEMORY} / ${ofAgent('limits', 'memory')}`),
      ...(claims === undefined ? [] : [gauge('PVC %', `max(${volume(claims, 'used')} / ${volume(claims, 'capacity')})`)]),
    ],
  };
}

const cpu: Row = {
  title: 'CPU',
  panels: [
    lines('CPU Usage vs Request/Limit', 12, 'short', [
      { expr: CPU, legend: 'used' },
      { expr: ofAgent('requests', 'cpu'), legend: 'request' },
      { expr: ofAgent('limits', 'cpu'), legend: 'limit' },
    ]),
    lines('CPU Throttling', 12, 's', [{ expr: `sum(rate(container_cpu_cfs_throttled_seconds_total{${AGENT}}[5m]))`, legend: 'throttled' }]),
  ],
};

const memory: Row = {
  title: 'Memory',
  panels: [
    lines('Working Set vs Limit', 12, 'bytes', [
      { expr: MEMORY, legend: 'used' },
      { expr: ofAgent('limits', 'memory'), legend: 'limit' },
    ]),
    lines('OOM Kills and Restarts', 12, 'short', [
      { expr: `sum(increase(kube_pod_container_status_restarts_total{${AGENT}}[5m]))`, legend: 'restarts' },
      { expr: `sum(kube_pod_container_status_last_terminated_reason{${AGENT},reason="OOMKilled"})`, legend: 'last end was out of memory' },
    ]),
  ],
};

const network: Row = {
  title: 'Network',
  isCollapsed: true,
  panels: [
    lines('Network I/O', 24, 'Bps', [
      { expr: `sum(rate(container_network_receive_bytes_total{${POD}}[5m]))`, legend: 'received' },
      { expr: `sum(rate(container_network_transmit_bytes_total{${POD}}[5m]))`, legend: 'sent' },
    ]),
  ],
};

function storage(claims: string): Row {
  const legend = '{{persistentvolumeclaim}}';
  return {
    title: 'Storage',
    isCollapsed: true,
    panels: [
      lines('PVC Usage', 12, 'bytes', [
        { expr: volume(claims, 'used'), legend: `${legend} used` },
        { expr: volume(claims, 'capacity'), legend: `${legend} capacity` },
      ]),
      lines('PVC Usage %', 12, 'percentunit', [{ expr: `${volume(claims, 'used')} / ${volume(claims, 'capacity')}`, legend }]),
    ],
  };
}

const pod: Row = {
  title: 'Pod Health',
  isCollapsed: true,
  panels: [
    lines('Container Restarts', 12, 'short', [
      { expr: `sum by (container) (increase(kube_pod_container_status_restarts_total{${POD}}[1h]))`, legend: '{{container}}' },
    ]),
    lines('Instance Reconciliation', 12, 'ops', [
      { expr: `sum by (result) (rate(openclaw_reconcile_total{${CHOSEN}}[5m]))`, legend: '{{result}}' },
    ]),
  ],
};

/** One instance: its phase, and what its agent uses of what it may use. Call it at synthesis, when claims are known. */
export function instanceDashboard(uid: string, hosts: Hosts, instance: Instance): Dashboard {
  const claims = dataClaims(hosts, instance);
  const { name, namespace = '' } = instance;
  return {
    uid,
    title: `OpenClaw Instance ${namespace === '' ? name : `${namespace}/${name}`}`,
    tag: 'instance',
    variables: [
      { name: 'namespace', query: 'label_values(openclaw_instance_info, namespace)', chosen: namespace },
      { name: 'instance', query: 'label_values(openclaw_instance_info{namespace="$namespace"}, instance)', chosen: name },
    ],
    rows: [health(claims), cpu, memory, network, ...(claims === undefined ? [] : [storage(claims)]), pod],
  };
}
