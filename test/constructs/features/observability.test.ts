import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { servedKindKey, type OpenClawInstanceSpec } from '../../../constructs';
import { kinds } from '../../../constructs/wire/kinds';
import type { JsonObject } from '../../../constructs/spec/json';
import { createHosts } from '../../../constructs/hosts/hosts';
import { alertGroups } from '../../../constructs/features/observability/alerts';
import { anInstance, refused, rendered, withConfig, withSpec, withoutNamespace, type Rendered } from '../../builders';

type Metrics = NonNullable<NonNullable<OpenClawInstanceSpec['observability']>['metrics']>;

const withMetrics = (metrics: Metrics) => withSpec({ observability: { metrics } });
const everything = withMetrics({
  serviceMonitor: { enabled: true },
  prometheusRule: { enabled: true },
  grafanaDashboard: { enabled: true },
});

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

function alertsOf(view: Rendered): readonly Rule[] {
  const [group] = view.spec('PrometheusRule', 'alice-alerts')['groups'] as readonly { readonly rules: readonly Rule[] }[];
  return group?.rules ?? [];
}

interface Target {
  readonly expr: string;
}
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly panels?: readonly Panel[];
  readonly targets?: readonly Target[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}
interface Dashboard extends JsonObject {
  readonly uid: string;
  readonly panels: readonly Panel[];
}

function dashboard(view: Rendered, which: 'operator' | 'instance'): Dashboard {
  return JSON.parse(view.text(`${view.instance.name}-dashboard-${which}`, `openclaw-${which}.json`)) as Dashboard;
}

const panelsOf = ({ panels }: Dashboard): Panel[] => panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);

const portsWith = (...ports: { name: string; port: number }[]) =>
  (rendered(anInstance(withSpec({ networking: { service: { ports } } }))).spec('Service')['ports'] as JsonObject[]).map(
    ({ name, port }) => `${String(name)} ${String(port)}`,
  );

const ingressWith = (...metricsIngress: object[]) =>
  rendered(anInstance(withSpec({ networking: { metricsIngress } }))).spec('NetworkPolicy')['ingress'] as JsonObject[];

describe('metrics', () => {
  const view = rendered(anInstance());

  it('T-O1 are served by a collector, since the application has no such port', () => {
    expect(view.container('otel-collector')).toMatchObject({
      image: 'docker.io/otel/opentelemetry-collector:0.120.0',
      args: ['--config=/etc/otel-collector/otel-collector.yaml'],
      ports: [{ name: 'metrics', containerPort: 9090 }],
      resources: { requests: { cpu: '25m', memory: '32Mi' }, limits: { cpu: '100m', memory: '128Mi' } },
      securityContext: { runAsNonRoot: true, runAsUser: 10001, readOnlyRootFilesystem: true },
    });
    expect(view.agent.ports?.map(({ name }) => name)).not.toContain('metrics');
    expect(view.openclaw).toMatchObject({
      diagnostics: { enabled: true, otel: { enabled: true, metrics: true, endpoint: 'http://127.0.0.1:4318', protocol: 'http/protobuf' } },
      plugins: { entries: { 'diagnostics-otel': { enabled: true } } },
    });
  });

  it('T-O2 are kept for a year between calls, and the collector mounts a folder', () => {
    expect(JSON.parse(view.text('alice-config', 'otel-collector.yaml'))).toMatchObject({
      receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:4318' } } } },
      exporters: { prometheus: { endpoint: ':9090', metric_expiration: '8760h' } },
    });
    expect(view.mount('otel-collector', 'otel-collector-config')).toEqual({
      name: 'otel-collector-config',
      mountPath: '/etc/otel-collector',
      readOnly: true,
    });
  });

  it('T-B7 write no key that a release refuses', () => {
    expect(view.openclaw['diagnostics']).not.toHaveProperty('metrics');
    expect(view.openclaw['diagnostics']).not.toHaveProperty('prometheus');
  });

  it('are off altogether when they are off', () => {
    const off = rendered(anInstance(withMetrics({ enabled: false })));
    expect(JSON.stringify(off.manifests)).not.toMatch(/otel|9090|4318/);
  });

  it('leave a diagnostics.otel of the user as it is, and join a list of allowed plugins only where there is one', () => {
    const theirs = { enabled: true, endpoint: 'https://otel.example.com', traces: true };
    const own = rendered(anInstance(withConfig({ diagnostics: { otel: theirs } })));
    expect(own.openclaw).toHaveProperty('diagnostics', { otel: theirs });
    expect(rendered(anInstance(withConfig({ plugins: { allow: ['telegram'] } }))).openclaw).toHaveProperty('plugins.allow', [
      'telegram',
      'diagnostics-otel',
    ]);
    expect(view.openclaw['plugins']).not.toHaveProperty('allow');
  });

  it('T51 T-D8 have their port beside ports of the user, unless its name or number is taken', () => {
    expect(portsWith({ name: 'web', port: 80 })).toEqual(['web 80', 'metrics 9090']);
    expect(portsWith({ name: 'metrics', port: 80 })).toEqual(['metrics 80']);
    expect(portsWith({ name: 'web', port: 9090 })).toEqual(['web 9090']);
  });

  it('T-D7 can be reached by whoever may reach the other ports', () => {
    const [rule] = view.spec('NetworkPolicy')['ingress'] as JsonObject[];
    expect(rule?.['ports']).toContainEqual({ port: 9090, protocol: 'TCP' });
  });

  it('T-D11 can be kept for Prometheus alone, or for nobody', () => {
    const peer = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } };
    const [main, own, ...others] = ingressWith(peer);
    expect(main?.['ports']).not.toContainEqual({ port: 9090, protocol: 'TCP' });
    expect(own).toEqual({ from: [peer], ports: [{ port: 9090, protocol: 'TCP' }] });
    expect(others).toEqual([]);
    expect(JSON.stringify(ingressWith())).not.toContain('9090');
  });

  it.each([18789, 18790, 4318])('are not served on %d, which another program of the pod has', (port) => {
    expect(refused(anInstance(withMetrics({ port })))).toContainEqual(
      expect.objectContaining({ path: 'spec.observability.metrics.port', rule: 'observability/port' }),
    );
  });

  it('T-B21 logging reaches file and console in the words of the application', () => {
    const { openclaw } = rendered(anInstance(withSpec({ observability: { logging: { level: 'warn', format: 'text' } } })));
    expect(openclaw).toHaveProperty('logging', { level: 'warn', consoleLevel: 'warn', consoleStyle: 'pretty' });
  });
});

