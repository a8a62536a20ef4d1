import type { FactReader, Part } from '../../constructs';
import type { Clock } from '../../gitops/git/clock';
import { FencedError } from '../api/errors';
import { liveCopy } from '../api/joined-list-watch';
import type { ListWatchOptions, LiveCopy } from '../api/live-copy';
import type { ApiPort } from '../api/port';
import { selfConfigs } from '../objects/kinds';
import type { Log } from '../objects/log';
import type { Meter, QueueMeter } from '../objects/meter';
import { type InstanceKey, parseKey } from '../objects/objects';
import type { Scope } from '../objects/scope';
import { missingRightsText, rightText } from '../observe/missing-rights';
import { PolicyReader } from '../self-config/policy-reader';
import { type LiveRequest, byAskedInstance, isDone, whereItStands } from '../self-config/request';
import { ASKED, RequestWorker } from '../self-config/request-worker';
import type { Loop } from './loop';
import { errorText } from './pass-failure';
import { type Requeue, WorkQueue } from './work-queue';

export interface SelfConfigLoopOptions {
  /** Asks the fence at each write. */
  readonly api: ApiPort;
  readonly clock: Clock;
  readonly log: Log;
  /** @default - the whole cluster */
  readonly scope?: Pick<Scope, 'namespaces'> | undefined;
  /** Whether an instance is in our care. @default - every one is */
  readonly isOurs?: ((key: InstanceKey) => boolean) | undefined;
  readonly facts: FactReader;
  /** @default - all registered parts */
  readonly parts?: readonly Part[] | undefined;
  /** @default - nothing is measured */
  readonly meter?: Pick<Meter, 'asked'> | undefined;
  /** Of the queue of this loop. @default - nothing is measured */
  readonly queueMeter?: QueueMeter | undefined;
}

/** Requests of agents are few, and those of one instance are worked on one after another. */
const CONCURRENCY = 4;

/** No watch was silent for longer than this while the server is well. */
const SILENCE_MS = 5 * 60_000;

/** How often a request is looked at again whose instance is not in our care. */
const ELSEWHERE_MS = 30_000;

/** The care for what agents ask for: each change of a request wakes the instance that it is about. */
export class SelfConfigLoop implements Loop {
  public readonly name = 'self-configuration';
  private readonly requests: LiveCopy<LiveRequest>;
  private readonly worker: RequestWorker;
  private readonly failed = new Set<string>();
  private queue: WorkQueue | undefined;
  private isFilled = false;
  private missing: string | undefined;

  public constructor(private readonly options: SelfConfigLoopOptions) {
    const { api, clock, log, facts, parts, meter, scope } = options;
    const watched = {
      api,
      clock,
      // An older install may lack the CRD: then nobody asks.
      kind: { ...selfConfigs, optional: true },
      indexes: { [ASKED]: byAskedInstance },
      keep: whereItStands,
      onError: (error, waitMs) => log.error('watch failed', { error: errorText(error), waitMs: Math.round(waitMs) }),
      onAccess: (verbs) => {
        this.missing = verbs.length > 0 ? rightText(selfConfigs, verbs) : undefined;
        if (this.missing !== undefined) log.error(missingRightsText([this.missing]));
      },
    } satisfies ListWatchOptions<LiveRequest>;
    this.requests = liveCopy<LiveRequest>(
      watched,
      scope?.namespaces?.map((namespace) => ({ namespace })),
    );
    this.requests.onChange((before, after) => {
      for (const key of byAskedInstance(after ?? (before as LiveRequest))) this.queue?.add(key);
    });
    this.worker = new RequestWorker({
      api,
      clock,
      log,
      facts,
      parts,
      requests: this.requests,
      policy: new PolicyReader(api, clock),
      onEnd: ({ metadata: { namespace }, spec: { instanceRef } }, phase) => meter?.asked({ namespace, name: instanceRef }, phase),
    });
  }

  public async start(): Promise<void> {
    this.requests.start();
    await this.requests.synced;
    this.isFilled = true;
  }

  public async lead(): Promise<void> {
    const { clock, log, queueMeter } = this.options;
    this.failed.clear();
    this.queue = new WorkQueue(
      (key) => this.pass(key),
      clock,
      { concurrency: CONCURRENCY, meter: queueMeter },
      (key, error) => log.error('requests of an agent could not be worked on', { instance: key, error: errorText(error) }),
    );
    for (const request of this.requests.list()) for (const key of byAskedInstance(request)) this.queue.add(key);
  }

  public async rest(): Promise<void> {
    const { queue } = this;
    this.queue = undefined;
    await queue?.stop();
  }

  public async stop(): Promise<void> {
    await this.rest();
    await this.requests.stop();
  }

  public async settled(): Promise<void> {
    await this.queue?.idle();
  }

  /** How many requests for an instance (`namespace/name`) have not come to their end. */
  public waiting(key: string): number {
    return this.requests.by(ASKED, key).filter((request) => !isDone(request)).length;
  }

  public get waitsFor(): string | undefined {
    return this.isFilled ? undefined : 'requests are listed for the first time';
  }

  public get isAlive(): boolean {
    return !this.isFilled || this.requests.lastEventAge < SILENCE_MS;
  }

  public get failing(): readonly string[] {
    return [...this.failed].toSorted();
  }

  public get missingRights(): readonly string[] {
    return this.missing === undefined ? [] : [this.missing];
  }

  private async pass(key: string): Promise<Requeue> {
    const { isOurs = () => true } = this.options;
    // It may get our label, and it may not be there yet: nothing tells us here.
    if (!isOurs(parseKey(key))) return this.waiting(key) > 0 ? { afterMs: ELSEWHERE_MS } : {};
    try {
      const look = await this.worker.pass(key);
      this.failed.delete(key);
      return look;
    } catch (error) {
      if (error instanceof FencedError) {
        this.options.log.info('pass given up: this process may not write now', { instance: key });
        return { failed: true };
      }
      this.failed.add(key);
      throw error;
    }
  }
}
