import { Registry, collectDefaultMetrics } from 'prom-client';
import type { InstanceKey } from '../../objects/objects';
import { type ProcessState, StateMetrics } from './state-metrics';
import { WorkMetrics } from './work-metrics';

/** All metrics of a process, in the format of Prometheus. docs/metrics.md names each; a test holds the two together. */
export class Metrics {
  public readonly work: WorkMetrics;
  private readonly registry = new Registry();
  private readonly state: StateMetrics;

  /**
   * @param leaseName label of what tells whether this process leads
   * @param isThere whether an instance exists: no other gets series
   */
  public constructor(leaseName: string, isThere?: (key: InstanceKey) => boolean) {
    this.work = new WorkMetrics(this.registry, isThere);
    this.state = new StateMetrics(this.registry, leaseName);
    // CPU, memory, file descriptors and event loop of the process.
    collectDefaultMetrics({ register: this.registry });
  }

  public get contentType(): string {
    return this.registry.contentType;
  }

  /** What a scrape gets. */
  public async text(state: ProcessState): Promise<string> {
    this.state.read(state);
    return this.registry.metrics();
  }
}
