import type { Clock } from '../clock';
import type { Log } from '../log';
import { type LiveInstance, keyText } from '../objects';
import type { GitFailure, GitOutcome } from '../outcome';
import type { Plan } from '../plan';
import type { FluxSettings } from '../../gitops/flux';
import { GitError } from '../../gitops/errors';
import { type InstanceLayout, layout, tombstone } from '../../gitops/layout';
import { type Placement, instanceDirectory } from '../../gitops/names';
import type { PublishResult } from '../../gitops/publish';
import type { Publisher } from '../../gitops/publisher';
import type { GitDelivery } from './git-delivery';
import type { Guard } from './guard';
import type { OwedRemovals } from './owed-removals';

/** How often the branch is looked at for changes of others; one cheap request a branch. */
const LOOK_MS = 60_000;

export interface DeliverySettings {
  readonly publisher: Publisher;
  readonly repository: { readonly url: string; readonly branch: string };
  readonly cluster: string;
  /** Who writes: the UID of the namespace kube-system. */
  readonly owner: string;
  /** @default - no Kustomizations for Flux */
  readonly flux?: FluxSettings | undefined;
  readonly guard: Guard;
  readonly owed: OwedRemovals;
  readonly clock: Clock;
  readonly log: Log;
  /** Asks for a pass of an instance. */
  readonly wake: (key: string) => void;
}

/** What was asked of the publisher for one instance, and what it answered. */
interface Wish {
  /** What makes two wishes the same: the digest of the release, `tombstone` or `removal`. */
  readonly what: string;
  /** What the digest was last made of: the same manifests need not be laid out again. @default - it is no release */
  release?: Release;
  result?: PublishResult;
}

type Release = Pick<Plan, 'manifests' | 'secretHash'>;

/** Delivery through one branch of one repository. What is wanted is handed to the publisher once; its answer wakes the instance. */
export class RepositoryDelivery implements GitDelivery {
  private readonly wishes = new Map<string, Wish>();
  private readonly stopping = new AbortController();
  private looking: Promise<void> | undefined;
  private open = 0;

  public constructor(private readonly settings: DeliverySettings) {}

  /** Begins to look for foreign commits, and takes up removals that are still owed. */
  public async start(): Promise<void> {
    for (const placement of await this.settings.owed.list()) this.remove(placement);
    this.looking = this.look();
  }

  public async publish(plan: Plan, instance: LiveInstance): Promise<GitOutcome> {
    const placement = this.placementOf(instance);
    try {
      const wish = this.wishes.get(keyText(placement));
      const isWaitedFor = wish !== undefined && !isDue(wish, this.settings.clock);
      if (isWaitedFor && isSameRelease(wish, plan)) return { ...this.outcome(placement, wish), digest: wish.what };
      const laid = this.layOut(plan, placement);
      if (isWaitedFor && wish.what === laid.digest) {
        wish.release = releaseOf(plan);
        return { ...this.outcome(placement, wish), ...digestOf(laid) };
      }
      await this.settings.guard.check(plan, instance);
      const asked = this.ask(placement, laid.digest ?? '', {
        layout: laid,
        gate: await this.settings.guard.gate(plan, instance),
        generation: instance.metadata.generation,
        known: knownOf(instance),
      });
      asked.release = releaseOf(plan);
      return { ...this.outcome(placement, asked), ...digestOf(laid) };
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      return { ...this.place(placement), state: 'pending', failure: failureOf(error) };
    }
  }

  public async unpublish(instance: LiveInstance, isGone: boolean): Promise<GitOutcome> {
    const placement = this.placementOf(instance);
    const wish = this.wishes.get(keyText(placement));
    // Nothing was ever committed: there is nothing to take back.
    if (wish === undefined && instance.status?.git?.tree === undefined) return { ...this.place(placement), state: 'committed' };
    if (wish?.what === 'removal' && !isDue(wish, this.settings.clock)) return this.outcome(placement, wish);
    const grave = wish?.what === 'tombstone' ? wish : undefined;
    if (wish?.what === 'removal' || (grave?.result?.ok && isGone)) return this.outcome(placement, this.ask(placement, 'removal', {}));
    if (grave && !isDue(grave, this.settings.clock)) return { ...this.outcome(placement, grave), state: 'pending' };
    return this.bury(placement, wish === undefined);
  }

  /** @param isRestart nothing is remembered: an earlier run may have got as far as the removal */
  private async bury(placement: Placement, isRestart: boolean): Promise<GitOutcome> {
    const { owner, flux, publisher } = this.settings;
    try {
      if (isRestart && !(await publisher.isPublished(placement))) return { ...this.place(placement), state: 'committed' };
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      return { ...this.place(placement), state: 'pending', failure: failureOf(error) };
    }
    const wish = this.ask(placement, 'tombstone', { layout: tombstone(placement, { owner, flux }) });
    return { ...this.outcome(placement, wish), state: 'pending' };
  }

