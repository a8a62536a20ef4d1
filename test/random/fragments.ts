import * as fc from 'fast-check';
import type { JsonObject } from '../../constructs/spec/json';
import * as texts from './texts';

// Kubernetes fragments of the shape in which users write them: valid for the server, and hardened for the restricted level.

type Fragment = fc.Arbitrary<JsonObject>;

/** A record whose fields may all be missing, but for those that are named. */
export function some(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>, required: readonly string[] = []): Fragment {
  return fc.record({ ...fields }, { requiredKeys: [...required], noNullPrototype: true });
}

/** A list whose entries differ in one field. */
export function distinct(entry: Fragment, field: string, maxLength: number, minLength = 0): fc.Arbitrary<JsonObject[]> {
  return fc.uniqueArray(entry, { minLength, maxLength, selector: (value) => value[field] });
}

/** Exactly one of the fields. */
function oneOf(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): Fragment {
  return fc.oneof(...Object.entries(fields).map(([name, value]) => value.map((inner): JsonObject => ({ [name]: inner }))));
}

const reference = some({ name: texts.objectName, optional: fc.boolean() }, ['name']);
const keyReference = some({ name: texts.objectName, key: texts.dataKey, optional: fc.boolean() }, ['name', 'key']);

const variableSource = oneOf({
  secretKeyRef: keyReference,
  configMapKeyRef: keyReference,
  fieldRef: some(
    {
      fieldPath: fc.constantFrom('metadata.name', 'status.podIP', 'spec.nodeName', "metadata.labels['app.kubernetes.io/name']"),
      apiVersion: fc.constant('v1'),
    },
    ['fieldPath'],
  ),
  resourceFieldRef: some({ resource: fc.constantFrom('limits.cpu', 'requests.memory'), divisor: fc.constantFrom('1', 1, '0') }, [
    'resource',
  ]),
});

const variable = fc.oneof(
  some({ name: texts.variableName, value: texts.text }, ['name']),
  some({ name: texts.variableName, valueFrom: variableSource }, ['name', 'valueFrom']),
);

export const env = distinct(variable, 'name', 4);

export const envFrom = fc.array(
  fc
    .tuple(oneOf({ secretRef: reference, configMapRef: reference }), fc.option(texts.variableName, { nil: undefined }))
    .map(([source, prefix]): JsonObject => ({ ...source, ...(prefix !== undefined && { prefix }) })),
  { maxLength: 2 },
);

function amounts(cpu: number, memory: number): Fragment {
  return fc.record({ cpu: texts.cpu(cpu), memory: texts.bytes(memory) }).map((both): JsonObject => both);
}

/** Requests are never above limits. `defaults` are those of the schema: a limit alone may not fall below the default request. */
export function resources(defaults: { readonly cpu: number; readonly memory: number }): Fragment {
  const limits = fc.tuple(fc.integer({ min: defaults.cpu, max: 16000 }), fc.integer({ min: defaults.memory, max: 65536 }));
  return limits.chain(([cpu, memory]) =>
    fc.oneof(
      fc.record({ limits: amounts(cpu, memory) }),
      fc.record({ requests: amounts(Math.ceil(cpu / 4), Math.ceil(memory / 4)), limits: amounts(cpu, memory) }),
    ),
  );
}

/** Resources of a container of the user: any kinds, any notation. */
const fragmentResources = fc.constantFrom<JsonObject>(
  {},
  { requests: { cpu: '.5', memory: '1e9' }, limits: { cpu: 1, memory: '+4G' } },
  { limits: { 'example.com/device': 2, memory: 134217728 } },
  { requests: { 'ephemeral-storage': '1Gi' } },
);

const portOrName = fc.oneof(texts.port, fc.constantFrom('http', 'metrics'));

