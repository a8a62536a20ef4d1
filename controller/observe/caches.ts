import type { ApiPort } from '../api/port';
import { type AccessVerb, ListWatch, type ListWatchOptions } from '../api/list-watch';
import { byLabel, byOwner } from '../api/object-store';
import type { Clock } from '../../gitops/git/clock';
import { type Kind, claims, clusterDefaults, configMaps, emittedKinds, instances, namespaces, secrets } from '../objects/kinds';
import { MissingRightsError, rightText } from './missing-rights';
import { type InstanceKey, type KubeObject, type LiveInstance, keyText } from '../objects/objects';

const INSTANCE_LABEL = 'app.kubernetes.io/instance';
const OURS = 'app.kubernetes.io/managed-by=openclaw-operator';

/** By owner UID, in caches of objects that we make. */
const OWNER = 'owner';

/** By the instance (`namespace/name`), as the label says. */
const INSTANCE = 'instance';

/** Kinds that are kept by their metadata alone, whoever made them: their content is read when it is needed. */
const REFERENCED: readonly Kind[] = [secrets, configMaps];

/** What a change in the cluster means for instances. */
export interface Wake {
  (key: InstanceKey): void;
}

export interface CachesSettings {
  readonly api: ApiPort;
  readonly clock: Clock;
  /** A list or watch failed and will be tried again. */
  readonly onError: ListWatchOptions['onError'] & {};
  /** A right to list or watch a kind is missing, or was granted again. */
  readonly onRight: (right: string, isMissing: boolean) => void;
  readonly wake: Wake;
}

/** What the cluster holds, as far as instances depend on it. Every change wakes the instances that it concerns. */
export class Caches {
  public readonly instances: ListWatch<LiveInstance>;
  public readonly clusterDefaults: ListWatch;
  public readonly namespaces: ListWatch;
  /** Metadata of Secrets and ConfigMaps, and claims whole: anything that an instance may refer to. */
  private readonly referenced: ReadonlyMap<string, ListWatch>;
  /** Objects with our label, of every kind that we ever made. */
  private readonly owned: ReadonlyMap<string, ListWatch>;
  /** Which instances named an object in their last pass: `Secret/team-a/keys`. */
  private readonly referrers = new Map<string, Set<string>>();
  private readonly referrals = new Map<string, readonly string[]>();
  private readonly uids = new Map<string, InstanceKey>();

  private readonly wake: Wake;
  /** By kind: what the role of the controller lacks, in words. */
  private readonly missing = new Map<Kind, string>();

  public constructor(private readonly settings: CachesSettings) {
    this.wake = settings.wake;
    this.instances = new ListWatch<LiveInstance>(this.watching(instances));
    this.clusterDefaults = this.watch(clusterDefaults);
    this.namespaces = this.watch(namespaces, { metadataOnly: true });
    const all = { indexes: { [OWNER]: byOwner, [INSTANCE]: byLabel(INSTANCE_LABEL) } };
    this.referenced = new Map([
      ...REFERENCED.map((kind) => [kind.kind, this.watch(kind, { ...all, metadataOnly: true })] as const),
      [claims.kind, this.watch(claims, all)],
    ]);
    const labelled = emittedKinds.filter(({ kind }) => kind !== secrets.kind && kind !== claims.kind);
    this.owned = new Map(labelled.map((kind) => [`${kind.apiVersion}/${kind.kind}`, this.watch(kind, { ...all, labelSelector: OURS })]));
    this.connect();
  }

  /** Starts every list and watch; resolves when all have been listed once, but for those that we may not list. */
  public async start(): Promise<void> {
    const all = this.all();
    for (const cache of all) cache.start();
    await Promise.all(all.map(({ synced }) => synced));
  }

  public async stop(): Promise<void> {
    await Promise.all(this.all().map((cache) => cache.stop()));
  }

  /** Rights that the role of the controller lacks, such as `list and watch networkpolicies.networking.k8s.io`, sorted. */
  public get missingRights(): readonly string[] {
    return [...this.missing.values()].toSorted();
  }

  /** Whether it is known which instances there are. */
  public get knowsInstances(): boolean {
    return isListed(this.instances);
  }

  /**
   * Nothing can be decided about an instance where facts are missing: what cannot be seen is not absent. Kinds that are only made and never asked
   * about are no such facts.
   *
   * @throws {@link MissingRightsError}
   */
  public requireFacts(): void {
    this.require([this.instances, this.clusterDefaults, this.namespaces, ...this.referenced.values()]);
  }

  /**
   * For whoever concludes from an empty look-up that an instance has nothing any more.
   *
   * @throws {@link MissingRightsError}
   */
  public requireInventory(): void {
    this.require([...this.owned.values(), ...this.referenced.values()]);
  }

  /** Milliseconds since the quietest of the watches heard anything; for health. */
  public get oldestEventAge(): number {
    return Math.max(...this.all().map(({ lastEventAge }) => lastEventAge));
  }

  /**
   * Live objects with the instance's UID among their owners, or with its labels: claims have no owner, nor has anything that an engine applied
   * from Git.
   */
  public ownedBy({ metadata }: LiveInstance): KubeObject[] {
    const { uid, namespace } = metadata;
    const key = keyText(metadata);
    const caches = [...this.owned.values(), this.cacheOf(secrets.kind), this.cacheOf(claims.kind)];
    const found = caches.flatMap((cache) => [...cache.by(OWNER, uid), ...cache.by(INSTANCE, key)]);
    return [...new Set(found)].filter((object) => object.metadata.namespace === namespace);
  }

