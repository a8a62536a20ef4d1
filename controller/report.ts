import { randomBytes } from 'node:crypto';
import type { OpenClawInstanceStatus } from '../constructs';
import { isConflict, isNotFound } from './api/errors';
import type { ApiPort } from './api/port';
import { applyStatus, create } from './api/requests';
import type { Clock } from './clock';
import { type InstanceKey, type LiveInstance, keyText } from './objects';
import type { EventDraft } from './status/events';
import { sameStatus } from './status/same-status';

/** The field manager of status, apart from that of owned objects. */
const STATUS_MANAGER = 'openclaw-controller-status';

const COMPONENT = 'openclaw-controller';

/** A status that we wrote, and the version of the instance that it was computed from. */
interface Written {
  readonly basedOn: string | undefined;
  readonly status: OpenClawInstanceStatus;
}

/** Writes status and events: one write a pass, and only on a real difference. */
export class Reporter {
  private readonly written = new Map<string, Written>();

  public constructor(
    private readonly api: ApiPort,
    private readonly clock: Clock,
  ) {}

  /** The instance with the status that it has: a cache may not have seen our last write yet. */
  public current(instance: LiveInstance): LiveInstance {
    const written = this.written.get(keyText(instance.metadata));
    if (written === undefined || written.basedOn !== instance.metadata.resourceVersion) return instance;
    return { ...instance, status: written.status };
  }

  public async report(instance: LiveInstance, status: OpenClawInstanceStatus, events: readonly EventDraft[]): Promise<void> {
    const key = keyText(instance.metadata);
    if (!sameStatus(instance.status ?? {}, status)) {
      await this.writeStatus(instance, status);
      this.written.set(key, { basedOn: instance.metadata.resourceVersion, status });
    }
    for (const event of events) await this.writeEvent(instance, event);
  }

  /** Drops what is remembered of an instance that is gone. */
  public forget(key: InstanceKey): void {
    this.written.delete(keyText(key));
  }

  private async writeStatus(
    { apiVersion, kind, metadata: { name, namespace, uid } }: LiveInstance,
    status: OpenClawInstanceStatus,
  ): Promise<void> {
    try {
      await applyStatus(
        this.api,
        { apiVersion, kind, metadata: { name, namespace, uid }, status },
        { fieldManager: STATUS_MANAGER, force: true },
      );
    } catch (error) {
      // Deleted meanwhile, or replaced by another instance of the name: there is nobody to tell.
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  private async writeEvent(
    { apiVersion, kind, metadata: { name, namespace, uid } }: LiveInstance,
    { type, reason, message }: EventDraft,
  ): Promise<void> {
    const time = this.clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
    await create(this.api, {
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
    });
  }
}
