import { randomBytes } from 'node:crypto';
import type { OpenClawInstanceStatus } from '../../constructs';
import { ApiError, isConflict, isForbidden, isNotFound } from '../api/errors';
import type { ApiPort } from '../api/port';
import { create, patchStatus } from '../api/requests';
import type { Clock } from '../../gitops/git/clock';
import { instances } from '../objects/kinds';
import { type InstanceKey, type LiveInstance, type ObjectMeta, isOlder, keyText } from '../objects/objects';
import type { EventDraft } from './events';
import { sameStatus, statusPatch } from './same-status';

const COMPONENT = 'openclaw-controller';

/** What is told again and again, a pass at a time: another manager that fights for a field. Everything else comes from a difference. */
const REPEATED = 'FieldConflict';

const REPEATED_MS = 60 * 60_000;

/** A status that we wrote, and what the instance was by then. */
interface Written {
  readonly metadata: ObjectMeta;
  readonly status: OpenClawInstanceStatus;
}

/** Writes status and events: one write a pass, and only on a real difference. */
export class Reporter {
  private readonly written = new Map<string, Written>();
  /** When each conflict of an instance was last told, on the monotonic clock, by its message. */
  private readonly told = new Map<string, Map<string, number>>();

  public constructor(
    private readonly api: ApiPort,
    private readonly clock: Clock,
    /** Hears what is told of an instance (`namespace/name`), for a log: events live for an hour only. */
    private readonly onEvent: (key: string, event: EventDraft) => void = () => undefined,
  ) {}

  /**
   * The instance with the status and the finalizers that it has: a cache may not have seen our last writes yet. From an old view the finalizer
   * would be added again, the same status written again, and its events told again.
   */
  public current(instance: LiveInstance): LiveInstance {
    const { metadata } = instance;
    const written = this.written.get(keyText(metadata));
    if (written?.metadata.uid !== metadata.uid || !isOlder(metadata.resourceVersion, written.metadata.resourceVersion)) return instance;
    const {
      status,
      metadata: { finalizers = [] },
    } = written;
    return { ...instance, metadata: { ...metadata, finalizers }, status };
  }

  public async report(instance: LiveInstance, status: OpenClawInstanceStatus, events: readonly EventDraft[]): Promise<void> {
    const key = keyText(instance.metadata);
    if (!sameStatus(instance.status ?? {}, status)) {
      const metadata = await this.writeStatus(instance, status);
      if (metadata) this.written.set(key, { metadata, status });
    }
    for (const event of events) {
      if (this.isTold(instance, event)) continue;
      this.onEvent(key, event);
      await this.writeEvent(instance, event);
    }
  }

  /** Drops what is remembered of an instance that is gone. */
  public forget(key: InstanceKey): void {
    this.written.delete(keyText(key));
    this.told.delete(keyText(key));
  }

  /**
   * A merge patch: it takes away what an older operator left behind, which server-side apply would not.
   *
   * @returns the metadata that the instance now has; undefined where there is none any more
   */
  private async writeStatus(
    { metadata: { name, namespace, uid }, status: previous }: LiveInstance,
    status: OpenClawInstanceStatus,
  ): Promise<ObjectMeta | undefined> {
    try {
      const patch = { metadata: { uid }, status: statusPatch(previous, status) };
      const { object } = await patchStatus(this.api, instances, namespace, name, patch, { fieldManager: COMPONENT });
      return object.metadata;
    } catch (error) {
      // Deleted meanwhile, or replaced by another instance of the name: there is nobody to tell.
      if (!isNotFound(error) && !isConflict(error)) throw error;
      return undefined;
    }
  }

  private isTold(instance: LiveInstance, { reason, message }: EventDraft): boolean {
    if (reason !== REPEATED) return false;
    const key = keyText(instance.metadata);
    const told = this.told.get(key) ?? new Map<string, number>();
    this.told.set(key, told);
    const now = this.clock.monotonic();
    for (const [known, time] of told) if (now - time > REPEATED_MS) told.delete(known);
    if (told.has(message)) return true;
    told.set(message, now);
    return false;
  }

  private async writeEvent(
    { apiVersion, kind, metadata: { name, namespace, uid } }: LiveInstance,
    { type, reason, message }: EventDraft,
  ): Promise<void> {
    const time = this.clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
    const draft = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
      involvedObject: { apiVersion, kind, name, namespace, uid },
      type,
      reason,
      message,
      source: { component: COMPONENT },
      reportingComponent: COMPONENT,
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    };
    try {
      await create(this.api, draft);
    } catch (error) {
      // Without the right to make events they stand in the log alone.
      if (!isEndOfNamespace(error) && !isForbidden(error)) throw error;
    }
  }
}

/** A namespace on its way out takes nothing new: there is nobody to tell. */
function isEndOfNamespace(error: unknown): boolean {
  if (isNotFound(error)) return true;
  return error instanceof ApiError && (error.details.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating');
}
