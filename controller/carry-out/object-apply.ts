import type { Manifest } from '../../constructs';
import { type ApiError, isConflict, isInvalid } from '../api/errors';
import type { ApiPort } from '../api/port';
import { get, remove } from '../api/requests';
import type { Failure, ObjectName, ObjectOutcome } from '../decide/outcome';
import { kindOf } from '../objects/kinds';
import { liveClaimSpec } from '../objects/live-claim';
import { hashOf, liveHash } from '../objects/live-hash';
import { type KubeObject, isOlder, keyText, objectId } from '../objects/objects';
import { foreignMessage, isClaim } from '../objects/ownership';
import { DryRuns, type Verdict } from './dry-runs';
import { failureOf } from './failures';
import type { Owner } from './owner';
import { type Applied, ServerSideApply } from './server-side-apply';

/** Objects as they were last seen; `undefined` does not prove that there is none. */
export interface KnownObjects {
  ownedObject(apiVersion: string, kind: string, namespace: string, name: string): KubeObject | undefined;
}

/** What an apply of a manifest would come to: a verdict of the server, or what is not asked of it. */
export type Preview = ObjectName & Judgement;

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
 * Brings manifests to the API server, object by object: for real, or as a dry run. It keeps off what belongs to others.
 *
 * A patch that changes nothing is a write all the same to the server, so it remembers what it sent and what came back, and sends again only
 * when one of them differs. After a start it may send once.
 */
export class ObjectApply {
  private readonly memos = new Map<string, Map<string, Memo>>();
  private readonly writer: ServerSideApply;
  private readonly dryRuns: DryRuns;

  public constructor(
    private readonly api: ApiPort,
    private readonly known: KnownObjects,
    fieldManager: string,
  ) {
    this.writer = new ServerSideApply(api, fieldManager);
    this.dryRuns = new DryRuns(this.writer);
  }

  /** Makes one object what its manifest says. Never throws for what the server answers. */
  public async apply(manifest: Manifest, owner: Owner): Promise<ObjectOutcome> {
    try {
      return { ...nameOf(manifest), ...(await this.applyOne(manifest, owner)) };
    } catch (error) {
      this.memosOf(owner).delete(objectId(manifest));
      return { ...nameOf(manifest), action: 'failed', failure: failureOf(error) };
    }
  }

  /** What `apply` would do. Changes nothing, and asks once for the same content. Never throws for what the server answers. */
  public async preview(manifest: Manifest, owner: Owner): Promise<Preview> {
    try {
      return { ...nameOf(manifest), ...(await this.previewOne(manifest, owner)) };
    } catch (error) {
      return { ...nameOf(manifest), action: 'failed', failure: failureOf(error) };
    }
  }

  /** Removes an object that nothing asks for any more; this very one, and not a later one of its name. */
  public async prune(object: KubeObject, owner: Owner): Promise<boolean> {
    const { namespace, name, uid } = object.metadata;
    this.memosOf(owner).delete(objectId(object));
    return remove(this.api, kindOf(object), namespace, name, uid === undefined ? {} : { uid });
  }

  /** Drops what is remembered of an owner that is gone. */
  public forget(key: Pick<Owner, 'namespace' | 'name'>): void {
    this.memos.delete(keyText(key));
    this.dryRuns.forget(keyText(key));
  }

  private async applyOne(manifest: Manifest, owner: Owner): Promise<Outcome> {
    const memo = this.memosOf(owner).get(objectId(manifest));
    const cached = this.cached(manifest, owner);
    // A cache may have yet to hear of what we made, and never hears of what is not ours: what was there before is looked for.
    const live = cached ? newest(cached, memo) : memo && (await this.read(manifest, owner));
    return live ? this.applyOver(live, manifest, owner) : this.applyNew(manifest, owner);
  }

  private async previewOne(manifest: Manifest, owner: Owner): Promise<Judgement> {
    const cached = this.cached(manifest, owner);
    const live = cached ? newest(cached, this.memosOf(owner).get(objectId(manifest))) : await this.read(manifest, owner);
    if (live && !owner.mayTake(live)) return { action: 'foreign', message: foreignMessage(live) };
    if (live?.metadata.deletionTimestamp !== undefined) return { action: 'replacing' };
    const desired = desiredObject(manifest, owner, live);
    const verdict = await this.dryRuns.of(keyText(owner), desired, live);
    if (live === undefined || verdict.action !== 'failed' || !isReplaced(desired, verdict.failure)) return verdict;
    return hasOtherSelector(desired, live) ? SELECTOR_REFUSED : { action: 'replacing' };
  }

  /**
   * What no cache of ours has is new, or has a namesake without our label, which is somebody else's. So it is applied on the condition that
   * there is none, and only where the server says that there is one is that looked at.
   */
  private async applyNew(manifest: Manifest, owner: Owner): Promise<Outcome> {
    try {
      const object = await this.writer.create(desiredObject(manifest, owner, undefined));
      this.remember(manifest, object, owner);
      return { action: 'created', live: object };
    } catch (error) {
      const live = isConflict(error) ? await this.read(manifest, owner) : undefined;
      if (live === undefined) throw error;
      return this.applyOver(live, manifest, owner);
    }
  }

