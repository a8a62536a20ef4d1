import type { OpenClawInstanceSpec } from '../../imports/types';
import type { JsonObject } from '../spec/json';
import type { ConfigMapFact } from '../spec/facts';
import { type Issue, type PathStep, error, fieldPath } from '../spec/issue';
import type { FieldForms, FragmentField } from './authored';
import { amount, goDuration, seconds, size } from './quantities';
import { isClassInstance, isEnv, isEnvFrom, isEnvValue, isResource, isToken, produced } from '../wire/recognize';

/** What became of typed props. */
export interface WireForm {
  readonly spec: OpenClawInstanceSpec;
  readonly issues: readonly Issue[];
  /** The data of ConfigMaps that were handed over as constructs, by name. */
  readonly configMaps: ReadonlyMap<string, ConfigMapFact>;
}

/** Turns typed props into the spec that a user would write in YAML. Tokens and Lazy values are resolved now. */
export function wireForm(props: object, namespace: string | undefined): WireForm {
  const run = new Conversion(namespace);
  const spec = run.convertObject(props as JsonObject, ['spec']);
  ownAccountStays(spec, props);
  return { spec, issues: run.issues, configMaps: run.configMaps };
}

/** An account that somebody holds in hand is there already: creating one of its name would take it over. */
function ownAccountStays(spec: JsonObject, props: object): void {
  const { security } = props as { security?: { rbac?: { serviceAccountName?: unknown } } };
  if (!isResource(security?.rbac?.serviceAccountName)) return;
  const { rbac } = spec['security'] as { rbac: JsonObject };
  rbac['createServiceAccount'] ??= false;
}

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

type ConvertField = (value: unknown, path: readonly PathStep[], run: Conversion) => unknown;

const forms: Readonly<Record<keyof FieldForms, ConvertField>> = {
  cpu: amount,
  memory: size,
  size,
  sizeLimit: size,
  minFree: size,
  initialDelaySeconds: seconds,
  periodSeconds: seconds,
  timeoutSeconds: seconds,
  interval: goDuration,
  timeout: goDuration,
  checkInterval: goDuration,
  healthCheckTimeout: goDuration,
  existingSecret: (value, path, run) => run.nameOf(value, path, 'Secret'),
  secretName: (value, path, run) => run.nameOf(value, path, 'Secret'),
  secretRef: (value, path, run) => run.named(value, path, 'Secret'),
  authKeySecretRef: (value, path, run) => run.named(value, path, 'Secret'),
  pullSecrets: (value, path, run) => run.each(value, path, (item, at) => run.named(item, at, 'Secret')),
  configMapName: (value, path, run) => run.nameOf(value, path, 'ConfigMap'),
  configMapRef: (value, path, run) => run.named(value, path, 'ConfigMap'),
  caBundle: (value, path, run) => {
    if (!isResource(value)) return value;
    const name = run.nameOf(value, path, 'ConfigMap', 'Secret');
    return value.kind === 'Secret' ? { secretName: name } : { configMapName: name };
  },
  existingClaim: (value, path, run) => run.nameOf(value, path, 'PersistentVolumeClaim'),
  serviceAccountName: (value, path, run) => run.nameOf(value, path, 'ServiceAccount'),
  env: variables,
  extraEnv: variables,
  envFrom: (value, path, run) => run.each(value, path, (item, at) => environmentSource(item, at, run)),
};

function variables(value: unknown, path: readonly PathStep[], run: Conversion): unknown {
  if (Array.isArray(value)) return value;
  if (isEnv(value)) {
    if (value.sources.length > 0) run.report(path, 'has sources beside variables: give those to envFrom');
    return listOf(value.variables);
  }
  return typeof value === 'object' && value !== null && !isClassInstance(value) ? listOf(value as JsonObject) : value;
}

function listOf(map: Readonly<Record<string, unknown>>): object[] {
  return Object.entries(map).map(([name, value]) => (isEnvValue(value) ? { name, ...envValue(value) } : { name, value }));
}

