import {
  type Facts,
  type ConfigMapFact,
  type Override,
  type Part,
  type Reference,
  type Resolution,
  parts as registeredParts,
  resolve,
} from '../../constructs';
import type { ApiPort } from '../api/port';
import { get } from '../api/requests';
import type { Caches } from './caches';
import { configMaps } from '../objects/kinds';
import { type InstanceKey, type KubeObject, type LiveInstance, keyText } from '../objects/objects';
import { DELIVERY, type Delivery, type Observed, type SecretFact, referenceId } from './observed';
import type { SecretFacts } from './secret-facts';

/** A resolution, as long as everything that went into it is the same. */
interface ResolutionMemo {
  readonly inputs: string;
  readonly resolution: Resolution;
}

/** Reads everything that a pass needs: from the caches, and from the server only what changed since it was last read. */
export class Observer {
  private readonly memos = new Map<string, ResolutionMemo>();
  private readonly maps = new Map<string, { readonly version: string; readonly fact: ConfigMapFact }>();

  public constructor(
    private readonly api: ApiPort,
    private readonly caches: Caches,
    private readonly secretFacts: SecretFacts,
    private readonly delivery: Delivery,
    private readonly parts: readonly Part[] = registeredParts,
  ) {}

  /**
   * `undefined` when there is no such instance any more.
   *
   * @param newest the instance with our own last writes, which a cache may not have seen. @default - as it is in the cache
   */
  public async observe(key: InstanceKey, newest = (cached: LiveInstance): LiveInstance => cached): Promise<Observed | undefined> {
    const cached = this.caches.instances.get(key.namespace, key.name);
    if (cached === undefined) {
      this.forget(key);
      return undefined;
    }
    const instance = newest(cached);
    const resolution = await this.resolve(instance);
    const references = resolution.ok ? resolution.references : [];
    this.caches.remember(key, [
      ...references.map((reference) => referenceId(reference, instance)),
      ...this.mapsOf(instance).map((name) => referenceId({ kind: 'ConfigMap', name }, instance)),
    ]);
    const present = references.filter(({ kind, name }) => this.caches.reference(kind, key.namespace, name));
    const namespace = this.caches.namespaces.get(undefined, key.namespace);
    return {
      instance,
      parts: this.parts,
      resolution,
      namespaceTerminating: namespace?.metadata.deletionTimestamp !== undefined,
      ...this.deliveryFor(instance, namespace),
      secrets: await this.readSecrets(
        key.namespace,
        references.filter(({ kind }) => kind === 'Secret').map(({ name }) => name),
      ),
      present: new Set(present.map((reference) => referenceId(reference, instance))),
      claims: this.claimsOf(instance, references),
      owned: this.caches.ownedBy(instance),
    };
  }

  private claimsOf(instance: LiveInstance, references: readonly Reference[]): KubeObject[] {
    return references.flatMap(({ kind, name }) => {
      const claim = kind === 'PersistentVolumeClaim' ? this.caches.reference(kind, instance.metadata.namespace, name) : undefined;
      return claim ? [claim] : [];
    });
  }

  /** The facts about Secrets with those that were just written. */
  public withSecrets(known: ReadonlyMap<string, SecretFact>, written: readonly KubeObject[]): ReadonlyMap<string, SecretFact> {
    if (written.length === 0) return known;
    return new Map([...known, ...written.map((secret) => [secret.metadata.name, this.secretFacts.learn(secret)] as const)]);
  }

  private forget(key: InstanceKey): void {
    this.caches.remember(key, []);
    this.memos.delete(keyText(key));
  }

  private deliveryFor(
    instance: LiveInstance,
    namespace: KubeObject | undefined,
  ): Pick<Observed, 'wantedDelivery'> & Partial<Pick<Observed, 'unknownDelivery'>> {
    const asked = instance.metadata.annotations?.[DELIVERY] ?? namespace?.metadata.annotations?.[DELIVERY];
    if (asked === undefined) return { wantedDelivery: this.delivery };
    return asked === 'apply' || asked === 'git' ? { wantedDelivery: asked } : { wantedDelivery: this.delivery, unknownDelivery: asked };
  }

  /** The ConfigMaps whose text goes into the manifests. Read from the spec as written, which may be invalid. */
  private mapsOf({ spec }: LiveInstance): string[] {
    const name: unknown = spec?.config?.configMapRef?.name;
    return typeof name === 'string' && name !== '' ? [name] : [];
  }

  /** Resolves anew only when the instance or a fact about it changed: the constructs are memoized by the outcome. */
  private async resolve(instance: LiveInstance): Promise<Resolution> {
    const { namespace, name, uid, generation, annotations } = instance.metadata;
    const overrides: readonly Override[] = instance.status?.overrides ?? [];
    const defaults = this.caches.clusterDefaults.get(undefined, 'cluster');
    const maps = this.mapsOf(instance).map((map) => this.caches.reference('ConfigMap', namespace, map));
    const inputs = JSON.stringify([
      uid,
      generation,
      annotations,
      overrides,
      defaults?.metadata.resourceVersion,
      maps.map((map) => map?.metadata.resourceVersion),
    ]);
    const memo = this.memos.get(`${namespace}/${name}`);
    if (memo?.inputs === inputs) return memo.resolution;
    const facts: Facts = {
      configMaps: await this.readMaps(maps.filter((map) => map !== undefined)),
      ...(defaults && { clusterDefaults: defaults['spec'] as NonNullable<Facts['clusterDefaults']> }),
    };
    const resolution = resolve(instance, facts, { parts: this.parts, overrides });
    this.memos.set(`${namespace}/${name}`, { inputs, resolution });
    return resolution;
  }

  private async readMaps(found: readonly KubeObject[]): Promise<Map<string, ConfigMapFact>> {
    const facts = new Map<string, ConfigMapFact>();
    for (const { metadata } of found) {
      const id = `${metadata.namespace}/${metadata.name}`;
      let known = this.maps.get(id);
      if (known?.version !== metadata.resourceVersion) {
        const live = await get(this.api, configMaps, metadata.namespace, metadata.name);
        if (live === undefined) continue;
        const { data = {}, binaryData } = live as { data?: Record<string, string>; binaryData?: Record<string, string> };
        known = { version: live.metadata.resourceVersion ?? '', fact: { data, ...(binaryData && { binaryData }) } };
        this.maps.set(id, known);
      }
      if (known) facts.set(metadata.name, known.fact);
    }
    return facts;
  }

  private async readSecrets(namespace: string, names: readonly string[]): Promise<Map<string, SecretFact>> {
    const facts = new Map<string, SecretFact>();
    for (const name of new Set(names)) {
      const metadata = this.caches.reference('Secret', namespace, name);
      const fact = await (metadata ? this.secretFacts.of(metadata) : this.secretFacts.unseen(namespace, name));
      if (fact) facts.set(name, fact);
    }
    return facts;
  }
}
