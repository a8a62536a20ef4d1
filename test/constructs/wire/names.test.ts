import {
  tenantOf,
  tenantTwin,
  BUCKET_SECRET,
  annotations,
  backupFolder,
  backupStamp,
  commonLabels,
  containers,
  engineAnnotations,
  jobBegun,
  jobName,
  labels,
  objectNames,
  paths,
  ports,
  selectorLabels,
  volumeFolders,
  volumeNames,
  volumes,
} from '../../../constructs/wire/names';
import { anInstance, rendered, withCaBundle, withChromium, withIngress, withOllama, withSpec } from '../../builders';

/**
 * Names are a contract with users, dashboards, backups and with objects that run already. A change here is a breaking change: selectors are
 * immutable, a renamed claim loses its data, a renamed volume or container rolls every pod.
 */
describe('the names', () => {
  it('T55 of Jobs tell when their story began, and fit into the label of a Job', () => {
    const begun = new Date('2026-03-01T08:00:00Z');
    expect(jobName('bob', 'backup', begun)).toBe('bob-backup-tb7nk0');
    expect(jobName('bob', 'backup', new Date('2026-03-01T08:00:01Z'))).not.toBe('bob-backup-tb7nk0');
    expect(jobName('b'.repeat(80), 'pre-update-backup', begun)).toHaveLength(63);
    expect(jobBegun('bob', 'backup', 'bob-backup-tb7nk0')).toEqual(begun);
    for (const other of ['bob-restore-tb7nk0', 'bo-backup-tb7nk0', 'bob-backup-', 'bob-backup-TB7NK0', 'x']) {
      expect(jobBegun('bob', 'backup', other)).toBeUndefined();
    }
  });

  it('T-T4 of Jobs are different for instances whose long names begin alike', () => {
    const begun = new Date('2026-03-01T08:00:00Z');
    const [one, other] = ['a', 'b'].map((end) => jobName(`${'x'.repeat(60)}${end}`, 'backup', begun));
    expect(one).not.toBe(other);
    expect(one).toMatch(/^x{40}-[0-9a-f]{8}-backup-tb7nk0$/);
    expect(jobBegun(`${'x'.repeat(60)}a`, 'backup', one ?? '')).toEqual(begun);
  });

  it('C35 T-L11 of copies begin with the namespace, which nobody chooses in the instance', () => {
    expect(backupFolder({ namespace: 'oc-tenant-acme', name: 'bob' })).toBe('backups/acme/bob');
    expect(backupStamp(new Date('2026-03-01T08:00:00.9Z'))).toBe('2026-03-01T080000Z');
    expect(BUCKET_SECRET).toBe('s3-backup-credentials');
  });

  it.each([
    ['acme', 'oc-tenant-acme'],
    ['oc-tenant-acme', 'acme'],
    ['oc-tenant-', 'oc-tenant-oc-tenant-'],
    ['oc-tenant-oc-tenant-acme', undefined],
  ])('C35 the folder of namespace %s may be that of %s as well', (namespace, twin) => {
    expect(tenantTwin(namespace)).toBe(twin);
    const others = ['acme', 'oc-tenant-acme', 'oc-tenant-', 'oc-tenant-oc-tenant-', 'oc-tenant-oc-tenant-acme'].filter(
      (one) => one !== namespace,
    );
    expect(others.filter((one) => tenantOf(one) === tenantOf(namespace))).toEqual(twin === undefined ? [] : [twin]);
  });

  it('of objects are made from the name of the instance', () => {
    const names = Object.fromEntries(Object.entries(objectNames).map(([object, nameOf]) => [object, nameOf('bob')]));
    expect(names).toEqual({
      agentChanges: 'bob-agent-changes',
      serviceAccount: 'bob',
      role: 'bob',
      roleBinding: 'bob',
      networkPolicy: 'bob',
      podDisruptionBudget: 'bob',
      statefulSet: 'bob',
      service: 'bob',
      ingress: 'bob',
      httpRoute: 'bob',
      config: 'bob-config',
      workspace: 'bob-workspace',
      data: 'bob-data',
      gatewayToken: 'bob-gateway-token',
      basicAuth: 'bob-basic-auth',
      securityHeaders: 'bob-security-headers',
      rateLimit: 'bob-rate-limit',
      httpsRedirect: 'bob-https-redirect',
      cdp: 'bob-cdp',
      chromiumData: 'bob-chromium-data',
      horizontalPodAutoscaler: 'bob',
      tailscaleState: 'bob-ts-state',
      periodicBackup: 'bob-backup-periodic',
      s3Credentials: 'bob-s3-credentials',
      serviceMonitor: 'bob',
      alerts: 'bob-alerts',
      operatorDashboard: 'bob-dashboard-operator',
      instanceDashboard: 'bob-dashboard-instance',
    });
  });

  it('of labels are two in selectors and three on objects', () => {
    expect(selectorLabels('bob')).toEqual({ 'app.kubernetes.io/name': 'openclaw', 'app.kubernetes.io/instance': 'bob' });
    expect(commonLabels('bob')).toEqual({
      'app.kubernetes.io/name': 'openclaw',
      'app.kubernetes.io/instance': 'bob',
      'app.kubernetes.io/managed-by': 'openclaw-operator',
    });
  });

  it('of labels that a delivery adds are our own', () => {
    expect(labels).toEqual({
      instance: 'app.kubernetes.io/instance',
      managedBy: 'app.kubernetes.io/managed-by',
      name: 'app.kubernetes.io/name',
      ownName: 'openclaw.rocks/instance-name',
      ownNamespace: 'openclaw.rocks/instance-namespace',
      ownUid: 'openclaw.rocks/instance-uid',
      appliedBy: 'openclaw.rocks/applied-by',
    });
  });

  it('of annotations', () => {
    expect(annotations).toEqual({
      appVersion: 'openclaw.rocks/app-version',
      lastRequest: 'openclaw.rocks/last-self-config',
      volumeLayout: 'openclaw.rocks/volume-layout',
      configHash: 'openclaw.rocks/config-hash',
      backupEnabled: 'openclaw.rocks/backup-enabled',
      secretHash: 'openclaw.rocks/secret-hash',
    });
  });

  it('of annotations for engines', () => {
    expect(engineAnnotations).toEqual({
      argoCompare: 'argocd.argoproj.io/compare-options',
      argoSync: 'argocd.argoproj.io/sync-options',
      fluxPrune: 'kustomize.toolkit.fluxcd.io/prune',
      fluxSubstitute: 'kustomize.toolkit.fluxcd.io/substitute',
      helmPolicy: 'helm.sh/resource-policy',
    });
  });

  it('of containers', () => {
    expect(containers).toEqual({
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
    });
  });

  it('of volumes', () => {
    expect(volumes).toEqual({
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
    });
  });

  it('of ports', () => {
    expect(ports).toEqual({
      gateway: 18789,
      gatewayProxy: 18790,
      canvas: 18793,
      canvasProxy: 18794,
      cdp: 9222,
      ollama: 11434,
      webTerminal: 7681,
      webTerminalBehindProxy: 7682,
      metrics: 9090,
      otlp: 4318,
    });
  });

  it('of what lies in the root of the data volume', () => {
    expect(volumeNames).toEqual({ state: '.openclaw', marker: '.openclaw-subfolder' });
  });

  it('of folders on the data volume that are made where they are needed', () => {
    expect(volumeFolders).toEqual({ private: '.private' });
  });

  it('of paths in the pod', () => {
    expect(paths).toEqual({
      home: '/home/openclaw',
      state: '/home/openclaw/.openclaw',
      configFile: '/home/openclaw/.openclaw/openclaw.json',
      operatorConfig: '/operator-config',
      workspaceInit: '/workspace-init',
      tailscaleSocket: '/var/run/tailscale',
      tailscaleBin: '/tailscale-bin',
      runtimeTools: '/runtime-tools',
      node: '/usr/local/bin/node',
      caBundle: '/etc/ssl/certs/custom-ca-bundle.crt',
      apiToken: '/var/run/secrets/kubernetes.io/serviceaccount',
    });
  });
});

