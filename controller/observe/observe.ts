import { type Need, type Override, type Part, type Reference, needsOf, parts as registeredParts } from '../../constructs';
import { kinds } from '../../constructs/wire/kinds';
import { objectNames, tenantTwin } from '../../constructs/wire/names';
import type { Clock } from '../../gitops/git/clock';
import { type Meter, noMeter } from '../objects/meter';
import { type InstanceKey, type KubeObject, type LiveInstance, keyText, parseKey } from '../objects/objects';
import { NOTHING_ASKED, askedBeside, resolveAsked } from './asked-beside';
import type { Caches } from './caches';
import type { ClusterFacts } from './cluster-facts';
import { type DataFacts, dataFactIds, needsDataFacts, readDataFacts } from './data-facts';
import { claimsNamedBy } from './claims-named';
import { inventoryOf } from './namesakes';
import { type Delivery, type KeptResolution, type Observed, type SecretFact, UNRESOLVED, asKept, referenceId } from './observed';
import { releaseQuestion } from './releases/due';
import { type ReleaseFact, type ReleaseSource, releaseId } from './releases/release-source';
import type { SecretFacts } from './secret-facts';
import { deliveryFor } from './wanted-delivery';

/** What a resolution came to, and how long it kept everything else waiting: 0 where it was kept from the pass before. */
interface Resolved {
  readonly resolution: KeptResolution;
  readonly seconds: number;
}

const NOT_RESOLVED: Resolved = { resolution: UNRESOLVED, seconds: 0 };

/** A resolution, as long as everything that went into it is the same. */
interface ResolutionMemo {
  readonly inputs: string;
  readonly resolution: KeptResolution;
}

/** Reads everything that a pass needs: from the caches, and from the server only what changed since it was last read. */
export class Observer {
  private readonly memos = new Map<string, ResolutionMemo>();

  public constructor(
    private readonly caches: Caches,
    private readonly facts: ClusterFacts,
    private readonly secretFacts: SecretFacts,
    private readonly delivery: Delivery,
    private readonly parts: readonly Part[] = registeredParts,
    /** @default - nothing is measured */
    private readonly measure?: { readonly clock: Clock; readonly meter: Meter | undefined; readonly source?: ReleaseSource | undefined },
  ) {}

  /** The instance as it was last seen; `undefined` when there is none any more. */
  public find({ namespace, name }: InstanceKey): LiveInstance | undefined {
    return this.caches.instances.get(namespace, name);
  }

  /**
   * `undefined` when there is no such instance any more.
   *
   * @param newest the instance with our own last writes, which a cache may not have seen. @default - as it is in the cache
   * @throws MissingRightsError while the controller may not see what it would have to know
   */
  public async observe(key: InstanceKey, newest = (cached: LiveInstance): LiveInstance => cached): Promise<Observed | undefined> {
    const cached = this.find(key);
    if (cached === undefined) {
      this.forget(key);
      return undefined;
    }
    const instance = newest(cached);
    this.caches.requireFacts();
    const isDeleted = instance.metadata.deletionTimestamp !== undefined;
    // In Git mode the directory goes when the cluster holds nothing of the instance any more.
    if (isDeleted && (instance.status?.delivery === 'git' || instance.status?.git !== undefined)) this.caches.requireInventory();
    // The end of an instance depends on nothing that its spec resolves to: it may be one that no pass gets through.
    const asked = isDeleted ? NOTHING_ASKED : await askedBeside(instance, this.facts);
    const needs = isDeleted ? [] : needsOf(asked.subject ?? instance, this.parts);
    const { resolution, seconds } = isDeleted ? NOT_RESOLVED : await this.resolve(instance, needs, asked.overrides);
    const references = resolution.ok ? resolution.references : [];
    const releases = this.releasesOf(instance, resolution);
    const { ownNamespace } = this.facts;
    const wantsData = needsDataFacts(instance);
    this.caches.remember(key, [
      ...references.map((reference) => referenceId(reference, { instance, ownNamespace })),
      ...this.facts.idsOf(key.namespace, needs),
      ...(wantsData ? dataFactIds(instance, ownNamespace) : []),
      ...asked.ids,
      ...releases.ids,
    ]);
    const present = references.filter(({ kind, name, namespaceOf }) =>
      this.caches.reference(kind, namespaceOf === 'controller' ? ownNamespace : key.namespace, name),
    );
    const namespace = this.caches.namespaces.get(undefined, key.namespace);
    const unseen = await this.facts.unseenJobs(instance);
    const inventory = inventoryOf(this.caches, instance);
    return {
      instance,
      ownNamespace,
      parts: this.parts,
      resolution,
      resolveSeconds: seconds,
      namespaceTerminating: namespace?.metadata.deletionTimestamp !== undefined,
      ...(wantsData && this.twinOf(key)),
      missingRights: this.caches.missingRights,
      ...deliveryFor(instance, namespace, this.delivery, await this.facts.policy()),
      secrets: await this.readSecrets(
        key.namespace,
        references.filter(({ kind, namespaceOf }) => kind === 'Secret' && namespaceOf !== 'controller').map(({ name }) => name),
      ),
      present: new Set(present.map((reference) => referenceId(reference, { instance, ownNamespace }))),
      claims: this.claimsOf(instance, references),
      ...(wantsData && { data: await this.readData(instance, resolution) }),
      ...(resolution.ok && resolution.hosts.usesApiServer && { accountSharers: this.accountSharers(instance) }),
      ...(releases.fact && { releases: releases.fact }),
      ...(isDeleted && { claimsOfOthers: claimsNamedBy(this.others(instance)) }),
      ...inventory,
      // What the cache has learned meanwhile is in it once.
      owned: [...inventory.owned, ...unseen.filter((job) => !inventory.owned.some(({ metadata }) => metadata.uid === job.metadata.uid))],
      ...this.podsOf(key, inventory.owned),
    };
  }

