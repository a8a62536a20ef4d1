import type { Manifest } from '../../constructs';
import { type Addition, type Additions, withAddition } from '../../constructs/wire/addition';
import { kinds as table } from '../../constructs/wire/kinds';
import { objectNames } from '../../constructs/wire/names';
import { type ObjectRef, idOf, objectId } from '../../constructs/wire/object-ref';
import type { Clock } from '../../gitops/git/clock';
import { type Placement, gitAnnotations } from '../../gitops/git/names';
import { ApiError, ConnectionError } from '../api/errors';
import type { ApiPort } from '../api/port';
import { get } from '../api/requests';
import { changedFields } from '../carry-out/changed-fields';
import { ServerSideApply } from '../carry-out/server-side-apply';
import type { DriftedObject } from '../decide/outcome';
import { withoutScaledReplicas } from '../decide/take-over';
import { type KindTable, registeredKinds } from '../objects/kinds';
import { liveHash } from '../objects/live-hash';
import { type KubeObject, keyText } from '../objects/objects';
import { isClaim } from '../objects/ownership';
import { says } from '../objects/says';
import type { Caches } from '../observe/caches';
import { alteredFields } from '../status/altered-fields';

/**
 * The field manager of the dry runs. Nobody writes as this one, so an apply of it states the fields of a manifest and takes nothing away: what
 * engines, autoscalers and webhooks have beside them makes no difference.
 */
const MANAGER = 'openclaw-drift';

/** An object that keeps changing is asked about no more often. */
const PAUSE_MS = 5000;

/** Where the server cannot tell (no right, a webhook without dry runs, no connection) it is asked again after this. */
const UNSURE_MS = 60_000;

/** Argo CD that tracks by label writes its own name over it. */
const TRACKING_LABEL = '.metadata.labels.app.kubernetes.io/instance';

/** What is committed, and what is added to it on the way. */
export interface CommittedRelease {
  readonly manifests: readonly Manifest[];
  readonly additions: Additions;
  readonly digest: string;
}

/** How far the cluster is from a release. */
export interface Drift {
  /** What is not as committed. @default - another release runs, or none */
  readonly objects?: readonly DriftedObject[];
  /** When to look again although nothing moves. @default - there is no need to */
  readonly againMs?: number;
}

interface Found {
  /** @default - the object is missing */
  readonly fields: readonly string[] | undefined;
  /** Milliseconds before the server may be asked again. Where the answer is not sure, it has to be asked by then. */
  readonly pauseMs: number;
  readonly isSure: boolean;
}

/** What was found of one object, and what that is about: it holds as long as those are the same. */
interface Look extends Found {
  readonly manifest: Manifest;
  readonly addition: Addition | undefined;
  /** The version that was looked at last. */
  version: string | undefined;
  /** See `liveHash`. */
  readonly live: string | undefined;
  /** On the monotonic clock. */
  readonly until: number;
}

/**
 * Compares what the cluster runs with what was committed, field by field.
 *
 * The caches answer where an object says all that its manifest says. Only where it seems not to is the server asked, by a dry run, what an apply
 * would change: quantities, defaults and lists in another order are no difference to it. Each content is asked about once.
 */
export class DriftReader {
  private readonly looks = new Map<string, Map<string, Look>>();
  private readonly writer: ServerSideApply;

  public constructor(
    private readonly api: ApiPort,
    private readonly caches: Caches,
    private readonly clock: Clock,
    /** @default - the kinds of the registered parts */
    private readonly kinds: KindTable = registeredKinds,
  ) {
    this.writer = new ServerSideApply(api, MANAGER, kinds);
  }