describe('objects of the Prometheus operator', () => {
  const view = rendered(anInstance(everything));

  it('T-O3 name the port of the metrics', () => {
    expect(view.spec('ServiceMonitor')).toEqual({
      selector: { matchLabels: { 'app.kubernetes.io/instance': 'alice', 'app.kubernetes.io/name': 'openclaw' } },
      endpoints: [{ port: 'metrics', path: '/metrics', interval: '30s' }],
    });
  });

  it('T-O4 are left out with a warning where the cluster does not know them', () => {
    const servedKinds = new Map(
      [kinds.serviceMonitor, kinds.prometheusRule].map(({ apiVersion, kind }) => [servedKindKey(apiVersion, kind), false]),
    );
    const without = rendered(anInstance(everything), { servedKinds });
    expect(without.names.filter((name) => /ServiceMonitor|PrometheusRule/.test(name))).toEqual([]);
    expect(without.warned('observability/no-operator')).toHaveLength(2);
    expect(without.has('StatefulSet')).toBe(true);
  });

  it('have the labels by which a Prometheus finds them, and ours whatever they say', () => {
    const labels = { release: 'prometheus', 'app.kubernetes.io/name': 'other' };
    const labelled = rendered(
      anInstance(withMetrics({ serviceMonitor: { enabled: true, labels }, prometheusRule: { enabled: true, labels } })),
    );
    for (const [kind, name] of [
      ['ServiceMonitor', 'alice'],
      ['PrometheusRule', 'alice-alerts'],
    ] as const)
      expect(labelled.find(kind, name).metadata.labels).toMatchObject({ release: 'prometheus', 'app.kubernetes.io/name': 'openclaw' });
  });

  it('say when Prometheus is kept out, and when there is nothing to scrape', () => {
    expect(view.warned('observability/network-policy')).toHaveLength(1);
    const named = rendered(anInstance(everything, withSpec({ networking: { metricsIngress: [{ podSelector: {} }] } })));
    expect(named.warned('observability/network-policy')).toEqual([]);
    const nothing = rendered(anInstance(withMetrics({ enabled: false, serviceMonitor: { enabled: true } })));
    expect(nothing.warned('observability/no-metrics')).toHaveLength(1);
    expect(nothing.has('ServiceMonitor')).toBe(false);
  });

  it('need the namespace of the instance', () => {
    expect(refused(anInstance(everything, withoutNamespace))).toContainEqual(
      expect.objectContaining({ path: 'metadata.namespace', rule: 'observability/namespace' }),
    );
  });
});

