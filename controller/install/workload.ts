import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { CONTROLLER } from '../process/rbac';
import { controllerArguments } from './controller-arguments';
import { CERTIFICATE, FOLDERS, LABELS, PORTS, named } from './names';
import type { InstallOptions } from './options';

/** A user that no image has, as distroless images have it. */
const USER = 65_532;

/** Seconds. A pass ends within a few, and a push within a minute. */
const GRACE_SECONDS = 90;

/** What git fetches, and files with credentials that it reads. */
const SCRATCH = { name: 'tmp', path: '/tmp', most: '1Gi' } as const;

/** The pods of the controller: they pass the level `restricted`, and stand on different nodes where there are some. */
export function addWorkload(scope: Construct, options: InstallOptions): void {
  const { namespace, replicas } = options;
  new k8s.KubeDeployment(scope, 'deployment', {
    metadata: named(CONTROLLER, namespace),
    spec: {
      replicas,
      selector: { matchLabels: LABELS },
      // The next one is ready before the last one goes.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: absolute(1), maxUnavailable: absolute(0) } },
      template: { metadata: { labels: LABELS }, spec: podSpec(options) },
    },
  });
  new k8s.KubePodDisruptionBudget(scope, 'budget', {
    metadata: named(CONTROLLER, namespace),
    spec: { maxUnavailable: absolute(1), selector: { matchLabels: LABELS } },
  });
}

function absolute(count: number): k8s.IntOrString {
  return k8s.IntOrString.fromNumber(count);
}

function podSpec(options: InstallOptions): k8s.PodSpec {
  const volumes = secretVolumes(options);
  return {
    serviceAccountName: CONTROLLER,
    automountServiceAccountToken: true,
    terminationGracePeriodSeconds: GRACE_SECONDS,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: LABELS } },
    ],
    containers: [container(options, volumes)],
    volumes: [
      { name: SCRATCH.name, emptyDir: { sizeLimit: k8s.Quantity.fromString(SCRATCH.most) } },
      ...volumes.map(({ name, secretName }) => ({ name, secret: { secretName, defaultMode: 0o440 } })),
    ],
  };
}

interface SecretVolume {
  readonly name: string;
  readonly secretName: string;
  readonly path: string;
}

function secretVolumes({ git, webhook, hookSecret }: InstallOptions): SecretVolume[] {
  return [
    ...(git ? [{ name: 'git', secretName: git.secret, path: FOLDERS.git }] : []),
    ...(git?.signingSecret === undefined ? [] : [{ name: 'signing', secretName: git.signingSecret, path: FOLDERS.signing }]),
    ...(git?.forgeSecret === undefined ? [] : [{ name: 'forge', secretName: git.forgeSecret, path: FOLDERS.forge }]),
    ...(hookSecret === undefined ? [] : [{ name: 'hook', secretName: hookSecret, path: FOLDERS.hook }]),
    ...(webhook === 'cert-manager' ? [{ name: 'webhook', secretName: CERTIFICATE, path: FOLDERS.webhook }] : []),
  ];
}

function container(options: InstallOptions, volumes: readonly SecretVolume[]): k8s.Container {
  const { image, webhook, hookSecret, resources } = options;
  return {
    name: 'controller',
    image,
    args: controllerArguments(options),
    env: environment(options),
    ports: [
      { name: 'health', containerPort: PORTS.health },
      { name: 'metrics', containerPort: PORTS.metrics },
      ...(webhook === 'none' ? [] : [{ name: 'webhook', containerPort: PORTS.webhook }]),
      ...(hookSecret === undefined ? [] : [{ name: 'hook', containerPort: PORTS.hook }]),
    ],
    startupProbe: { ...probe('/healthz'), periodSeconds: 2, failureThreshold: 30 },
    livenessProbe: { ...probe('/healthz'), periodSeconds: 20, timeoutSeconds: 5 },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 5, timeoutSeconds: 5 },
    resources: {
      requests: { cpu: k8s.Quantity.fromString(resources.cpuRequest), memory: k8s.Quantity.fromString(resources.memoryRequest) },
      limits: { memory: k8s.Quantity.fromString(resources.memoryLimit) },
    },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: SCRATCH.name, mountPath: SCRATCH.path },
      ...volumes.map(({ name, path }) => ({ name, mountPath: path, readOnly: true })),
    ],
  };
}

function environment({ gitHubSecret }: InstallOptions): k8s.EnvVar[] {
  return [
    { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    ...(gitHubSecret === undefined ? [] : [{ name: 'GITHUB_TOKEN', valueFrom: { secretKeyRef: { name: gitHubSecret, key: 'token' } } }]),
  ];
}

function probe(path: string): k8s.Probe {
  return { httpGet: { path, port: k8s.IntOrString.fromString('health') } };
}