  /** What a registry says is asked for when it is due, and comes with a later pass. */
  private releasesOf(instance: LiveInstance, resolution: KeptResolution): { readonly ids: string[]; readonly fact?: ReleaseFact } {
    const { source, clock } = this.measure ?? {};
    const question = resolution.ok && source && clock ? releaseQuestion(instance, resolution.instance, clock.now()) : undefined;
    if (question === undefined) return { ids: [] };
    const fact = source?.read(question);
    return { ids: [releaseId(question)], ...(fact && { fact }) };
  }

  private readData(instance: LiveInstance, resolution: KeptResolution): Promise<DataFacts> {
    const { caches, secretFacts, parts, facts } = this;
    return readDataFacts({ caches, secretFacts, parts, ownNamespace: facts.ownNamespace }, instance, resolution);
  }

  private twinOf({ namespace }: InstanceKey): Pick<Observed, 'tenantTwin'> {
    const twin = tenantTwin(namespace);
    return twin === undefined || this.caches.namespaces.get(undefined, twin) === undefined ? {} : { tenantTwin: twin };
  }

  private podsOf(key: InstanceKey, owned: readonly KubeObject[]): Pick<Observed, 'pods' | 'podRefusal'> {
    const workload = owned.find(
      ({ kind, metadata }) => kind === kinds.statefulSet.kind && metadata.name === objectNames.statefulSet(key.name),
    );
    const podRefusal = this.caches.pods.refusalFor(key, workload?.metadata.uid);
    return { pods: this.caches.pods.podsOf(key), ...(podRefusal !== undefined && { podRefusal }) };
  }

  /** Read from specs as they were written: one that does not resolve has its account all the same. */
  private accountSharers(instance: LiveInstance): string[] {
    const account = accountOf(instance);
    return this.others(instance)
      .filter((one) => accountOf(one) === account)
      .map(({ metadata: { name } }) => name)
      .toSorted();
  }

  private others({ metadata: { namespace, name } }: LiveInstance): LiveInstance[] {
    return this.caches.instances.list(namespace).filter((one) => one.metadata.name !== name);
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
    // What it referred to may be gone with it, and nobody asks again.
    this.facts.sweep();
    this.secretFacts.sweep((text) => {
      const { namespace, name } = parseKey(text);
      return this.caches.reference('Secret', namespace, name) !== undefined;
    });
  }

  /** Resolves anew only when the instance or a fact about it changed: the constructs are memoized by the outcome. */
  private async resolve(instance: LiveInstance, needs: readonly Need[], asked: readonly Override[]): Promise<Resolved> {
    const { namespace, name, uid, generation, annotations } = instance.metadata;
    const overrides: readonly Override[] = instance.status?.overrides ?? [];
    const inputs = JSON.stringify([uid, generation, annotations, overrides, asked, this.facts.versions(namespace, needs)]);
    const memo = this.memos.get(`${namespace}/${name}`);
    const { clock, meter = noMeter } = this.measure ?? {};
    if (memo?.inputs === inputs) {
      meter.recalled('resolve');
      return { resolution: memo.resolution, seconds: 0 };
    }
    const facts = await this.facts.read(namespace, needs);
    const begun = clock?.monotonic() ?? 0;
    const resolution = asKept(resolveAsked(instance, facts, { parts: this.parts, overrides, asked }));
    const seconds = ((clock?.monotonic() ?? 0) - begun) / 1000;
    meter.recalled('resolve', seconds);
    this.memos.set(`${namespace}/${name}`, { inputs, resolution });
    return { resolution, seconds };
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

/** The account that an instance runs as. The empty text is no name. */
function accountOf({ metadata: { name }, spec }: LiveInstance): string {
  return spec?.security?.rbac?.serviceAccountName || objectNames.serviceAccount(name);
}
