import { type ApiObject, Chart } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { OpenClawClusterDefaultsSpec, OpenClawInstanceSpec } from '../imports/types';
import { AgentPods } from './authoring/agent-pods';
import type { Authored } from './authoring/authored';
import { mistakesAtSynthesis } from './authoring/check-at-synthesis';
import { InvalidInstanceError } from './authoring/invalid-instance-error';
import type { PodsHandle, ServiceHandle } from './authoring/handles';
import type { ServiceConstruct } from './authoring/service-construct';
import { KnownClaim, KnownConfigMap, KnownSecret, KnownServiceAccount } from './authoring/references';
import { wireForm } from './authoring/wire-form';
import { serviceAccountName } from './core/access/access';
import { gatewayTokenSecret } from './core/gateway/gateway';
import { objectNames } from './wire/names';
import { dataClaimName } from './core/storage';
import type { Hosts } from './hosts/hosts';
import { createStack } from './open-claw-stack';
import type { Part } from './part';
import type { Reference } from './spec/reference';
import { parts as registeredParts } from './parts';
import type { ConfigMapFact } from './spec/facts';
import type { Instance, WrittenInstance } from './spec/instance';
import { type Issue, error } from './spec/issue';
import { type Resolution, resolve } from './resolve/resolve';

/**
 * The fields of an OpenClawInstance's `spec`, and what surrounds it.
 *
 * Every field takes what its YAML takes, so a spec that is there already can be spread in: `new OpenClaw(chart, 'alice', { ...spec })`.
 * Where they say more, objects of cdk8s and cdk8s-plus-28 do as well: `Size`, `Cpu` and `Duration` for amounts, `ISecret`, `IConfigMap`,
 * `IPersistentVolumeClaim` and `IServiceAccount` for names, `Env` or a map of `EnvValue` for variables.
 *
 * `Lazy` values and tokens are resolved when the construct is made, since the spec is checked then. What is known only at synthesis goes to
 * the hosts (`openclaw.pod.addEnv(...)`), to `ApiObject.of(openclaw)` or into a JSON patch.
 */
export interface OpenClawProps extends Authored<OpenClawInstanceSpec> {
  /** The name of the instance. All objects are named after it. @default - the id of the construct */
  readonly name?: string;
  /** @default - the namespace of the chart */
  readonly namespace?: string;
  /** Annotations of the instance, such as `openclaw.rocks/app-version`. They are read, not rendered. @default - none */
  readonly annotations?: Readonly<Record<string, string>>;
  /** What the cluster's OpenClawClusterDefaults would fill in. @default - nothing */
  readonly clusterDefaults?: OpenClawClusterDefaultsSpec;
  /**
   * The data of ConfigMaps that `config.configMapRef` or a workspace names, by name. A `kplus.ConfigMap` that is given in their place brings
   * its data along. @default - none
   */
  readonly configMaps?: Readonly<Record<string, ConfigMapFact>>;
  /** All parts to build it from, not those of your own alone: `[...parts, mine]`. @default - all registered parts */
  readonly parts?: readonly Part[];
}

/** Names as Kubernetes wants them in most places; `resolve` checks the rest. */
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/**
 * An OpenClaw assistant in a cdk8s chart: `new OpenClaw(chart, 'alice', { image: { tag: '2026.9.6' } })`.
 *
 * Throws an {@link InvalidInstanceError} that lists everything that is wrong. Warnings are in {@link warnings}; nothing is printed. What is
 * added to the hosts afterwards is checked at synthesis, which then fails as cdk8s does for a validation.
 */
export class OpenClaw extends Construct {
  /** The instance with every default in it. */
  public readonly instance: Instance;
  /** The shared objects. More may be added to them until synthesis. */
  public readonly hosts: Hosts;
  /** What is valid, and worth a second look. */
  public readonly warnings: readonly Issue[];
  /** Secrets, ConfigMaps and claims that have to exist before the pod can start. */
  public readonly references: readonly Reference[];

  public constructor(scope: Construct, id: string, props: OpenClawProps = {}) {
    const { written, resolution } = resolveProps(scope, id, props);
    super(scope, id);
    this.instance = resolution.instance;
    claimName(this);
    this.warnings = resolution.warnings;
    this.references = resolution.references;
    const { parts = registeredParts } = props;
    this.hosts = createStack(this, resolution.instance, { parts, hosts: resolution.hosts });
    const { instance, hosts } = this;
    this.node.addValidation({ validate: () => mistakesAtSynthesis({ written, instance, hosts, parts }) });
    this.node.defaultChild = this.node.tryFindChild('StatefulSet') as Construct;
  }

  /** The name of the instance. */
  public get name(): string {
    return this.instance.name;
  }

  /** The pod: `openclaw.pod.addContainer('my-part', { name, image, ... })`. */
  public get pod(): Hosts['pod'] {
    return this.hosts.pod;
  }

  /** openclaw.json, and files beside it. */
  public get config(): Hosts['config'] {
    return this.hosts.config;
  }

  /** Who may reach the pod, and what it may reach. */
  public get network(): Hosts['network'] {
    return this.hosts.network;
  }

  /** What the agent may do at the API server. */
  public get rbac(): Hosts['rbac'] {
    return this.hosts.rbac;
  }

  /** The ports of the Service. */
  public get serviceHost(): Hosts['service'] {
    return this.hosts.service;
  }

