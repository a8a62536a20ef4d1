import type { Clock } from '../../gitops/git/clock';
import type { ArgoSettings } from '../../gitops/engines/argo';
import type { FluxSettings } from '../../gitops/engines/flux';
import type { Placement } from '../../gitops/git/names';
import { tombstone } from '../../gitops/layout/layout';
import type { Publisher } from '../../gitops/publish/publisher';
import type { Log } from '../objects/log';
import { keyText } from '../objects/objects';
import type { LeftBehind } from './left-behind';
import type { OwedRemovals } from './owed-removals';
import type { Wishes } from './wishes';

/** How often the branch is looked at for changes of others; one cheap request a branch. */
const LOOK_MS = 60_000;

/** The least time between two looks, however often somebody says that something moved. */
const HURRY_MS = 2000;

/** Wishes on which a directory goes. */
const GOING: ReadonlySet<string> = new Set(['tombstone', 'removal']);

export interface BranchWatchSettings {
  readonly publisher: Publisher;
  /** Who writes: the UID of the namespace kube-system. */
  readonly owner: string;
  /** @default - no Kustomizations for Flux */
  readonly flux?: FluxSettings | undefined;
  /** @default - no Applications for Argo CD */
  readonly argo?: ArgoSettings | undefined;
  readonly owed: OwedRemovals;
  readonly left: LeftBehind;
  /** Whether an instance of this name has been published since its directory was owed: it is that one's now. */
  readonly isTaken: (placement: Placement) => boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Asks for a pass of an instance (`namespace/name`). */
  readonly wake: (key: string) => void;
}

/** Looks now and then for what nobody tells: commits of others, and directories that have lost their instance. */
export class BranchWatch {
  private readonly stopping = new AbortController();
  private looking: Promise<void> | undefined;
  private waking = new AbortController();
  /** Somebody said that something moved, and nobody has looked since. */
  private isHurried = false;
  private lookedAt = -Infinity;

  public constructor(
    private readonly settings: BranchWatchSettings,
    private readonly wishes: Wishes,
  ) {}

  /**
   * Begins, and takes up removals that are still owed. What cannot be taken up now is at a later look: instances that are there do not wait for
   * those that are gone.
   */
  public async start(): Promise<void> {
    await this.orLog(async () => {
      for (const placement of await this.settings.owed.list()) await this.orLog(() => this.clear(placement));
    });
    this.looking = this.look();
  }

  public async stop(): Promise<void> {
    this.stopping.abort();
    this.waking.abort();
    await this.looking;
  }

  /** Looks now, or as soon as the last look is old enough. Any number of calls in between are one look. */
  public hurry(): void {
    if (this.isHurried) return;
    this.isHurried = true;
    this.waking.abort();
  }

  /** Removes a directory whose instance is gone: nobody asks for it again, so it is tried until it is done. */
  public remove(placement: Placement): void {
    const { owed, log } = this.settings;
    const key = keyText(placement);
    const wish = this.wishes.ask(placement, 'removal', {}, async (result) => {
      if (result.ok) {
        await owed
          .settle(placement)
          .catch((error: unknown) => log.error('a settled removal could not be noted', { instance: key, error: String(error) }));
        return;
      }
      if (result.error.code !== 'PULL-REQUEST-OPEN') {
        log.error('a directory could not be removed yet', { instance: key, error: result.error.message });
      }
      this.wishes.later(this.wishes.pauseUntil(result.retryAt), () => {
        const now = this.wishes.of(placement);
        // A new instance of the name may have come: its directory it is then.
        if (now === undefined || now === wish) this.remove(placement);
      });
    });
  }

  private async look(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.orLog(() => this.lookBehind());
      await this.untilDue();
      await this.orLog(() => this.lookForMoved());
    }
  }

  /** Until the next look is due: sooner when somebody is in a hurry, and never right after the last one. */
  private async untilDue(): Promise<void> {
    const { clock } = this.settings;
    if (!this.isHurried) await this.sleep(LOOK_MS * (0.75 + clock.random() / 2));
    const rest = this.lookedAt + HURRY_MS - clock.monotonic();
    if (this.isHurried && rest > 0) await this.sleep(rest);
    this.isHurried = false;
    this.lookedAt = clock.monotonic();
  }

  private async sleep(ms: number): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.waking = new AbortController();
    // Rejects when it is woken or stopped.
    await this.settings.clock.sleep(ms, this.waking.signal).catch(() => undefined);
  }

  /** Directories that have lost their instance are told of, and cleared for whom that was asked. */
  private async lookBehind(): Promise<void> {
    const isGoing = (placement: Placement): boolean => GOING.has(this.wishes.of(placement)?.what ?? '');
    const lost = await this.settings.left.look(isGoing);
    if (lost.length === 0) return;
    const asked = new Set((await this.settings.owed.list()).map(keyText));
    for (const placement of lost) if (asked.has(keyText(placement))) await this.clear(placement);
  }

  /** One step on the way of a directory that is to go: the engine takes its objects away first, as at the end of an instance. */
  private async clear(placement: Placement): Promise<void> {
    const { owed, isTaken, left, owner, flux, argo } = this.settings;
    if (this.wishes.of(placement)?.what === 'removal') return;
    if (await left.isOthers(placement)) return;
    if (isTaken(placement)) await owed.settle(placement);
    else if (left.isEmpty(placement)) this.remove(placement);
    else this.wishes.ask(placement, 'tombstone', { layout: tombstone(placement, { owner, flux, argo }) });
  }

  /** Wakes the instances in whose directories somebody else wrote. */
  private async lookForMoved(): Promise<void> {
    const { publisher, log, wake } = this.settings;
    for (const placement of await publisher.moved()) {
      const key = keyText(placement);
      log.info('what the repository has of it was changed by someone else', { instance: key });
      this.wishes.drop(key);
      wake(key);
    }
  }

  private async orLog(work: () => Promise<void>): Promise<void> {
    if (this.stopping.signal.aborted) return;
    try {
      await work();
    } catch (error) {
      if (!this.stopping.signal.aborted) this.settings.log.error('the repository could not be looked at', { error: String(error) });
    }
  }
}
