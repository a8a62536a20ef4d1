import { type Override, render, resolve } from '../../constructs';
import type { LiveInstance } from '../objects/objects';
import type { GitOutcome } from '../decide/outcome';
import type { Plan } from '../decide/plan';
import { GitError } from '../../gitops/git/errors';
import { type InstanceLayout, layout, tombstone } from '../../gitops/layout/layout';
import type { CommitSigner } from '../../gitops/git/signer';
import { type Placement, instanceDirectory } from '../../gitops/git/names';
import type { PublishResult } from '../../gitops/publish/publish';
import type { GitDelivery } from '../decide/git-delivery';
import { BranchWatch, type BranchWatchSettings } from './branch-watch';
import type { DriftReader } from './drift-reader';
import type { EngineReader } from './engine-reader';
import type { Guard } from './guard';
import { approvedOf, failureOf, isConfirmed, knownOf, mayBeCommitted, overOf, rollbackFrom } from './what-it-says';
import { type Wish, errorOf, isDue, isSameRelease, releaseOf, saidBy } from './wish';
import { type AskOptions, Wishes } from './wishes';

export interface DeliverySettings extends BranchWatchSettings {
  readonly repository: { readonly url: string; readonly branch: string };
  readonly cluster: string;
  /** Who signs what is published. @default - nobody */
  readonly signer?: Pick<CommitSigner, 'verifier' | 'fingerprint'> | undefined;
  readonly guard: Guard;
  readonly engine: EngineReader;
  readonly drift: DriftReader;
}

/** Delivery through one branch of one repository, or one tag of a registry. What is wanted is handed to the publisher once; its answer wakes the instance. */
export class RepositoryDelivery implements GitDelivery {
  private readonly wishes: Wishes;
  private readonly branch: BranchWatch;

  public constructor(private readonly settings: DeliverySettings) {
    this.wishes = new Wishes(settings);
    this.branch = new BranchWatch(settings, this.wishes);
  }

  public async start(): Promise<void> {
    await this.branch.start();
  }

