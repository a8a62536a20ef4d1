import type { Manifest } from '../../constructs';
import { type ObjectRef, idOf, objectId } from '../../constructs/wire/object-ref';
import { isConflict, isInvalid } from '../api/errors';
import type { ApiPort } from '../api/port';
import { get, remove } from '../api/requests';
import type { ObjectOutcome } from '../decide/outcome';
import type { KindTable } from '../objects/kinds';
import { liveClaimSpec } from '../objects/live-claim';
import { desiredState, restStands } from '../objects/applied-state';
import { hashOf, liveHash } from '../objects/live-hash';
import { says } from '../objects/says';
import { type InstanceKey, type KubeObject, keyText } from '../objects/objects';
import { foreignMessage, isClaim, isOutside } from '../objects/ownership';
import { OURS } from '../objects/writers';
import { type AppliedMemo, FOREIGN, isNoted, isOfSame, isSame, newest } from './applied-memo';
import { changedFields } from './changed-fields';
import { DryRuns, type Verdict } from './dry-runs';
import { failureOf } from './failures';
import type { Owner } from './owner';
import { SELECTOR_REFUSED, hasOtherSelector, isReplaced, replicasOfOthers } from './replacing';
import { type Applied, ServerSideApply } from './server-side-apply';

/** Objects as they were last seen; `undefined` does not prove that there is none. */
export interface KnownObjects {
  ownedObject(ref: ObjectRef): KubeObject | undefined;
}

/** What an apply of a manifest would come to: a verdict of the server, or what is not asked of it. */
export type Preview = ObjectRef & Judgement;

/** An object whose change the server would refuse. */
export type RefusedObject = Extract<ObjectOutcome, { action: 'failed' }>;

export interface ObjectApplySettings {
  readonly api: ApiPort;
  readonly known: KnownObjects;
  /** The kinds that manifests may be of. */
  readonly kinds: KindTable;
  readonly fieldManager: string;
}

/** One manifest on its way: where it goes, and to whom it belongs. */
interface Subject {
  readonly manifest: Manifest;
  readonly ref: ObjectRef;
  readonly owner: Owner;
}

/**
 * Brings manifests to the API server, object by object: for real, or as a dry run. It keeps off what belongs to others.
 *
 * A patch that changes nothing is a write all the same to the server, so it remembers what it sent and what came back, and sends again only
 * when one of them differs. After a start the server's own book tells what was sent before; where that tells nothing for sure, it sends once.
 */
export class ObjectApply {
  private readonly memos = new Map<string, Map<string, AppliedMemo>>();
  private readonly writer: ServerSideApply;
  /** The manager that holds the number of pods for an autoscaler. */
  private readonly keeper: ServerSideApply;
  private readonly dryRuns: DryRuns;
  /** How many pods a workload had that was deleted so that another one takes its place, by owner and id. */
  private readonly scales = new Map<string, number>();

  public constructor(private readonly settings: ObjectApplySettings) {
    const { api, fieldManager, kinds } = settings;
    this.writer = new ServerSideApply(api, fieldManager, kinds);
    this.keeper = new ServerSideApply(api, `${fieldManager}-replicas`, kinds);
    this.dryRuns = new DryRuns(this.writer);
  }

  /** Makes one object what its manifest says. Never throws for what the server answers. */
  public async apply(manifest: Manifest, owner: Owner): Promise<ObjectOutcome> {
    const ref = this.settings.kinds.placeOf(manifest, owner.namespace);
    try {
      return { ...ref, ...(await this.applyOne({ manifest, ref, owner })) };
    } catch (error) {
      this.memosOf(owner).delete(objectId(ref));
      return { ...ref, action: 'failed', failure: failureOf(error) };
    }
  }

  /** What `apply` would do. Changes nothing, and asks once for the same content. Never throws for what the server answers. */
  public async preview(manifest: Manifest, owner: Owner): Promise<Preview> {
    const ref = this.settings.kinds.placeOf(manifest, owner.namespace);
    try {
      return { ...ref, ...(await this.previewOne({ manifest, ref, owner })) };
    } catch (error) {
      return { ...ref, action: 'failed', failure: failureOf(error) };
    }
  }

  /**
   * Why the server would refuse an apply over an object that is there. It is asked where an apply would send something, and once for the same
   * content. Of what is new, or is not ours, nothing is said. Never throws for what the server answers.
   */
  public async refusal(manifest: Manifest, owner: Owner): Promise<RefusedObject | undefined> {
    const { known, kinds } = this.settings;
    const subject = { manifest, ref: kinds.placeOf(manifest, owner.namespace), owner };
    const cached = known.ownedObject(subject.ref);
    if (cached === undefined || this.isSettled(newest(cached, this.memoOf(subject)), subject)) return undefined;
    const preview = await this.preview(manifest, owner);
    return preview.action === 'failed' ? preview : undefined;
  }