function envValue({ value, valueFrom }: { readonly value?: unknown; readonly valueFrom?: unknown }): object {
  return valueFrom === undefined ? { value } : { valueFrom };
}

function environmentSource(value: unknown, path: readonly PathStep[], run: Conversion): unknown {
  if (isEnvFrom(value)) return value._toKube();
  if (!isResource(value)) return value;
  const name = run.nameOf(value, path, 'Secret', 'ConfigMap');
  return value.kind === 'Secret' ? { secretRef: { name } } : { configMapRef: { name } };
}

/** One pass over the props of one construct. */
class Conversion {
  public readonly issues: Issue[] = [];
  public readonly configMaps = new Map<string, ConfigMapFact>();

  public constructor(private readonly namespace: string | undefined) {}

  public report(path: readonly PathStep[], message: string): void {
    this.issues.push(error(fieldPath(path), 'props', message));
  }

  public convertObject(object: JsonObject, path: readonly PathStep[], free = false): JsonObject {
    const result: JsonObject = {};
    for (const [key, given] of Object.entries(object)) {
      const value = this.convertField(key, given, [...path, key], free);
      if (value !== undefined) result[key] = value;
    }
    return result;
  }

  public each(value: unknown, path: readonly PathStep[], convert: (item: unknown, at: readonly PathStep[]) => unknown): unknown {
    return Array.isArray(value) ? value.map((item, index) => convert(resolved(item), [...path, index])) : value;
  }

  /** The name of a construct of one of `kinds`; anything else is passed on. */
  public nameOf(value: unknown, path: readonly PathStep[], ...kinds: readonly string[]): unknown {
    if (!isResource(value)) return value;
    if (!kinds.includes(value.kind)) this.report(path, `expected a ${kinds.join(' or a ')}, got ${value.kind} "${value.name}"`);
    this.checkNamespace(value, path);
    if (value.kind === 'ConfigMap') this.rememberData(value);
    return value.name;
  }

  public named(value: unknown, path: readonly PathStep[], ...kinds: readonly string[]): unknown {
    return isResource(value) ? { name: this.nameOf(value, path, ...kinds) } : value;
  }

  private convertField(key: string, given: unknown, path: readonly PathStep[], free: boolean): unknown {
    const value = resolved(given);
    if (free || Object.hasOwn(FRAGMENTS, key)) return this.convertValue(value, path, true);
    const form = Object.hasOwn(forms, key) ? forms[key as keyof FieldForms] : undefined;
    return this.convertValue(form === undefined ? value : form(value, path, this), path, false);
  }

  /** @param free inside a fragment, where names of fields mean other things */
  private convertValue(given: unknown, path: readonly PathStep[], free: boolean): unknown {
    const value = resolved(given);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item, index) => this.convertValue(item, [...path, index], free));
    if (!isClassInstance(value)) return this.convertObject(value as JsonObject, path, free);
    this.report(path, `is a ${className(value)}, which does not belong here: write its plain value`);
    return undefined;
  }

  /** A pod uses what is in its own namespace. */
  private checkNamespace(resource: object, path: readonly PathStep[]): void {
    const { name, metadata } = resource as { name: string; metadata?: { namespace?: string } };
    const theirs = metadata?.namespace;
    if (theirs === undefined || this.namespace === undefined || theirs === this.namespace) return;
    this.report(path, `"${name}" is in namespace "${theirs}" and the pod in "${this.namespace}": give one of the pod's namespace`);
  }

  private rememberData(map: object): void {
    const { name, data, binaryData } = map as { name: string } & Partial<ConfigMapFact>;
    if (data !== undefined) this.configMaps.set(name, { data, ...(binaryData && { binaryData }) });
  }
}

function resolved(value: unknown): unknown {
  return isToken(value) ? resolved(produced(value)) : value;
}

function className(value: object): string {
  return (value.constructor as { name?: string } | undefined)?.name ?? 'class instance';
}
