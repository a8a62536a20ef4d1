import { isDeepStrictEqual } from 'node:util';
import type { ListWatchCounts, LiveCopy } from '../api/live-copy';
import { byOwner } from '../api/object-store';
import { MANAGED_BY, labels } from '../../constructs/wire/names';
import { type ObjectRef, idOf } from '../../constructs/wire/object-ref';
import {
  type Kind,
  claims,
  clusterDefaults,
  configMaps,
  emittedKinds,
  instances,
  jobs,
  kindId,
  namespaces,
  secrets,
} from '../objects/kinds';
import { type InstanceKey, type KubeObject, type LiveInstance, isWaitedFor, keyText, parseKey } from '../objects/objects';
import { byInstance, controllerOf, isOutside, labelledInstance } from '../objects/ownership';
import { withSharedParts } from '../objects/shared-parts';
import { PodCaches } from './pod-caches';
import { Watches, type WatchesSettings, isListed } from './watches';
import { asWritten, whatIsRead } from './what-is-read';

/** In every namespace: objects of an instance may stand outside its own. */
const OURS = `${labels.managedBy}=${MANAGED_BY}`;

/** What a Job was made of is long, and nobody reads it again. */
function withoutSpec({ spec: _spec, ...rest }: KubeObject): KubeObject {
  return rest;
}

/** By owner UID, in caches of objects that we make. */
const OWNER = 'owner';

/** By the instance (`namespace/name`), as the labels say. */
const INSTANCE = 'instance';

/**
 * Kinds that are kept by their metadata alone, whoever made them: their content is read when it is needed. Those of the controller's own namespace
 * are among them: its policy, and Secrets that a fleet shares.
 */
const REFERENCED: readonly Kind[] = [secrets, configMaps];

/** What a change in the cluster means for instances. */
export interface Wake {
  /** @param isAsked whether somebody changed the instance itself, and waits. @default - something moved that it may depend on */
  (key: InstanceKey, isAsked?: boolean): void;
}

export interface CachesSettings extends WatchesSettings {
  readonly wake: Wake;
  /** The kinds whose objects may be ours. @default - those of the registered parts */
  readonly emitted?: readonly Kind[] | undefined;
}

/** What the cluster holds, as far as instances depend on it. Every change wakes the instances that it concerns. */
export class Caches {
  public readonly instances: LiveCopy<LiveInstance>;
  public readonly clusterDefaults: LiveCopy;
  public readonly namespaces: LiveCopy;
  /** Metadata of Secrets and ConfigMaps, and claims whole: anything that an instance may refer to. */
  private readonly referenced: ReadonlyMap<string, LiveCopy>;
  /** Objects with our label, of every kind that we ever made. */
  private readonly owned: ReadonlyMap<string, LiveCopy>;
  /** Why the pods of an instance do not run. */
  public readonly pods: PodCaches;
  /** Which instances named an object in their last pass, by its id. */
  private readonly referrers = new Map<string, Set<string>>();
  private readonly referrals = new Map<string, readonly string[]>();
  private readonly uids = new Map<string, InstanceKey>();

  private readonly wake: Wake;
  private readonly watches: Watches;

  public constructor({ wake, emitted = emittedKinds, onRight, ...settings }: CachesSettings) {
    this.wake = wake;
    // Every instance may depend on the kind, and its condition tells of the right.
    const told: typeof onRight = (...news) => {
      onRight(...news);
      this.wakeAll();
    };
    const watches = new Watches({ ...settings, onRight: told });
    this.watches = watches;
    this.instances = watches.make<LiveInstance>(instances, { keep: asWritten });
    this.clusterDefaults = watches.make(clusterDefaults);
    this.namespaces = watches.make(namespaces, { metadataOnly: true });
    const all = { indexes: { [OWNER]: byOwner, [INSTANCE]: byInstance } };
    this.referenced = new Map([
      ...REFERENCED.map((kind) => [kind.kind, watches.make(kind, { ...all, metadataOnly: true, keep: whatIsRead }, true)] as const),
      [claims.kind, watches.make(claims, all)],
    ]);
    const labelled = emitted.filter(({ kind }) => kind !== secrets.kind && kind !== claims.kind);
    this.owned = new Map(
      labelled.map((kind) => [
        kindId(kind),
        watches.make(kind, { ...all, labelSelector: OURS, keep: kind === jobs ? withoutSpec : withSharedParts }),
      ]),
    );
    this.pods = new PodCaches(watches, (key) => {
      if (this.instances.get(key.namespace, key.name)) this.wake(key);
    });
    this.connect();
  }

