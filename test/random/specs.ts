import * as fc from 'fast-check';
import type { ConfigMapFact, Facts, WrittenInstance } from '../../constructs';
import type { JsonObject } from '../../constructs/spec/json';
import * as fragments from './fragments';
import { distinct, some } from './fragments';
import * as texts from './texts';

/** An instance that must be accepted, and what must be known of the cluster for it. */
export interface RandomInstance {
  readonly written: WrittenInstance;
  readonly facts: Facts;
}

/** The RuntimeClass that a cluster must have for these pods. */
export const RUNTIME_CLASS = 'gvisor';

const json = fc.dictionary(texts.labelName(10), fc.oneof(texts.text, fc.integer(), fc.boolean(), fc.array(texts.text, { maxLength: 2 })), {
  maxKeys: 3,
  noNullPrototype: true,
});

/** A text or amount, or now and then the empty text, which says that there is none. */
function orEmpty<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | ''> {
  return fc.oneof({ weight: 7, arbitrary: value }, { weight: 1, arbitrary: fc.constant('' as const) });
}

const image = some({
  repository: orEmpty(texts.repository),
  tag: orEmpty(texts.tag),
  digest: orEmpty(texts.digest),
  pullPolicy: fc.constantFrom('Always', 'IfNotPresent', 'Never'),
  pullSecrets: fc.uniqueArray(texts.objectName, { maxLength: 2 }).map((names) => names.map((name) => ({ name }))),
});

const sidecarImage = some({ repository: orEmpty(texts.repository), tag: orEmpty(texts.tag), digest: orEmpty(texts.digest) });

const dotPath = fc.array(texts.labelName(8), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));

const config = fc.oneof(
  some({ raw: json, mergeMode: fc.constantFrom('overwrite', 'merge'), format: fc.constant('json') }),
  some({ raw: json, mergeMode: fc.constant('merge'), forcePaths: fc.uniqueArray(dotPath, { maxLength: 3 }) }, ['mergeMode']),
  some({ configMapRef: some({ name: texts.objectName, key: texts.dataKey }, ['name']), format: fc.constantFrom('json', 'json5') }, [
    'configMapRef',
  ]),
);

/** Files and folders of one workspace. No path is the folder of another one. */
const content = fc
  .record({
    files: fc.dictionary(texts.workspacePath, texts.text, { maxKeys: 4, noNullPrototype: true }),
    folders: fc.uniqueArray(texts.workspacePath, { maxLength: 3 }),
    configMapRef: fc.option(fc.record({ name: texts.objectName }), { nil: undefined }),
  })
  .map(({ files, folders, configMapRef }): JsonObject => {
    const all = [...Object.keys(files), ...folders];
    const isFree = (path: string): boolean =>
      !all.some((other) => other !== path && other.startsWith(`${path}/`)) && !folders.includes(path);
    const initialFiles = Object.fromEntries(Object.entries(files).filter(([path]) => isFree(path)));
    return { initialFiles, initialDirectories: folders, ...(configMapRef && { configMapRef }) };
  });

/** Named in a warning only, until they are rendered. */
const skills = fc.uniqueArray(fc.constantFrom('@owner/skill', 'npm:package', 'pack:owner/repository/path@v1'), { maxLength: 2 });

const additionalName = fc.array(fc.constantFrom('a', 'b2', 'research'), { minLength: 1, maxLength: 2 }).map((parts) => parts.join('-'));

const workspace = fc
  .tuple(
    content,
    fc.boolean(),
    distinct(
      fc.tuple(additionalName, content, skills).map(([name, inner, list]): JsonObject => ({ name, ...inner, skills: list })),
      'name',
      2,
    ),
  )
  .map(([main, enabled, additionalWorkspaces]): JsonObject => ({ ...main, bootstrap: { enabled }, additionalWorkspaces }));

const id = fc.integer({ min: 1, max: 65535 });

const rule = fc.record({
  apiGroups: fc.constantFrom([''], ['apps', 'batch']),
  resources: fc.constantFrom(['pods'], ['pods/log', 'events']),
  verbs: fc.constantFrom(['get'], ['*'], ['list', 'watch']),
});

