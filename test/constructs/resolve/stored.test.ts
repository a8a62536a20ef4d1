import { render, resolve, type Resolution, type WrittenInstance } from '../../../constructs';
import { applyDefaults } from '../../../constructs/schema/defaults';
import { instanceDefaults, schemaOf } from '../../../constructs/schema/schemas';
import type { JsonObject } from '../../../constructs/schema/structural';
import { examples } from '../../golden/examples';

const all = examples().map((example) => [example.name, example] as const);

/** As the API server stores it: with the defaults inside the groups that were written. */
function stored(instance: WrittenInstance): JsonObject {
  return applyDefaults(schemaOf('openclawinstances'), JSON.parse(JSON.stringify(instance)) as JsonObject);
}

/** As releases before stored it: with every group. */
function storedWhole(instance: WrittenInstance): JsonObject {
  return applyDefaults(instanceDefaults(), stored(instance));
}

/**
 * What comes of a document, with its manifests in place of the hosts that they are made of. A stored `enabled: false` was written by nobody, but
 * nobody can tell: the hint that a group is not switched on is for what a person wrote.
 */
function outcome(document: object, facts: Parameters<typeof resolve>[1]): object & Pick<Resolution, 'ok'> {
  const resolution = resolve(document as WrittenInstance, facts);
  if (!resolution.ok) return resolution;
  const { hosts: _, warnings, ...rest } = resolution;
  const told = { warnings: warnings.filter(({ rule }) => rule !== 'not-enabled'), manifests: render(resolution.instance) };
  return { ...rest, ...told };
}

describe('T-R13 what is stored resolves to what was written', () => {
  test.each(all)('%s', (_, { instance, facts }) => {
    const written = outcome(instance, facts);
    expect(written.ok).toBe(true);
    expect(outcome(stored(instance), facts)).toEqual(written);
  });

  test.each(all)('%s, stored with every group by a release before', (_, { instance, facts }) => {
    const whole = storedWhole(instance);
    expect(Object.keys(whole['spec'] as object).length).toBeGreaterThan(15);
    expect(outcome(whole, facts)).toEqual(outcome(instance, facts));
  });
});

describe('T-R13 a stored instance', () => {
  const minimal = { apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawInstance', metadata: { name: 'a' } };

  test.each<[string, object]>([
    ['nothing', {}],
    ['an empty spec', { spec: {} }],
    ['a field of the spec itself', { spec: { registry: 'r.example' } }],
    ['an empty list', { spec: { env: [] } }],
  ])('that writes %s holds nothing else', (_, part) => {
    expect(stored({ ...minimal, ...part })).toEqual({ ...minimal, ...part });
  });

  test('T-C7 with probes: null has the default probes', () => {
    const { spec, ...rest } = minimal as WrittenInstance;
    expect(outcome({ ...rest, spec: { ...spec, probes: null } }, {})).toEqual(outcome(minimal, {}));
  });

  test('has the defaults of the groups that it writes, and of no other', () => {
    const written = { ...minimal, spec: { chromium: { persistence: {} } } } as WrittenInstance;
    expect(stored(written)['spec']).toEqual({ chromium: { enabled: false, persistence: { enabled: false, size: '1Gi' } } });
  });
});