  /** In a namespace that is being deleted nothing may be waited for: the removal is noted down, and the instance may go. */
  public async abandon(instance: LiveInstance): Promise<GitOutcome> {
    const placement = this.placementOf(instance);
    if (instance.status?.git?.tree !== undefined) {
      await this.settings.owed.add(placement);
      this.remove(placement);
    }
    return { ...this.place(placement), state: 'committed' };
  }

  public forget(key: string): void {
    const wish = this.wishes.get(key);
    if (wish?.what === 'removal' && wish.result === undefined) return;
    this.wishes.delete(key);
  }

  public async idle(): Promise<boolean> {
    if (this.open === 0) return false;
    while (this.open > 0) await this.settings.publisher.flush();
    return true;
  }

  public async stop(): Promise<void> {
    this.stopping.abort();
    await this.looking;
    await this.settings.publisher.close();
  }

  private layOut({ manifests, secretHash }: Plan, { namespace, name }: Placement): InstanceLayout {
    const { cluster, owner, flux } = this.settings;
    return layout({ namespace, name, manifests }, { cluster, owner, flux, secretHash });
  }

  private remove(placement: Placement): void {
    this.ask(placement, 'removal', {}, () => this.settings.owed.settle(placement));
  }

  private ask(placement: Placement, what: string, request: AskOptions, onPublished: () => Promise<void> = async () => {}): Wish {
    const { publisher, owner, wake, log } = this.settings;
    const key = keyText(placement);
    const wish: Wish = { what };
    this.wishes.set(key, wish);
    this.open += 1;
    void publisher
      .publish({ placement, owner, reason: what.startsWith('sha256') ? 'spec-change' : what, ...request })
      .then(async (result) => {
        this.open -= 1;
        wish.result = result;
        if (result.ok)
          await onPublished().catch((error: unknown) =>
            log.error('a settled removal could not be noted', { instance: key, error: String(error) }),
          );
        else if (result.retryAt) this.wakeAt(key, result.retryAt);
        wake(key);
      });
    return wish;
  }

  private wakeAt(key: string, at: Date): void {
    const { clock, wake } = this.settings;
    const pause = Math.max(0, at.getTime() - clock.now().getTime());
    clock.sleep(pause, this.stopping.signal).then(
      () => wake(key),
      // Stopped.
      () => {},
    );
  }

  private placementOf({ metadata: { namespace, name } }: LiveInstance): Placement {
    return { cluster: this.settings.cluster, namespace, name };
  }

  private place(placement: Placement): Pick<GitOutcome, 'repository' | 'branch' | 'path'> {
    const { url, branch } = this.settings.repository;
    return { repository: url, branch, path: instanceDirectory(placement) };
  }

  private outcome(placement: Placement, { result }: Wish): GitOutcome {
    const place = this.place(placement);
    if (result === undefined) return { ...place, state: 'pending' };
    if (!result.ok) return { ...place, state: 'pending', failure: failureOf(result.error) };
    const { tree, commit } = result;
    return { ...place, state: 'committed', ...(tree !== undefined && { tree }), ...(commit !== undefined && { commit }) };
  }

  /** Wakes the instances in whose directories somebody else wrote. */
  private async look(): Promise<void> {
    const { clock, publisher, log, wake } = this.settings;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await clock.sleep(LOOK_MS * (0.75 + clock.random() / 2), signal);
        for (const placement of await publisher.moved()) {
          const key = keyText(placement);
          log.info('the directory was changed by someone else', { instance: key });
          this.wishes.delete(key);
          wake(key);
        }
      } catch (error) {
        if (!signal.aborted) log.error('the repository could not be looked at', { error: String(error) });
      }
    }
  }
}

type AskOptions = Partial<Pick<Parameters<Publisher['publish']>[0], 'layout' | 'gate' | 'generation' | 'known'>>;

function releaseOf({ manifests, secretHash }: Plan): Release {
  return { manifests, ...(secretHash !== undefined && { secretHash }) };
}

function isSameRelease({ release }: Wish, { manifests, secretHash }: Release): boolean {
  return release?.manifests === manifests && release.secretHash === secretHash;
}

function digestOf({ digest }: InstanceLayout): Pick<GitOutcome, 'digest'> {
  return digest === undefined ? {} : { digest };
}

function knownOf({ status }: LiveInstance): { tree: string; commit: string } | undefined {
  const { tree, commit } = status?.git ?? {};
  return tree !== undefined && commit !== undefined ? { tree, commit } : undefined;
}

function failureOf({ code, message, remedy, stalled }: GitError): GitFailure {
  return { code, message: message.slice(code.length + 2), remedy, stalled };
}

/** Whether a wish that failed may be tried again. One that is of this instance alone waits until something of it changes. */
function isDue({ result }: Wish, clock: Clock): boolean {
  return result !== undefined && !result.ok && result.retryAt !== undefined && result.retryAt <= clock.now();
}
