import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import {
  type FieldForms,
  type FragmentField,
  InvalidInstanceError,
  OpenClaw,
  type OpenClawInstanceSpec,
  type OpenClawProps,
} from '../../../constructs';
import { newChart } from './synthesized';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

const SCHEMA = JSON.parse(readFileSync(join(__dirname, '..', '..', '..', 'imports', 'schemas', 'openclawinstances.json'), 'utf8')) as {
  readonly properties: { readonly spec: Schema };
};

/** Fields that are passed on in wire form. The compiler wants all of them, and no other. */
const FRAGMENTS: Readonly<Record<FragmentField, true>> = {
  raw: true,
  initContainers: true,
  sidecars: true,
  sidecarVolumes: true,
  extraVolumes: true,
  extraVolumeMounts: true,
  nodeSelector: true,
  tolerations: true,
  affinity: true,
  topologySpreadConstraints: true,
  additionalEgress: true,
  additionalRules: true,
  annotations: true,
  podAnnotations: true,
  serviceAccountAnnotations: true,
  labels: true,
  initialFiles: true,
};

/** Something of cdk8s for every field that takes it. */
function examples(chart: Chart): { readonly [Field in keyof FieldForms]: FieldForms[Field] } {
  const secret = kplus.Secret.fromSecretName(chart, 'Secret', 'example');
  const map = new kplus.ConfigMap(chart, 'Map', { metadata: { name: 'example' }, data: { 'openclaw.json': '{}' } });
  const size = Size.gibibytes(3);
  return {
    cpu: kplus.Cpu.millis(250),
    memory: size,
    size,
    sizeLimit: size,
    minFree: size,
    initialDelaySeconds: Duration.seconds(20),
    periodSeconds: Duration.seconds(20),
    timeoutSeconds: Duration.seconds(20),
    interval: Duration.seconds(20),
    timeout: Duration.hours(1),
    checkInterval: Duration.hours(12),
    healthCheckTimeout: Duration.minutes(5),
    existingSecret: secret,
    secretName: secret,
    secretRef: secret,
    authKeySecretRef: secret,
    pullSecrets: [secret],
    configMapName: map,
    configMapRef: map,
    caBundle: map,
    existingClaim: kplus.PersistentVolumeClaim.fromClaimName(chart, 'Claim', 'example'),
    serviceAccountName: kplus.ServiceAccount.fromServiceAccountName(chart, 'Account', 'example'),
    env: { A: kplus.EnvValue.fromValue('b') },
    extraEnv: { A: secret.envValue('key') },
    envFrom: [secret, map, kplus.Env.fromSecret(secret)],
  };
}

const FORMS = Object.keys(examples(new Chart(newChart(), 'names'))) as (keyof FieldForms)[];

/** Every place of the schema, outside of fragments, whose field is one of `names`: `networking.ingress.tls[].secretName`. */
function placesOf(names: ReadonlySet<string>, schema: Schema = SCHEMA.properties.spec, path: readonly string[] = []): string[][] {
  if (schema.items !== undefined) return placesOf(names, schema.items, [...path, '[]']);
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const here = names.has(key) ? [[...path, key]] : [];
    return key in FRAGMENTS ? here : [...here, ...placesOf(names, child, [...path, key])];
  });
}

/** `{ a: { b: value } }` for the path `a.b`; a list of one for `[]`. */
function propsAt([step, ...rest]: readonly string[], value: unknown): unknown {
  if (step === undefined) return value;
  return step === '[]' ? [propsAt(rest, value)] : { [step]: propsAt(rest, value) };
}

const places = placesOf(new Set(FORMS)).map((path) => path.join('.').replaceAll('.[]', '[]'));

describe('the forms of cdk8s', () => {
  test.each(places)('%s takes one', (place) => {
    const path = place.replaceAll('[]', '.[]').split('.');
    const chart = newChart();
    const value = examples(chart)[path.at(-1) as keyof FieldForms];
    const here = `spec.${place.replaceAll('[]', '[0]')}`;

    let issues: string[] = [];
    try {
      new OpenClaw(chart, 'alice', propsAt(path, value) as OpenClawProps);
    } catch (thrown) {
      if (!(thrown instanceof InvalidInstanceError)) throw thrown;
      issues = thrown.issues.filter((issue) => issue.path.startsWith(here)).map((issue) => `${issue.rule} ${issue.path}: ${issue.message}`);
    }

    expect(issues).toEqual([]);
  });

  test('each of them has a place in the spec', () => {
    const found = new Set(placesOf(new Set(FORMS)).map((path) => path.at(-1)));

    expect(FORMS.filter((name) => !found.has(name))).toEqual([]);
  });

  test('each fragment has a place in the spec', () => {
    const names = Object.keys(FRAGMENTS);
    const found = new Set(placesOf(new Set(names)).map((path) => path.at(-1)));

    expect(names.filter((name) => !found.has(name))).toEqual([]);
  });

  test('no field of the spec hides a prop of the construct', () => {
    // Does not compile once the spec has a field of one of these names.
    const own: Readonly<Record<Exclude<keyof OpenClawProps, keyof OpenClawInstanceSpec>, true>> = {
      name: true,
      namespace: true,
      annotations: true,
      clusterDefaults: true,
      configMaps: true,
      parts: true,
    };

    expect(Object.keys(own).filter((name) => name in (SCHEMA.properties.spec.properties ?? {}))).toEqual([]);
  });
});