describe('alerts', () => {
  const alerts = alertsOf(rendered(anInstance(everything)));

  it('are seven, each about this instance, each with a page', () => {
    expect(alerts.map(({ alert }) => alert)).toEqual([
      'OpenClawReconcileErrors',
      'OpenClawInstanceDegraded',
      'OpenClawSlowReconciliation',
      'OpenClawAutoUpdateRollback',
      'OpenClawPodCrashLooping',
      'OpenClawPodOOMKilled',
      'OpenClawPVCNearlyFull',
    ]);
    for (const { alert, expr, annotations } of alerts) {
      expect(expr).toContain('namespace="team-a"');
      expect(annotations.runbook_url).toBe(`https://openclaw.rocks/docs/runbooks/${alert}`);
      expect([alert, existsSync(join(__dirname, '../../../docs/runbooks', `${alert}.md`))]).toEqual([alert, true]);
    }
  });

  it('T-D13 look at the agent alone: the proxy, which says at each start that nobody is behind it yet, is no reason', () => {
    const aboutPods = alerts.filter(({ expr }) => expr.includes('kube_pod_container_'));
    expect(aboutPods.map(({ alert }) => alert)).toEqual(['OpenClawPodCrashLooping', 'OpenClawPodOOMKilled']);
    for (const { expr } of aboutPods) expect(expr).toContain('container="openclaw"');
    expect(JSON.stringify(alerts)).not.toMatch(/gateway-proxy|nginx|log/i);
  });

  it('T-O7 name the instance in their texts', () => {
    for (const { annotations } of alerts) expect(annotations.summary).toContain('alice');
  });

  it('T-O5 look at the claims that there are', () => {
    const claimsOf = (spec: OpenClawInstanceSpec) =>
      alertsOf(rendered(anInstance(everything, withSpec(spec)))).find(({ alert }) => alert === 'OpenClawPVCNearlyFull')?.expr;
    expect(claimsOf({})).toContain('persistentvolumeclaim="alice-data"');
    expect(claimsOf({ storage: { persistence: { existingClaim: 'mine' } } })).toContain('persistentvolumeclaim="mine"');
    expect(claimsOf({ storage: { persistence: { enabled: false } } })).toBeUndefined();
    const { instance } = rendered(anInstance(everything));
    const hosts = createHosts(instance);
    hosts.workload.addClaimTemplate('test', { metadata: { name: 'data' }, spec: {} });
    expect(JSON.stringify(alertGroups(hosts, instance))).toContain('persistentvolumeclaim=~\\"data-alice-[0-9]+\\"');
  });

  it('lead to pages of the user', () => {
    const [first] = alertsOf(
      rendered(anInstance(everything, withMetrics({ prometheusRule: { runbookBaseURL: 'https://wiki.example.com/runbooks/' } }))),
    );
    expect(first?.annotations.runbook_url).toBe('https://wiki.example.com/runbooks/OpenClawReconcileErrors');
  });
});

describe('dashboards', () => {
  const view = rendered(anInstance(everything));

  it('are found by Grafana, in their folder', () => {
    const labelled = rendered(
      anInstance(
        withMetrics({ grafanaDashboard: { enabled: true, folder: 'Assistants', labels: { grafana_dashboard: 'yes', team: 'a' } } }),
      ),
    );
    for (const which of ['operator', 'instance'] as const) {
      const { metadata } = labelled.find('ConfigMap', `alice-dashboard-${which}`);
      expect(metadata.labels).toMatchObject({ grafana_dashboard: 'yes', team: 'a' });
      expect(metadata.annotations).toMatchObject({ grafana_folder: 'Assistants' });
    }
  });

  it.each(['operator', 'instance'] as const)('T-O9 %s has an id of its own in each instance', (which) => {
    const ids = [view, rendered(anInstance('bob', everything))].map((one) => dashboard(one, which).uid);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9-]{1,40}$/);
  });

  it.each(['operator', 'instance'] as const)('%s has panels with queries, ids of their own, and none over another', (which) => {
    const panels = panelsOf(dashboard(view, which));
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const places = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`),
    );
    expect(new Set(places).size).toBe(places.length);
    expect(panels.filter(({ targets }) => targets?.length === 0)).toEqual([]);
    expect(panels.flatMap(({ targets = [] }) => targets).length).toBeGreaterThan(12);
  });

  it('T-O5 say nothing of volumes without persistence', () => {
    const bare = rendered(anInstance(everything, withSpec({ storage: { persistence: { enabled: false } } })));
    const titles = panelsOf(dashboard(bare, 'instance')).map(({ title }) => title);
    expect(titles.filter((title) => title.includes('PVC'))).toEqual([]);
    expect(panelsOf(dashboard(view, 'instance')).map(({ title }) => title)).toEqual(
      expect.arrayContaining(['PVC %', 'PVC Usage', 'PVC Usage %']),
    );
  });
});
