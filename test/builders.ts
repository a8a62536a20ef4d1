import {
  type Facts,
  type Instance,
  type Issue,
  type Manifest,
  type OpenClawInstanceSpec,
  type Reference,
  type WrittenInstance,
  render,
  resolve,
} from '../constructs';
import type { JsonObject } from '../constructs/spec/json';

/** Changes a written instance. A test names the modifiers that make its difference and nothing else. */
export type Modifier = (written: WrittenInstance) => WrittenInstance;

/** A small valid instance, `alice` in namespace `team-a`, with a pinned release. */
export function anInstance(first: string | Modifier = 'alice', ...modifiers: readonly Modifier[]): WrittenInstance {
  const [name, all] = typeof first === 'string' ? [first, modifiers] : ['alice', [first, ...modifiers]];
  const plain: WrittenInstance = {
    apiVersion: 'openclaw.rocks/v1alpha1',
    kind: 'OpenClawInstance',
    metadata: { name, namespace: 'team-a' },
    spec: { image: { tag: '2026.9.6' } },
  };
  return all.reduce((written, modify) => modify(written), plain);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function over(base: JsonObject, top: JsonObject): JsonObject {
  const result = { ...base };
  for (const [key, value] of Object.entries(top)) {
    const present = result[key];
    result[key] = isObject(present) && isObject(value) ? over(present, value) : value;
  }
  return result;
}

/** Lays `fragment` over the spec: objects meet, anything else replaces. */
export function withSpec(fragment: OpenClawInstanceSpec): Modifier {
  return (written) => ({ ...written, spec: over((written.spec ?? {}) as JsonObject, fragment as JsonObject) });
}

/** Lays a fragment over the spec that its type would not allow: a mistake that a user makes. */
export function withMistake(fragment: JsonObject): Modifier {
  return withSpec(fragment);
}

/** An old release: the dialect of openclaw.json before 2026.8. */
export const ofOldRelease: Modifier = withSpec({ image: { tag: '2026.7.1' } });

export const withoutNamespace: Modifier = (written) => ({ ...written, metadata: { name: written.metadata.name } });

export function withAnnotations(annotations: Record<string, string>): Modifier {
  return (written) => ({ ...written, metadata: { ...written.metadata, annotations } });
}

/** The document of openclaw.json. */
export function withConfig(raw: JsonObject): Modifier {
  return withSpec({ config: { raw } });
}

export function withEnv(...env: NonNullable<OpenClawInstanceSpec['env']>): Modifier {
  return withSpec({ env });
}

export function withChromium(chromium: OpenClawInstanceSpec['chromium'] = {}): Modifier {
  return withSpec({ chromium: { enabled: true, ...chromium } });
}

export function withOllama(ollama: OpenClawInstanceSpec['ollama'] = {}): Modifier {
  return withSpec({ ollama: { enabled: true, ...ollama } });
}

type IngressSpec = NonNullable<NonNullable<OpenClawInstanceSpec['networking']>['ingress']>;

/** An Ingress of a class with one host that has a certificate. */
export function withIngress(className: string | undefined, ingress: IngressSpec = {}): Modifier {
  const host = 'alice.example.com';
  return withSpec({
    networking: {
      ingress: {
        enabled: true,
        ...(className !== undefined && { className }),
        hosts: [{ host }],
        tls: [{ hosts: [host], secretName: 'alice-tls' }],
        ...ingress,
      },
    },
  });
}

export const withCaBundle: Modifier = withSpec({ security: { caBundle: { configMapName: 'company-ca' } } });

/** One issue as a line of text. */
export function issueText({ severity, path, message }: Issue): string {
  return `${severity} ${path}: ${message}`;
}

/** A container as tests read it. */
export interface ContainerView extends JsonObject {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number; readonly protocol: string }[];
  readonly resources: { readonly requests: JsonObject; readonly limits: JsonObject };
  readonly securityContext: JsonObject;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly [field: string]: unknown }[];
}

/** A pod spec as tests read it. */
export interface PodView extends JsonObject {
  readonly containers: readonly ContainerView[];
  readonly initContainers: readonly ContainerView[];
  readonly volumes: readonly { readonly name: string; readonly [source: string]: unknown }[];
}

