import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Api, type KubeObject, ok, waitUntil } from './api';
import { freePort } from './ports';

/** Why it cannot be run; `undefined` where it can. */
export const noPrometheus = spawnSync('prometheus', ['--version']).error ? 'prometheus is not installed (Debian package)' : undefined;

/** What we know how to hand on of an endpoint of a ServiceMonitor. Anything else must not be passed over. */
interface Endpoint {
  readonly port: string;
  readonly path?: string;
  readonly scheme?: string;
  readonly honorLabels?: boolean;
  readonly interval?: string;
}

const KNOWN = ['port', 'path', 'scheme', 'honorLabels', 'interval'];

/** A series with its value, as `query` gives it. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: string;
}

interface Target {
  readonly health: string;
  readonly lastError: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Rule {
  readonly name: string;
  readonly state: string;
  readonly health: string;
}

/** Prometheus as its operator would run it for a ServiceMonitor and a PrometheusRule, but for the time between two scrapes: a second. */
export class Prometheus {
  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly process: ChildProcess,
  ) {}

  public static async start(api: Api, monitor: KubeObject, rule: KubeObject): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'openclaw-prometheus-'));
    const write = (name: string, content: unknown): string => {
      const file = join(folder, name);
      // JSON is YAML.
      writeFileSync(file, JSON.stringify(content));
      return file;
    };
    const { namespace = '' } = monitor.metadata;
    const targets = write('targets.json', await discovered(api, namespace));
    const config = write('prometheus.json', {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [write('rules.json', rule['spec'])],
      scrape_configs: scrapeConfigs(monitor, targets),
    });
    const port = await freePort();
    const args = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`];
    const started = spawn('prometheus', args, { stdio: 'ignore' });
    const prometheus = new Prometheus(folder, port, started);
    await waitUntil('Prometheus', () => prometheus.isReady(), Boolean, 30_000);
    return prometheus;
  }

  public async targets(): Promise<readonly Target[]> {
    const { activeTargets } = await this.ask<{ activeTargets: readonly Target[] }>('targets');
    return activeTargets;
  }

  public async query(expression: string): Promise<readonly Sample[]> {
    const { result } = await this.ask<{ result: readonly { metric: Sample['metric']; value: readonly [number, string] }[] }>(
      `query?query=${encodeURIComponent(expression)}`,
    );
    return result.map(({ metric, value: [, value] }) => ({ metric, value }));
  }

  public async rules(): Promise<readonly Rule[]> {
    const { groups } = await this.ask<{ groups: readonly { readonly rules: readonly Rule[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  public async stop(): Promise<void> {
    if (this.process.exitCode === null) {
      const ended = once(this.process, 'exit');
      this.process.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async isReady(): Promise<boolean> {
    return fetch(`http://127.0.0.1:${this.port}/-/ready`).then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  private async ask<T>(path: string): Promise<T> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/api/v1/${path}`);
    const { data } = (await answer.json()) as { data: T };
    return data;
  }
}

/** As the operator writes them. */
function scrapeConfigs(monitor: KubeObject, targets: string): object[] {
  const { namespace = '', name = '' } = monitor.metadata;
  const endpoints: readonly Endpoint[] = monitor['spec'].endpoints;
  return endpoints.map((endpoint, index) => {
    const unknown = Object.keys(endpoint).filter((key) => !KNOWN.includes(key));
    if (unknown.length > 0) throw new Error(`the ServiceMonitor asks for ${unknown.join(', ')}, which this test does not hand on`);
    const { path = '/metrics', scheme = 'http', honorLabels = false, port } = endpoint;
    return {
      job_name: `serviceMonitor/${namespace}/${name}/${index}`,
      honor_labels: honorLabels,
      metrics_path: path,
      scheme,
      file_sd_configs: [{ files: [targets] }],
      relabel_configs: relabelling(monitor['spec'].selector.matchLabels as Record<string, string>, port),
    };
  });
}

/** Which of the discovered addresses are meant, and what their series are called. */
function relabelling(matchLabels: Readonly<Record<string, string>>, port: string): object[] {
  return [
    ...Object.entries(matchLabels).map(([label, value]) => ({ source_labels: [serviceLabel(label)], regex: value, action: 'keep' })),
    { source_labels: ['__meta_kubernetes_endpoint_port_name'], regex: port, action: 'keep' },
    { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
    { source_labels: ['__meta_kubernetes_service_name'], target_label: 'service' },
    { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
  ];
}

function serviceLabel(label: string): string {
  return `__meta_kubernetes_service_label_${label.replaceAll(/[^a-zA-Z0-9_]/g, '_')}`;
}

/** Every address behind the Services of a namespace, as Prometheus' own discovery gives them; that of Debian is built without it. */
async function discovered(api: Api, namespace: string): Promise<object[]> {
  const services = await api.list('v1', 'Service', namespace);
  const found = await Promise.all(
    services.map(async ({ metadata: { name = '', labels = {} } }) => {
      const endpoints = await api.get({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name, namespace } });
      const subsets: readonly Subset[] = endpoints.status === 404 ? [] : (ok(endpoints)['subsets'] ?? []);
      const ofService = {
        __meta_kubernetes_namespace: namespace,
        __meta_kubernetes_service_name: name,
        ...Object.fromEntries(Object.entries(labels).map(([label, value]) => [serviceLabel(label), value])),
      };
      return subsets.flatMap((subset) => targetsOf(subset, ofService));
    }),
  );
  return found.flat();
}

interface Subset {
  readonly addresses?: readonly { readonly ip: string; readonly targetRef?: { readonly name: string } }[];
  readonly ports?: readonly { readonly name: string; readonly port: number }[];
}

function targetsOf({ addresses = [], ports = [] }: Subset, ofService: object): object[] {
  return addresses.flatMap(({ ip, targetRef }) =>
    ports.map(({ name, port }) => ({
      targets: [`${ip}:${port}`],
      labels: { ...ofService, __meta_kubernetes_endpoint_port_name: name, __meta_kubernetes_pod_name: targetRef?.name ?? '' },
    })),
  );
}