  /** Starts every list and watch; resolves when all have been listed once, but for those that we may not list. */
  public async start(): Promise<void> {
    const { all } = this.watches;
    for (const cache of all) cache.start();
    await Promise.all(all.map(({ synced }) => synced));
  }

  public async stop(): Promise<void> {
    await Promise.all(this.watches.all.map((cache) => cache.stop()));
  }

  /** Rights that the role of the controller lacks, such as `list and watch networkpolicies.networking.k8s.io`, sorted. */
  public get missingRights(): readonly string[] {
    return this.watches.missingRights;
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
    this.watches.require([this.instances, this.clusterDefaults, this.namespaces, ...this.referenced.values()]);
  }

  /**
   * For whoever concludes from an empty look-up that an instance has nothing any more.
   *
   * @throws {@link MissingRightsError}
   */
  public requireInventory(): void {
    this.watches.require([...this.owned.values(), ...this.referenced.values()]);
  }

  /** Whether every object with our labels is known. */
  public get knowsInventory(): boolean {
    return [...this.owned.values(), ...this.referenced.values()].every(isListed);
  }

  /** Every copy that is kept, for whoever counts. */
  public get copies(): readonly { readonly kind: string; readonly counts: ListWatchCounts; readonly lastEventAge: number }[] {
    return this.watches.all.map(({ kind, counts, lastEventAge }) => ({ kind: kindId(kind), counts, lastEventAge }));
  }

  /** Milliseconds since the quietest of the watches heard anything; for health. */
  public get oldestEventAge(): number {
    return Math.max(...this.watches.all.map(({ lastEventAge }) => lastEventAge));
  }

  /**
   * Live objects with the instance's UID among their owners, or with its labels: claims have no owner, nor has anything that an engine applied
   * from Git or that stands outside the namespace.
   */
  public ownedBy({ metadata }: LiveInstance): KubeObject[] {
    const key = keyText(metadata);
    const caches = [...this.owned.values(), this.cacheOf(secrets.kind), this.cacheOf(claims.kind)];
    const labelled = caches.flatMap((cache) => cache.by(INSTANCE, key));
    // An owner counts only where it can be one: in the same namespace.
    const owned = caches.flatMap((cache) => cache.by(OWNER, metadata.uid)).filter((object) => !isOutside(object, { metadata }));
    return [...new Set([...owned, ...labelled])];
  }

  /** Objects of the kinds that we make, and claims whoever made them, that stand under these names. */
  public named(namespace: string, names: Iterable<string>): KubeObject[] {
    const caches = [...this.owned.values(), this.cacheOf(claims.kind)];
    return [...names].flatMap((name) => caches.flatMap((cache) => cache.get(namespace, name) ?? []));
  }

  /** The live instance that an object belongs to, by its controller, by the UID in its label, or by the name in it. */
  public holderOf(object: KubeObject): InstanceKey | undefined {
    const uid = controllerOf(object)?.uid ?? object.metadata.labels?.[labels.ownUid];
    const known = uid === undefined ? undefined : this.uids.get(uid);
    if (known) return { namespace: known.namespace, name: known.name };
    const named = controllerOf(object) ? undefined : labelledInstance(object);
    return named && this.instances.get(named.namespace, named.name) ? named : undefined;
  }

  /** Live objects with the labels of an instance, whether it is there or not. */
  public labelled(instance: InstanceKey): KubeObject[] {
    const caches = [...this.owned.values(), this.cacheOf(secrets.kind), this.cacheOf(claims.kind)];
    return caches.flatMap((cache) => [...cache.by(INSTANCE, keyText(instance))]);
  }

