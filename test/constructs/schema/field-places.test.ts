import { resolve } from '../../../constructs';

/** What is said of an unknown field. */
function answer(path: string): string | undefined {
  const [last = '', ...groups] = path.split('.').toReversed();
  const spec = groups.reduce<Record<string, unknown>>((inner, group) => ({ [group]: inner }), { [last]: {} });
  const resolution = resolve({
    apiVersion: 'openclaw.rocks/v1alpha1',
    kind: 'OpenClawInstance',
    metadata: { name: 'alice' },
    spec,
  });
  const issues = resolution.ok ? resolution.warnings : resolution.issues;
  return issues.find((issue) => issue.path === `spec.${path}`)?.message;
}

test.each([
  ['persistence', ['spec.storage.persistence', 'spec.chromium.persistence']],
  ['ingress', ['spec.networking.ingress']],
  ['service', ['spec.networking.service']],
  ['storage.size', ['spec.storage.persistence.size']],
  ['storage.storageClass', ['spec.storage.persistence.storageClass']],
  ['gateway.token', ['spec.gateway.existingSecret']],
  ['token', ['spec.gateway.existingSecret']],
  ['nodeSelector', ['spec.availability.nodeSelector']],
  ['networkPolicy', ['spec.security.networkPolicy']],
  ['serviceAccountName', ['spec.security.rbac.serviceAccountName']],
  ['tag', ['spec.image.tag']],
  ['imagePullSecrets', ['spec.image.pullSecrets']],
  ['volumes', ['spec.extraVolumes']],
  ['containers', ['spec.sidecars']],
  ['networking.hosts', ['spec.networking.ingress.hosts']],
])('T-R21 %s is answered with where the field is now', (path, places) => {
  expect(answer(path)).toBe(`unknown field; it is ${places.map((place) => `\`${place}\``).join(' or ')}`);
});

test.each(['nonsense', 'constructor', '__proto__x', 'enabled'])('T-R21 %s has no place, or too many, and is to be removed', (path) => {
  expect(answer(path)).toBe('unknown field; remove it');
});

test('T-R21 a misspelt field is answered with its neighbour first', () => {
  expect(answer('storage.persistance')).toBe('unknown field; did you mean `persistence`?');
});

test.each([
  ['image', 'it is `spec.image`'],
  ['chromium', 'it is `spec.chromium`'],
  ['containers', 'it is `spec.sidecars`'],
  ['tag', 'remove it'],
  ['hasOwnProperty', 'remove it'],
])('T-R21 %s beside spec is answered with where it is to stand', (field, remedy) => {
  const resolution = resolve({
    apiVersion: 'openclaw.rocks/v1alpha1',
    kind: 'OpenClawInstance',
    metadata: { name: 'alice' },
    spec: {},
    [field]: {},
  });
  const issues = resolution.ok ? [] : resolution.issues;
  expect(issues.find(({ path }) => path === field)?.message).toBe(`unknown field; ${remedy}`);
});
