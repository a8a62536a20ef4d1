import type { Clock } from '../../gitops/git/clock';
import type { Log } from '../objects/log';
import { type LiveInstance, keyText } from '../objects/objects';
import type { GitOutcome } from '../decide/outcome';
import type { Plan } from '../decide/plan';
import type { FluxSettings } from '../../gitops/engines/flux';
import { GitError } from '../../gitops/git/errors';
import { type InstanceLayout, layout, tombstone } from '../../gitops/layout/layout';
import type { CommitSigner } from '../../gitops/git/signer';
import { type Placement, instanceDirectory } from '../../gitops/git/names';
import type { PublishRequest, PublishResult } from '../../gitops/publish/publish';
import type { Publisher } from '../../gitops/publish/publisher';
import type { GitDelivery } from '../decide/git-delivery';
import type { Guard } from './guard';
import type { EngineReader } from './engine-reader';
import type { LeftBehind } from './left-behind';
import type { OwedRemovals } from './owed-removals';
import { failureOf, isConfirmed, knownOf, mayBeCommitted, overOf } from './what-it-says';
import { type Wish, errorOf, isDue, isSameRelease, releaseOf, saidBy } from './wish';

/** How often the branch is looked at for changes of others; one cheap request a branch. */
const LOOK_MS = 60_000;

/** Wishes on which a directory goes. */
const GOING: ReadonlySet<string> = new Set(['tombstone', 'removal']);

export interface DeliverySettings {
  readonly publisher: Publisher;
  readonly repository: { readonly url: string; readonly branch: string };
  readonly cluster: string;
  /** Who signs the commits. @default - nobody */
  readonly signer?: CommitSigner | undefined;
  /** Who writes: the UID of the namespace kube-system. */
  readonly owner: string;
  /** @default - no Kustomizations for Flux */
  readonly flux?: FluxSettings | undefined;
  readonly guard: Guard;
  readonly owed: OwedRemovals;
  readonly left: LeftBehind;
  readonly engine: EngineReader;
  /** Whether an instance of this name has been published since its directory was owed: it is that one's now. */
  readonly isTaken: (placement: Placement) => boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Asks for a pass of an instance. */
  readonly wake: (key: string) => void;
}

/** Delivery through one branch of one repository. What is wanted is handed to the publisher once; its answer wakes the instance. */
export class RepositoryDelivery implements GitDelivery {
  private readonly wishes = new Map<string, Wish>();
  private readonly stopping = new AbortController();
  private looking: Promise<void> | undefined;
  private open = 0;

  public constructor(private readonly settings: DeliverySettings) {}

  /**
   * Begins to look for foreign commits and for what was left behind, and takes up removals that are still owed. What cannot be taken up now is at a later
   * look: instances that are there do not wait for those that are gone.
   */
  public async start(): Promise<void> {
    await this.orLog(async () => {
      for (const placement of await this.settings.owed.list()) await this.orLog(() => this.clear(placement));
    });
    this.looking = this.look();
  }

  public async publish(plan: Plan, instance: LiveInstance): Promise<GitOutcome> {
    const placement = this.placementOf(instance);
    try {
      const wish = this.wishes.get(keyText(placement));
      const isWaitedFor = wish !== undefined && !isDue(wish, instance, this.settings.clock.monotonic());
      if (isWaitedFor && isSameRelease(wish, plan)) return await this.released(placement, wish, wish.what, plan);
      const laid = this.layOut(plan, placement);
      if (isWaitedFor && wish.what === laid.digest) {
        wish.release = releaseOf(plan);
        return await this.released(placement, wish, laid.digest, plan);
      }
      await this.settings.guard.check(plan, instance, laid.digest ?? '');
      const asked = this.ask(placement, laid.digest ?? '', {
        said: saidBy(instance),
        layout: laid,
        gate: await this.settings.guard.gate(plan, instance),
        generation: instance.metadata.generation,
        known: knownOf(instance),
        over: overOf(instance),
      });
      asked.release = releaseOf(plan);
      return await this.released(placement, asked, laid.digest, plan);
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      return { ...this.place(placement), state: 'pending', failure: failureOf(error) };
    }
  }