  private async applyOver(live: KubeObject, manifest: Manifest, owner: Owner): Promise<Outcome> {
    const memos = this.memosOf(owner);
    const memo = memos.get(objectId(manifest));
    const { resourceVersion: version, deletionTimestamp } = live.metadata;
    if (memo?.manifest === manifest && memo.version === version) return { action: 'unchanged', live };
    if (!owner.mayTake(live)) {
      memos.set(objectId(manifest), FOREIGN);
      return { action: 'foreign', message: foreignMessage(live) };
    }
    if (deletionTimestamp !== undefined) return { action: 'replacing' };
    const desired = desiredObject(manifest, owner, live);
    if (memo && isSame(memo, desired, live)) {
      Object.assign(memo, { manifest, version });
      return { action: 'unchanged', live };
    }
    const result = await this.send(desired, live);
    if ('action' in result) return result;
    this.remember(manifest, result.object, owner);
    return outcomeOf(live, result);
  }

  /** Of a claim, what would be sent depends on what is there: the class that the server chose belongs to it from now on. */
  private remember(manifest: Manifest, answer: KubeObject, owner: Owner): void {
    const desired = desiredObject(manifest, owner, answer);
    const hashes = { desired: hashOf(desired), live: liveHash(answer, desired) };
    this.memosOf(owner).set(objectId(manifest), { ...hashes, manifest, version: answer.metadata.resourceVersion, answer });
  }

  private cached({ apiVersion, kind, metadata: { name } }: Manifest, { namespace }: Owner): KubeObject | undefined {
    return this.known.ownedObject(apiVersion, kind, namespace, name);
  }

  private async read(manifest: Manifest, { namespace }: Owner): Promise<KubeObject | undefined> {
    return get(this.api, kindOf(manifest), namespace, manifest.metadata.name);
  }

  private async send(desired: KubeObject, live: KubeObject): Promise<Applied | Outcome> {
    try {
      return await this.writer.over(desired);
    } catch (error) {
      if (isInvalid(error) && isReplaced(desired, error)) return this.replace(desired, live);
      throw error;
    }
  }

  /** The StatefulSet is deleted without its pods and claims, which the next pass's new one adopts. */
  private async replace(desired: KubeObject, live: KubeObject): Promise<Outcome> {
    if (hasOtherSelector(desired, live)) return SELECTOR_REFUSED;
    const { namespace, name, uid } = live.metadata;
    await remove(this.api, kindOf(live), namespace, name, { ...(uid !== undefined && { uid }), propagationPolicy: 'Orphan' });
    return { action: 'replacing' };
  }

  private memosOf(owner: Owner): Map<string, Memo> {
    const key = keyText(owner);
    const memos = this.memos.get(key) ?? new Map<string, Memo>();
    this.memos.set(key, memos);
    return memos;
  }
}

/** The same type without the name of the object, for each of its forms. */
type Nameless<T> = T extends unknown ? Omit<T, keyof ObjectName> : never;
type Outcome = Nameless<ObjectOutcome>;
type Judgement = Verdict | Extract<Outcome, { action: 'replacing' | 'foreign' }>;

function nameOf({ apiVersion, kind, metadata: { name } }: Manifest): ObjectName {
  return { apiVersion, kind, name };
}

/** A cache may lag behind our own last write. */
function newest(cached: KubeObject, memo: Memo | undefined): KubeObject {
  if (memo?.answer === undefined) return cached;
  if (isOlder(cached.metadata.resourceVersion, memo.answer.metadata.resourceVersion)) return memo.answer;
  delete memo.answer;
  return cached;
}

function outcomeOf(live: KubeObject, { object, conflicts }: Applied): Outcome {
  if (live.metadata.resourceVersion === object.metadata.resourceVersion) return { action: 'unchanged', live: object };
  return { action: 'configured', live: object, ...(conflicts.length > 0 && { conflicts }) };
}

function isSame(memo: Memo, desired: KubeObject, live: KubeObject): boolean {
  return memo.desired === hashOf(desired) && memo.live === liveHash(live, desired);
}

/** Some fields of a StatefulSet cannot be changed: another one has to take its place. */
function isReplaced({ kind }: KubeObject, { status, message }: Pick<Failure, 'message' | 'status'> | ApiError): boolean {
  return kind === 'StatefulSet' && status === 422 && message.includes('updates to statefulset spec');
}

/** A new selector would leave the pods behind. */
function hasOtherSelector(desired: KubeObject, live: KubeObject): boolean {
  return hashOf(selectorOf(desired)) !== hashOf(selectorOf(live));
}

const SELECTOR_REFUSED = {
  action: 'failed',
  failure: {
    reason: 'ImmutableSelector',
    message: 'the selector of the live StatefulSet differs and cannot be changed without losing its pods: delete the StatefulSet yourself',
    transient: false,
  },
} as const;

function selectorOf(statefulSet: KubeObject): unknown {
  return (statefulSet['spec'] as { selector?: unknown } | undefined)?.selector;
}

/** The manifest with the marks of its owner; a claim has no owner reference, and keeps of what is there what cannot change. */
function desiredObject(manifest: Manifest, { namespace, reference, labels }: Owner, live: KubeObject | undefined): KubeObject {
  const marked = labels && { labels: { ...manifest.metadata.labels, ...labels } };
  const metadata = { ...manifest.metadata, ...marked, namespace };
  if (!isClaim(manifest)) return { ...manifest, metadata: { ...metadata, ...(reference && { ownerReferences: [reference] }) } };
  return { ...manifest, metadata, spec: live ? liveClaimSpec(manifest, live) : manifest['spec'] };
}