  public async publish(plan: Plan, instance: LiveInstance): Promise<GitOutcome> {
    const placement = this.placementOf(instance);
    try {
      const wish = this.wishes.of(placement);
      const isWaitedFor = wish !== undefined && !isDue(wish, instance, this.settings.clock.monotonic());
      if (isWaitedFor && isSameRelease(wish, plan)) return await this.released(placement, wish, wish.what, plan);
      const laid = this.layOut(plan, placement);
      if (isWaitedFor && wish.what === laid.digest) {
        wish.release = releaseOf(plan);
        return await this.released(placement, wish, laid.digest, plan);
      }
      await this.settings.guard.check(plan, instance, laid.digest ?? '');
      const asked = this.wishes.ask(placement, laid.digest ?? '', {
        said: saidBy(instance),
        layout: laid,
        gate: await this.settings.guard.gate(plan, instance),
        generation: instance.metadata.generation,
        known: knownOf(instance),
        over: overOf(instance),
        approved: approvedOf(instance),
        rollbackFrom: rollbackFrom(instance, plan),
        laidUnder: (overrides) => this.laidUnder(plan, instance, overrides),
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
    const wish = this.wishes.of(placement);
    if (wish === undefined && !mayBeCommitted(instance)) return { ...this.place(placement), state: 'committed' };
    if (wish?.what === 'removal' && !isDue(wish, instance, this.settings.clock.monotonic())) return this.removed(placement, wish);
    const grave = wish?.what === 'tombstone' ? wish : undefined;
    const said = saidBy(instance);
    if (wish?.what === 'removal' || (grave?.result?.ok && isGone)) {
      return this.removed(placement, this.wishes.ask(placement, 'removal', { said }));
    }
    if (grave && !isDue(grave, instance, this.settings.clock.monotonic())) return this.buried(placement, grave);
    return this.bury(placement, { said, isGuarded: !isConfirmed(instance) }, wish === undefined);
  }

  public async retire(instance: LiveInstance): Promise<GitOutcome> {
    const placement = this.placementOf(instance);
    const wish = this.wishes.of(placement);
    const isAsked = wish?.what === 'removal' && !isDue(wish, instance, this.settings.clock.monotonic());
    if (isAsked) return this.outcome(placement, wish);
    const deletes = await this.settings.engine.deletesWithItself(placement);
    if (deletes !== undefined) {
      const error = new GitError('ENGINE-DELETES', `${deletes} would delete what it applied as soon as it goes`);
      return { ...this.place(placement), state: 'pending', failure: failureOf(error) };
    }
    return this.outcome(placement, this.wishes.ask(placement, 'removal', { said: saidBy(instance) }));
  }

  /** An empty directory that waits for somebody to merge its removal keeps no instance from going: the removal is owed. */
  private async removed(placement: Placement, wish: Wish): Promise<GitOutcome> {
    const outcome = this.outcome(placement, wish);
    if (outcome.failure?.code !== 'PULL-REQUEST-OPEN') return outcome;
    await this.settings.owed.add(placement);
    this.branch.remove(placement);
    return { ...this.place(placement), state: 'committed' };
  }

  /** A release, how far the cluster is from it, and once it is committed, who has to apply it. */
  private async released(placement: Placement, wish: Wish, digest: string | undefined, plan: Plan): Promise<GitOutcome> {
    const { engine, drift } = this.settings;
    const outcome = { ...this.outcome(placement, wish), ...(digest !== undefined && { digest }) };
    if (digest === undefined) return outcome;
    // What runs was committed once, whatever the publisher has to say now.
    const { objects, againMs } = await drift.of(placement, { ...releaseOf(plan), digest });
    if (againMs !== undefined) this.wishes.wakeLater(placement, againMs);
    const told = { ...outcome, ...(objects && objects.length > 0 && { drift: objects }) };
    return outcome.state !== 'committed' || objects?.length === 0 ? told : { ...told, engine: await engine.of(placement) };
  }

  /** A tombstone, and who has to remove the objects once it is committed. */
  private async buried(placement: Placement, grave: Wish): Promise<GitOutcome> {
    const outcome: GitOutcome = { ...this.outcome(placement, grave), state: 'pending' };
    return grave.result?.ok ? { ...outcome, engine: await this.settings.engine.of(placement) } : outcome;
  }

  /** @param isRestart nothing is remembered: an earlier run may have got as far as the removal */
  private async bury(placement: Placement, options: Pick<AskOptions, 'said' | 'isGuarded'>, isRestart: boolean): Promise<GitOutcome> {
    const { owner, flux, argo, publisher } = this.settings;
    try {
      if (isRestart && !(await publisher.isPublished(placement))) return { ...this.place(placement), state: 'committed' };
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      return { ...this.place(placement), state: 'pending', failure: failureOf(error) };
    }
    const wish = this.wishes.ask(placement, 'tombstone', { ...options, layout: tombstone(placement, { owner, flux, argo }) });
    return { ...this.outcome(placement, wish), state: 'pending' };
  }

  /** In a namespace that is being deleted nothing may be waited for: the removal is noted down, and the instance may go. */
  public async abandon(instance: LiveInstance): Promise<GitOutcome> {
    const placement = this.placementOf(instance);
    if (mayBeCommitted(instance) || this.wishes.of(placement) !== undefined) {
      await this.settings.owed.add(placement);
      this.branch.remove(placement);
    }
    return { ...this.place(placement), state: 'committed' };
  }

  public forget(key: string): void {
    const { guard, engine, drift } = this.settings;
    for (const memory of [guard, engine, drift]) memory.forget(key);
    this.wishes.forget(key);
  }

  public async idle(): Promise<boolean> {
    return this.wishes.idle();
  }

  public hurry(): void {
    this.branch.hurry();
  }

  public async stop(): Promise<void> {
    this.wishes.stop();
    await this.branch.stop();
    await this.settings.publisher.close();
  }

  private layOut({ manifests, additions, overrides }: Plan, { namespace, name }: Placement): InstanceLayout {
    const { cluster, owner, flux, argo } = this.settings;
    return layout({ namespace, name, manifests }, { cluster, owner, flux, argo, additions, overrides });
  }

  /** The same plan with other overrides; `undefined` where the spec does not go together with them. */
  private laidUnder(plan: Plan, instance: LiveInstance, overrides: readonly Override[]): InstanceLayout | undefined {
    const { madeWith } = plan;
    const resolution = madeWith && resolve(instance, madeWith.facts, { parts: madeWith.parts, overrides });
    if (!resolution?.ok) return undefined;
    const manifests = render(resolution.instance, { parts: madeWith?.parts });
    return this.layOut({ ...plan, manifests, overrides: resolution.instance.overrides ?? [] }, this.placementOf(instance));
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
    if (error) return { ...place, state: 'pending', failure: failureOf(error), ...waitingOf(result) };
    if (!result?.ok) return { ...place, state: 'pending' };
    const { tree, commit, noop, replaced, plan } = result;
    const news = { ...(replaced && { replaced }), ...(plan && { plan }) };
    const held = { ...(tree !== undefined && { tree }), ...(commit !== undefined && { commit }), ...news };
    return { ...this.place(placement, !noop), state: 'committed', ...held };
  }
}

/** What a change that is not committed comes with: where it waits, and what it would do. */
function waitingOf(result: PublishResult | undefined): Pick<GitOutcome, 'pullRequest' | 'plan'> {
  if (result === undefined || result.ok) return {};
  const { pullRequest, plan } = result;
  return { ...(pullRequest && { pullRequest }), ...(plan && { plan }) };
}
