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
} as const;

/** Labels on every object and on the pod template. `managed-by` keeps the value of the operator that we can take over from. */
export function commonLabels(name: string): Record<string, string> {
  return {
    'app.kubernetes.io/instance': name,
    'app.kubernetes.io/managed-by': 'openclaw-operator',
    'app.kubernetes.io/name': 'openclaw',
  };
}

/** Labels that select the pods of an instance. They stand in immutable selectors. */
export function selectorLabels(name: string): Record<string, string> {
  return { 'app.kubernetes.io/instance': name, 'app.kubernetes.io/name': 'openclaw' };
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
} as const;

export const containers = {
  agent: 'openclaw',
  gatewayProxy: 'gateway-proxy',
  chromium: 'chromium',
  ollama: 'ollama',
  initConfig: 'init-config',
  initWorkspace: 'init-workspace',
  initOllama: 'init-ollama',
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
} as const;

/** Names in the root of the data volume. It mirrors the home of the agent, and none of them can be seen by the agent. */
export const volumeNames = {
  /** The agent's state. */
  state: '.openclaw',
  /** An empty file that says: the state is in that folder, and what lies beside it are links. */
  marker: '.openclaw-subfolder',
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
  /** In the agent's image. By its path, since PATH ends in folders that the agent can write. */
  node: '/usr/local/bin/node',
  /** Inside the folder that Go programs read in addition to the system's roots. */
  caBundle: '/etc/ssl/certs/custom-ca-bundle.crt',
} as const;
