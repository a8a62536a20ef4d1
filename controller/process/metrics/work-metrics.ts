import { Counter, Histogram, type Registry } from 'prom-client';
import type { HookResult, Memo, Meter, PassMeasure, QueueMeter, ReviewResult } from '../../objects/meter';
import { type InstanceKey, keyText } from '../../objects/objects';

/** The names that queues of controllers of these kinds have in dashboards. */
const QUEUE = { name: 'openclawinstance' };
const REQUESTS = { name: 'openclawselfconfig' };

/** How a request of an agent may end. */
const ENDS = ['Applied', 'Denied', 'Failed'];

/** Seconds. Up to two minutes, so that an alert at 30 s can fire: a pass may wait for a server that is slow to answer. */
const PASS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** Seconds, for what takes fractions of a millisecond where all is well. */
const COMPUTE_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** What the controller did since it started: counters and histograms. */
export class WorkMetrics implements Meter {
  private readonly passes: Counter<'instance' | 'namespace' | 'result'>;
  private readonly passSeconds: Histogram<'instance' | 'namespace'>;
  private readonly failures: Counter<'instance' | 'namespace' | 'resource'>;
  private readonly adds: Counter<'name'>;
  private readonly retries: Counter<'name'>;
  private readonly waitSeconds: Histogram<'name'>;
  private readonly workSeconds: Histogram<'name'>;
  private readonly requests: Counter<'code' | 'method'>;
  private readonly requestSeconds: Histogram<'verb'>;
  private readonly memos: Counter<'memo' | 'result'>;
  private readonly computeSeconds: Record<Memo, Histogram>;
  private readonly updateChecks: Counter<'instance' | 'namespace' | 'result'>;
  private readonly updatesApplied: Counter<'instance' | 'namespace'>;
  private readonly updatesRolledBack: Counter<'instance' | 'namespace'>;
  private readonly requestsOfAgents: Counter<'instance' | 'namespace' | 'phase'>;
  private readonly publishes: Counter<'result'>;
  private readonly publishedInstances: Counter;
  private readonly publishSeconds: Histogram;
  private readonly hooks: Counter<'result'>;
  private readonly reviews: Counter<'result'>;
  /** The kinds that failed, by instance: a series can only be taken away by all of its labels. */
  private readonly failedKinds = new Map<string, Set<string>>();

  /**
   * @param isThere whether an instance exists. Agents ask for instances of any name, and a pass may end after its instance: series of what is not there
   *   would stay for ever. @default - every one does
   */
  public constructor(
    registry: Registry,
    private readonly isThere: (key: InstanceKey) => boolean = () => true,
  ) {
    const registers = [registry];
    const counter = <T extends string>(name: string, help: string, labelNames: readonly T[] = []): Counter<T> =>
      new Counter({ name, help, labelNames, registers });
    const histogram = <T extends string>(name: string, help: string, buckets: number[], labelNames: readonly T[] = []): Histogram<T> =>
      new Histogram({ name, help, buckets, labelNames, registers });
    this.passes = counter('openclaw_reconcile_total', 'Passes over an instance, by result.', ['instance', 'namespace', 'result']);
    this.passSeconds = histogram('openclaw_reconcile_duration_seconds', 'Time of one pass over an instance.', PASS_BUCKETS, [
      'instance',
      'namespace',
    ]);
    this.failures = counter('openclaw_resource_creation_failures_total', 'Objects that could not be created or changed, by kind.', [
      'instance',
      'namespace',
      'resource',
    ]);
    const ofInstance = ['instance', 'namespace'] as const;
    this.updateChecks = counter('openclaw_autoupdate_checks_total', 'Looks at a registry for newer releases, by result.', [
      ...ofInstance,
      'result',
    ]);
    this.updatesApplied = counter('openclaw_autoupdate_applied_total', 'Updates that were applied.', ofInstance);
    this.updatesRolledBack = counter('openclaw_autoupdate_rollbacks_total', 'Updates that were taken back.', ofInstance);
    this.requestsOfAgents = counter('openclaw_self_config_requests_total', 'Requests of agents that came to their end, by phase.', [
      'instance',
      'namespace',
      'phase',
    ]);
    this.adds = counter('workqueue_adds_total', 'Instances that were put into the queue.', ['name']);
    this.retries = counter('workqueue_retries_total', 'Passes that failed and are tried again later.', ['name']);
    this.waitSeconds = histogram('workqueue_queue_duration_seconds', 'Time from the queue to the pass.', PASS_BUCKETS, ['name']);
    this.workSeconds = histogram('workqueue_work_duration_seconds', 'Time of a pass, of all instances.', PASS_BUCKETS, ['name']);
    this.requests = counter('rest_client_requests_total', 'Answers of the API server, by code and method; <error> is no answer.', [
      'code',
      'method',
    ]);
    this.requestSeconds = histogram('rest_client_request_duration_seconds', 'Time until the API server answered.', PASS_BUCKETS, ['verb']);
    this.memos = counter('openclaw_memo_total', 'Look-ups of what an earlier pass computed.', ['memo', 'result']);
    this.computeSeconds = {
      resolve: histogram('openclaw_resolve_duration_seconds', 'Time to resolve an instance.', COMPUTE_BUCKETS),
      render: histogram('openclaw_render_duration_seconds', 'Time to decide and to render the manifests of an instance.', COMPUTE_BUCKETS),
    };
    this.publishes = counter('openclaw_git_publishes_total', 'Batches published to Git, by result.', ['result']);
    this.publishedInstances = counter('openclaw_git_published_instances_total', 'Instances in these batches.');
    this.hooks = counter('openclaw_git_hook_deliveries_total', 'Deliveries of forges and engines, by result.', ['result']);
    this.reviews = counter('openclaw_admission_reviews_total', 'Objects that the API server asked the webhook about, by answer.', [
      'result',
    ]);
    this.publishSeconds = histogram('openclaw_git_publish_duration_seconds', 'Time of a batch, push included.', PASS_BUCKETS);
  }

