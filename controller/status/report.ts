import { isDeepStrictEqual } from 'node:util';
import type { OpenClawInstanceStatus } from '../../constructs';
import { isConflict, isNotFound } from '../api/errors';
import type { ApiPort } from '../api/port';
import { patchStatus } from '../api/requests';
import type { Clock } from '../../gitops/git/clock';
import { instances } from '../objects/kinds';
import { type InstanceKey, type KubeObject, type LiveInstance, type LiveMetadata, isOlder, keyText } from '../objects/objects';
import { EventBook } from './event-book';
import type { EventDraft } from './events';
import type { StatusRecord } from '../lifecycle/machine';
import { isProgress, sameStatus, statusPatch } from './same-status';

const COMPONENT = 'openclaw-controller';

/** What is told again and again, a pass at a time: another manager that fights for a field. Everything else comes from a difference. */
const REPEATED: ReadonlySet<string> = new Set(['FieldConflict', 'DriftRepaired']);

const REPEATED_MS = 60 * 60_000;

/** How long news that are mere progress may wait: while a pod starts, a status could be written for each thing that falls into place. */
const PROGRESS_MS = 30_000;

/** A status that we wrote, and what the instance was by then. */
interface UnseenStatus {
  readonly metadata: Pick<LiveMetadata, 'uid' | 'resourceVersion' | 'finalizers'>;
  readonly status: OpenClawInstanceStatus;
}

/** The last write of a status. */
interface WrittenStatus {
  /** On the monotonic clock, in milliseconds. */
  readonly at: number;
  /** What was written, until the cache has seen it: from then on it would be kept twice. @default - it has */
  readonly unseen?: UnseenStatus | undefined;
}

/** The server took a status and left out fields of it, which its CRD does not know: what was to be remembered there is not. */
export class OutdatedCrdError extends Error {
  public override readonly name = 'OutdatedCrdError';

  public constructor(fields: readonly string[]) {
    const names = fields.map((field) => `status.${field}`).join(', ');
    super(
      `the CRD in the cluster is older than this controller and keeps no ${names}: apply what openclaw-cdk8s install of this version prints`,
    );
  }
}

/** Writes status and events: one write a pass at its end, and only on a real difference; before it, what state machines are about to do. */
export class Reporter {
  private readonly written = new Map<string, WrittenStatus>();
  /** When each conflict of an instance was last told, on the monotonic clock, by its message. */
  private readonly told = new Map<string, Map<string, number>>();
  private readonly book: EventBook;

  public constructor(
    private readonly api: ApiPort,
    private readonly clock: Clock,
    /** Hears what is told of an instance (`namespace/name`), for a log: events live for an hour only. */
    private readonly onEvent: (key: string, event: EventDraft) => void = () => undefined,
  ) {
    this.book = new EventBook(api, clock);
  }

  /**
   * The instance with the status and the finalizers that it has: a cache may not have seen our last writes yet. From an old view the finalizer
   * would be added again, the same status written again, and its events told again.
   */
  public current(instance: LiveInstance): LiveInstance {
    const { metadata } = instance;
    const key = keyText(metadata);
    const { at = 0, unseen } = this.written.get(key) ?? {};
    if (unseen === undefined) return instance;
    if (unseen.metadata.uid !== metadata.uid || !isOlder(metadata.resourceVersion, unseen.metadata.resourceVersion)) {
      this.written.set(key, { at, unseen: undefined });
      return instance;
    }
    const {
      status,
      metadata: { finalizers = [] },
    } = unseen;
    return { ...instance, metadata: { ...metadata, finalizers }, status };
  }

  /**
   * Writes down what is about to happen.
   *
   * @returns the instance with it; `undefined` where it could not be written, so that nothing may happen
   * @throws OutdatedCrdError where it was written and is not kept: whoever went on would begin again in each pass
   */
  public async record(instance: LiveInstance, record: StatusRecord): Promise<LiveInstance | undefined> {
    const { status: previous = {} } = instance;
    const merged = Object.entries({ ...previous, ...record }).filter(([, value]) => value !== undefined);
    const status: OpenClawInstanceStatus = Object.fromEntries(merged);
    if (isDeepStrictEqual(status, previous)) return instance;
    const written = await this.writeStatus(instance, status);
    if (written === undefined) return undefined;
    const kept: OpenClawInstanceStatus = (written as LiveInstance).status ?? {};
    const lost = Object.keys(record).filter((field) => field in status && !(field in kept));
    if (lost.length > 0) throw new OutdatedCrdError(lost);
    return { ...instance, status };
  }

  /** @returns the time in milliseconds after which a pass should look again, since progress was kept back; `undefined` where all is told */
  public async report(instance: LiveInstance, status: OpenClawInstanceStatus, events: readonly EventDraft[]): Promise<number | undefined> {
    const { status: previous = {} } = instance;
    if (!sameStatus(previous, status)) {
      const last = this.written.get(keyText(instance.metadata));
      const waitMs = (last?.at ?? -Infinity) + PROGRESS_MS - this.clock.monotonic();
      if (waitMs > 0 && events.length === 0 && isProgress(previous, status)) return waitMs;
      // Gone meanwhile: there is nobody to tell.
      if ((await this.writeStatus(instance, status)) === undefined) return undefined;
    }
    await this.tell(instance, events);
    return undefined;
  }

  private async tell(instance: LiveInstance, events: readonly EventDraft[]): Promise<void> {
    const key = keyText(instance.metadata);
    for (const event of events) {
      if (this.isTold(instance, event)) continue;
      this.onEvent(key, event);
      await this.book.write(instance, event);
    }
  }

  /** Drops what is remembered of an instance that is gone. */
  public forget(key: InstanceKey): void {
    this.written.delete(keyText(key));
    this.told.delete(keyText(key));
    this.book.forget(key);
  }

  /**
   * A merge patch: it takes away what an older operator left behind, which server-side apply would not.
   *
   * @returns the instance as the server now has it; undefined where there is none any more
   */
  private async writeStatus({ metadata, status: previous }: LiveInstance, status: OpenClawInstanceStatus): Promise<KubeObject | undefined> {
    const { name, namespace, uid } = metadata;
    try {
      const patch = { metadata: { uid }, status: statusPatch(previous, status) };
      const { object } = await patchStatus(this.api, instances, namespace, name, patch, { fieldManager: COMPONENT });
      const { resourceVersion, finalizers } = object.metadata;
      const known = { uid, ...(resourceVersion !== undefined && { resourceVersion }), ...(finalizers && { finalizers }) };
      this.written.set(keyText(metadata), { at: this.clock.monotonic(), unseen: { metadata: known, status } });
      return object;
    } catch (error) {
      // Deleted meanwhile, or replaced by another instance of the name: there is nobody to tell.
      if (!isNotFound(error) && !isConflict(error)) throw error;
      return undefined;
    }
  }

  private isTold(instance: LiveInstance, { reason, message }: EventDraft): boolean {
    if (!REPEATED.has(reason)) return false;
    const key = keyText(instance.metadata);
    const told = this.told.get(key) ?? new Map<string, number>();
    this.told.set(key, told);
    const now = this.clock.monotonic();
    for (const [known, time] of told) if (now - time > REPEATED_MS) told.delete(known);
    if (told.has(message)) return true;
    told.set(message, now);
    return false;
  }
}
