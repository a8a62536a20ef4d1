import type { Manifest } from '../../constructs';
import { type ApiError, isConflict, isInvalid } from '../api/errors';
import type { ApiPort } from '../api/port';
import { apply, get, remove } from '../api/requests';
import type { Caches } from '../observe/caches';
import { failureOf } from './failures';
import { type KindTable, registeredKinds } from '../objects/kinds';
import { liveClaimSpec } from '../objects/live-claim';
import { hashOf, liveHash } from '../objects/live-hash';
import { type KubeObject, type LiveInstance, isOlder, keyText } from '../objects/objects';
import { type ObjectRef, idOf, objectId } from '../../constructs/wire/object-ref';
import type { FieldConflict, ObjectOutcome } from '../decide/outcome';
import { FIELD_MANAGER, foreignMessage, isClaim, isOrphan, isOutside, mayTake, ownerReference } from '../objects/ownership';

export { FIELD_MANAGER };

/** A version that no object has: the first write of a new cluster makes the second one. */
const NO_VERSION = '1';

/** What was sent last, and what the server made of it. As long as both are the same, nothing has to be sent. */
interface AppliedMemo {
  readonly desired: string;
  readonly live: string;
  /** The manifest and the version of the object that were last found to agree: the same two need not be compared again. */
  manifest?: Manifest;
  version?: string | undefined;
  /** The answer itself, until the cache has seen it. */
  answer?: KubeObject;
}

/** In place of a memo, for an object that is somebody else's: it is looked at before anything is sent. */
const FOREIGN: AppliedMemo = { desired: '', live: '' };

/**
 * Server-side apply of one instance's manifests.
 *
 * A patch that changes nothing is a write all the same to the server, so the sink remembers what it sent and what came back, and sends again
 * only when one of them differs. After a start it may send once.
 */
export class ApplySink {
  private readonly memos = new Map<string, Map<string, AppliedMemo>>();

  public constructor(
    private readonly api: ApiPort,
    private readonly caches: Caches,
    /** @default - the kinds of the registered parts */
    private readonly kinds: KindTable = registeredKinds,
  ) {}

  /** Makes one object what its manifest says. Never throws for what the server answers. */
  public async apply(manifest: Manifest, instance: LiveInstance): Promise<ObjectOutcome> {
    const ref = this.refOf(manifest, instance);
    try {
      return { ...ref, ...(await this.applyOne(manifest, ref, instance)) };
    } catch (error) {
      this.memosOf(instance).delete(objectId(ref));
      return { ...ref, action: 'failed', failure: failureOf(error) };
    }
  }

  /** Removes an object that nothing asks for any more; this very one, and not a later one of its name. */
  public async prune(object: KubeObject, instance: LiveInstance): Promise<boolean> {
    const { namespace, name, uid } = object.metadata;
    this.memosOf(instance).delete(idOf(object));
    return remove(this.api, this.kinds.of(object), namespace, name, uid === undefined ? {} : { uid });
  }

  /** Drops what is remembered of an instance that is gone. */
  public forget(key: { readonly namespace: string; readonly name: string }): void {
    this.memos.delete(keyText(key));
  }

  /** Where an object belongs: a manifest that names no namespace goes to that of its instance, unless its kind has none. */
  private refOf({ apiVersion, kind, metadata }: Manifest, instance: LiveInstance): ObjectRef {
    const { namespace = instance.metadata.namespace, name } = metadata;
    return { apiVersion, kind, ...(this.kinds.of({ apiVersion, kind }).namespaced && { namespace }), name };
  }

  private async applyOne(manifest: Manifest, ref: ObjectRef, instance: LiveInstance): Promise<NamelessOutcome> {
    const memo = this.memosOf(instance).get(objectId(ref));
    const cached = this.caches.ownedObject(ref);
    // A cache may have yet to hear of what we made, and never hears of what is not ours: what was there before is looked for.
    const live = cached ? newest(cached, memo) : memo && (await this.read(ref));
    return live ? this.applyOver(live, manifest, ref, instance) : this.applyNew(manifest, ref, instance);
  }

