import { type ValueCase, initContainer, sidecar } from './case';

const P = 'spec.sidecars[0]';
const two = <T>(entry: T): T[] => [entry, entry];
const probe = (fields: object): object => ({ livenessProbe: { httpGet: { port: 80 }, ...fields } });
const port = (fields: object): object => ({ ports: [{ containerPort: 80, ...fields }] });
const variable = (valueFrom: object): object => ({ env: [{ name: 'A', valueFrom }] });
const secretKey = (fields: object): object => variable({ secretKeyRef: { name: 'keys', key: 'k', ...fields } });
const context = (fields: object): object => ({ securityContext: { capabilities: { drop: ['ALL'] }, ...fields } });
const resources = (requests: object, limits: object): object => ({ resources: { requests, limits } });
const mount = (fields: object): object => ({ volumeMounts: [{ name: 'tmp', mountPath: '/m', ...fields }] });

type Row = readonly [holds: string, field: string, bad: object, good: object, theirs?: string];

function rows(rule: string, list: readonly Row[]): ValueCase[] {
  return list.map(([holds, field, bad, good, theirs]) => ({
    rule,
    holds,
    bad: sidecar({ ...bad }),
    good: sidecar({ ...good }),
    path: `${P}.${field}`,
    ...(theirs !== undefined && { theirs }),
  }));
}

const ports = rows('values/port', [
  ['containerPort is from 1 to 65535', 'ports[0].containerPort', port({ containerPort: 70000 }), port({ containerPort: 65535 })],
  ['hostPort is from 1 to 65535', 'ports[0].hostPort', port({ hostPort: 65536 }), port({ hostPort: 65535 })],
  ['the name of a port has at most 15 characters', 'ports[0].name', port({ name: 'failure-detector' }), port({ name: 'failure-detecto' })],
  ['the name of a port has a letter', 'ports[0].name', port({ name: '8080' }), port({ name: '8080a' })],
  ["the name of a port has no two '-' in a row", 'ports[0].name', port({ name: 'a--b' }), port({ name: 'a-b' })],
  [
    'each port of a container has a name of its own',
    'ports[1].name',
    { ports: [80, 81].map((containerPort) => ({ containerPort, name: 'http' })) },
    { ports: [80, 81].map((containerPort) => ({ containerPort, name: `http-${containerPort}` })) },
  ],
  [
    'a port stands once for a protocol',
    'ports[1].containerPort',
    { ports: two({ containerPort: 80 }) },
    { ports: ['TCP', 'UDP'].map((protocol) => ({ containerPort: 80, protocol })) },
    'duplicate entries',
  ],
]);

