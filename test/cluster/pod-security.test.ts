import { containerControls, restrictedVolumes } from '../../constructs/core/pod-security';
import type { JsonObject } from '../../constructs/spec/json';
import { FIELDS, SOURCES, appArmorKey, completed, hardened, surroundings, warnings, withField } from '../values/pod-security';
import type { Answer, KubeObject } from './api';
import { createNamespace } from './namespaces';
import { describeWith, testApi } from './parts';

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
    expect(await admits(hardened, {}, { [appArmorKey('side')]: 'runtime/default' })).toBe('admitted');
    expect(await admits(hardened, {}, { [appArmorKey('side')]: 'unconfined' })).toBe('violates PodSecurity "restricted:latest"');
    expect(warnings({ podAnnotations: { [appArmorKey('openclaw')]: 'runtime/default' } })).toEqual([]);
    expect(warnings({ podAnnotations: { [appArmorKey('openclaw')]: 'unconfined' } })).toEqual([
      `spec.podAnnotations[${appArmorKey('openclaw')}]`,
    ]);
  });
});

function verdict({ status, body }: Answer): string {
  if (status < 300) return 'admitted';
  const message = String(body['message']);
  return /violates PodSecurity "[^"]*"/.exec(message)?.[0] ?? message;
}