  /**
   * What no cache of ours has is new, or has a namesake without our label, which is somebody else's. So it is applied on the condition that
   * there is none, and only where the server says that there is one is that looked at.
   */
  private async applyNew(manifest: Manifest, ref: ObjectRef, instance: LiveInstance): Promise<NamelessOutcome> {
    const { metadata, ...rest } = desiredObject(manifest, ref, instance, undefined);
    const conditional = { ...rest, metadata: { ...metadata, resourceVersion: NO_VERSION } };
    try {
      const { object } = await apply(this.api, conditional, { fieldManager: FIELD_MANAGER, kind: this.kinds.of(ref) });
      this.remember(manifest, ref, object, instance);
      return { action: 'created', live: object };
    } catch (error) {
      const live = isConflict(error) ? await this.read(ref) : undefined;
      if (live === undefined) throw error;
      return this.applyOver(live, manifest, ref, instance);
    }
  }

  private async applyOver(live: KubeObject, manifest: Manifest, ref: ObjectRef, instance: LiveInstance): Promise<NamelessOutcome> {
    const memos = this.memosOf(instance);
    const memo = memos.get(objectId(ref));
    const { resourceVersion: version, deletionTimestamp } = live.metadata;
    if (memo?.manifest === manifest && memo.version === version) return { action: 'unchanged', live };
    if (!(await this.mayTake(live, ref, instance))) {
      memos.set(objectId(ref), FOREIGN);
      return { action: 'foreign', message: foreignMessage(live, ref, instance) };
    }
    if (deletionTimestamp !== undefined) return { action: 'replacing' };
    const desired = desiredObject(manifest, ref, instance, live);
    if (memo && isSame(memo, desired, live)) {
      Object.assign(memo, { manifest, version });
      return { action: 'unchanged', live };
    }
    const result = await this.send(desired, live);
    if ('action' in result) return result;
    this.remember(manifest, ref, result.object, instance);
    return outcomeOf(live, result);
  }

  /** Caches do not know who wrote which field: an object that may be an orphan of ours is read whole. */
  private async mayTake(live: KubeObject, ref: ObjectRef, instance: LiveInstance): Promise<boolean> {
    if (mayTake(live, instance)) return true;
    const whole = isOrphan(live, instance) ? await this.read(ref) : undefined;
    return whole !== undefined && whole.metadata.uid === live.metadata.uid && mayTake(whole, instance);
  }

  /** Of a claim, what would be sent depends on what is there: the class that the server chose belongs to it from now on. */
  private remember(manifest: Manifest, ref: ObjectRef, answer: KubeObject, instance: LiveInstance): void {
    const desired = desiredObject(manifest, ref, instance, answer);
    const hashes = { desired: hashOf(desired), live: liveHash(answer, desired) };
    this.memosOf(instance).set(objectId(ref), { ...hashes, manifest, version: answer.metadata.resourceVersion, answer });
  }

  private async read(ref: ObjectRef): Promise<KubeObject | undefined> {
    return get(this.api, this.kinds.of(ref), ref.namespace, ref.name);
  }

  private async send(desired: KubeObject, live: KubeObject): Promise<Sent | NamelessOutcome> {
    try {
      return await this.patch(desired);
    } catch (error) {
      if (isInvalid(error) && desired.kind === 'StatefulSet') return this.replaceStatefulSet(desired, live, error);
      throw error;
    }
  }

  /** Unforced first: the conflict then names who held what. */
  private async patch(desired: KubeObject): Promise<Sent> {
    try {
      const { object } = await apply(this.api, desired, { fieldManager: FIELD_MANAGER, kind: this.kinds.of(desired) });
      return { object, conflicts: [] };
    } catch (error) {
      const conflicts = isConflict(error) ? conflictsOf(error) : [];
      if (conflicts.length === 0) throw error;
      const { object } = await apply(this.api, desired, { fieldManager: FIELD_MANAGER, force: true, kind: this.kinds.of(desired) });
      return { object, conflicts };
    }
  }