const variables = rows('values/env', [
  ['a variable has a name', 'env[0].name', { env: [{ name: '' }] }, { env: [{ name: ' ' }] }],
  ["the name of a variable is printable ASCII without '='", 'env[0].name', { env: [{ name: 'A=B' }] }, { env: [{ name: 'a.b-c:d' }] }],
  [
    'a variable has a value or a source',
    'env[0].valueFrom',
    { env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
    { env: [{ name: 'A', value: '', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
  ],
  ['a variable stands once', 'env[1].name', { env: two({ name: 'A' }) }, { env: [{ name: 'A' }, { name: 'a' }] }, 'duplicate entries'],
  ['valueFrom has a source', 'env[0].valueFrom', variable({}), variable({ fieldRef: { fieldPath: 'metadata.name' } })],
  [
    'valueFrom has one source',
    'env[0].valueFrom.secretKeyRef',
    variable({ fieldRef: { fieldPath: 'metadata.name' }, secretKeyRef: { name: 'keys', key: 'k' } }),
    secretKey({}),
    'env[0].valueFrom',
  ],
  ['a reference names its Secret or ConfigMap', 'env[0].valueFrom.secretKeyRef.name', secretKey({ name: '' }), secretKey({ name: 'a.b' })],
  ['a reference has the name of an object', 'env[0].valueFrom.secretKeyRef.name', secretKey({ name: 'A_' }), secretKey({ name: '1' })],
  ['a reference names a key', 'env[0].valueFrom.secretKeyRef.key', secretKey({ key: '' }), secretKey({ key: '.a' })],
  [
    "a key has letters, digits, '-', '_' and '.'",
    'env[0].valueFrom.secretKeyRef.key',
    secretKey({ key: 'a/b' }),
    secretKey({ key: 'A_b' }),
  ],
  [
    'fieldPath is one of the fields that a variable may show',
    'env[0].valueFrom.fieldRef.fieldPath',
    variable({ fieldRef: { fieldPath: 'metadata.labels' } }),
    variable({ fieldRef: { fieldPath: "metadata.labels['a/b']" } }),
  ],
  [
    'apiVersion of a fieldRef is v1',
    'env[0].valueFrom.fieldRef.apiVersion',
    variable({ fieldRef: { fieldPath: 'metadata.name', apiVersion: 'v2' } }),
    variable({ fieldRef: { fieldPath: 'metadata.name', apiVersion: 'v1' } }),
    'env[0].valueFrom.fieldRef.fieldPath',
  ],
  [
    'resourceFieldRef names limits or requests',
    'env[0].valueFrom.resourceFieldRef.resource',
    variable({ resourceFieldRef: { resource: 'limits.pods' } }),
    variable({ resourceFieldRef: { resource: 'limits.ephemeral-storage' } }),
  ],
  [
    'the divisor is one unit',
    'env[0].valueFrom.resourceFieldRef.divisor',
    variable({ resourceFieldRef: { resource: 'limits.memory', divisor: '1m' } }),
    variable({ resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } }),
  ],
  ['envFrom has a source', 'envFrom[0]', { envFrom: [{}] }, { envFrom: [{ secretRef: { name: 'a' } }] }, 'envFrom'],
  [
    'envFrom has one source an entry',
    'envFrom[0].secretRef',
    { envFrom: [{ secretRef: { name: 'a' }, configMapRef: { name: 'b' } }] },
    { envFrom: [{ secretRef: { name: 'a' } }, { configMapRef: { name: 'b' } }] },
    'envFrom',
  ],
  [
    'envFrom names its Secret or ConfigMap',
    'envFrom[0].secretRef.name',
    { envFrom: [{ secretRef: {} }] },
    { envFrom: [{ secretRef: { name: 'a' } }] },
  ],
  [
    'a prefix is the beginning of a name of a variable',
    'envFrom[0].prefix',
    { envFrom: [{ prefix: 'A=', secretRef: { name: 'a' } }] },
    { envFrom: [{ prefix: '', secretRef: { name: 'a' } }] },
  ],
]);

const amounts = rows('values/resources', [
  [
    'a request is not above its limit',
    'resources.requests',
    resources({ cpu: '1.1' }, { cpu: 1 }),
    resources({ cpu: '1000m' }, { cpu: 1 }),
  ],
  ['an amount is not negative', 'resources.requests[memory]', resources({ memory: '-1' }, {}), resources({ memory: 0 }, {})],
  [
    'a resource is cpu, memory, ephemeral-storage or hugepages, or has a domain',
    'resources.limits[disk]',
    resources({}, { disk: 1 }),
    resources({}, { 'example.com/disk': 1 }),
  ],
  [
    'a resource with a domain is a whole number',
    'resources.limits[example.com/gpu]',
    resources({}, { 'example.com/gpu': '500m' }),
    resources({}, { 'example.com/gpu': '1' }),
  ],
  [
    'a resource with a domain has a limit',
    'resources.limits',
    resources({ 'example.com/gpu': 1 }, {}),
    resources({ 'example.com/gpu': 1 }, { 'example.com/gpu': 1 }),
  ],
  [
    'a resource with a domain has a limit that is equal to its request',
    'resources.requests',
    resources({ 'example.com/gpu': 1 }, { 'example.com/gpu': 2 }),
    resources({ 'example.com/gpu': 2 }, { 'example.com/gpu': '2' }),
  ],
  [
    'hugepages need cpu or memory',
    'resources',
    resources({}, { 'hugepages-2Mi': '4Mi' }),
    resources({}, { 'hugepages-2Mi': '4Mi', cpu: 1 }),
  ],
  [
    'hugepages are whole pages',
    'resources.limits[hugepages-2Mi]',
    resources({}, { 'hugepages-2Mi': '3Mi', cpu: 1 }),
    resources({}, { 'hugepages-2Mi': '2Mi', cpu: 1 }),
  ],
  [
    'a claim is one of the pod, which has none',
    'resources.claims[0]',
    { resources: { claims: [{ name: 'x' }] } },
    { resources: { claims: [] } },
  ],
]);

const probes = rows('values/probe', [
  ['a probe has a handler', 'livenessProbe', { livenessProbe: { periodSeconds: 5 } }, probe({})],
  [
    'a probe has one handler',
    'livenessProbe.tcpSocket',
    probe({ tcpSocket: { port: 80 } }),
    { livenessProbe: { tcpSocket: { port: 80 } } },
  ],
  [
    'a hook has a handler',
    'lifecycle.postStart',
    { lifecycle: { postStart: {} } },
    { lifecycle: { postStart: { exec: { command: ['true'] } } } },
  ],
  [
    'a hook has one handler',
    'lifecycle.preStop.sleep',
    { lifecycle: { preStop: { exec: { command: ['true'] }, sleep: { seconds: 1 } } } },
    { lifecycle: { preStop: { sleep: { seconds: 1 } } } },
  ],
  [
    'a command is not empty',
    'livenessProbe.exec.command',
    { livenessProbe: { exec: {} } },
    { livenessProbe: { exec: { command: ['true'] } } },
  ],
  [
    'the port of a probe is from 1 to 65535',
    'livenessProbe.httpGet.port',
    probe({ httpGet: { port: 0 } }),
    probe({ httpGet: { port: 1 } }),
  ],
  [
    'the port of a probe is a number or the name of a port',
    'readinessProbe.tcpSocket.port',
    { readinessProbe: { tcpSocket: { port: '80' } } },
    { readinessProbe: { tcpSocket: { port: 'http' } } },
  ],
  [
    'the port of gRPC is from 1 to 65535',
    'livenessProbe.grpc.port',
    { livenessProbe: { grpc: { port: 65536 } } },
    { livenessProbe: { grpc: { port: 65535 } } },
  ],
  [
    "the name of a header has letters, digits and '-'",
    'livenessProbe.httpGet.httpHeaders[0].name',
    probe({ httpGet: { port: 80, httpHeaders: [{ name: 'a b', value: 'x' }] } }),
    probe({ httpGet: { port: 80, httpHeaders: [{ name: 'X-A', value: 'x y' }] } }),
    'livenessProbe.httpGet.httpHeaders',
  ],
  ['numbers of a probe are not negative', 'livenessProbe.periodSeconds', probe({ periodSeconds: -1 }), probe({ periodSeconds: 0 })],
  [
    'successThreshold is 1 for liveness and startup',
    'startupProbe.successThreshold',
    { startupProbe: { tcpSocket: { port: 80 }, successThreshold: 2 } },
    { readinessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 } },
  ],
  [
    'terminationGracePeriodSeconds of a probe is above 0',
    'livenessProbe.terminationGracePeriodSeconds',
    probe({ terminationGracePeriodSeconds: 0 }),
    probe({ terminationGracePeriodSeconds: 1 }),
  ],
  [
    'a readiness probe has no terminationGracePeriodSeconds',
    'readinessProbe.terminationGracePeriodSeconds',
    { readinessProbe: { tcpSocket: { port: 80 }, terminationGracePeriodSeconds: 5 } },
    { readinessProbe: { tcpSocket: { port: 80 } } },
  ],
  [
    'a sleep is not negative',
    'lifecycle.preStop.sleep',
    { lifecycle: { preStop: { sleep: { seconds: -1 } } } },
    { lifecycle: { preStop: { sleep: { seconds: 0 } } } },
  ],
]);

const initProbe: ValueCase = {
  rule: 'values/probe',
  holds: 'an init container has probes and hooks with restartPolicy Always only',
  bad: initContainer({ ...probe({}) }),
  good: initContainer({ ...probe({}), restartPolicy: 'Always' }),
  path: 'spec.initContainers[0].livenessProbe',
};

const others = [
  ...rows('values/container', [
    ['an image is not empty', 'image', { image: '' }, { image: 'a' }],
    ['an image has no blanks around it', 'image', { image: ' a' }, { image: 'a' }],
    ['restartPolicy is Always, Never or OnFailure', 'restartPolicy', { restartPolicy: 'Sometimes' }, {}],
    [
      'resizePolicy is for cpu and memory',
      'resizePolicy[0].resourceName',
      { resizePolicy: [{ resourceName: 'disk', restartPolicy: 'NotRequired' }] },
      { resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }] },
      'resizePolicy',
    ],
  ]),
  ...rows('values/mount', [
    ['mountPath is not empty', 'volumeMounts[0].mountPath', mount({ mountPath: '' }), mount({ mountPath: '/' })],
    ['subPath is relative', 'volumeMounts[0].subPath', mount({ subPath: '/a' }), mount({ subPath: 'a/b' }), 'volumeMounts.subPath'],
    ["subPath has no '..'", 'volumeMounts[0].subPath', mount({ subPath: 'a/../b' }), mount({ subPath: 'a..b' }), 'volumeMounts.subPath'],
    [
      'subPath and subPathExpr exclude each other',
      'volumeMounts[0].subPathExpr',
      mount({ subPath: 'a', subPathExpr: 'b' }),
      mount({ subPathExpr: 'b' }),
    ],
    [
      'mountPropagation Bidirectional is for privileged containers',
      'volumeMounts[0].mountPropagation',
      mount({ mountPropagation: 'Bidirectional' }),
      { ...mount({ mountPropagation: 'Bidirectional' }), securityContext: { privileged: true } },
      'volumeMounts.mountPropagation',
    ],
    [
      'recursiveReadOnly needs readOnly',
      'volumeMounts[0].recursiveReadOnly',
      mount({ recursiveReadOnly: 'Enabled' }),
      mount({ recursiveReadOnly: 'Enabled', readOnly: true }),
      'volumeMounts.recursiveReadOnly',
    ],
    [
      'one volume is mounted at a path',
      'volumeMounts[1].mountPath',
      { volumeMounts: two({ name: 'tmp', mountPath: '/m' }) },
      { volumeMounts: ['/m', '/m/n'].map((mountPath) => ({ name: 'tmp', mountPath })) },
      'duplicate entries',
    ],
  ]),
  ...rows('values/security', [
    ['runAsUser is from 0 to 2147483647', 'securityContext.runAsUser', context({ runAsUser: -1 }), context({ runAsUser: 2147483647 })],
    ['runAsGroup is from 0 to 2147483647', 'securityContext.runAsGroup', context({ runAsGroup: 2147483648 }), context({ runAsGroup: 0 })],
    [
      'a privileged container may gain rights',
      'securityContext.allowPrivilegeEscalation',
      context({ privileged: true, allowPrivilegeEscalation: false }),
      context({ privileged: true, allowPrivilegeEscalation: true }),
      'securityContext',
    ],
    [
      'a container with CAP_SYS_ADMIN may gain rights',
      'securityContext.allowPrivilegeEscalation',
      context({ capabilities: { add: ['CAP_SYS_ADMIN'] }, allowPrivilegeEscalation: false }),
      context({ capabilities: { add: ['SYS_ADMIN'] }, allowPrivilegeEscalation: false }),
      'securityContext',
    ],
    ['procMount is Default', 'securityContext.procMount', context({ procMount: 'Unmasked' }), context({ procMount: 'Default' })],
    [
      'a profile of type Localhost has a file',
      'securityContext.seccompProfile.localhostProfile',
      context({ seccompProfile: { type: 'Localhost' } }),
      context({ seccompProfile: { type: 'Localhost', localhostProfile: 'a/b.json' } }),
    ],
    [
      'a profile of another type has no file',
      'securityContext.appArmorProfile.localhostProfile',
      context({ appArmorProfile: { type: 'RuntimeDefault', localhostProfile: 'x' } }),
      context({ appArmorProfile: { type: 'RuntimeDefault' } }),
    ],
    [
      'no container runs on the host of its node',
      'securityContext.windowsOptions.hostProcess',
      context({ windowsOptions: { hostProcess: true } }),
      context({ windowsOptions: { hostProcess: false } }),
      'hostNetwork',
    ],
  ]),
];

const hostPorts: ValueCase = {
  rule: 'values/port',
  holds: 'a port of the node is opened once',
  bad: { sidecars: ['a', 'b'].map((name) => ({ ...sidecarOf(name), ports: [{ containerPort: 80, hostPort: 8080 }] })) },
  good: { sidecars: ['a', 'b'].map((name, index) => ({ ...sidecarOf(name), ports: [{ containerPort: 80, hostPort: 8080 + index }] })) },
  path: 'spec.sidecars[1].ports[0].hostPort',
};

function sidecarOf(name: string): object {
  return { name, image: 'example.com/side:1' };
}

/** The server's rules of containers. */
export const containerCases: readonly ValueCase[] = [...ports, hostPorts, ...variables, ...amounts, ...probes, initProbe, ...others];
