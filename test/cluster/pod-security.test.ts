import { containerControls, restrictedVolumes } from '../../constructs/core/pod-security';
import { resolve } from '../../constructs';
import type { JsonObject } from '../../constructs/spec/json';
import { anInstance, withMistake } from '../builders';
import { container } from '../values/case';
import type { Answer, KubeObject } from './api';
import { createNamespace } from './namespaces';
import { describeWith, testApi } from './parts';

/** A container that passes. */
const hardened: JsonObject = {
  ...container,
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  },
};

/** For each field of the standards a value that is turned away and one that is let in. */
const FIELDS: Readonly<Record<string, readonly [refused: unknown, admitted: unknown]>> = {
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
function withField(object: JsonObject, [step = '', ...rest]: readonly string[], value: unknown): JsonObject {
  const name = step.replace('[]', '');
  const old = (step.endsWith('[]') ? {} : (object[name] ?? {})) as JsonObject;
  const inner = rest.length === 0 ? value : withField(old, rest, value);
  return { ...object, [name]: step.endsWith('[]') ? [inner] : inner };
}

/** What a field needs beside it to be valid at all. */
function completed(one: JsonObject, field: string): JsonObject {
  if (field.startsWith('ports')) return { ...one, ports: [{ containerPort: 80, ...(one['ports'] as JsonObject[])[0] }] };
  const path = field.split('.').slice(0, -1);
  if (!field.endsWith('.host')) return one;
  return withField(one, [...path, 'port'], 80);
}

/** What a pod needs around such a container to be valid at all. */
function surroundings(field: string, value: unknown): JsonObject {
  if (field.endsWith('procMount') && value === 'Unmasked') return { hostUsers: false };
  return field.endsWith('hostProcess') && value === true ? { hostNetwork: true } : {};
}

const SOURCES: Readonly<Record<string, JsonObject>> = {
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

describeWith(['server'], 'T-R20 the restricted level of a real API server', () => {
  const api = testApi();
  let namespace: string;

  beforeAll(async () => {
    namespace = await createNamespace(api, 'restricted');
  });

  async function admits(one: JsonObject, spec: JsonObject = {}, annotations: Record<string, string> = {}): Promise<string> {
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'probe', namespace, annotations },
      spec: { containers: [one], ...spec },
    };
    return verdict(await api.create(pod, { dryRun: true }));
  }

  function warnings(fields: JsonObject): string[] {
    const resolution = resolve(anInstance(withMistake(fields)));
    const issues = resolution.ok ? resolution.warnings : resolution.issues;
    return issues.filter(({ rule }) => rule === 'pod-security/restricted').map(({ path }) => path);
  }

  test('has a value for each field that we look at', () => {
    expect(Object.keys(FIELDS).toSorted()).toEqual(containerControls.flatMap(({ fields }) => fields).toSorted());
  });

  test.each(containerControls.flatMap(({ name, fields }) => fields.map((field) => ({ name, field }))))(
    '$name: $field',
    async ({ field }) => {
      const [refused, admitted] = FIELDS[field] ?? [];
      const at = (value: unknown): JsonObject => completed(withField(hardened, field.split('.'), value), field);
      expect(await admits(at(admitted), surroundings(field, admitted))).toBe('admitted');
      expect(await admits(at(refused), surroundings(field, refused))).toBe('violates PodSecurity "restricted:latest"');

      expect(warnings({ sidecars: [at(admitted)] })).toEqual([]);
      expect(warnings({ sidecars: [at(refused)] })).toContain(`spec.sidecars[0].${field.replace('[]', '[0]')}`);
    },
  );

  test.each(Object.keys(SOURCES))('a volume of kind %s', async (source) => {
    const isAdmitted = restrictedVolumes.has(source);
    const spec = { volumes: [{ name: 'v', [source]: SOURCES[source] }] };
    expect(await admits(hardened, spec)).toBe(isAdmitted ? 'admitted' : 'violates PodSecurity "restricted:latest"');
    expect(warnings({ extraVolumes: spec.volumes })).toEqual(isAdmitted ? [] : [`spec.extraVolumes[0].${source}`]);
  });

  test('every source that we let in is asked for', () => {
    expect([...restrictedVolumes].filter((source) => SOURCES[source] === undefined)).toEqual([]);
  });

  test('an annotation for AppArmor', async () => {
    const key = (name: string): string => `container.apparmor.security.beta.kubernetes.io/${name}`;
    expect(await admits(hardened, {}, { [key('side')]: 'runtime/default' })).toBe('admitted');
    expect(await admits(hardened, {}, { [key('side')]: 'unconfined' })).toBe('violates PodSecurity "restricted:latest"');
    expect(warnings({ podAnnotations: { [key('openclaw')]: 'runtime/default' } })).toEqual([]);
    expect(warnings({ podAnnotations: { [key('openclaw')]: 'unconfined' } })).toEqual([`spec.podAnnotations[${key('openclaw')}]`]);
  });
});

function verdict({ status, body }: Answer): string {
  if (status < 300) return 'admitted';
  const message = String(body['message']);
  return /violates PodSecurity "[^"]*"/.exec(message)?.[0] ?? message;
}
