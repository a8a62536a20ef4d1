import { type Facts, type Instance, type Issue, render, resolve, type WrittenInstance } from '../../constructs';

/** What the application, the proxy and the kubelet get to see of the manifests of one instance. */
export interface Rendered {
  /** openclaw.json in the instance's ConfigMap. */
  readonly configText: string;
  /** nginx.conf in the instance's ConfigMap; empty when there is no proxy. */
  readonly nginxConf: string;
  /** The agent's variables that have a literal value. */
  readonly env: Readonly<Record<string, string>>;
  /** Folders under the agent's home that are volumes and can be written. */
  readonly folders: readonly string[];
  readonly probes: Readonly<Record<'startup' | 'liveness' | 'readiness', Probe>>;
  readonly instance: Instance;
  readonly warnings: readonly Issue[];
}

/** A probe of the agent's container: the kubelet asks from outside, or runs a command inside. */
export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: number };
  readonly exec?: { readonly command: readonly string[] };
}

interface AgentContainer {
  readonly name: string;
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts: readonly { readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

/** The fields that are read here, of a ConfigMap and of a StatefulSet. */
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly template?: { readonly spec: { readonly containers: readonly AgentContainer[] } } };
}

/**
 * For whatever boots a release from npm. Its package lacks the plugin that sends numbers, which the image brings: with metrics on, a release looks
 * for it in a registry at each start, which takes more than a minute where there is none.
 */
export const WITHOUT_METRICS = { metrics: { enabled: false } } as const;

/** Renders an instance. @throws with every issue when it does not resolve */
export function renderInstance(written: WrittenInstance, facts: Facts = {}): Rendered {
  const resolution = resolve(written, facts);
  const { name } = written.metadata;
  if (!resolution.ok) throw new Error(`${name}: ${resolution.issues.map(({ path, message }) => `${path}: ${message}`).join('\n')}`);
  // As the API server gets them: wire form.
  const manifests: Manifest[] = JSON.parse(JSON.stringify(render(resolution.instance)));
  const { data = {} } = manifests.find((manifest) => manifest.kind === 'ConfigMap' && manifest.metadata.name === `${name}-config`) ?? {};
  const workload = manifests.find(({ kind }) => kind === 'StatefulSet');
  const agent = workload?.spec?.template?.spec.containers.find((container) => container.name === 'openclaw');
  if (agent === undefined || data['openclaw.json'] === undefined)
    throw new Error(`${name}: no agent or no openclaw.json among the manifests`);
  const literals = agent.env.flatMap(({ name: variable, value }) => (value === undefined ? [] : [[variable, value] as const]));
  return {
    configText: data['openclaw.json'],
    nginxConf: data['nginx.conf'] ?? '',
    env: Object.fromEntries(literals),
    folders: agent.volumeMounts
      .filter(({ mountPath, readOnly }) => mountPath.startsWith('/home/openclaw/') && readOnly !== true)
      .map(({ mountPath }) => mountPath),
    probes: { startup: agent.startupProbe, liveness: agent.livenessProbe, readiness: agent.readinessProbe },
    instance: resolution.instance,
    warnings: resolution.warnings,
  };
}