describe('an instance with every feature', () => {
  const everything = rendered(
    anInstance(
      withChromium({ persistence: { enabled: true } }),
      withOllama({ models: ['llama3.2'] }),
      withIngress('traefik', { security: { basicAuth: { enabled: true } } }),
      withCaBundle,
      withSpec({ workspace: { configMapRef: { name: 'files' }, additionalWorkspaces: [{ name: 'lab', configMapRef: { name: 'lab' } }] } }),
    ),
  );

  it('has these objects, what a pod needs before the pod', () => {
    expect(everything.names).toEqual([
      'ServiceAccount/alice',
      'Role/alice',
      'RoleBinding/alice',
      'NetworkPolicy/alice',
      'ConfigMap/alice-config',
      'ConfigMap/alice-workspace',
      'PersistentVolumeClaim/alice-chromium-data',
      'PersistentVolumeClaim/alice-data',
      'PodDisruptionBudget/alice',
      'Service/alice',
      'Service/alice-cdp',
      'StatefulSet/alice',
      'Middleware/alice-basic-auth',
      'Middleware/alice-https-redirect',
      'Middleware/alice-rate-limit',
      'Middleware/alice-security-headers',
      'Ingress/alice',
    ]);
  });

  it('has the three labels and its namespace on every object, and no others', () => {
    for (const { metadata } of everything.manifests) {
      expect(metadata).toMatchObject({ namespace: 'team-a' });
      expect(metadata.labels).toEqual(commonLabels('alice'));
    }
    expect(everything.template.metadata.labels).toEqual(commonLabels('alice'));
  });

  it('T-A13 names no owner: whoever applies it adds its own, and leaves those of others', () => {
    for (const { metadata } of everything.manifests) expect(metadata).not.toHaveProperty('ownerReferences');
  });

  it('selects its pods by the two labels everywhere', () => {
    const expected = selectorLabels('alice');
    expect(everything.spec('StatefulSet')['selector']).toEqual({ matchLabels: expected });
    expect(everything.spec('PodDisruptionBudget')['selector']).toEqual({ matchLabels: expected });
    expect(everything.spec('NetworkPolicy')['podSelector']).toEqual({ matchLabels: expected });
    expect(everything.spec('Service')['selector']).toEqual(expected);
    expect(everything.spec('Service', 'alice-cdp')['selector']).toEqual(expected);
  });

  it('starts its containers in this order', () => {
    expect(everything.pod.initContainers.map(({ name }) => name)).toEqual(['init-config', 'init-workspace', 'init-ollama', 'chromium']);
    expect(everything.pod.containers.map(({ name }) => name)).toEqual(['openclaw', 'gateway-proxy', 'ollama', 'otel-collector']);
  });

  it('has no volume twice and mounts none that is not there', () => {
    const names = everything.pod.volumes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { volumeMounts } of everything.containers) {
      for (const { name } of volumeMounts) expect(names).toContain(name);
      const mountPaths = volumeMounts.map(({ mountPath }) => mountPath);
      expect(new Set(mountPaths).size).toBe(mountPaths.length);
    }
  });

  it('keeps every name within the limits of Kubernetes, for the longest name that is accepted', () => {
    const longest = rendered(anInstance('a'.repeat(36), withChromium(), withOllama(), withIngress('traefik')));
    for (const { metadata } of longest.manifests) expect(metadata.name).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
  });
});