const handler = oneOf({
  exec: fc.record({
    command: fc.array(
      texts.text.filter((value) => value !== ''),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  httpGet: some(
    {
      path: fc.constantFrom('/', '/healthz', '/a?b=c'),
      port: portOrName,
      scheme: fc.constantFrom('HTTP', 'HTTPS'),
      httpHeaders: fc.constant([{ name: 'Accept', value: '*/*' }]),
    },
    ['port'],
  ),
  tcpSocket: some({ port: portOrName }, ['port']),
  grpc: some({ port: texts.port, service: fc.constantFrom('', 'health') }, ['port']),
});

const timing = some({
  initialDelaySeconds: fc.nat(100),
  periodSeconds: fc.integer({ min: 1, max: 100 }),
  timeoutSeconds: fc.integer({ min: 1, max: 100 }),
  failureThreshold: fc.integer({ min: 1, max: 100 }),
});

/** A probe; `successThreshold` must be 1 for all but readiness. */
const probe = fc.tuple(handler, timing).map(([how, when]): JsonObject => ({ ...how, ...when }));
const readinessProbe = fc
  .tuple(probe, fc.integer({ min: 1, max: 5 }))
  .map(([base, successThreshold]): JsonObject => ({ ...base, successThreshold }));

const lifecycle = some({
  postStart: oneOf({ exec: fc.constant({ command: ['true'] }) }),
  preStop: oneOf({ exec: fc.constant({ command: ['sleep', '1'] }), sleep: fc.constant({ seconds: 5 }) }),
});

/** No name twice, and no port: with its protocol it is a key of the list. */
const ports = fc.uniqueArray(
  some({ containerPort: texts.port, name: fc.constantFrom('http', 'metrics', 'a-1'), protocol: fc.constantFrom('TCP', 'UDP', 'SCTP') }, [
    'containerPort',
    'name',
  ]),
  { maxLength: 3, comparator: (one, other) => one['name'] === other['name'] || one['containerPort'] === other['containerPort'] },
);

/** What the restricted level asks of a container, and what it leaves free. */
const securityContext = some({
  runAsNonRoot: fc.constant(true),
  runAsUser: fc.integer({ min: 1, max: 65535 }),
  runAsGroup: fc.integer({ min: 0, max: 65535 }),
  readOnlyRootFilesystem: fc.boolean(),
  seccompProfile: fc.constantFrom({ type: 'RuntimeDefault' }, { type: 'Localhost', localhostProfile: 'profiles/x.json' }),
  procMount: fc.constant('Default'),
}).chain((free) =>
  fc.constantFrom({ drop: ['ALL'] }, { drop: ['ALL'], add: ['NET_BIND_SERVICE'] }).map((capabilities): JsonObject => ({
    ...free,
    capabilities,
    allowPrivilegeEscalation: false,
  })),
);

function mount(name: string): Fragment {
  const subPath = fc.oneof(fc.constant<JsonObject>({}), fc.constant({ subPath: 'a/b' }), fc.constant({ subPathExpr: 'x' }));
  const base = some({ mountPath: texts.mountPath, readOnly: fc.boolean(), mountPropagation: fc.constantFrom('None', 'HostToContainer') }, [
    'mountPath',
  ]);
  return fc.tuple(base, subPath).map(([fields, sub]): JsonObject => ({ name, ...fields, ...sub }));
}

/** Mounts of volumes that are there. */
export function mounts(volumes: readonly string[]): fc.Arbitrary<JsonObject[]> {
  if (volumes.length === 0) return fc.constant([]);
  return distinct(fc.constantFrom(...volumes).chain(mount), 'mountPath', 3);
}

/** Containers of the user. `restartPolicy: Always` makes an init container a native sidecar: only those may have probes. */
export function container(name: string, kind: 'init' | 'native sidecar' | 'sidecar', volumes: readonly string[]): Fragment {
  const alive = { livenessProbe: probe, readinessProbe, startupProbe: probe, lifecycle };
  return some(
    {
      name: fc.constant(name),
      image: fc.tuple(texts.repository, texts.tag).map((parts) => parts.join(':')),
      imagePullPolicy: fc.constantFrom('Always', 'IfNotPresent', 'Never'),
      command: fc.array(texts.text, { maxLength: 3 }),
      args: fc.array(texts.text, { maxLength: 3 }),
      env,
      envFrom,
      ports,
      resources: fragmentResources,
      volumeMounts: mounts(volumes),
      workingDir: fc.constant('/mnt'),
      terminationMessagePolicy: fc.constantFrom('File', 'FallbackToLogsOnError'),
      tty: fc.boolean(),
      stdin: fc.boolean(),
      securityContext,
      ...(kind === 'native sidecar' && { restartPolicy: fc.constant('Always') }),
      ...(kind !== 'init' && alive),
    },
    ['name', 'image', 'securityContext', ...(kind === 'native sidecar' ? ['restartPolicy'] : [])],
  ).map(withNamedPorts);
}

/** A probe may ask a port by name only when the container has one of that name. */
function withNamedPorts(fragment: JsonObject): JsonObject {
  return JSON.stringify(fragment).includes('"port":"')
    ? {
        ...fragment,
        ports: [
          { name: 'http', containerPort: 80 },
          { name: 'metrics', containerPort: 81 },
        ],
      }
    : fragment;
}

const items = fc.constantFrom(undefined, [{ key: 'a', path: 'b/c' }], [{ key: 'a', path: 'a', mode: 256 }]);
const mode = fc.constantFrom(undefined, 420, 256);

const projection = oneOf({
  secret: some({ name: texts.objectName, items, optional: fc.boolean() }, ['name']),
  configMap: some({ name: texts.objectName, optional: fc.boolean() }, ['name']),
  serviceAccountToken: some(
    { path: fc.constant('token'), audience: fc.constant('vault'), expirationSeconds: fc.integer({ min: 600, max: 7200 }) },
    ['path'],
  ),
});

const claimTemplate = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };

/** Exactly one source, of those that the restricted level lets in. */
const volumeSource = oneOf({
  emptyDir: some({ medium: fc.constantFrom('', 'Memory'), sizeLimit: texts.claimSize }),
  configMap: some({ name: texts.objectName, items, defaultMode: mode, optional: fc.boolean() }, ['name']),
  secret: some({ secretName: texts.objectName, items, defaultMode: mode, optional: fc.boolean() }, ['secretName']),
  persistentVolumeClaim: some({ claimName: texts.objectName, readOnly: fc.boolean() }, ['claimName']),
  downwardAPI: fc.constant({ items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] }),
  projected: fc
    .uniqueArray(projection, { minLength: 1, maxLength: 2, selector: (source) => Object.keys(source)[0] })
    .map((sources) => ({ sources })),
  ephemeral: fc.constant({ volumeClaimTemplate: claimTemplate }),
  csi: fc.constant({ driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass: 'x' } }),
});

