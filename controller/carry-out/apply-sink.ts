import type { Manifest } from '../../constructs';
import { type ApiError, isConflict, isInvalid } from '../api/errors';
import type { ApiPort } from '../api/port';
import { apply, get, remove } from '../api/requests';
import type { Caches } from '../observe/caches';
import { failureOf } from './failures';
import { kindOf } from '../objects/kinds';
import { liveClaimSpec } from '../objects/live-claim';
import { hashOf, liveHash } from '../objects/live-hash';
import { type KubeObject, type LiveInstance, isOlder, keyText, objectId } from '../objects/objects';
import type { FieldConflict, ObjectName, ObjectOutcome } from '../decide/outcome';
import { foreignMessage, isClaim, mayTake, ownerReference } from '../objects/ownership';

/** Our field manager. */
export const FIELD_MANAGER = 'openclaw-controller';

/** A version that no object has: the first write of a new cluster makes the second one. */
const NO_VERSION = '1';

/** What was sent last, and what the server made of it. As long as both are the same, nothing has to be sent. */
interface Memo {
  readonly desired: string;
  readonly live: string;
  /** The manifest and the version of the object that were last found to agree: the same two need not be compared again. */
  manifest?: Manifest;
  version?: string | undefined;
  /** The answer itself, until the cache has seen it. */
  answer?: KubeObject;
}

/** In place of a memo, for an object that is somebody else's: it is looked at before anything is sent. */
const FOREIGN: Memo = { desired: '', live: '' };

/**
 * Server-side apply of one instance's manifests.
 *
 * A patch that changes nothing is a write all the same to the server, so the sink remembers what it sent and what came back, and sends again
 * only when one of them differs. After a start it may send once.
 */
export class ApplySink {
  private readonly memos = new Map<string, Map<string, Memo>>();

  public constructor(
    private readonly api: ApiPort,
    private readonly caches: Caches,
  ) {}

  /** Makes one object what its manifest says. Never throws for what the server answers. */
  public async apply(manifest: Manifest, instance: LiveInstance): Promise<ObjectOutcome> {
    const name: ObjectName = { apiVersion: manifest.apiVersion, kind: manifest.kind, name: manifest.metadata.name };
    try {
      return { ...name, ...(await this.applyOne(manifest, instance)) };
    } catch (error) {
      this.memosOf(instance).delete(objectId(manifest));
      return { ...name, action: 'failed', failure: failureOf(error) };
    }
  }

  /** Removes an object that nothing asks for any more; this very one, and not a later one of its name. */
  public async prune(object: KubeObject, instance: LiveInstance): Promise<boolean> {
    const { namespace, name, uid } = object.metadata;
    this.memosOf(instance).delete(objectId(object));
    return remove(this.api, kindOf(object), namespace, name, uid === undefined ? {} : { uid });
  }

  /** Drops what is remembered of an instance that is gone. */
  public forget(key: { readonly namespace: string; readonly name: string }): void {
    this.memos.delete(keyText(key));
  }

  private async applyOne(manifest: Manifest, instance: LiveInstance): Promise<Outcome> {
    const memo = this.memosOf(instance).get(objectId(manifest));
    const cached = this.caches.ownedObject(manifest.apiVersion, manifest.kind, instance.metadata.namespace, manifest.metadata.name);
    // A cache may have yet to hear of what we made, and never hears of what is not ours: what was there before is looked for.
    const live = cached ? newest(cached, memo) : memo && (await this.read(manifest, instance));
    return live ? this.applyOver(live, manifest, instance) : this.applyNew(manifest, instance);
  }

  /**
   * What no cache of ours has is new, or has a namesake without our label, which is somebody else's. So it is applied on the condition that
   * there is none, and only where the server says that there is one is that looked at.
   */
  private async applyNew(manifest: Manifest, instance: LiveInstance): Promise<Outcome> {
    const { metadata, ...rest } = desiredObject(manifest, instance, undefined);
    const conditional = { ...rest, metadata: { ...metadata, resourceVersion: NO_VERSION } };
    try {
      const { object } = await apply(this.api, conditional, { fieldManager: FIELD_MANAGER });
      this.remember(manifest, object, instance);
      return { action: 'created', live: object };
    } catch (error) {
      const live = isConflict(error) ? await this.read(manifest, instance) : undefined;
      if (live === undefined) throw error;
      return this.applyOver(live, manifest, instance);
    }
  }