  public answered(verb: string, code: string, seconds: number): void {
    this.requests.inc({ code, method: verb === 'WATCH' ? 'GET' : verb });
    this.requestSeconds.observe({ verb }, seconds);
  }

  public queued(): void {
    this.adds.inc(QUEUE);
  }

  public taken(waitSeconds: number): void {
    this.waitSeconds.observe(QUEUE, waitSeconds);
  }

  public retried(): void {
    this.retries.inc(QUEUE);
  }

  public passed({ key, ok, seconds, failedKinds }: PassMeasure): void {
    this.workSeconds.observe(QUEUE, seconds);
    if (!this.isThere(key)) return;
    const labels = { instance: key.name, namespace: key.namespace };
    this.passes.inc({ ...labels, result: ok ? 'success' : 'error' });
    this.passSeconds.observe(labels, seconds);
    if (failedKinds.length === 0) return;
    const known = this.failedKinds.get(keyText(key)) ?? new Set<string>();
    this.failedKinds.set(keyText(key), known);
    for (const resource of failedKinds) {
      known.add(resource);
      this.failures.inc({ ...labels, resource });
    }
  }

  public recalled(memo: Memo, seconds?: number): void {
    this.memos.inc({ memo, result: seconds === undefined ? 'hit' : 'miss' });
    if (seconds !== undefined) this.computeSeconds[memo].observe(seconds);
  }

  public updated(key: InstanceKey, what: Parameters<Meter['updated']>[1]): void {
    if (!this.isThere(key)) return;
    const labels = { instance: key.name, namespace: key.namespace };
    if (what === 'applied') this.updatesApplied.inc(labels);
    else if (what === 'rolled back') this.updatesRolledBack.inc(labels);
    else this.updateChecks.inc({ ...labels, result: what === 'checked' ? 'success' : 'error' });
  }

  public asked(key: InstanceKey, phase: string): void {
    if (this.isThere(key)) this.requestsOfAgents.inc({ instance: key.name, namespace: key.namespace, phase });
  }

  /** Of the queue of requests of agents. */
  public get ofRequests(): QueueMeter {
    return {
      queued: () => this.adds.inc(REQUESTS),
      taken: (seconds) => this.waitSeconds.observe(REQUESTS, seconds),
      retried: () => this.retries.inc(REQUESTS),
    };
  }

  public published(ok: boolean, instances: number, seconds: number): void {
    this.publishes.inc({ result: ok ? 'success' : 'error' });
    this.publishedInstances.inc(instances);
    this.publishSeconds.observe(seconds);
  }

  public hooked(result: HookResult): void {
    this.hooks.inc({ result });
  }

  public reviewed(result: ReviewResult): void {
    this.reviews.inc({ result });
  }

  /** Takes away the series of an instance that is gone: an alert on them would never end. */
  public forget(key: InstanceKey): void {
    const labels = { instance: key.name, namespace: key.namespace };
    for (const result of ['success', 'error']) this.passes.remove({ ...labels, result });
    this.passSeconds.remove(labels);
    for (const result of ['success', 'error']) this.updateChecks.remove({ ...labels, result });
    this.updatesApplied.remove(labels);
    this.updatesRolledBack.remove(labels);
    for (const phase of ENDS) this.requestsOfAgents.remove({ ...labels, phase });
    for (const resource of this.failedKinds.get(keyText(key)) ?? []) this.failures.remove({ ...labels, resource });
    this.failedKinds.delete(keyText(key));
  }
}