  /** Everything of a kind with our label. */
  public made(kind: Kind): readonly KubeObject[] {
    return this.owned.get(kindId(kind))?.list() ?? [];
  }

  /** An object of ours as it was last seen; `undefined` does not prove that there is none. */
  public ownedObject(ref: ObjectRef): KubeObject | undefined {
    const cache = ref.kind === claims.kind ? this.cacheOf(ref.kind) : this.owned.get(kindId(ref));
    return cache?.get(ref.namespace, ref.name);
  }

  /** What is known of an object that an instance may refer to. Metadata only, but for claims. */
  public reference(kind: string, namespace: string, name: string): KubeObject | undefined {
    return this.referenced.get(kind)?.get(namespace, name);
  }

  /** Whether the cluster has this kind; those of other projects may be missing. */
  public isServed(apiVersion: string, kind: string): boolean {
    const cache = this.owned.get(kindId({ apiVersion, kind }));
    return cache === undefined || cache.isServed;
  }

  /** Remembers what an instance refers to, by id, so that a change of it wakes the instance. */
  public remember(key: InstanceKey, ids: readonly string[]): void {
    const text = keyText(key);
    for (const old of this.referrals.get(text) ?? []) this.referrers.get(old)?.delete(text);
    for (const id of ids) this.referrers.set(id, (this.referrers.get(id) ?? new Set()).add(text));
    if (ids.length > 0) this.referrals.set(text, ids);
    else this.referrals.delete(text);
  }

  /** Wakes whoever remembers that it depends on this id. */
  public wakeUsersOf(id: string): void {
    for (const text of this.referrers.get(id) ?? []) this.wake(parseKey(text));
  }

  /** Calls the handler with each Secret that is gone. */
  public onSecretGone(handler: (metadata: KubeObject['metadata']) => void): void {
    this.cacheOf(secrets.kind).onChange((before, after) => {
      if (before && after === undefined) handler(before.metadata);
    });
  }

  private cacheOf(kind: string): LiveCopy {
    const cache = this.referenced.get(kind);
    if (cache === undefined) throw new Error(`no cache of ${kind}`);
    return cache;
  }

  private connect(): void {
    this.instances.onChange((before, after) => {
      const instance = after ?? before;
      if (instance === undefined) return;
      if (after === undefined) this.uids.delete(instance.metadata.uid);
      else this.uids.set(instance.metadata.uid, instance.metadata);
      this.wake(instance.metadata, isAsked(before, instance));
    });
    this.clusterDefaults.onChange(() => this.wakeAll());
    this.namespaces.onChange((before, after) => {
      this.wakeAll((after ?? before)?.metadata.name);
      this.wakeReferrers(after ?? before);
    });
    for (const cache of this.owned.values()) cache.onChange((before, after) => this.wakeOwners(after ?? before));
    for (const cache of this.referenced.values()) {
      cache.onChange((before, after) => {
        this.wakeOwners(after ?? before);
        this.wakeReferrers(after ?? before);
      });
    }
  }

  private wakeAll(namespace?: string): void {
    for (const { metadata } of this.instances.list(namespace)) this.wake(metadata);
  }

  private wakeOwners(object: KubeObject | undefined): void {
    if (object === undefined) return;
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const key = this.uids.get(uid);
      if (key) this.wake(key);
    }
    const named = labelledInstance(object);
    if (named && this.instances.get(named.namespace, named.name)) this.wake(named);
  }

  private wakeReferrers(object: KubeObject | undefined): void {
    if (object !== undefined) this.wakeUsersOf(idOf(object));
  }
}

/**
 * What a user changes is the spec, which counts generations, and annotations. A status is our own, and says nothing new, but where an instance is to
 * go: each of its passes brings the end nearer, for which somebody waits.
 */
function isAsked(before: LiveInstance | undefined, now: LiveInstance): boolean {
  if (before === undefined) return isWaitedFor(now);
  const [old, { generation, annotations, deletionTimestamp }] = [before.metadata, now.metadata];
  return deletionTimestamp !== undefined || old.generation !== generation || !isDeepStrictEqual(old.annotations, annotations);
}