  /** The Service, as a backend of an Ingress for example. This loads cdk8s-plus-28. */
  public get service(): ServiceHandle {
    const present = this.node.tryFindChild('ServiceConstruct');
    if (present !== undefined) return present as ServiceConstruct;
    const loaded = require('./authoring/service-construct') as { ServiceConstruct: typeof ServiceConstruct };
    const object = this.node.findChild('Service') as ApiObject;
    return new loaded.ServiceConstruct(this, 'ServiceConstruct', { object, ports: this.hosts.service });
  }

  /** The account that the pod runs as: a subject for a `kplus.RoleBinding`. */
  public get serviceAccount(): kplus.IServiceAccount {
    return this.once('KnownServiceAccount', (id) => new KnownServiceAccount(this, id, this.named(serviceAccountName(this.instance))));
  }

  /** The pods: for a `kplus.NetworkPolicy`, or as a peer of `connections.allowTo`. */
  public get podSelector(): PodsHandle {
    const { name: instanceName, namespace } = this.instance;
    return this.once('Pods', (id) => new AgentPods(this, id, { instanceName, namespace, service: this.hosts.service }));
  }

  /** The Secret with the gateway token, under key `token`. {@link references} tells whether you have to make it. */
  public get gatewayTokenSecret(): kplus.ISecret {
    return this.once('GatewayTokenReference', (id) => new KnownSecret(this, id, this.named(gatewayTokenSecret(this.instance))));
  }

  /** The ConfigMap with openclaw.json. */
  public get configMap(): kplus.IConfigMap {
    return this.once('ConfigReference', (id) => new KnownConfigMap(this, id, this.named(objectNames.config(this.name))));
  }

  /** The claim with the data; `undefined` when nothing is kept. */
  public get dataClaim(): kplus.IPersistentVolumeClaim | undefined {
    const claim = dataClaimName(this.instance);
    return claim === undefined ? undefined : this.once('DataReference', (id) => new KnownClaim(this, id, this.named(claim)));
  }

  private named(name: string): { readonly name: string; readonly namespace: string | undefined } {
    return { name, namespace: this.instance.namespace };
  }

  private once<T extends Construct>(id: string, create: (id: string) => T): T {
    return (this.node.tryFindChild(id) as T | undefined) ?? create(id);
  }
}

/** Props as a document, and what became of it. */
interface Resolved {
  readonly written: WrittenInstance;
  readonly resolution: Extract<Resolution, { ok: true }>;
}

function resolveProps(scope: Construct, id: string, props: OpenClawProps): Resolved {
  const {
    name = id,
    namespace = Chart.of(scope).namespace,
    annotations,
    clusterDefaults,
    configMaps = {},
    parts = registeredParts,
    ...spec
  } = props;
  const what = `OpenClaw "${[scope.node.path, id].filter(Boolean).join('/')}"`;
  checkParts(what, parts);
  const form = wireForm(spec, namespace);
  const written: WrittenInstance = {
    apiVersion: 'openclaw.rocks/v1alpha1',
    kind: 'OpenClawInstance',
    metadata: { name, ...(namespace !== undefined && { namespace }), ...(annotations && { annotations }) },
    spec: form.spec,
  };
  const facts = {
    ...(clusterDefaults && { clusterDefaults }),
    configMaps: new Map([...form.configMaps, ...Object.entries(configMaps)]),
  };
  const resolution = resolve(written, facts, { parts });
  const issues = [...nameIssues(id, props), ...form.issues, ...(resolution.ok ? [] : resolution.issues)];
  if (!resolution.ok || issues.length > 0) throw new InvalidInstanceError(what, issues);
  return { written, resolution };
}

/** Whoever gives only their own part means it beside the registered ones: without those there is no assistant to add to. */
function checkParts(what: string, parts: readonly Part[]): void {
  if (parts.some(({ emits }) => emits?.some(({ kind }) => kind === 'StatefulSet'))) return;
  const message = 'none of these parts makes the StatefulSet: write [...parts, yours], with the exported parts';
  throw new InvalidInstanceError(what, [{ path: 'parts', rule: 'props', severity: 'error', message }]);
}

/** The instances of each chart by namespace and name. */
const chartInstances = new WeakMap<Construct, Map<string, OpenClaw>>();

/** Two instances of one name would make every object twice, and `kubectl apply` would keep one of each at random. */
function claimName(openclaw: OpenClaw): void {
  const chart = Chart.of(openclaw);
  const names = chartInstances.get(chart) ?? new Map<string, OpenClaw>();
  chartInstances.set(chart, names);
  const { name, namespace } = openclaw.instance;
  const key = `${namespace ?? ''}/${name}`;
  const other = names.get(key);
  if (other !== undefined) {
    const message = `"${name}" is the name of OpenClaw "${other.node.path}" too: names must differ in one namespace`;
    throw new InvalidInstanceError(`OpenClaw "${openclaw.node.path}"`, [error('metadata.name', 'props', message)]);
  }
  names.set(key, openclaw);
}

function nameIssues(id: string, { name }: OpenClawProps): Issue[] {
  if (name !== undefined || NAME.test(id)) return [];
  return [error('metadata.name', 'props', `the construct id "${id}" is no valid name: give one in the prop "name", such as "alice"`)];
}