const security = some({
  podSecurityContext: some({
    runAsUser: id,
    runAsGroup: id,
    fsGroup: id,
    fsGroupChangePolicy: fc.constantFrom('OnRootMismatch', 'Always'),
    runAsNonRoot: fc.constant(true),
  }),
  containerSecurityContext: some({
    readOnlyRootFilesystem: fc.boolean(),
    allowPrivilegeEscalation: fc.constant(false),
    runAsUser: id,
    runAsNonRoot: fc.constant(true),
    capabilities: fc.constant({ drop: ['ALL'], add: ['NET_BIND_SERVICE'] }),
  }),
  networkPolicy: some({
    enabled: fc.boolean(),
    allowedIngressCIDRs: fc.array(texts.cidr, { maxLength: 3 }),
    allowedIngressNamespaces: fc.array(texts.labelName(), { maxLength: 3 }),
    allowedEgressCIDRs: fc.array(texts.cidr, { maxLength: 3 }),
    allowSameNamespaceIngress: fc.boolean(),
    allowDNS: fc.boolean(),
    additionalEgress: fc.array(fragments.egressRule, { maxLength: 2 }),
  }),
  rbac: fc.oneof(
    some({
      createServiceAccount: fc.constant(true),
      serviceAccountAnnotations: texts.annotations,
      additionalRules: fc.array(rule, { maxLength: 2 }),
    }),
    some({ createServiceAccount: fc.constant(false), serviceAccountName: orEmpty(texts.objectName) }, ['createServiceAccount']),
  ),
  caBundle: fc.oneof(
    some({ configMapName: texts.objectName, key: texts.dataKey }, ['configMapName']),
    some({ secretName: texts.objectName, key: texts.dataKey }, ['secretName']),
  ),
});

const persistence = {
  enabled: fc.boolean(),
  storageClass: orEmpty(texts.objectName),
  size: orEmpty(texts.claimSize),
  existingClaim: orEmpty(texts.objectName),
};

const chromium = some({
  enabled: fc.boolean(),
  image: sidecarImage,
  resources: fragments.resources({ cpu: 250, memory: 512 }),
  extraArgs: fc.array(fc.constantFrom('--lang=de', '--window-size=1,2', '--no-sandbox', '--x'), { maxLength: 3 }),
  extraEnv: fragments.env,
  persistence: some(persistence),
});

const ollama = some({
  enabled: fc.boolean(),
  image: sidecarImage,
  models: fc.array(fc.constantFrom('llama3.2', 'qwen3:8b', 'hf.co/x/Y-GGUF:Q4_K_M'), { maxLength: 3 }),
  resources: fragments.resources({ cpu: 500, memory: 1024 }),
  storage: some({ sizeLimit: orEmpty(texts.claimSize), existingClaim: orEmpty(texts.objectName) }),
  gpu: fc.nat(8),
});

const servicePorts = fc
  .tuple(
    distinct(
      some({ name: texts.labelName(), port: texts.port, targetPort: texts.port, protocol: fc.constantFrom('TCP', 'UDP') }, [
        'name',
        'port',
      ]),
      'name',
      3,
    ),
  )
  .map(([ports]) => [...new Map(ports.map((port) => [port['port'], port])).values()]);

const pathText = fc.array(texts.labelName(8), { maxLength: 3 }).map((parts) => `/${parts.join('/')}`);