  /**
   * The objects that are not as committed. Claims are left out, since they keep what cannot change; so are replicas that an autoscaler sets, and
   * kinds that the cluster does not have.
   */
  public async of(placement: Placement, release: CommittedRelease): Promise<Drift> {
    const workload = this.workload(placement);
    if (workload?.metadata.annotations?.[gitAnnotations.releaseDigest] !== release.digest) return {};
    const looks = this.looks.get(keyText(placement)) ?? new Map<string, Look>();
    this.looks.set(keyText(placement), looks);
    const objects: DriftedObject[] = [];
    const waits: number[] = [];
    const seen = new Set<string>();
    for (const manifest of release.manifests) {
      if (isClaim(manifest) || !this.caches.isServed(manifest.apiVersion, manifest.kind)) continue;
      const ref = this.kinds.placeOf(manifest, placement.namespace);
      seen.add(objectId(ref));
      const { fields, againMs } = await this.look(looks, { manifest, ref, release, workload });
      if (fields === undefined || fields.length > 0) objects.push({ ...ref, fields: fields ?? [] });
      if (againMs !== undefined) waits.push(againMs);
    }
    // What a release has no more is not remembered: names may change with what people write.
    for (const id of looks.keys()) if (!seen.has(id)) looks.delete(id);
    return { objects, ...(waits.length > 0 && { againMs: Math.min(...waits) }) };
  }

  /** Drops what is remembered of an instance that is gone (`namespace/name`). */
  public forget(key: string): void {
    this.looks.delete(key);
  }

  private workload({ namespace, name }: Placement): KubeObject | undefined {
    const { apiVersion, kind } = table.statefulSet;
    return this.caches.ownedObject({ apiVersion, kind, namespace, name: objectNames.statefulSet(name) });
  }

  private async look(looks: Map<string, Look>, subject: Subject): Promise<Pick<Found, 'fields'> & { readonly againMs?: number }> {
    const { manifest, ref, release } = subject;
    const id = objectId(ref);
    const addition = release.additions.get(idOf(manifest));
    const known = looks.get(id);
    const before = known?.manifest === manifest && known.addition === addition ? known : undefined;
    const cached = this.caches.ownedObject(ref);
    const version = cached?.metadata.resourceVersion;
    if (before?.isSure && version !== undefined && before.version === version) return before;
    const desired = desiredObject(subject, addition);
    const live = cached && liveHash(cached, desired);
    if (before?.isSure && live !== undefined && before.live === live) {
      before.version = version;
      return before;
    }
    const now = this.clock.monotonic();
    const isAsCommitted = cached !== undefined && says(cached, desired, true);
    if (before && !isAsCommitted && now < before.until) return { fields: before.fields, againMs: before.until - now };
    const found = isAsCommitted ? SAME : await this.ask(desired, subject, cached);
    looks.set(id, { ...found, manifest, addition, version, live, until: now + found.pauseMs });
    return { fields: found.fields, ...(!found.isSure && { againMs: found.pauseMs }) };
  }

  private async ask(desired: KubeObject, { manifest, ref }: Subject, cached: KubeObject | undefined): Promise<Found> {
    try {
      // A cache may be behind, and what it missed would look like the doing of somebody else.
      const live = await get(this.api, this.kinds.of(ref), ref.namespace, ref.name);
      // What comes wakes the instance.
      if (live === undefined) return { fields: undefined, pauseMs: PAUSE_MS, isSure: true };
      const after = await this.writer.preview(desired);
      const hasMoved = after.metadata.resourceVersion !== live.metadata.resourceVersion;
      const fields = changedFields(live, after).filter((path) => path !== TRACKING_LABEL);
      return hasMoved ? { fields: [], pauseMs: PAUSE_MS, isSure: false } : { fields, pauseMs: PAUSE_MS, isSure: true };
    } catch (error) {
      if (!(error instanceof ApiError) && !(error instanceof ConnectionError)) throw error;
      // What the cache shows has to do.
      return { fields: cached ? alteredFields(manifest, cached) : [], pauseMs: UNSURE_MS, isSure: false };
    }
  }
}

const SAME: Found = { fields: [], pauseMs: 0, isSure: true };

interface Subject {
  readonly manifest: Manifest;
  readonly ref: ObjectRef;
  readonly release: CommittedRelease;
  readonly workload: KubeObject;
}

/** What an engine makes of the files: the manifest with the patches beside it. */
function desiredObject({ manifest, ref: { namespace }, release, workload }: Subject, addition: Addition = {}): KubeObject {
  const digest = manifest.kind === workload.kind && {
    annotations: { ...addition.annotations, [gitAnnotations.releaseDigest]: release.digest },
  };
  const complete = withAddition(withoutScaledReplicas(manifest, { owned: [workload] }), { ...addition, ...digest });
  return { ...complete, metadata: { ...complete.metadata, ...(namespace !== undefined && { namespace }) } };
}