  /**
   * Some fields of a StatefulSet cannot be changed. It is deleted without its pods and claims, which the next pass's new one adopts. A new
   * selector would leave them behind, so that is refused.
   */
  private async replaceStatefulSet(desired: KubeObject, live: KubeObject, error: ApiError): Promise<NamelessOutcome> {
    if (!error.message.includes('updates to statefulset spec')) throw error;
    if (hashOf(selectorOf(desired)) !== hashOf(selectorOf(live))) {
      const message =
        'the selector of the live StatefulSet differs and cannot be changed without losing its pods: delete the StatefulSet yourself';
      return { action: 'failed', failure: { reason: 'ImmutableSelector', message, transient: false } };
    }
    const { namespace, name, uid } = live.metadata;
    await remove(this.api, this.kinds.of(live), namespace, name, { ...(uid !== undefined && { uid }), propagationPolicy: 'Orphan' });
    return { action: 'replacing' };
  }

  private memosOf({ metadata }: LiveInstance): Map<string, AppliedMemo> {
    const key = keyText(metadata);
    const memos = this.memos.get(key) ?? new Map<string, AppliedMemo>();
    this.memos.set(key, memos);
    return memos;
  }
}

/** An outcome without its name. */
type NamelessOutcome = ObjectOutcome extends infer One ? (One extends unknown ? Omit<One, keyof ObjectRef> : never) : never;

interface Sent {
  readonly object: KubeObject;
  readonly conflicts: readonly FieldConflict[];
}

/** A cache may lag behind our own last write. */
function newest(cached: KubeObject, memo: AppliedMemo | undefined): KubeObject {
  if (memo?.answer === undefined) return cached;
  if (isOlder(cached.metadata.resourceVersion, memo.answer.metadata.resourceVersion)) return memo.answer;
  delete memo.answer;
  return cached;
}

function outcomeOf(live: KubeObject, { object, conflicts }: Sent): NamelessOutcome {
  if (live.metadata.resourceVersion === object.metadata.resourceVersion) return { action: 'unchanged', live: object };
  return { action: 'configured', live: object, ...(conflicts.length > 0 && { conflicts }) };
}

function isSame(memo: AppliedMemo, desired: KubeObject, live: KubeObject): boolean {
  return memo.desired === hashOf(desired) && memo.live === liveHash(live, desired);
}

function selectorOf(statefulSet: KubeObject): unknown {
  return (statefulSet['spec'] as { selector?: unknown } | undefined)?.selector;
}

/**
 * The manifest with the owner reference. A claim has none, and keeps of what is there what cannot change; what stands outside the namespace has
 * none either.
 */
function desiredObject(manifest: Manifest, { namespace }: ObjectRef, instance: LiveInstance, live: KubeObject | undefined): KubeObject {
  const metadata = { ...manifest.metadata, ...(namespace !== undefined && { namespace }) };
  if (isClaim(manifest)) return { ...manifest, metadata, spec: live ? liveClaimSpec(manifest, live) : manifest['spec'] };
  if (isOutside({ metadata }, instance)) return { ...manifest, metadata };
  return { ...manifest, metadata: { ...metadata, ownerReferences: [ownerReference(instance)] } };
}

/** Who holds which fields, from the causes of a conflict: `conflict with "kubectl-edit" using v1`. */
function conflictsOf({ details }: ApiError): FieldConflict[] {
  const fields = new Map<string, string[]>();
  for (const { reason, message = '', field = '' } of details.causes ?? []) {
    const manager = /conflict with "([^"]*)"/.exec(message)?.[1];
    if (reason !== 'FieldManagerConflict' || manager === undefined) continue;
    fields.set(manager, [...(fields.get(manager) ?? []), field]);
  }
  return [...fields].map(([manager, paths]) => ({ manager, fields: paths }));
}