  public async unpublish(instance: LiveInstance, isGone: boolean): Promise<GitOutcome> {
    const placement = this.placementOf(instance);
    const wish = this.wishes.get(keyText(placement));
    if (wish === undefined && !mayBeCommitted(instance)) return { ...this.place(placement), state: 'committed' };
    if (wish?.what === 'removal' && !isDue(wish, instance, this.settings.clock.monotonic())) return this.outcome(placement, wish);
    const grave = wish?.what === 'tombstone' ? wish : undefined;
    const said = saidBy(instance);
    if (wish?.what === 'removal' || (grave?.result?.ok && isGone)) return this.outcome(placement, this.ask(placement, 'removal', { said }));
    if (grave && !isDue(grave, instance, this.settings.clock.monotonic())) return this.buried(placement, grave);
    return this.bury(placement, { said, isGuarded: !isConfirmed(instance) }, wish === undefined);
  }

  public async retire(instance: LiveInstance): Promise<GitOutcome> {
    const placement = this.placementOf(instance);
    const wish = this.wishes.get(keyText(placement));
    const isAsked = wish?.what === 'removal' && !isDue(wish, instance, this.settings.clock.monotonic());
    if (isAsked) return this.outcome(placement, wish);
    const deletes = await this.settings.engine.deletesWithItself(placement);
    if (deletes !== undefined) {
      const error = new GitError('ENGINE-DELETES', `${deletes} would delete what it applied as soon as it goes`);
      return { ...this.place(placement), state: 'pending', failure: failureOf(error) };
    }
    return this.outcome(placement, this.ask(placement, 'removal', { said: saidBy(instance) }));
  }

  /** A release, and who has to apply it once it is committed. */
  private async released(placement: Placement, wish: Wish, digest: string | undefined, { manifests }: Plan): Promise<GitOutcome> {
    const { engine } = this.settings;
    const outcome = { ...this.outcome(placement, wish), ...(digest !== undefined && { digest }) };
    const isWaitedFor = outcome.state === 'committed' && digest !== undefined && !engine.hasApplied(placement, digest, manifests);
    return isWaitedFor ? { ...outcome, engine: await engine.of(placement) } : outcome;
  }

  /** A tombstone, and who has to remove the objects once it is committed. */
  private async buried(placement: Placement, grave: Wish): Promise<GitOutcome> {
    const outcome: GitOutcome = { ...this.outcome(placement, grave), state: 'pending' };
    return grave.result?.ok ? { ...outcome, engine: await this.settings.engine.of(placement) } : outcome;
  }

  /** @param isRestart nothing is remembered: an earlier run may have got as far as the removal */
  private async bury(placement: Placement, options: Pick<AskOptions, 'said' | 'isGuarded'>, isRestart: boolean): Promise<GitOutcome> {
    const { owner, flux, publisher } = this.settings;
    try {
      if (isRestart && !(await publisher.isPublished(placement))) return { ...this.place(placement), state: 'committed' };
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      return { ...this.place(placement), state: 'pending', failure: failureOf(error) };
    }
    const wish = this.ask(placement, 'tombstone', { ...options, layout: tombstone(placement, { owner, flux }) });
    return { ...this.outcome(placement, wish), state: 'pending' };
  }

  /** In a namespace that is being deleted nothing may be waited for: the removal is noted down, and the instance may go. */
  public async abandon(instance: LiveInstance): Promise<GitOutcome> {
    const placement = this.placementOf(instance);
    if (mayBeCommitted(instance) || this.wishes.has(keyText(placement))) {
      await this.settings.owed.add(placement);
      this.remove(placement);
    }
    return { ...this.place(placement), state: 'committed' };
  }

