import { randomBytes } from 'node:crypto';
import { ApiError, isForbidden, isNotFound } from '../api/errors';
import type { ApiPort } from '../api/port';
import { create, mergePatch } from '../api/requests';
import type { Clock } from '../../gitops/git/clock';
import { events } from '../objects/kinds';
import { hashOf } from '../objects/live-hash';
import { type InstanceKey, type KubeObject, keyText } from '../objects/objects';
import type { EventDraft } from './events';
import { EVENT_LIMIT, cut } from './text';

const COMPONENT = 'openclaw-controller';

/** The server keeps events for an hour: one that is older is written anew. */
const KEPT_MS = 60 * 60_000;

/** As long as this, events of one reason count as a series. */
const SERIES_MS = 10 * 60_000;

/** Events of one reason that a series has before the next ones become one. */
const MOST_SIMILAR = 4;

/** Whoever something is told of. */
export interface EventSubject extends Pick<KubeObject, 'apiVersion' | 'kind'> {
  readonly metadata: KubeObject['metadata'] & { readonly namespace: string; readonly uid: string };
}

/** An event that stands in the cluster. */
interface WrittenEvent {
  readonly name: string;
  readonly count: number;
  /** On the monotonic clock. */
  readonly at: number;
}

/** The events of one life of an object, by type, reason and hash of the message. */
interface Page {
  readonly uid: string;
  readonly written: Map<string, WrittenEvent>;
}

/**
 * Writes events so that few of them say all: the same again only counts up, and of a series of the same reason the last one speaks for the rest,
 * as with the recorder of Kubernetes' own controllers.
 */
export class EventBook {
  private readonly pages = new Map<string, Page>();

  public constructor(
    private readonly api: ApiPort,
    private readonly clock: Clock,
  ) {}

  public async write(instance: EventSubject, event: EventDraft): Promise<void> {
    const { written } = this.pageOf(instance);
    const isCombined = this.endsSeries(written, event);
    const id = isCombined ? seriesOf(event) : idOf(event);
    const draft = isCombined ? { ...event, message: cut(`(combined from similar events): ${event.message}`, EVENT_LIMIT) } : event;
    const known = written.get(id);
    const isCounted = known !== undefined && (await this.countUp(instance, known, draft));
    const name = isCounted ? known.name : await this.make(instance, draft);
    if (name !== undefined) written.set(id, { name, count: isCounted ? known.count + 1 : 1, at: this.clock.monotonic() });
  }

  /** Drops what is remembered of an instance that is gone. */
  public forget(key: InstanceKey): void {
    this.pages.delete(keyText(key));
  }

  private pageOf({ metadata }: EventSubject): Page {
    const key = keyText(metadata);
    let page = this.pages.get(key);
    if (page?.uid !== metadata.uid) this.pages.set(key, (page = { uid: metadata.uid, written: new Map() }));
    const now = this.clock.monotonic();
    for (const [id, { at }] of page.written) if (now - at > KEPT_MS) page.written.delete(id);
    return page;
  }

  /** Whether there were so many of the same reason that this one speaks for the series. */
  private endsSeries(written: Page['written'], event: EventDraft): boolean {
    const since = this.clock.monotonic() - SERIES_MS;
    const series = [...written].filter(([id, { at }]) => at >= since && id.startsWith(seriesOf(event)));
    return series.length >= MOST_SIMILAR && !written.has(idOf(event));
  }

  /** @returns whether it is still there */
  private async countUp(
    { metadata: { namespace } }: EventSubject,
    { name, count }: WrittenEvent,
    { message }: EventDraft,
  ): Promise<boolean> {
    try {
      await mergePatch(this.api, events, namespace, name, { count: count + 1, lastTimestamp: this.time(), message });
      return true;
    } catch (error) {
      // It was taken away meanwhile, or our role is older and lets us only make events.
      if (!isNotFound(error) && !isForbidden(error)) throw error;
      return false;
    }
  }

  /** @returns its name; `undefined` where there is nobody to tell */
  private async make(
    { apiVersion, kind, metadata: { name: instance, namespace, uid } }: EventSubject,
    { type, reason, message }: EventDraft,
  ): Promise<string | undefined> {
    const name = `${instance}.${randomBytes(8).toString('hex')}`;
    const time = this.time();
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: { apiVersion, kind, name: instance, namespace, uid },
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
      await create(this.api, event);
      return name;
    } catch (error) {
      // Without the right to make events they stand in the log alone.
      if (!isEndOfNamespace(error) && !isForbidden(error)) throw error;
      return undefined;
    }
  }

  /** As events have it: whole seconds. */
  private time(): string {
    return `${this.clock.now().toISOString().slice(0, 19)}Z`;
  }
}

function seriesOf({ type, reason }: EventDraft): string {
  return `${type} ${reason} `;
}

/** The message counts by its hash: it is long, and is remembered for an hour. */
function idOf(event: EventDraft): string {
  return `${seriesOf(event)}${hashOf(event.message)}`;
}

/** A namespace on its way out takes nothing new: there is nobody to tell. */
function isEndOfNamespace(error: unknown): boolean {
  if (isNotFound(error)) return true;
  return error instanceof ApiError && (error.details.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating');
}