  /** Removes an object that nothing asks for any more; this very one, and not a later one of its name. */
  public async prune(object: KubeObject, owner: Owner): Promise<boolean> {
    const { api, kinds } = this.settings;
    const { namespace, name, uid } = object.metadata;
    this.memosOf(owner).delete(idOf(object));
    return remove(api, kinds.of(object), namespace, name, uid === undefined ? {} : { uid });
  }

  /** Drops what is remembered of an owner that is gone. */
  public forget(key: Pick<Owner, 'namespace' | 'name'>): void {
    this.memos.delete(keyText(key));
    this.dryRuns.forget(keyText(key));
  }

  private async applyOne(subject: Subject): Promise<NamelessOutcome> {
    const memo = this.memoOf(subject);
    const cached = this.settings.known.ownedObject(subject.ref);
    // A cache may have yet to hear of what we made, and never hears of what is not ours: what was there before is looked for.
    const live = cached ? newest(cached, memo) : memo && (await this.read(subject));
    if (live) return this.applyOver(live, subject);
    const outcome = await this.applyNew(subject);
    return outcome.action === 'created' && isOfSame(memo, desiredObject(subject, undefined)) ? { ...outcome, mended: [] } : outcome;
  }

  private async previewOne(subject: Subject): Promise<Judgement> {
    const { ref, owner } = subject;
    const cached = this.settings.known.ownedObject(ref);
    const live = cached ? newest(cached, this.memoOf(subject)) : await this.read(subject);
    if (live && !owner.mayTake(live)) return { action: 'foreign', message: foreignMessage(live, ref, owner.namespace) };
    if (live?.metadata.deletionTimestamp !== undefined) return { action: 'replacing' };
    const desired = desiredObject(subject, live);
    const verdict = await this.dryRuns.of(keyText(owner), desired, live);
    if (live === undefined || verdict.action !== 'failed' || !isReplaced(desired, verdict.failure)) return verdict;
    return hasOtherSelector(desired, live) ? SELECTOR_REFUSED : { action: 'replacing' };
  }

  /**
   * What no cache of ours has is new, or has a namesake without our label, which is somebody else's. So it is applied on the condition that
   * there is none, and only where the server says that there is one is that looked at.
   */
  private async applyNew(subject: Subject): Promise<NamelessOutcome> {
    try {
      const object = await this.create(subject);
      this.remember(subject, object);
      return { action: 'created', live: object };
    } catch (error) {
      const live = isConflict(error) ? await this.read(subject) : undefined;
      if (live === undefined) throw error;
      return this.applyOver(live, subject);
    }
  }

  /**
   * A workload whose number of pods is an autoscaler's begins with that of the one whose place it takes, or pods would go. The number is that of a
   * manager of its own: our next apply, which does not speak of it, must not take it back.
   */
  private async create(subject: Subject): Promise<KubeObject> {
    const desired = desiredObject(subject, undefined);
    const key = scaleKey(subject);
    const replicas = this.scales.get(key);
    if (replicas === undefined) return this.writer.create(desired);
    const created = await this.writer.create({ ...desired, spec: { ...(desired['spec'] as object), replicas } });
    this.scales.delete(key);
    return this.keeper.scale(created, replicas);
  }

  private async applyOver(live: KubeObject, subject: Subject): Promise<NamelessOutcome> {
    const { manifest, ref, owner } = subject;
    if (isNoted(this.memoOf(subject), live, manifest)) return { action: 'unchanged', live };
    if (!owner.mayTake(live)) {
      this.memosOf(owner).set(objectId(ref), FOREIGN);
      return { action: 'foreign', message: foreignMessage(live, ref, owner.namespace) };
    }
    if (live.metadata.deletionTimestamp !== undefined) return { action: 'replacing' };
    const desired = desiredObject(subject, live);
    if (this.agrees(live, desired, subject)) return { action: 'unchanged', live };
    if (this.wasApplied(live, desired, subject)) {
      this.remember(subject, live);
      return { action: 'unchanged', live };
    }
    const isMending = isOfSame(this.memoOf(subject), desired);
    const result = await this.send(desired, live, subject);
    if ('action' in result) return result;
    this.remember(subject, result.object);
    return outcomeOf(live, result, isMending);
  }

  /** Whether an apply would send nothing. */
  private isSettled(live: KubeObject, subject: Subject): boolean {
    const memo = this.memoOf(subject);
    if (isNoted(memo, live, subject.manifest)) return true;
    const desired = desiredObject(subject, live);
    // Nothing is remembered after a start: what says all that is wanted was taken by the server before.
    return memo ? this.agrees(live, desired, subject) : says(live, desired);
  }