/** Ingress paths lead to ports that the Service has. */
function ingress(ports: readonly JsonObject[]): fc.Arbitrary<JsonObject> {
  const numbers = ports.length > 0 ? ports.map(({ port }) => port) : [18789, 18793];
  const path = some(
    { path: pathText, pathType: fc.constantFrom('Prefix', 'Exact', 'ImplementationSpecific'), port: fc.constantFrom(...numbers) },
    ports.length > 0 ? ['port'] : [],
  );
  const host = some(
    { host: texts.hostname, paths: fc.array(path, { minLength: 1, maxLength: 3 }) },
    ports.length > 0 ? ['host', 'paths'] : ['host'],
  );
  return some(
    {
      enabled: fc.boolean(),
      className: fc.constantFrom('nginx', 'traefik', 'nginx-internal', 'haproxy', ''),
      annotations: texts.annotations,
      hosts: fc.array(host, { minLength: 1, maxLength: 2 }),
      tls: fc.array(some({ hosts: fc.array(texts.hostname, { maxLength: 2 }), secretName: texts.objectName }), { maxLength: 2 }),
      security: some({
        forceHTTPS: fc.boolean(),
        enableHSTS: fc.boolean(),
        rateLimiting: some({ enabled: fc.boolean(), requestsPerSecond: fc.integer({ min: 1, max: 1000 }) }),
        basicAuth: some({
          enabled: fc.boolean(),
          existingSecret: orEmpty(texts.objectName),
          username: fc.constantFrom('a', "o'neil", '$x'),
          realm: fc.constantFrom('', 'My realm'),
        }),
      }),
    },
    ['hosts'],
  );
}

const networking = fc.oneof(fc.constant<JsonObject[]>([]), servicePorts).chain((ports) =>
  some(
    {
      service: some(
        { type: fc.constantFrom('ClusterIP', 'LoadBalancer', 'NodePort'), annotations: texts.annotations, ports: fc.constant(ports) },
        ['ports'],
      ),
      ingress: ingress(ports),
    },
    ['service'],
  ),
);

const probeSettings = some({
  enabled: fc.boolean(),
  initialDelaySeconds: fc.nat(600),
  periodSeconds: fc.integer({ min: 1, max: 600 }),
  timeoutSeconds: fc.integer({ min: 1, max: 600 }),
  failureThreshold: fc.integer({ min: 1, max: 600 }),
});

const probes = some({
  liveness: probeSettings,
  readiness: probeSettings,
  startup: probeSettings,
  diskReadiness: some({ enabled: fc.boolean(), path: fc.constantFrom('/home/openclaw/.openclaw', '/tmp'), minFree: texts.claimSize }),
});

const availability = some({
  podDisruptionBudget: some({ enabled: fc.boolean(), maxUnavailable: fc.nat(3) }),
  nodeSelector: texts.labels,
  tolerations: fc.array(fragments.toleration, { maxLength: 3 }),
  affinity: fragments.affinity,
  topologySpreadConstraints: fragments.spreadConstraints,
  runtimeClassName: fc.constant(RUNTIME_CLASS),
});

/** Containers, volumes and mounts of the user, with names that do not meet. */
const userFragments = fc
  .record({ sidecarVolumes: fc.nat(2), extraVolumes: fc.nat(2), init: fc.nat(2), sidecars: fc.nat(2), prefix: texts.labelName(10) })
  .chain(({ sidecarVolumes, extraVolumes, init, sidecars, prefix }) => {
    const names = (count: number, kind: string): string[] => Array.from({ length: count }, (_, index) => `${prefix}-${kind}-${index}`);
    const [forSidecars, forAgent] = [names(sidecarVolumes, 'side'), names(extraVolumes, 'extra')];
    const all = [...forSidecars, ...forAgent];
    const initKind = fc.constantFrom('init' as const, 'native sidecar' as const);
    return fc.record({
      sidecarVolumes: fc.tuple(...forSidecars.map(fragments.volume)),
      extraVolumes: fc.tuple(...forAgent.map(fragments.volume)),
      initContainers: fc.tuple(...names(init, 'init').map((name) => initKind.chain((kind) => fragments.container(name, kind, all)))),
      sidecars: fc.tuple(...names(sidecars, 'sidecar').map((name) => fragments.container(name, 'sidecar', all))),
      extraVolumeMounts: fragments.mounts(all),
    });
  });

