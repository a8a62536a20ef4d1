/**
 * The Pod Security Standards of Kubernetes 1.36, as far as a user of ours can break them: what a field of a container or a volume may be.
 * `restricted` asks for all of them. What stands in a pod only (the network, processes and users of the node, sysctls) no field of ours sets.
 */
export interface Control {
  /** Its name in the standards. */
  readonly name: string;
  /** The lowest level that asks for it. */
  readonly level: 'baseline' | 'restricted';
  /** Below a container, with `[]` for the entries of a list. */
  readonly fields: readonly string[];
  /** Whether a value passes; a field that nobody wrote is `undefined`. */
  readonly allows: (value: unknown) => boolean;
  /** What is wrong otherwise: `is true`. */
  readonly says: string;
}

const oneOf =
  (...values: readonly unknown[]) =>
  (value: unknown): boolean =>
    value === undefined || value === null || values.includes(value);

const isEmpty = oneOf('');

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle.postStart', 'lifecycle.preStop'];

/** The hosts that probes and hooks ask: an entry of this list would let a container reach the node from the kubelet. */
const HOST_FIELDS = PROBES.flatMap((probe) => [`${probe}.httpGet.host`, `${probe}.tcpSocket.host`]);

/** Controls of a container. */
export const containerControls: readonly Control[] = [
  {
    name: 'HostProcess',
    level: 'baseline',
    fields: ['securityContext.windowsOptions.hostProcess'],
    allows: oneOf(false),
    says: 'is true',
  },
  { name: 'Privileged Containers', level: 'baseline', fields: ['securityContext.privileged'], allows: oneOf(false), says: 'is true' },
  { name: 'Host Ports', level: 'baseline', fields: ['ports[].hostPort'], allows: oneOf(0), says: 'opens a port of the node' },
  {
    name: 'Host Probes / Lifecycle Hooks',
    level: 'baseline',
    fields: HOST_FIELDS,
    allows: isEmpty,
    says: 'names a host: leave it out, and the pod itself is asked',
  },
  {
    name: 'AppArmor',
    level: 'baseline',
    fields: ['securityContext.appArmorProfile.type'],
    allows: oneOf('RuntimeDefault', 'Localhost'),
    says: 'is Unconfined',
  },
  {
    name: 'SELinux',
    level: 'baseline',
    fields: ['securityContext.seLinuxOptions.type'],
    allows: oneOf('', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'),
    says: 'is a type other than those of containers',
  },
  {
    name: 'SELinux',
    level: 'baseline',
    fields: ['securityContext.seLinuxOptions.user', 'securityContext.seLinuxOptions.role'],
    allows: isEmpty,
    says: 'is set',
  },
  { name: '/proc Mount Type', level: 'baseline', fields: ['securityContext.procMount'], allows: oneOf('Default'), says: 'is Unmasked' },
  {
    name: 'Seccomp',
    level: 'baseline',
    fields: ['securityContext.seccompProfile.type'],
    allows: oneOf('RuntimeDefault', 'Localhost'),
    says: 'is Unconfined',
  },
  {
    name: 'Privilege Escalation',
    level: 'restricted',
    fields: ['securityContext.allowPrivilegeEscalation'],
    allows: (value) => value === false,
    says: 'is not false',
  },
  {
    name: 'Running as Non-root',
    level: 'restricted',
    fields: ['securityContext.runAsNonRoot'],
    allows: oneOf(true),
    says: 'is false',
  },
  {
    name: 'Running as Non-root user',
    level: 'restricted',
    fields: ['securityContext.runAsUser'],
    allows: (value) => value !== 0,
    says: 'is 0',
  },
  {
    name: 'Capabilities',
    level: 'restricted',
    fields: ['securityContext.capabilities.drop'],
    allows: (value) => Array.isArray(value) && value.includes('ALL'),
    says: 'does not name ALL',
  },
  {
    name: 'Capabilities',
    level: 'restricted',
    fields: ['securityContext.capabilities.add'],
    allows: (value) => !Array.isArray(value) || value.every((name) => name === 'NET_BIND_SERVICE'),
    says: 'adds more than NET_BIND_SERVICE',
  },
];

/** Sources of volumes that `restricted` lets in. `hostPath` is what `baseline` turns away, too. */
export const restrictedVolumes: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

/** AppArmor, as annotations of the pod said it before there was a field: the key ends in the name of a container. */
export const appArmorAnnotation = {
  level: 'baseline',
  prefix: 'container.apparmor.security.beta.kubernetes.io/',
  allows: (value: string): boolean => value === '' || value === 'runtime/default' || value.startsWith('localhost/'),
} as const;
