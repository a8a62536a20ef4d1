import type { Clock } from '../../gitops/git/clock';
import type { LeaseFence } from '../../gitops/git/fence';
import { isAlreadyExists, isConflict } from '../api/errors';
import type { Log } from '../objects/log';
import type { Lease, LeaseSpec, LeaseStore } from './lease';
import { errorText } from './pass-failure';

/** In milliseconds; those of the reference operator. */
export interface ElectionTimes {
  /** Others take over when the lease was not renewed for so long. @default 15000 */
  readonly lease: number;
  /** A leader that could not renew for so long writes no more. Shorter than `lease`: what it began may still be under way. @default 10000 */
  readonly renew: number;
  /** Between two looks. @default 2000 */
  readonly retry: number;
}

export interface ElectorOptions {
  readonly store: LeaseStore;
  readonly clock: Clock;
  /** Opened while this process leads, and closed by time alone when it can no longer renew. */
  readonly fence: Pick<LeaseFence, 'renew' | 'mayWrite' | 'close'>;
  readonly log: Log;
  /** Tells this process from every other, and from earlier ones on this machine. */
  readonly identity: string;
  /** Whether anybody has led here before, by what it left behind. Asked while there is no Lease at the first look; what it throws counts as yes. */
  readonly hasBeenLed: () => Promise<boolean>;
  /** Begins to work. Called with the fence open. What it throws gives the lease up, for another process to try. */
  readonly lead: () => Promise<void>;
  /** Stops working; closes the fence at once. */
  readonly rest: () => Promise<void>;
  readonly times?: ElectionTimes | undefined;
}

/** A state of the Lease, and when this process first saw it. */
interface Sighting {
  /** Missing while there is no Lease. */
  readonly version: string | undefined;
  readonly at: number;
  /** Nothing was seen before. */
  readonly isFirst: boolean;
  /** When it was last seen so. */
  lastAt: number;
}

const TIMES: ElectionTimes = { lease: 15_000, renew: 10_000, retry: 2000 };

/** What a holder writes that gives it up: as Kubernetes' own programs do, and so the reference operator. */
const GIVEN_UP: LeaseSpec = { holderIdentity: '', leaseDurationSeconds: 1 };

/** After a gap of more than so many looks, nobody knows what was there in between. */
const LOOKS = 2;

/**
 * Elects one leader among all processes that share a Lease. Only the monotonic clock of this process counts: the holder's fence runs from before
 * its request was sent, and others wait a whole lease from when they saw the last change. So a clock that is set, a process that is stopped for a
 * while, and a holder that cannot reach the server never make two leaders; who is late only waits longer. Nor does a Lease that somebody removes or
 * empties: only one that its holder gave up, and the first one of an install, are taken at once.
 */
export class Elector {
  private readonly times: ElectionTimes;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private sighting: Sighting | undefined;
  private isLeading = false;
  /** It could not lead, and lets others try until then. */
  private notBefore = -Infinity;
  private trouble: string | undefined;
  /** Who was last told to lead instead. */
  private told: string | undefined;

  public constructor(private readonly options: ElectorOptions) {
    this.times = options.times ?? TIMES;
  }

  public get leads(): boolean {
    return this.isLeading && this.options.fence.mayWrite();
  }

  /** Begins; returns at once. */
  public start(): void {
    this.running ??= this.run();
  }