const spec = fc
  .tuple(
    some({
      registry: orEmpty(texts.registry),
      suspended: fc.boolean(),
      shareProcessNamespace: fc.boolean(),
      podAnnotations: texts.annotations,
      image,
      config,
      workspace,
      envFrom: fragments.envFrom,
      env: fragments.env,
      resources: fragments.resources({ cpu: 500, memory: 1024 }),
      security,
      storage: some({
        persistence: some({
          ...persistence,
          accessModes: fc.constantFrom(['ReadWriteOnce'], ['ReadWriteMany', 'ReadOnlyMany']),
          orphan: fc.boolean(),
        }),
      }),
      chromium,
      ollama,
      networking,
      probes,
      backup: some({
        schedule: fc.constantFrom('0 2 * * *', '@daily', '@every 6h', '*/15 0-6 * JAN-MAR sun', ''),
        retentionDays: fc.integer({ min: 1, max: 365 }),
        serviceAccountName: orEmpty(texts.objectName),
      }),
      observability: some({
        metrics: some({
          enabled: fc.boolean(),
          port: fc.constantFrom(9090, 9100, 2112),
          serviceMonitor: some({ enabled: fc.boolean(), interval: fc.constantFrom('30s', '1m', ''), labels: texts.labels }),
          prometheusRule: some({ enabled: fc.boolean(), labels: texts.labels }),
          grafanaDashboard: some({ enabled: fc.boolean(), labels: texts.labels, folder: orEmpty(texts.objectName) }),
        }),
        logging: some({ level: fc.constantFrom('debug', 'info', 'warn', 'error', ''), format: fc.constantFrom('json', 'text') }),
      }),
      availability,
      gateway: some({
        existingSecret: orEmpty(texts.objectName),
        enabled: fc.boolean(),
        controlUiOrigins: fc.array(fc.constantFrom('https://a.example:8443', 'http://localhost:3000', '*'), { maxLength: 2 }),
      }),
    }),
    fc.option(userFragments, { nil: {} }),
  )
  .map(([own, theirs]): JsonObject => ({ ...own, ...theirs }));

/** Instances that use every field that is rendered, alone and together, in the ways that mean something. */
export const instances: fc.Arbitrary<RandomInstance> = fc
  .record({ name: texts.instanceName, labels: texts.labels, annotations: texts.annotations, spec, configText: json })
  .map(({ name, labels, annotations, spec: written, configText }) => ({
    written: {
      apiVersion: 'openclaw.rocks/v1alpha1',
      kind: 'OpenClawInstance',
      metadata: { name, namespace: 'openclaw', labels, annotations },
      spec: written,
    },
    facts: factsFor(written, JSON.stringify(configText)),
  }));

/** The ConfigMap that a spec refers to. */
function factsFor(written: JsonObject, configText: string): Facts {
  const reference = (written['config'] as { configMapRef?: { name: string; key?: string } } | undefined)?.configMapRef;
  if (reference === undefined) return {};
  const fact: ConfigMapFact = { data: { [reference.key ?? 'openclaw.json']: configText } };
  return { configMaps: new Map([[reference.name, fact]]) };
}

/** A field that no schema of today has. */
export const NEWER_FIELD = { name: 'fieldOfTomorrow', value: { nested: [1, '500m', { port: 80 }] } } as const;

/** Lists of Kubernetes fragments in a spec, as paths. */
const FRAGMENT_LISTS = [
  'initContainers',
  'sidecars',
  'sidecarVolumes',
  'extraVolumes',
  'extraVolumeMounts',
  'env',
  'envFrom',
  'availability.tolerations',
];

/** An instance whose fragments have a field that is newer than our schemas. */
export interface NewerInstance extends RandomInstance {
  /** Where the field was added. */
  readonly added: readonly string[];
}

/** Instances with at least one fragment, each of whose first fragments has the newer field. */
export const newerInstances: fc.Arbitrary<NewerInstance> = instances.map(withNewerField).filter(({ added }) => added.length > 0);

function withNewerField({ written, facts }: RandomInstance): NewerInstance {
  const changed = JSON.parse(JSON.stringify(written)) as WrittenInstance;
  const added = FRAGMENT_LISTS.flatMap((path) => {
    const list = path.split('.').reduce<unknown>((value, step) => (value as JsonObject | undefined)?.[step], changed.spec);
    const [first] = (list ?? []) as JsonObject[];
    if (first === undefined) return [];
    first[NEWER_FIELD.name] = NEWER_FIELD.value;
    return [`spec.${path}[0].${NEWER_FIELD.name}`];
  });
  return { written: changed, facts, added };
}
