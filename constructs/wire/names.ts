import { createHash } from 'node:crypto';

/**
 * Names are a contract: objects, labels, volumes, ports and paths outlive releases, and other tools select by them. A change in this file
 * is a breaking change; `test/constructs/wire/names.test.ts` pins every value.
 */

/** The name of each object of the instance `name`. */
export const objectNames = {
  serviceAccount: (name: string) => name,
  role: (name: string) => name,
  roleBinding: (name: string) => name,
  networkPolicy: (name: string) => name,
  podDisruptionBudget: (name: string) => name,
  statefulSet: (name: string) => name,
  service: (name: string) => name,
  ingress: (name: string) => name,
  httpRoute: (name: string) => name,
  config: (name: string) => `${name}-config`,
  workspace: (name: string) => `${name}-workspace`,
  data: (name: string) => `${name}-data`,
  gatewayToken: (name: string) => `${name}-gateway-token`,
  basicAuth: (name: string) => `${name}-basic-auth`,
  securityHeaders: (name: string) => `${name}-security-headers`,
  rateLimit: (name: string) => `${name}-rate-limit`,
  httpsRedirect: (name: string) => `${name}-https-redirect`,
  cdp: (name: string) => `${name}-cdp`,
  chromiumData: (name: string) => `${name}-chromium-data`,
  horizontalPodAutoscaler: (name: string) => name,
  tailscaleState: (name: string) => `${name}-ts-state`,
  periodicBackup: (name: string) => `${name}-backup-periodic`,
  s3Credentials: (name: string) => `${name}-s3-credentials`,
  serviceMonitor: (name: string) => name,
  alerts: (name: string) => `${name}-alerts`,
  operatorDashboard: (name: string) => `${name}-dashboard-operator`,
  instanceDashboard: (name: string) => `${name}-dashboard-instance`,
  agentChanges: (name: string) => `${name}-agent-changes`,
} as const;

/** The claim that a StatefulSet makes for its pod number `ordinal` from a template. */
export function podClaimName(template: string, workload: string, ordinal: number): string {
  return `${template}-${workload}-${ordinal}`;
}

/** As many characters as the label with the name of a Job takes. */
const LONGEST_JOB_NAME = 63;

/**
 * The name of a Job that the controller makes. It tells when the story of the Job began, so that another story has another Job (T55), and
 * whoever begins again after a crash comes to the same name.
 */