/** The manifests of one instance, and ways to look things up in them. Every look-up throws when there is nothing to find. */
export class Rendered {
  public readonly manifests: readonly Manifest[];

  constructor(
    public readonly instance: Instance,
    public readonly warnings: readonly Issue[],
    public readonly references: readonly Reference[],
  ) {
    this.manifests = render(instance);
  }

  /** `Service/alice`, one for each object, in their order. */
  public get names(): string[] {
    return this.manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  }

  public has(kind: string, name: string = this.instance.name): boolean {
    return this.names.includes(`${kind}/${name}`);
  }

  public find(kind: string, name: string = this.instance.name): Manifest {
    const found = this.manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
    if (found === undefined) throw new Error(`no ${kind}/${name} among ${this.names.join(', ')}`);
    return found;
  }

  /** `spec` of an object. */
  public spec(kind: string, name?: string): JsonObject {
    return this.find(kind, name)['spec'] as JsonObject;
  }

  /** A text of a ConfigMap. */
  public text(map: string, key: string): string {
    const data = this.find('ConfigMap', map)['data'] as Record<string, string>;
    const text = data[key];
    if (text === undefined) throw new Error(`no key ${key} in ConfigMap/${map}, only ${Object.keys(data).join(', ')}`);
    return text;
  }

  /** openclaw.json, parsed. */
  public get openclaw(): JsonObject {
    return JSON.parse(this.text(`${this.instance.name}-config`, 'openclaw.json')) as JsonObject;
  }

  /** The pod template of the StatefulSet. */
  public get template(): { readonly metadata: Manifest['metadata']; readonly spec: PodView } {
    return this.spec('StatefulSet')['template'] as { metadata: Manifest['metadata']; spec: PodView };
  }

  public get pod(): PodView {
    return this.template.spec;
  }

  /** Every container of the pod, init containers first. */
  public get containers(): ContainerView[] {
    return [...this.pod.initContainers, ...this.pod.containers];
  }

  public container(name: string): ContainerView {
    const found = this.containers.find((container) => container.name === name);
    if (found === undefined) throw new Error(`no container ${name} among ${this.containers.map((one) => one.name).join(', ')}`);
    return found;
  }

  /** The agent's container. */
  public get agent(): ContainerView {
    return this.container('openclaw');
  }

  /** Variables with a literal value of a container. */
  public env(container = 'openclaw'): Record<string, string | undefined> {
    return Object.fromEntries((this.container(container).env ?? []).map(({ name, value }) => [name, value]));
  }

  /** Where a container has a volume: mount path by volume name, the first of several. */
  public mount(container: string, volume: string): JsonObject {
    const found = this.container(container).volumeMounts.find(({ name }) => name === volume);
    if (found === undefined) throw new Error(`container ${container} does not mount ${volume}`);
    return found;
  }

  public volume(name: string): JsonObject {
    const found = this.pod.volumes.find((volume) => volume.name === name);
    if (found === undefined) throw new Error(`no volume ${name} among ${this.pod.volumes.map((one) => one.name).join(', ')}`);
    return found;
  }

  /** The warnings of one rule. */
  public warned(rule: string): Issue[] {
    return this.warnings.filter((issue) => issue.rule === rule);
  }
}

/** Resolves and renders. @throws with every issue when the document is refused */
export function rendered(written: WrittenInstance, facts: Facts = {}): Rendered {
  const resolution = resolve(written, facts);
  if (!resolution.ok) throw new Error(`${written.metadata.name} was refused:\n${resolution.issues.map(issueText).join('\n')}`);
  return new Rendered(resolution.instance, resolution.warnings, resolution.references);
}

/** The manifests of an instance `alice` with this spec. */
export function manifestsOf(spec: OpenClawInstanceSpec): readonly Manifest[] {
  return rendered(anInstance(withSpec(spec))).manifests;
}

/** What is wrong with a document. @throws when nothing is */
export function refused(written: WrittenInstance, facts: Facts = {}): readonly Issue[] {
  const resolution = resolve(written, facts);
  if (resolution.ok) throw new Error(`${written.metadata.name} was accepted with ${resolution.warnings.length} warnings`);
  return resolution.issues;
}