  /** Renews no more. The fence stays open for as long as the lease lasts, so that passes under way can end. */
  public async halt(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Gives the lease up, so that another process leads within a look. For after `halt`, when nothing writes any more. */
  public async release(): Promise<void> {
    this.options.fence.close();
    if (!this.isLeading) return;
    this.isLeading = false;
    await this.handBack();
  }

  private async handBack(): Promise<void> {
    const { store, identity, log } = this.options;
    try {
      const lease = await store.read();
      if (lease?.spec?.holderIdentity === identity) await store.write(lease, GIVEN_UP);
    } catch (error) {
      log.info('the lease was not given back and runs out by itself', { error: errorText(error) });
    }
  }

  private async run(): Promise<void> {
    const { clock } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.turn();
        this.trouble = undefined;
      } catch (error) {
        this.tell(error);
      }
      if (this.isLeading && !this.options.fence.mayWrite()) this.lose('the lease could not be renewed in time');
      await clock.sleep(this.times.retry * (0.8 + clock.random() * 0.4), signal).catch(() => undefined);
    }
  }

  private async turn(): Promise<void> {
    const { store, clock, identity } = this.options;
    const lease = await store.read();
    if (this.stopping.signal.aborted) return;
    const sighting = this.see(lease);
    if (clock.monotonic() < this.notBefore) return;
    const { holderIdentity = '' } = lease?.spec ?? {};
    const isOurs = holderIdentity === identity;
    // One that somebody removed is made again: all others wait before they take it.
    if (!isOurs && this.isLeading && lease !== undefined) this.lose(whyLost(holderIdentity));
    if (!isOurs && !this.isLeading && !(await this.isFree(lease, sighting))) {
      this.tellWaiting(lease, holderIdentity);
      return;
    }
    if (this.stopping.signal.aborted) return;
    const asked = clock.monotonic();
    await store.write(lease, isOurs ? this.renewal() : this.claim(lease));
    this.win(asked);
  }

  private see(lease: Lease | undefined): Sighting {
    const version = lease?.metadata.resourceVersion;
    const now = this.options.clock.monotonic();
    const { sighting } = this;
    // A version comes once. But a Lease may have been made, held and removed while nobody looked.
    const isSame = sighting?.version === version && (version !== undefined || now - (sighting?.lastAt ?? now) <= LOOKS * this.times.retry);
    if (sighting === undefined || !isSame) {
      this.sighting = { version, at: now, isFirst: sighting === undefined, lastAt: now };
      return this.sighting;
    }
    sighting.lastAt = now;
    return sighting;
  }

  /**
   * Whether nobody writes under it: its holder gave it up, or it stood unchanged for its whole time before our eyes. Where it was removed or emptied its
   * holder may not know yet; to a process that begins, no Lease looks the same whether it was removed or never made.
   */
  private async isFree(lease: Lease | undefined, { at, isFirst }: Sighting): Promise<boolean> {
    if (lease === undefined ? isFirst && !(await this.hasBeenLed()) : isGivenUp(lease)) return true;
    const seconds = lease?.spec?.leaseDurationSeconds ?? this.times.lease / 1000;
    return this.options.clock.monotonic() - at > seconds * 1000;
  }

  private async hasBeenLed(): Promise<boolean> {
    try {
      return await this.options.hasBeenLed();
    } catch {
      return true;
    }
  }

  /** Once for each holder: so the log of any replica tells who works. */
  private tellWaiting(lease: Lease | undefined, holder: string): void {
    const why = whyWaiting(lease, holder);
    if (this.told !== `${why}${holder}`) this.options.log.info('waiting for the lease', { why, ...(holder !== '' && { holder }) });
    this.told = `${why}${holder}`;
  }

  private renewal(): LeaseSpec {
    return { leaseDurationSeconds: Math.ceil(this.times.lease / 1000), renewTime: microTime(this.options.clock.now()) };
  }

  private claim(lease: Lease | undefined): LeaseSpec {
    const renewal = this.renewal();
    const leaseTransitions = lease === undefined ? 0 : (lease.spec?.leaseTransitions ?? 0) + 1;
    return { ...renewal, holderIdentity: this.options.identity, acquireTime: microTime(this.options.clock.now()), leaseTransitions };
  }

  private win(asked: number): void {
    const { fence, lead, log } = this.options;
    fence.renew(asked + this.times.renew);
    if (this.isLeading) return;
    this.isLeading = true;
    this.told = undefined;
    // Not waited for: the lease has to be renewed meanwhile.
    lead().catch((error: unknown) => {
      log.error('this process cannot lead', { error: errorText(error) });
      void this.giveUp();
    });
  }

  private lose(why: string): void {
    const { rest, log } = this.options;
    this.isLeading = false;
    log.info('not leading any more', { why });
    // Closes the fence at once; whatever is lost or won next waits for its end by itself.
    rest().catch((error: unknown) => log.error('passes did not end in peace', { error: errorText(error) }));
  }

  /** Lets another process try, which may have what this one lacks. */
  private async giveUp(): Promise<void> {
    if (!this.isLeading) return;
    this.notBefore = this.options.clock.monotonic() + this.times.lease;
    this.isLeading = false;
    await this.options.rest().catch(() => undefined);
    await this.handBack();
  }

  /** Each trouble once: it may last for hours. */
  private tell(error: unknown): void {
    // Another process was faster.
    if (isConflict(error) || isAlreadyExists(error)) return;
    const text = errorText(error);
    if (text !== this.trouble) this.options.log.error('the lease cannot be read or written', { error: text });
    this.trouble = text;
  }
}

/** Whether its holder did that: somebody who empties the name leaves the time as it was. */
function isGivenUp({ spec = {} }: Lease): boolean {
  return (spec.holderIdentity ?? '') === '' && spec.leaseDurationSeconds === GIVEN_UP.leaseDurationSeconds;
}

function whyLost(holder: string): string {
  return holder === '' ? 'the lease is not ours any more: somebody emptied it' : `the lease is not ours any more, but that of "${holder}"`;
}

function whyWaiting(lease: Lease | undefined, holder: string): string {
  if (lease === undefined) return 'the lease was removed: its holder may still work';
  return holder === '' ? 'the lease was emptied: its holder may still work' : 'another process holds the lease';
}

/** As the API has it: `2026-01-01T00:00:00.000000Z`. */
function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
