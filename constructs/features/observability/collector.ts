import type { Hosts } from '../../hosts/hosts';
import type { Instance } from '../../spec/instance';
import { isObject } from '../../spec/json';
import { inRegistry } from '../../wire/image';
import { containers, objectNames, ports, volumes } from '../../wire/names';
import { hardened } from '../../wire/security-context';

const IMAGE = 'docker.io/otel/opentelemetry-collector:0.120.0';

/** The user that the image was made for. */
const COLLECTOR_USER = 10001;

const FILE = 'otel-collector.yaml';
const FOLDER = '/etc/otel-collector';

/** The plugin of the application that sends numbers. */
const PLUGIN = 'diagnostics-otel';

/** A year: a counter that is not sent for a while must not be gone (T-O2). */
const EXPIRATION = '8760h';

/** JSON, which is YAML as well. Without what the collector tells of itself, which would take a port of the pod. */
function collectorConfig(port: number): string {
  const document = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${ports.otlp}` } } } },
    exporters: { prometheus: { endpoint: `:${port}`, metric_expiration: EXPIRATION } },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { metrics: { receivers: ['otlp'], exporters: ['prometheus'] } },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** An object of the user's configuration at a path; `undefined` where there is none. */
function writtenAt(config: Instance['config'], ...path: readonly string[]): unknown {
  let value: unknown = config;
  for (const step of path) value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  return value;
}

/** Tells the application where to send its numbers. Whoever wrote diagnostics.otel sends them elsewhere, and is left alone. */
function connectAgent({ config }: Hosts, { config: written }: Instance): void {
  if (writtenAt(written, 'diagnostics', 'otel') !== undefined) return;
  const endpoint = `http://127.0.0.1:${ports.otlp}`;
  config.patch({
    diagnostics: { enabled: true, otel: { enabled: true, endpoint, protocol: 'http/protobuf', metrics: true, traces: false, logs: false } },
    plugins: { entries: { [PLUGIN]: { enabled: true } } },
  });
  // A list that allows some plugins keeps out all others.
  if (Array.isArray(writtenAt(written, 'plugins', 'allow'))) config.append(['plugins', 'allow'], [PLUGIN], 'join');
}

/** The application has no port for Prometheus; a collector beside it takes what it sends, and has one (T-O1). */
export function addCollector(hosts: Hosts, instance: Instance): void {
  const { pod, config } = hosts;
  const { observability, registry } = instance.spec;
  const { port } = observability.metrics;
  config.addFile('observability', FILE, collectorConfig(port));
  pod.addVolume('observability', {
    name: volumes.otelCollectorConfig,
    configMap: { name: objectNames.config(instance.name), items: [{ key: FILE, path: FILE }] },
  });
  pod.addContainer('observability', {
    name: containers.otelCollector,
    image: inRegistry(IMAGE, registry),
    imagePullPolicy: 'IfNotPresent',
    args: [`--config=${FOLDER}/${FILE}`],
    ports: [{ name: 'metrics', containerPort: port, protocol: 'TCP' }],
    resources: { requests: { cpu: '25m', memory: '32Mi' }, limits: { cpu: '100m', memory: '128Mi' } },
    securityContext: hardened({ runAsUser: COLLECTOR_USER, runAsGroup: COLLECTOR_USER }),
    // The folder and not the file: a file of its own is empty while the ConfigMap is being written (T-O2).
    volumeMounts: [{ name: volumes.otelCollectorConfig, mountPath: FOLDER, readOnly: true }],
  });
  connectAgent(hosts, instance);
}