  /** Whether what was sent last and what came of it are what they would be now; that is noted, so that it need not be compared again. */
  private agrees(live: KubeObject, desired: KubeObject, subject: Subject): boolean {
    const memo = this.memoOf(subject);
    if (memo === undefined || !isSame(memo, desired, live)) return false;
    Object.assign(memo, { manifest: new WeakRef(subject.manifest), version: live.metadata.resourceVersion });
    return true;
  }

  /** Whether somebody before us sent this, and nobody changed it since. */
  private wasApplied(live: KubeObject, desired: KubeObject, subject: Subject): boolean {
    const { appliedState } = live.metadata;
    if (appliedState === undefined || this.memoOf(subject) !== undefined || this.settings.fieldManager !== OURS) return false;
    // A claim that was made and never applied over says no more than its manifest.
    const asMade = isClaim(desired) ? [desiredObject(subject, undefined)] : [];
    return [desired, ...asMade].some((one) => desiredState(one) === appliedState && restStands(one, live));
  }

  /** Of a claim, what would be sent depends on what is there: the class that the server chose belongs to it from now on. */
  private remember(subject: Subject, answer: KubeObject): void {
    const { manifest, ref, owner } = subject;
    const desired = desiredObject(subject, answer);
    const hashes = { desired: hashOf(desired), live: liveHash(answer, desired) };
    this.memosOf(owner).set(objectId(ref), {
      ...hashes,
      manifest: new WeakRef(manifest),
      version: answer.metadata.resourceVersion,
      answer,
    });
  }

  private async read({ ref }: Subject): Promise<KubeObject | undefined> {
    const { api, kinds } = this.settings;
    return get(api, kinds.of(ref), ref.namespace, ref.name);
  }

  private async send(desired: KubeObject, live: KubeObject, subject: Subject): Promise<Applied | NamelessOutcome> {
    try {
      return await this.writer.over(desired);
    } catch (error) {
      if (isInvalid(error) && isReplaced(desired, error)) return this.replace(desired, live, subject);
      throw error;
    }
  }

  /** The StatefulSet is deleted without its pods and claims, which the next pass's new one adopts. */
  private async replace(desired: KubeObject, live: KubeObject, subject: Subject): Promise<NamelessOutcome> {
    if (hasOtherSelector(desired, live)) return SELECTOR_REFUSED;
    const { api, kinds } = this.settings;
    const { namespace, name, uid } = live.metadata;
    const replicas = replicasOfOthers(desired, live);
    if (replicas !== undefined) this.scales.set(scaleKey(subject), replicas);
    await remove(api, kinds.of(live), namespace, name, { ...(uid !== undefined && { uid }), propagationPolicy: 'Orphan' });
    return { action: 'replacing' };
  }

  private memoOf({ ref, owner }: Subject): AppliedMemo | undefined {
    return this.memosOf(owner).get(objectId(ref));
  }

  private memosOf(owner: InstanceKey): Map<string, AppliedMemo> {
    const key = keyText(owner);
    const memos = this.memos.get(key) ?? new Map<string, AppliedMemo>();
    this.memos.set(key, memos);
    return memos;
  }
}

function scaleKey({ owner, ref }: Subject): string {
  return `${keyText(owner)} ${objectId(ref)}`;
}

/** The same type without the name of the object, for each of its forms. */
type Nameless<T> = T extends unknown ? Omit<T, keyof ObjectRef> : never;
type NamelessOutcome = Nameless<ObjectOutcome>;
type Judgement = Verdict | Extract<NamelessOutcome, { action: 'replacing' | 'foreign' }>;

/** @param isMending the same was applied before: what this apply changes, somebody had changed */
function outcomeOf(live: KubeObject, { object, conflicts }: Applied, isMending: boolean): NamelessOutcome {
  if (live.metadata.resourceVersion === object.metadata.resourceVersion) return { action: 'unchanged', live: object };
  // A conflict says more: who it was.
  const mended = isMending && conflicts.length === 0 ? changedFields(live, object) : [];
  return { action: 'configured', live: object, ...(conflicts.length > 0 && { conflicts }), ...(mended.length > 0 && { mended }) };
}

/**
 * The manifest with the marks of its owner. A claim has no owner reference, and keeps of what is there what cannot change; what stands outside
 * the namespace of its owner has none either.
 */
function desiredObject({ manifest, ref, owner }: Subject, live: KubeObject | undefined): KubeObject {
  const { namespace } = ref;
  const { reference, labels } = owner;
  const marked = labels && { labels: { ...manifest.metadata.labels, ...labels(ref) } };
  const metadata = { ...manifest.metadata, ...marked, ...(namespace !== undefined && { namespace }) };
  if (isClaim(manifest)) return { ...manifest, metadata, spec: live ? liveClaimSpec(manifest, live) : manifest['spec'] };
  if (reference === undefined || isOutside({ metadata }, { metadata: owner })) return { ...manifest, metadata };
  return { ...manifest, metadata: { ...metadata, ownerReferences: [reference] } };
}