  private async applyOver(live: KubeObject, manifest: Manifest, instance: LiveInstance): Promise<Outcome> {
    const memos = this.memosOf(instance);
    const memo = memos.get(objectId(manifest));
    const { resourceVersion: version, deletionTimestamp } = live.metadata;
    if (memo?.manifest === manifest && memo.version === version) return { action: 'unchanged', live };
    if (!mayTake(live, instance)) {
      memos.set(objectId(manifest), FOREIGN);
      return { action: 'foreign', message: foreignMessage(live) };
    }
    if (deletionTimestamp !== undefined) return { action: 'replacing' };
    const desired = desiredObject(manifest, instance, live);
    if (memo && isSame(memo, desired, live)) {
      Object.assign(memo, { manifest, version });
      return { action: 'unchanged', live };
    }
    const result = await this.send(desired, live);
    if ('action' in result) return result;
    this.remember(manifest, result.object, instance);
    return outcomeOf(live, result);
  }

  /** Of a claim, what would be sent depends on what is there: the class that the server chose belongs to it from now on. */
  private remember(manifest: Manifest, answer: KubeObject, instance: LiveInstance): void {
    const desired = desiredObject(manifest, instance, answer);
    const hashes = { desired: hashOf(desired), live: liveHash(answer, desired) };
    this.memosOf(instance).set(objectId(manifest), { ...hashes, manifest, version: answer.metadata.resourceVersion, answer });
  }

  private async read(manifest: Manifest, { metadata: { namespace } }: LiveInstance): Promise<KubeObject | undefined> {
    return get(this.api, kindOf(manifest), namespace, manifest.metadata.name);
  }

  private async send(desired: KubeObject, live: KubeObject): Promise<Sent | Outcome> {
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
      const { object } = await apply(this.api, desired, { fieldManager: FIELD_MANAGER });
      return { object, conflicts: [] };
    } catch (error) {
      const conflicts = isConflict(error) ? conflictsOf(error) : [];
      if (conflicts.length === 0) throw error;
      const { object } = await apply(this.api, desired, { fieldManager: FIELD_MANAGER, force: true });
      return { object, conflicts };
    }
  }

  /**
   * Some fields of a StatefulSet cannot be changed. It is deleted without its pods and claims, which the next pass's new one adopts. A new
   * selector would leave them behind, so that is refused.
   */
  private async replaceStatefulSet(desired: KubeObject, live: KubeObject, error: ApiError): Promise<Outcome> {
    if (!error.message.includes('updates to statefulset spec')) throw error;
    if (hashOf(selectorOf(desired)) !== hashOf(selectorOf(live))) {
      const message =
        'the selector of the live StatefulSet differs and cannot be changed without losing its pods: delete the StatefulSet yourself';
      return { action: 'failed', failure: { reason: 'ImmutableSelector', message, transient: false } };
    }
    const { namespace, name, uid } = live.metadata;
    await remove(this.api, kindOf(live), namespace, name, { ...(uid !== undefined && { uid }), propagationPolicy: 'Orphan' });
    return { action: 'replacing' };
  }

  private memosOf({ metadata }: LiveInstance): Map<string, Memo> {
    const key = keyText(metadata);
    const memos = this.memos.get(key) ?? new Map<string, Memo>();
    this.memos.set(key, memos);
    return memos;
  }
}

/** An outcome without its name. */
type Outcome = ObjectOutcome extends infer One ? (One extends unknown ? Omit<One, keyof ObjectName> : never) : never;

interface Sent {
  readonly object: KubeObject;
  readonly conflicts: readonly FieldConflict[];
}

/** A cache may lag behind our own last write. */
function newest(cached: KubeObject, memo: Memo | undefined): KubeObject {
  if (memo?.answer === undefined) return cached;
  if (isOlder(cached.metadata.resourceVersion, memo.answer.metadata.resourceVersion)) return memo.answer;
  delete memo.answer;
  return cached;
}

function outcomeOf(live: KubeObject, { object, conflicts }: Sent): Outcome {
  if (live.metadata.resourceVersion === object.metadata.resourceVersion) return { action: 'unchanged', live: object };
  return { action: 'configured', live: object, ...(conflicts.length > 0 && { conflicts }) };
}

function isSame(memo: Memo, desired: KubeObject, live: KubeObject): boolean {
  return memo.desired === hashOf(desired) && memo.live === liveHash(live, desired);
}

function selectorOf(statefulSet: KubeObject): unknown {
  return (statefulSet['spec'] as { selector?: unknown } | undefined)?.selector;
}

/** The manifest with the owner reference; a claim has none, and keeps of what is there what cannot change. */
function desiredObject(manifest: Manifest, instance: LiveInstance, live: KubeObject | undefined): KubeObject {
  const metadata = { ...manifest.metadata, namespace: instance.metadata.namespace };
  if (!isClaim(manifest)) return { ...manifest, metadata: { ...metadata, ownerReferences: [ownerReference(instance)] } };
  return { ...manifest, metadata, spec: live ? liveClaimSpec(manifest, live) : manifest['spec'] };
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