  public forget(key: string): void {
    this.settings.guard.forget(key);
    this.settings.engine.forget(key);
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

  private layOut({ manifests, additions, overrides }: Plan, { namespace, name }: Placement): InstanceLayout {
    const { cluster, owner, flux } = this.settings;
    return layout({ namespace, name, manifests }, { cluster, owner, flux, additions, overrides });
  }

  /** Directories that have lost their instance are told of, and cleared for whom that was asked. */
  private async lookBehind(): Promise<void> {
    const isGoing = (placement: Placement): boolean => GOING.has(this.wishes.get(keyText(placement))?.what ?? '');
    const lost = await this.settings.left.look(isGoing);
    if (lost.length === 0) return;
    const asked = new Set((await this.settings.owed.list()).map(keyText));
    for (const placement of lost) if (asked.has(keyText(placement))) await this.clear(placement);
  }

  /** One step on the way of a directory that is to go: the engine takes its objects away first, as at the end of an instance. */
  private async clear(placement: Placement): Promise<void> {
    const { owed, isTaken, left, owner, flux } = this.settings;
    if (this.wishes.get(keyText(placement))?.what === 'removal') return;
    if (await left.isOthers(placement)) return;
    if (isTaken(placement)) await owed.settle(placement);
    else if (left.isEmpty(placement)) this.remove(placement);
    else this.ask(placement, 'tombstone', { layout: tombstone(placement, { owner, flux }) });
  }

  /** Removes a directory whose instance is gone: nobody asks for it again, so it is tried until it is done. */
  private remove(placement: Placement): void {
    const { owed, log } = this.settings;
    const key = keyText(placement);
    const wish = this.ask(placement, 'removal', {}, async (result) => {
      if (result.ok) {
        await owed
          .settle(placement)
          .catch((error: unknown) => log.error('a settled removal could not be noted', { instance: key, error: String(error) }));
        return;
      }
      log.error('a directory could not be removed yet', { instance: key, error: result.error.message });
      this.later(this.pauseUntil(result.retryAt), () => {
        const now = this.wishes.get(key);
        // A new instance of the name may have come: its directory it is then.
        if (now === undefined || now === wish) this.remove(placement);
      });
    });
  }

  private ask(
    placement: Placement,
    what: string,
    { said, ...request }: AskOptions,
    onAnswer: (result: PublishResult) => Promise<void> = async () => {},
  ): Wish {
    const { publisher, owner, wake, clock } = this.settings;
    const key = keyText(placement);
    const before = this.wishes.get(key);
    const wish: Wish = { what, ...(said !== undefined && { said }), last: before?.what === what ? errorOf(before) : undefined };
    this.wishes.set(key, wish);
    this.open += 1;
    void publisher
      .publish({ placement, owner, reason: what.startsWith('sha256') ? 'spec-change' : what, ...request })
      .then(async (result) => {
        this.open -= 1;
        wish.result = result;
        wish.answeredAt = clock.monotonic();
        await onAnswer(result);
        if (!result.ok && result.retryAt) this.later(this.pauseUntil(result.retryAt), () => wake(key));
        wake(key);
      });
    return wish;
  }

  private pauseUntil(at: number | undefined): number {
    return at === undefined ? LOOK_MS : Math.max(0, at - this.settings.clock.monotonic());
  }

  private later(ms: number, run: () => void): void {
    this.settings.clock.sleep(ms, this.stopping.signal).then(
      run,
      // Stopped.
      () => {},
    );
  }

  private placementOf({ metadata: { namespace, name } }: LiveInstance): Placement {
    return { cluster: this.settings.cluster, namespace, name };
  }

  /** @param isSigned a commit of it was made just now. @default false */
  private place(placement: Placement, isSigned = false): Pick<GitOutcome, 'repository' | 'branch' | 'path' | 'signing'> {
    const { repository, signer } = this.settings;
    const place = { repository: repository.url, branch: repository.branch, path: instanceDirectory(placement) };
    return signer ? { ...place, signing: { key: signer.verifier, fingerprint: signer.fingerprint, isSigned } } : place;
  }

  private outcome(placement: Placement, wish: Wish): GitOutcome {
    const place = this.place(placement);
    const { result } = wish;
    const error = errorOf(wish);
    if (error) return { ...place, state: 'pending', failure: failureOf(error) };
    if (!result?.ok) return { ...place, state: 'pending' };
    const { tree, commit, noop, replaced } = result;
    const held = { ...(tree !== undefined && { tree }), ...(commit !== undefined && { commit }), ...(replaced && { replaced }) };
    return { ...this.place(placement, !noop), state: 'committed', ...held };
  }

  /** Looks now and then for what nobody tells us. */
  private async look(): Promise<void> {
    const { clock } = this.settings;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.orLog(() => this.lookBehind());
      // Rejects when it is stopped.
      await clock.sleep(LOOK_MS * (0.75 + clock.random() / 2), signal).catch(() => undefined);
      await this.orLog(() => this.lookForMoved());
    }
  }

  /** Wakes the instances in whose directories somebody else wrote. */
  private async lookForMoved(): Promise<void> {
    const { publisher, log, wake } = this.settings;
    for (const placement of await publisher.moved()) {
      const key = keyText(placement);
      log.info('the directory was changed by someone else', { instance: key });
      this.wishes.delete(key);
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

interface AskOptions extends Pick<PublishRequest, 'layout' | 'gate' | 'generation' | 'known' | 'over' | 'isGuarded'> {
  readonly said?: string;
}
