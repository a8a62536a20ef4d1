import { render, resolve, type WrittenInstance } from '../../constructs';
import { schemaOf } from '../../constructs/schema/schemas';
import type { JsonObject, StructuralSchema } from '../../constructs/schema/structural';
import { examples } from '../golden/examples';
import { isObject } from '../paths';

/** Fields that are in no manifest by themselves, and where they are read. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'config.configMapRef.name': 'says which ConfigMap is read; its text is in the manifests',
  'config.configMapRef.key': 'says which key of it is read',
  'config.format': 'says how that text is read',
  'storage.persistence.orphan': 'the deletion of an instance',
  'networking.ingress.security.basicAuth.username': 'the Secret that is made of it, which is in no manifest',
  'selfConfigure.allowedActions': 'the requests of an agent',
  'backup.timeout': 'the last backup of an instance',
  restoreFrom: 'the restore',
  'autoUpdate.enabled': 'updates',
  'autoUpdate.checkInterval': 'updates',
  'autoUpdate.backupBeforeUpdate': 'updates',
  'autoUpdate.rollbackOnFailure': 'updates',
  'autoUpdate.healthCheckTimeout': 'updates',
};

/** Texts of every form that some field of the API asks for. */
const TEXTS = [
  'a',
  'b',
  'https://a.example.com',
  'http://b.example.com',
  'a.example.com',
  '10Gi',
  '20Gi',
  '500m',
  '5m',
  '10m',
  '1h',
  '0 3 * * *',
  '0 4 * * *',
  '/a',
  '/b/c',
  '10.0.0.0/8',
  '192.168.0.0/16',
  '2026.9.6',
  '2026.9.5',
  `sha256:${'a'.repeat(64)}`,
  `sha256:${'b'.repeat(64)}`,
  'npm:a',
  'npm:@a/b',
  'tag:a',
  'tag:b',
  'a@example.com',
  '50%',
  'a/b',
  '{}',
];

/** Values that a field may have by its shape; most of those for texts will be refused. */
function candidates(schema: StructuralSchema): unknown[] {
  const {
    type,
    enum: values,
    items,
    minimum = 0,
    maximum = minimum + 50_000,
  } = schema as StructuralSchema & {
    readonly enum?: readonly unknown[];
    readonly minimum?: number;
    readonly maximum?: number;
  };
  if (values) return [...values];
  if ((schema as JsonObject)['x-kubernetes-int-or-string'] === true) return [1, 2, ...TEXTS];
  if (type === 'boolean') return [true, false];
  if (type === 'integer' || type === 'number')
    return [minimum, minimum + 1, minimum + 2, 30, 1000, 8080, 20_000, maximum].filter((value) => value <= maximum);
  if (type === 'string') return TEXTS;
  if (type === 'array') return items === undefined ? [] : candidates(items).map((one) => [one]);
  return [{}, { a: 'b' }, { a: 'c' }];
}

/** Every field that holds a value, with the steps to it; a list of objects is gone into by its first entry. */
function* leaves(
  schema: StructuralSchema,
  steps: readonly (string | number)[] = [],
): Iterable<{ steps: readonly (string | number)[]; schema: StructuralSchema }> {
  const { properties, items } = schema;
  if (properties && Object.keys(properties).length > 0)
    for (const [key, child] of Object.entries(properties)) yield* leaves(child, [...steps, key]);
  else if (items?.properties) yield* leaves(items, [...steps, 0]);
  else yield { steps, schema };
}

/** A copy with a value at a place; `undefined` where something on the way is no object. */
function withValue(base: unknown, [step, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const list = Array.isArray(base) && base.length > 0 ? (base as unknown[]) : [{}];
    return [withValue(list[0], rest, value), ...list.slice(1)];
  }
  return { ...(isObject(base) ? base : {}), [step]: withValue(isObject(base) ? base[step] : undefined, rest, value) };
}

function has(base: unknown, steps: readonly (string | number)[]): number {
  let value = base;
  for (const [depth, step] of steps.entries()) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return depth;
    value = (value as Record<string, unknown>)[step];
  }
  return steps.length;
}

/** In wire form, and passed on whole: other tests compare their bytes. */
const FRAGMENTS =
  /^(env|envFrom|chromium[.]extraEnv|initContainers|sidecars|sidecarVolumes|extraVolumes|extraVolumeMounts|ollama[.]extra|availability[.](affinity|tolerations|topologySpreadConstraints)|security[.]networkPolicy[.]additionalEgress|networking[.]metricsIngress|.*[.]env)[.]/;

const all = examples();
const spec = schemaOf('openclawinstances').properties?.['spec'] ?? {};

/** Whether some example is rendered in two ways for two values of a field. */
function hasEffect(steps: readonly (string | number)[], schema: StructuralSchema): boolean {
  const nearest = all.toSorted((a, b) => has(b.instance.spec, steps) - has(a.instance.spec, steps));
  for (const { instance, facts } of nearest) {
    const texts = new Set<string>();
    for (const value of candidates(schema)) {
      const written = { ...instance, spec: withValue(instance.spec, steps, value) } as WrittenInstance;
      const resolution = resolve(written, facts);
      if (resolution.ok) texts.add(JSON.stringify(render(resolution.instance)));
      if (texts.size > 1) return true;
    }
  }
  return false;
}

it('each field of the spec changes what is rendered, or has a line above', () => {
  const without = [...leaves(spec)]
    .filter(({ steps }) => !FRAGMENTS.test(steps.join('.')))
    .filter(({ steps, schema }) => !hasEffect(steps, schema))
    .map(({ steps }) => steps.join('.'));
  expect(without).toEqual(Object.keys(ELSEWHERE));
});
