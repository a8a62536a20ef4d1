import { type Need, type Resolution, needsOf, resolve } from '../../constructs';
import type { Caches } from './caches';
import type { ClusterFacts } from './cluster-facts';
import type { InstanceKey, KubeObject, LiveInstance } from '../objects/objects';
import { DELIVERY, type Delivery, type Observed, type SecretFact, UNRESOLVED } from './observed';
import type { SecretFacts } from './secret-facts';

/** A resolution, as long as everything that went into it is the same. */
interface Memo {
  readonly inputs: string;
  readonly resolution: Resolution;
}

/** Reads everything that a pass needs: from the caches, and from the server only what changed since it was last read. */
export class Observer {
  private readonly memos = new Map<string, Memo>();

  public constructor(
    private readonly caches: Caches,
    private readonly facts: ClusterFacts,
    private readonly secretFacts: SecretFacts,
    private readonly delivery: Delivery,
  ) {}

  /** The instance as it was last seen; `undefined` when there is none any more. */
  public find({ namespace, name }: InstanceKey): LiveInstance | undefined {
    return this.caches.instances.get(namespace, name);
  }

  /**
   * `undefined` when there is no such instance any more.
   *
   * @throws MissingRightsError while the controller may not see what it would have to know
   */
  public async observe(key: InstanceKey): Promise<Observed | undefined> {
    const instance = this.find(key);
    if (instance === undefined) {
      this.forget(key);
      return undefined;
    }
    this.caches.requireFacts();
    const isDeleted = instance.metadata.deletionTimestamp !== undefined;
    // In Git mode the directory goes when the cluster holds nothing of the instance any more.
    if (isDeleted && instance.status?.delivery === 'git') this.caches.requireInventory();
    // The end of an instance depends on nothing that its spec resolves to: it may be one that no pass gets through.
    const needs = isDeleted ? [] : needsOf(instance);
    const resolution = isDeleted ? UNRESOLVED : await this.resolve(instance, needs);
    const references = resolution.ok ? resolution.references : [];
    this.caches.remember(key, [
      ...references.map(({ kind, name }) => `${kind}/${name}`),
      ...needs.flatMap((need) => (need.kind === 'configMap' ? [`ConfigMap/${need.name}`] : [])),
    ]);
    const present = references
      .filter(({ kind, name }) => this.caches.reference(kind, key.namespace, name))
      .map(({ kind, name }) => `${kind}/${name}`);
    const namespace = this.caches.namespaces.get(undefined, key.namespace);
    return {
      instance,
      resolution,
      namespaceTerminating: namespace?.metadata.deletionTimestamp !== undefined,
      missingRights: this.caches.missingRights,
      ...this.deliveryFor(instance, namespace),
      secrets: await this.readSecrets(
        key.namespace,
        references.filter(({ kind }) => kind === 'Secret').map(({ name }) => name),
      ),
      present: new Set(present),
      owned: this.caches.ownedBy(instance),
    };
  }

  /** Live claims that the instance refers to by name; its own ones are among the owned objects. */
  public claimsOf({ instance, resolution }: Observed): KubeObject[] {
    const references = resolution.ok ? resolution.references : [];
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
    this.memos.delete(`${key.namespace}/${key.name}`);
  }

  private deliveryFor(
    instance: LiveInstance,
    namespace: KubeObject | undefined,
  ): Pick<Observed, 'wantedDelivery'> & Partial<Pick<Observed, 'unknownDelivery'>> {
    const asked = instance.metadata.annotations?.[DELIVERY] ?? namespace?.metadata.annotations?.[DELIVERY];
    if (asked === undefined) return { wantedDelivery: this.delivery };
    return asked === 'apply' || asked === 'git' ? { wantedDelivery: asked } : { wantedDelivery: this.delivery, unknownDelivery: asked };
  }

  /** Resolves anew only when the instance or a fact about it changed: the constructs are memoized by the outcome. */
  private async resolve(instance: LiveInstance, needs: readonly Need[]): Promise<Resolution> {
    const { namespace, name, uid, generation, annotations } = instance.metadata;
    const inputs = JSON.stringify([uid, generation, annotations, this.facts.versions(namespace, needs)]);
    const memo = this.memos.get(`${namespace}/${name}`);
    if (memo?.inputs === inputs) return memo.resolution;
    const resolution = resolve(instance, await this.facts.read(namespace, needs));
    this.memos.set(`${namespace}/${name}`, { inputs, resolution });
    return resolution;
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