  /** An object of ours as it was last seen; `undefined` does not prove that there is none. */
  public ownedObject(apiVersion: string, kind: string, namespace: string, name: string): KubeObject | undefined {
    const cache = kind === claims.kind ? this.cacheOf(kind) : this.owned.get(`${apiVersion}/${kind}`);
    return cache?.get(namespace, name);
  }

  /** What is known of an object that an instance may refer to. Metadata only, but for claims. */
  public reference(kind: string, namespace: string, name: string): KubeObject | undefined {
    return this.referenced.get(kind)?.get(namespace, name);
  }

  /** Whether the cluster has this kind; those of other projects may be missing. */
  public isServed(apiVersion: string, kind: string): boolean {
    const cache = this.owned.get(`${apiVersion}/${kind}`);
    return cache === undefined || cache.isServed;
  }

  /** Remembers what an instance refers to (`Secret/name`), so that a change of it wakes the instance. */
  public remember(key: InstanceKey, references: readonly string[]): void {
    const text = keyText(key);
    for (const old of this.referrals.get(text) ?? []) this.referrers.get(old)?.delete(text);
    const ids = references.map((reference) => referenceId(key.namespace, reference));
    for (const id of ids) this.referrers.set(id, (this.referrers.get(id) ?? new Set()).add(text));
    if (ids.length > 0) this.referrals.set(text, ids);
    else this.referrals.delete(text);
  }

  private require(caches: readonly Pick<ListWatch, 'kind' | 'missingAccess'>[]): void {
    const unknown = caches.flatMap((cache) => (isListed(cache) ? [] : (this.missing.get(cache.kind) ?? [])));
    if (unknown.length > 0) throw new MissingRightsError(unknown);
  }

  private watch(kind: Kind, options: Partial<ListWatchOptions> = {}): ListWatch {
    return new ListWatch({ ...this.watching(kind), ...options });
  }

  private watching(kind: Kind): Pick<ListWatchOptions, 'api' | 'clock' | 'kind' | 'onError' | 'onAccess'> {
    const { api, clock, onError } = this.settings;
    return { api, clock, kind, onError, onAccess: (verbs) => this.noteAccess(kind, verbs) };
  }

  /** Every instance may depend on the kind, and its condition tells of the right. */
  private noteAccess(kind: Kind, verbs: readonly AccessVerb[]): void {
    const before = this.missing.get(kind);
    const now = verbs.length > 0 ? rightText(kind, verbs) : undefined;
    if (now === undefined) this.missing.delete(kind);
    else this.missing.set(kind, now);
    const told = now ?? before;
    if (told !== undefined) this.settings.onRight(told, now !== undefined);
    this.wakeAll();
  }

  private cacheOf(kind: string): ListWatch {
    const cache = this.referenced.get(kind);
    if (cache === undefined) throw new Error(`no cache of ${kind}`);
    return cache;
  }

  private all(): ListWatch<never>[] {
    const every = [this.instances, this.clusterDefaults, this.namespaces, ...this.referenced.values(), ...this.owned.values()];
    return every as unknown as ListWatch<never>[];
  }

  private connect(): void {
    this.instances.onChange((before, after) => {
      const instance = after ?? before;
      if (instance === undefined) return;
      if (after === undefined) this.uids.delete(instance.metadata.uid);
      else this.uids.set(instance.metadata.uid, instance.metadata);
      this.wake(instance.metadata);
    });
    this.clusterDefaults.onChange(() => this.wakeAll());
    this.namespaces.onChange((before, after) => this.wakeAll((after ?? before)?.metadata.name));
    for (const cache of this.owned.values()) cache.onChange((before, after) => this.wakeOwners(after ?? before));
    for (const [kind, cache] of this.referenced) {
      cache.onChange((before, after) => {
        this.wakeOwners(after ?? before);
        this.wakeReferrers(kind, after ?? before);
      });
    }
  }

  private wakeAll(namespace?: string): void {
    for (const { metadata } of this.instances.list(namespace)) this.wake(metadata);
  }

  private wakeOwners(object: KubeObject | undefined): void {
    if (object === undefined) return;
    const { namespace, labels, ownerReferences = [] } = object.metadata;
    for (const { uid } of ownerReferences) {
      const key = this.uids.get(uid);
      if (key) this.wake(key);
    }
    const name = labels?.[INSTANCE_LABEL];
    if (namespace !== undefined && name !== undefined && this.instances.get(namespace, name)) this.wake({ namespace, name });
  }

  private wakeReferrers(kind: string, object: KubeObject | undefined): void {
    if (object?.metadata.namespace === undefined) return;
    const id = referenceId(object.metadata.namespace, `${kind}/${object.metadata.name}`);
    for (const text of this.referrers.get(id) ?? []) {
      const slash = text.indexOf('/');
      this.wake({ namespace: text.slice(0, slash), name: text.slice(slash + 1) });
    }
  }
}

function isListed({ missingAccess }: { readonly missingAccess: readonly AccessVerb[] }): boolean {
  return !missingAccess.includes('list');
}

function referenceId(namespace: string, reference: string): string {
  return `${namespace}/${reference}`;
}
