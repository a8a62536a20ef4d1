import { Counter, Gauge, type Registry } from 'prom-client';
import type { LiveInstance } from '../../objects/objects';
import type { ListWatchCounts } from '../../api/live-copy';
import type { Phase } from '../../status/phase';
import { conditionOf } from '../../status/condition';

/** Every phase; the compiler sees that none is missing. */
const EVERY_PHASE: Readonly<Record<Phase, true>> = {
  Pending: true,
  Provisioning: true,
  Running: true,
  Degraded: true,
  Failed: true,
  Terminating: true,
  BackingUp: true,
  Restoring: true,
  Updating: true,
  Suspended: true,
};

const PHASES = Object.keys(EVERY_PHASE);

/** One copy of a kind that the controller keeps. */
export interface WatchState {
  /** `StatefulSet.apps` */
  readonly kind: string;
  readonly counts: Readonly<ListWatchCounts>;
  readonly lastEventAge: number;
}

/** What a process knows and can be asked for at any time. */
export interface ProcessState {
  /** Whether this process makes passes. A follower tells nothing of instances: the sum over all replicas would count each twice. */
  readonly leads: boolean;
  readonly isReady: boolean;
  readonly instances: readonly LiveInstance[];
  readonly watches: readonly WatchState[];
  readonly queueDepth: number;
  /** When the certificate of the webhook ends. @default - none is shown */
  readonly certificateEnds?: Date | undefined;
  /** The image of the agent, as the cluster has it. @default - there is no StatefulSet yet */
  imageOf(instance: LiveInstance): string | undefined;
}

type InstanceLabels = 'instance' | 'namespace';

/**
 * Gauges that are read anew at each scrape. What is gone, and the version or phase of before, has no series then: there is nothing to take away
 * (T-O9).
 */
export class StateMetrics {
  private readonly phase: Gauge<InstanceLabels | 'phase'>;
  private readonly ready: Gauge<InstanceLabels>;
  private readonly info: Gauge<InstanceLabels | 'version' | 'image'>;
  private readonly managed: Gauge;
  private readonly depth: Gauge<'name'>;
  private readonly leads: Gauge<'name'>;
  private readonly synced: Gauge;
  private readonly restarts: Counter<'kind' | 'cause'>;
  private readonly age: Gauge<'kind'>;
  private readonly certificate: Gauge<never>;

  public constructor(
    registry: Registry,
    private readonly leaseName: string,
  ) {
    const gauge = <T extends string>(name: string, help: string, labelNames: readonly T[] = []): Gauge<T> =>
      new Gauge({ name, help, labelNames, registers: [registry] });
    const instance = ['instance', 'namespace'] as const;
    this.phase = gauge('openclaw_instance_phase', '1 for the phase that an instance is in, 0 for the others.', [...instance, 'phase']);
    this.ready = gauge('openclaw_instance_ready', '1 while the condition Ready of an instance is True.', instance);
    this.info = gauge('openclaw_instance_info', 'Always 1; its labels tell what an instance runs.', [...instance, 'version', 'image']);
    this.managed = gauge('openclaw_managed_instances', 'Instances in the care of this controller.');
    this.depth = gauge('workqueue_depth', 'Instances that wait for a pass or are in one.', ['name']);
    this.leads = gauge('leader_election_master_status', '1 while this process leads.', ['name']);
    this.synced = gauge('openclaw_caches_synced', '1 once every cache has been filled.');
    this.restarts = new Counter({
      name: 'openclaw_watch_restarts_total',
      help: 'Lists and watches after the first, and those that failed, by kind.',
      labelNames: ['kind', 'cause'],
      registers: [registry],
    });
    this.certificate = gauge('openclaw_webhook_certificate_expiration_timestamp_seconds', 'When the certificate of the webhook ends.');
    this.age = gauge('openclaw_watch_last_event_age_seconds', 'Time since the API server was last heard about a kind.', ['kind']);
  }

  public read(state: ProcessState): void {
    for (const metric of [this.phase, this.ready, this.info, this.restarts]) metric.reset();
    this.certificate.remove();
    if (state.certificateEnds !== undefined) this.certificate.set(state.certificateEnds.getTime() / 1000);
    this.leads.set({ name: this.leaseName }, Number(state.leads));
    this.synced.set(Number(state.isReady));
    this.managed.set(state.leads ? state.instances.length : 0);
    this.depth.set({ name: 'openclawinstance' }, state.queueDepth);
    for (const watch of state.watches) this.readWatch(watch);
    if (state.leads) for (const instance of state.instances) this.readInstance(instance, state.imageOf(instance));
  }

  private readInstance({ metadata: { name, namespace }, status }: LiveInstance, image: string | undefined): void {
    const labels = { instance: name, namespace };
    for (const phase of PHASES) this.phase.set({ ...labels, phase }, Number(phase === (status?.phase ?? 'Pending')));
    this.ready.set(labels, Number(conditionOf(status?.conditions, 'Ready')?.status === 'True'));
    if (image !== undefined) this.info.set({ ...labels, version: versionOf(image), image }, 1);
  }

  private readWatch({ kind, counts, lastEventAge }: WatchState): void {
    this.restarts.inc({ kind, cause: 'relist' }, counts.relists);
    this.restarts.inc({ kind, cause: 'reconnect' }, counts.reconnects);
    this.restarts.inc({ kind, cause: 'failure' }, counts.failures);
    this.age.set({ kind }, lastEventAge / 1000);
  }
}

/** The tag of an image, or its digest. */
export function versionOf(image: string): string {
  const digest = image.indexOf('@');
  if (digest !== -1) return image.slice(digest + 1);
  const colon = image.lastIndexOf(':');
  return colon > image.lastIndexOf('/') ? image.slice(colon + 1) : 'latest';
}