export function jobName(name: string, jobType: JobType, begun: Date): string {
  const ending = `-${jobType}-${Math.floor(begun.getTime() / 1000).toString(36)}`;
  const room = LONGEST_JOB_NAME - ending.length;
  if (name.length <= room) return `${name}${ending}`;
  // Two long names may begin alike, and their stories in the same second.
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, room - digest.length - 1)}-${digest}${ending}`;
}

/** When the story of a Job began, as its name tells; `undefined` for a name that {@link jobName} does not give. */
export function jobBegun(name: string, jobType: JobType, job: string): Date | undefined {
  const begun = new Date(Number.parseInt(job.slice(job.lastIndexOf('-') + 1), 36) * 1000);
  return !Number.isNaN(begun.getTime()) && jobName(name, jobType, begun) === job ? begun : undefined;
}

/** What a Job of the controller is for, as its label says. */
export type JobType = 'backup' | 'restore' | 'pre-update-backup' | 'rollback-restore';

/** Where the copies of an instance stand in a bucket. The tenant is the namespace: nobody chooses another one's folder. */
export function backupFolder({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `backups/${tenantOf(namespace)}/${name}`;
}

/** The end of the path of one copy: `2026-03-01T080000Z`. */
export function backupStamp(begun: Date): string {
  return `${begun.toISOString().slice(0, 19).replaceAll(':', '')}Z`;
}

/** The Secret with the bucket, in the namespace of an instance or for all of them in that of the controller. */
export const BUCKET_SECRET = 's3-backup-credentials';

/** Keys of labels. The first three stand in rendered objects; GitOps engines may write values of their own into them. */
export const labels = {
  instance: 'app.kubernetes.io/instance',
  managedBy: 'app.kubernetes.io/managed-by',
  name: 'app.kubernetes.io/name',
  /** On the metadata of every object that is delivered, never in a pod template or a selector: the name of the instance. */
  ownName: 'openclaw.rocks/instance-name',
  /** On objects outside the namespace of their instance: that namespace. */
  ownNamespace: 'openclaw.rocks/instance-namespace',
  /** On such objects, and on claims, where they were not applied from Git: the UID of the instance. */
  ownUid: 'openclaw.rocks/instance-uid',
  /** On objects that a sink applies without an instance in the cluster: its name, so that it finds again what it put there, and nothing else. */
  appliedBy: 'openclaw.rocks/applied-by',
} as const;

/** The value of {@link labels.managedBy}: that of the operator that we can take over from. */
export const MANAGED_BY = 'openclaw-operator';

/** Labels on every object and on the pod template. */
export function commonLabels(name: string): Record<string, string> {
  return { [labels.instance]: name, [labels.managedBy]: MANAGED_BY, [labels.name]: 'openclaw' };
}

/** Labels that select the pods of an instance. They stand in immutable selectors. */
export function selectorLabels(name: string): Record<string, string> {
  return { [labels.instance]: name, [labels.name]: 'openclaw' };
}

/** Keys of labels of jobs and their pods, beside {@link labels.managedBy}. */
export const jobLabelKeys = {
  instance: 'openclaw.rocks/instance',
  jobType: 'openclaw.rocks/job-type',
  tenant: 'openclaw.rocks/tenant',
} as const;

/** By which the sidecar of Grafana finds dashboards: a label, and an annotation with the folder. */
export const dashboardKeys = { label: 'grafana_dashboard', folder: 'grafana_folder' } as const;

/** Labels of jobs and their pods: not those by which the Service and the NetworkPolicy find the agent. */
export function jobLabels(
  { name, namespace }: { readonly name: string; readonly namespace?: string },
  jobType: string,
): Record<string, string> {
  return {
    [labels.managedBy]: MANAGED_BY,
    [jobLabelKeys.instance]: name,
    [jobLabelKeys.jobType]: jobType,
    ...(namespace !== undefined && { [jobLabelKeys.tenant]: tenantOf(namespace) }),
  };
}

/** Whose an instance is: its namespace, without the prefix that some installations give theirs. */
export function tenantOf(namespace: string): string {
  return namespace.replace(/^oc-tenant-(?=.)/, '');
}

/** The namespace that is of the same tenant as another one where both are there, and has the same folder in the bucket. */
export function tenantTwin(namespace: string): string | undefined {
  const tenant = tenantOf(namespace);
  const twin = tenant === namespace ? `oc-tenant-${namespace}` : tenant;
  return tenantOf(twin) === tenant ? twin : undefined;
}

export const annotations = {
  /** On the instance: the OpenClaw release inside an image whose tag does not tell. */
  appVersion: 'openclaw.rocks/app-version',
  /** On the pod template: hash of the mounted configuration, so that a change rolls the pod. */
  configHash: 'openclaw.rocks/config-hash',
  /** On the instance: `subfolder` or `root`, where the agent's state is on the volume. */
  volumeLayout: 'openclaw.rocks/volume-layout',
  /** On the data claim: marks it for backup tools. */
  backupEnabled: 'openclaw.rocks/backup-enabled',
  /** On the pod template: keyed hash of the Secrets that the pod reads only at start, so that a new value rolls the pod. */
  secretHash: 'openclaw.rocks/secret-hash',
  /** On what holds what an agent asked for: the UID of its last request that was carried out, so that none is carried out twice. */
  lastRequest: 'openclaw.rocks/last-self-config',
} as const;

/** Annotations by which those who apply what is rendered are told what they must not do. */
export const engineAnnotations = {
  argoCompare: 'argocd.argoproj.io/compare-options',
  argoSync: 'argocd.argoproj.io/sync-options',
  fluxPrune: 'kustomize.toolkit.fluxcd.io/prune',
  fluxSubstitute: 'kustomize.toolkit.fluxcd.io/substitute',
  helmPolicy: 'helm.sh/resource-policy',
} as const;

export const containers = {
  agent: 'openclaw',
  gatewayProxy: 'gateway-proxy',
  chromium: 'chromium',
  ollama: 'ollama',
  initConfig: 'init-config',
  initWorkspace: 'init-workspace',
  initOllama: 'init-ollama',
  tailscale: 'tailscale',
  initTailscaleBin: 'init-tailscale-bin',
  webTerminal: 'web-terminal',
  webTerminalProxy: 'web-terminal-proxy',
  initPnpm: 'init-pnpm',
  initPython: 'init-python',
  initSkills: 'init-skills',
  initPlugins: 'init-plugins',
  otelCollector: 'otel-collector',
} as const;

export const volumes = {
  data: 'data',
  config: 'config',
  gatewayProxyConfig: 'gateway-proxy-config',
  gatewayProxyTmp: 'gateway-proxy-tmp',
  workspaceInit: 'workspace-init',
  tmp: 'tmp',
  caBundle: 'ca-bundle',
  chromiumTmp: 'chromium-tmp',
  chromiumShm: 'chromium-shm',
  chromiumData: 'chromium-data',
  ollamaModels: 'ollama-models',
  ollamaTmp: 'ollama-tmp',
  tailscaleSocket: 'tailscale-socket',
  tailscaleBin: 'tailscale-bin',
  tailscaleTmp: 'tailscale-tmp',
  tailscaleServe: 'tailscale-serve',
  tailscaleAuth: 'tailscale-auth',
  webTerminalTmp: 'web-terminal-tmp',
  webTerminalCredential: 'web-terminal-credential',
  webTerminalProxyConfig: 'web-terminal-proxy-config',
  webTerminalProxyTmp: 'web-terminal-proxy-tmp',
  apiToken: 'api-token',
  runtimeTools: 'runtime-tools',
  pnpmTmp: 'pnpm-tmp',
  pythonTmp: 'python-tmp',
  skillsTmp: 'skills-tmp',
  pluginsTmp: 'plugins-tmp',
  otelCollectorConfig: 'otel-collector-config',
} as const;

/** Port numbers inside the pod and on the Service. */
export const ports = {
  /** The gateway, on the loopback interface of the pod; also the port of the Service. */
  gateway: 18789,
  /** The proxy in front of the gateway, on the pod's address. */
  gatewayProxy: 18790,
  /** The canvas on the Service. The application serves it on the gateway's port. */
  canvas: 18793,
  canvasProxy: 18794,
  cdp: 9222,
  ollama: 11434,
  webTerminal: 7681,
  /** The terminal, on the loopback interface of the pod, where a proxy asks for its password. */
  webTerminalBehindProxy: 7682,
  /** The default of `observability.metrics.port`. */
  metrics: 9090,
  /** Where the application sends its numbers, on the loopback interface. */
  otlp: 4318,
} as const;

/** Names in the root of the data volume. It mirrors the home of the agent, and none of them can be seen by the agent. */
export const volumeNames = {
  /** The agent's state. */
  state: '.openclaw',
  /** An empty file that says: the state is in that folder, and what lies beside it are links. */
  marker: '.openclaw-subfolder',
} as const;

/** Folders in the root of the data volume that are there where something needs them. */
export const volumeFolders = {
  /** What containers beside the agent keep for themselves. Not in backups. */
  private: '.private',
} as const;

/** Paths inside the pod. */
export const paths = {
  home: '/home/openclaw',
  /** The agent's state: openclaw.json, workspaces, sessions. */
  state: '/home/openclaw/.openclaw',
  configFile: '/home/openclaw/.openclaw/openclaw.json',
  /** The config ConfigMap, read only. */
  operatorConfig: '/operator-config',
  workspaceInit: '/workspace-init',
  /** Where the tailscale program looks for its daemon without being told. */
  tailscaleSocket: '/var/run/tailscale',
  tailscaleBin: '/tailscale-bin',
  /** Programs of runtimeDeps; the agent cannot write there. */
  runtimeTools: '/runtime-tools',
  /** In the agent's image. By its path, since PATH ends in folders that the agent can write. */
  node: '/usr/local/bin/node',
  /** Inside the folder that Go programs read in addition to the system's roots. */
  caBundle: '/etc/ssl/certs/custom-ca-bundle.crt',
  /** Where every client library looks for its token. */
  apiToken: '/var/run/secrets/kubernetes.io/serviceaccount',
} as const;

/** The token of the ServiceAccount in a container: what the kubelet itself would mount. */
export const apiToken = {
  /** An hour, and as long as a kubelet needs to change it. */
  expirationSeconds: 3607,
  /** The ConfigMap that every namespace has. */
  rootCertificates: 'kube-root-ca.crt',
} as const;