export function volume(name: string): Fragment {
  return volumeSource.map((source) => JSON.parse(JSON.stringify({ name, ...source })) as JsonObject);
}

export const toleration = fc.oneof(
  some({ key: texts.labelName(), operator: fc.constant('Exists'), effect: fc.constantFrom('NoSchedule', 'PreferNoSchedule') }, [
    'key',
    'operator',
  ]),
  some({ key: texts.labelName(), value: texts.labelName(), effect: fc.constant('NoExecute'), tolerationSeconds: fc.nat(600) }, [
    'key',
    'value',
    'effect',
  ]),
  fc.constant<JsonObject>({ operator: 'Exists' }),
);

const selector = fc.oneof(
  texts.labels.map((matchLabels): JsonObject => ({ matchLabels })),
  fc.constant<JsonObject>({
    matchExpressions: [
      { key: 'app', operator: 'In', values: ['a', 'b'] },
      { key: 'x/y', operator: 'DoesNotExist' },
    ],
  }),
);

const topologyKey = fc.constantFrom('kubernetes.io/hostname', 'topology.kubernetes.io/zone');
const podTerm = some({ topologyKey, labelSelector: selector, namespaces: fc.array(texts.labelName(), { maxLength: 2 }) }, [
  'topologyKey',
  'labelSelector',
]);
const nodeTerm = fc.constantFrom<JsonObject>(
  { matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] }] },
  {
    matchExpressions: [{ key: 'cores', operator: 'Gt', values: ['4'] }],
    matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['n'] }],
  },
);
const weight = fc.integer({ min: 1, max: 100 });
const podAffinity = some({
  requiredDuringSchedulingIgnoredDuringExecution: fc.array(podTerm, { maxLength: 2 }),
  preferredDuringSchedulingIgnoredDuringExecution: fc.array(fc.record({ weight, podAffinityTerm: podTerm }), { maxLength: 2 }),
});

export const affinity = some({
  nodeAffinity: some({
    requiredDuringSchedulingIgnoredDuringExecution: nodeTerm.map((term) => ({ nodeSelectorTerms: [term] })),
    preferredDuringSchedulingIgnoredDuringExecution: fc.array(fc.record({ weight, preference: nodeTerm }), { maxLength: 2 }),
  }),
  podAffinity,
  podAntiAffinity: podAffinity,
});

export const spreadConstraints = fc.uniqueArray(
  some(
    {
      maxSkew: fc.integer({ min: 1, max: 5 }),
      topologyKey,
      whenUnsatisfiable: fc.constantFrom('DoNotSchedule', 'ScheduleAnyway'),
      labelSelector: selector,
    },
    ['maxSkew', 'topologyKey', 'whenUnsatisfiable', 'labelSelector'],
  ),
  { maxLength: 2, selector: ({ topologyKey: key, whenUnsatisfiable }) => JSON.stringify([key, whenUnsatisfiable]) },
);

const peer = fc.oneof(
  fc.record({ podSelector: selector, namespaceSelector: selector }),
  fc.record({ namespaceSelector: fc.constant({}) }),
  texts.cidr.map((cidr): JsonObject => ({ ipBlock: { cidr } })),
  fc.constant<JsonObject>({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }),
);

export const egressRule = some({
  to: fc.array(peer, { maxLength: 2 }),
  ports: fc.array(
    fc.oneof(fc.record({ protocol: fc.constantFrom('TCP', 'UDP'), port: portOrName }), fc.constant({ port: 1000, endPort: 2000 })),
    { maxLength: 2 },
  ),
});
