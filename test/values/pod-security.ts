import { resolve } from '../../constructs';
import type { JsonObject } from '../../constructs/spec/json';
import { anInstance, withMistake } from '../builders';
import { container } from './case';

/** A container that passes. */
export const hardened: JsonObject = {
  ...container,
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  },
};

/** For each field of the standards a value that is turned away and one that is let in. */
export const FIELDS: Readonly<Record<string, readonly [refused: unknown, admitted: unknown]>> = {
  'securityContext.windowsOptions.hostProcess': [true, false],
  'securityContext.privileged': [true, false],
  'ports[].hostPort': [80, 0],
  'securityContext.appArmorProfile.type': ['Unconfined', 'RuntimeDefault'],
  'securityContext.seLinuxOptions.type': ['spc_t', 'container_engine_t'],
  'securityContext.seLinuxOptions.user': ['system_u', ''],
  'securityContext.seLinuxOptions.role': ['system_r', ''],
  'securityContext.procMount': ['Unmasked', 'Default'],
  'securityContext.seccompProfile.type': ['Unconfined', 'RuntimeDefault'],
  'securityContext.allowPrivilegeEscalation': [true, false],
  'securityContext.runAsNonRoot': [false, true],
  'securityContext.runAsUser': [0, 1],
  'securityContext.capabilities.drop': [['NET_RAW'], ['ALL']],
  'securityContext.capabilities.add': [['CHOWN'], ['NET_BIND_SERVICE']],
  ...hosts('httpGet'),
  ...hosts('tcpSocket'),
};

function hosts(handler: string): Record<string, readonly [string, string]> {
  const probes = ['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle.postStart', 'lifecycle.preStop'];
  return Object.fromEntries(probes.map((probe) => [`${probe}.${handler}.host`, ['169.254.169.254', ''] as const]));
}

/** `object` with a value at a field such as `ports[].hostPort`. */
export function withField(object: JsonObject, [step = '', ...rest]: readonly string[], value: unknown): JsonObject {
  const name = step.replace('[]', '');
  const old = (step.endsWith('[]') ? {} : (object[name] ?? {})) as JsonObject;
  const inner = rest.length === 0 ? value : withField(old, rest, value);
  return { ...object, [name]: step.endsWith('[]') ? [inner] : inner };
}

/** What a field needs beside it to be valid at all. */
export function completed(one: JsonObject, field: string): JsonObject {
  if (field.startsWith('ports')) return { ...one, ports: [{ containerPort: 80, ...(one['ports'] as JsonObject[])[0] }] };
  // A privileged container may always gain rights, and the server refuses to be told otherwise.
  if (field.endsWith('.privileged') && isPrivileged(one)) return withField(one, ['securityContext', 'allowPrivilegeEscalation'], true);
  const path = field.split('.').slice(0, -1);
  if (!field.endsWith('.host')) return one;
  return withField(one, [...path, 'port'], 80);
}

function isPrivileged({ securityContext }: JsonObject): boolean {
  return (securityContext as JsonObject)['privileged'] === true;
}

/** What a pod needs around such a container to be valid at all. */
export function surroundings(field: string, value: unknown): JsonObject {
  if (field.endsWith('procMount') && value === 'Unmasked') return { hostUsers: false };
  return field.endsWith('hostProcess') && value === true ? { hostNetwork: true } : {};
}

/** Each kind of volume, as small as the server takes it. */
export const SOURCES: Readonly<Record<string, JsonObject>> = {
  configMap: { name: 'a' },
  csi: { driver: 'a.example.com' },
  downwardAPI: { items: [] },
  emptyDir: {},
  ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } },
  image: { reference: 'a' },
  persistentVolumeClaim: { claimName: 'a' },
  projected: { sources: [] },
  secret: { secretName: 'a' },
  hostPath: { path: '/a' },
  nfs: { server: 'a', path: '/a' },
  iscsi: { targetPortal: '10.0.0.1', iqn: 'iqn.2001-04.com.example:a', lun: 0 },
  gitRepo: { repository: 'a' },
};

/** Where we warn that a spec breaks the restricted level. */
export function warnings(fields: JsonObject): string[] {
  const resolution = resolve(anInstance(withMistake(fields)));
  const issues = resolution.ok ? resolution.warnings : resolution.issues;
  return issues.filter(({ rule }) => rule === 'pod-security/restricted').map(({ path }) => path);
}

/** The annotation of the pod that names a profile for one of its containers. */
export function appArmorKey(name: string): string {
  return `container.apparmor.security.beta.kubernetes.io/${name}`;
}
