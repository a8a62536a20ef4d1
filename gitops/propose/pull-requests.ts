/** Changes go beside the branch: one commit each on a branch of its own, and a pull request that somebody is to merge. */
import type { Fence } from '../git/fence';
import { GitError } from '../git/errors';
import type { Clock } from '../git/clock';
import type { Placement } from '../git/names';
import type { Forge, PullRequestText, PushOptions } from '../forge/pull-request';
import type { BatchSettings, Results, Target } from '../publish/batch-settings';
import { instancesIn } from '../publish/commit-message';
import { commitOf } from '../publish/commit-of';
import { type Inspected, type Judged, judge, passFence, untilNoRace, withoutSecrets } from '../publish/judge';
import { type PublishFailure, type PublishRequest, directoryOf, isDeletion, replacementFor } from '../publish/publish';
import { ReleasePlans } from '../publish/release-plan';
import type { Repository } from '../publish/repository';
import type { SideCommit } from '../publish/side-branches';
import { changeId, pathsOf, stateAt, wantedState } from './change';
import { Desk, DeskError } from './desk';
import { type HeadState, headState, isOurs } from './head';
import { type Grouping, branchOf, branchPrefix } from './names';
import { foreignResult, forgeFailure, waitingResult } from './results';
import { textOf } from './text';

export interface PullRequestSettings {
  /** Told of the branches with {@link branchPrefix} as well. */
  readonly repository: Repository;
  readonly forge: Forge | PushOptions;
  readonly clock: Clock;
  readonly fence: Fence;
  readonly cluster: string;
  readonly grouping: Grouping;
  /** The branch into which everything is to be merged. */
  readonly base: string;
}

/** What goes to one branch. */
interface Group {
  readonly branch: string;
  readonly members: readonly Inspected[];
}

/** A branch as it was left. */
interface Left {
  readonly tip: string;
  readonly placements: readonly Placement[];
  readonly paths: readonly string[];
  /** What stood at the paths, on the branch into which it goes. */
  readonly before: string;
}

/** A process that has just begun has not heard of every instance yet: so long it takes nobody out of a batch. */
const HEARING_MS = 5 * 60_000;

export class PullRequests implements Target {
  private readonly desk: Desk | undefined;
  private readonly pushOptions: readonly string[];
  /** What waits to be merged, by directory. */
  private readonly waiting = new Map<string, PublishRequest>();
  /** Instances that were heard of, as the trailers name them. */
  private readonly heard = new Set<string>();
  private readonly left = new Map<string, Left>();
  /** Branches that are to go, and could not. */
  private readonly going = new Set<string>();
  private begun: number | undefined;

  public constructor(private readonly settings: PullRequestSettings) {
    const { forge, clock, cluster, base, fence } = settings;
    const hasApi = 'create' in forge;
    this.desk = hasApi ? new Desk(forge, clock, branchPrefix(cluster), base, () => fence.mayWrite()) : undefined;
    this.pushOptions = hasApi ? [] : forge.pushOptions;
  }

  public async publish(requests: readonly PublishRequest[], results: Results, settings: BatchSettings): Promise<void> {
    const passed = withoutSecrets(requests, results);
    if (passed.length > 0) await untilNoRace(() => this.tryOnce(passed, results, settings), settings);
  }

  public isPending(placement: Placement): boolean {
    return this.settings.repository.sides.tips.has(branchOf(placement, this.settings.grouping));
  }

  public forget(placement: Placement): void {
    this.waiting.delete(directoryOf({ placement }));
  }

  public async moved(tip: string | undefined): Promise<Placement[]> {
    const { repository } = this.settings;
    const moved: Left[] = [...this.left].flatMap(([branch, left]) => (repository.sides.tips.get(branch) === left.tip ? [] : [left]));
    const base = tip === undefined || this.left.size === 0 ? undefined : await repository.fetchTip(tip);
    for (const left of this.left.values()) {
      if (base !== undefined && (await stateAt(repository, base, left.paths)) !== left.before) moved.push(left);
    }
    try {
      for (const branch of this.going) await this.remove(branch);
      for (const branch of (await this.desk?.moved()) ?? []) moved.push(...(this.left.has(branch) ? [this.left.get(branch)!] : []));
    } catch (error) {
      // Whoever waits for the forge is told when it is asked for: nobody is here.
      if (!(error instanceof DeskError)) throw error;
    }
    return moved.flatMap(({ placements }) => placements);
  }

  private async tryOnce(requests: readonly PublishRequest[], results: Results, settings: BatchSettings): Promise<void> {
    const judged = await judge(requests, results, settings);
    this.begun ??= settings.clock.monotonic();
    for (const { placement } of requests) this.heard.add(nameOf(placement));
    const { changed, done } = withoutGraves(judged, results, settings);
    for (const request of requests) this.waiting.delete(directoryOf(request));
    for (const { request } of changed) this.waiting.set(directoryOf(request), request);
    const groups = await this.groupsOf(changed, judged.base, settings);
    const open = await this.open(groups, judged);
    for (const group of groups) await this.propose(group, open, judged.base, results, settings);
    await this.withdrawUnwanted([...judged.settled, ...done], open);
  }

  /** The commits at the tips that matter here, all of them by one request. */
  private async open(groups: readonly Group[], { settled }: Judged): Promise<ReadonlyMap<string, SideCommit>> {
    const { repository, grouping } = this.settings;
    const branches = [...groups.map(({ branch }) => branch), ...settled.map(({ placement }) => branchOf(placement, grouping))];
    return repository.openSides([...new Set(branches)].flatMap((branch) => repository.sides.tips.get(branch) ?? []));
  }

  /** A batch is all that waits, whoever asked just now. */
  private async groupsOf(changed: readonly Inspected[], base: string | undefined, { repository }: BatchSettings): Promise<Group[]> {
    const { grouping } = this.settings;
    if (grouping === 'instance') return changed.map((one) => ({ branch: branchOf(one.request.placement, grouping), members: [one] }));
    const [first] = changed;
    if (first === undefined) return [];
    const others = [...this.waiting.values()].filter((request) => !changed.some((one) => one.request === request));
    const draft = await repository.open(base, others.map(replacementFor));
    const more = others.map((request): Inspected => ({ request, inspection: draft.inspect(replacementFor(request)) }));
    for (const { request, inspection } of more) if (inspection.changes.length === 0) this.waiting.delete(directoryOf(request));
    return [
      {
        branch: branchOf(first.request.placement, grouping),
        members: [...changed, ...more.filter(({ inspection }) => inspection.changes.length > 0)],
      },
    ];
  }

  private async propose(
    group: Group,
    open: ReadonlyMap<string, SideCommit>,
    base: string | undefined,
    results: Results,
    settings: BatchSettings,
  ): Promise<void> {
    const { repository } = this.settings;
    const answer = (result: (request: PublishRequest) => PublishFailure): void => {
      for (const { request } of group.members) results.set(request, result(request));
    };
    const tip = repository.sides.tips.get(group.branch);
    const found = tip === undefined ? undefined : open.get(tip);
    const state = await this.stateOf(group, found, base);
    if (state === 'foreign' && found) return answer(() => foreignResult(group.branch, found));
    const isEarly = found !== undefined && state === 'stale' && this.isUnheard(found);
    const head = found && (state === 'current' || isEarly) ? found : await this.written(group, tip, base, settings, answer);
    if (head === undefined) return;
    const change = await this.note(group, head, base, settings);
    const { branch } = group;
    if (isEarly)
      return answer((request) =>
        waitingResult({ branch, head, retryAt: settings.clock.monotonic() + HEARING_MS / 5 }, request, this.settings.base),
      );
    try {
      const pullRequest = await this.desk?.ensure({ branch, change, text: () => this.textFor(group, change, base, settings.engine) });
      answer((request) => waitingResult({ branch, head, pullRequest }, request, this.settings.base));
    } catch (error) {
      if (!(error instanceof DeskError)) throw error;
      answer((request) => forgeFailure(error, branch, head, request));
    }
  }

  /** Remembers how a branch was left. @returns what tells its change from others */
  private async note(
    { branch, members }: Group,
    { id: tip }: SideCommit,
    base: string | undefined,
    { bystanders }: BatchSettings,
  ): Promise<string> {
    const paths = pathsOf(members);
    const before = await stateAt(this.settings.repository, base, paths);
    this.left.set(branch, { tip, placements: members.map(({ request }) => request.placement), paths, before });
    // Whoever merges it does what we asked for, whatever commit comes of that.
    for (const { request, inspection } of members) bystanders.expect(request, inspection);
    return changeId(before, wantedState(members));
  }

  private async textFor({ members }: Group, change: string, base: string | undefined, engine: string): Promise<PullRequestText> {
    const plans = await ReleasePlans.of(this.settings.repository, base, members);
    const plan = plans.of(...members.map(({ request }) => request));
    return textOf({ members, plan, change, base: this.settings.base, engine });
  }

  /** A server that refuses one branch may take the others. */
  private async written(
    group: Group,
    tip: string | undefined,
    base: string | undefined,
    settings: BatchSettings,
    answer: (result: () => PublishFailure) => void,
  ): Promise<SideCommit | undefined> {
    try {
      return await this.write(group, tip, base, settings);
    } catch (error) {
      if (!(error instanceof GitError) || (error.code !== 'GIT-REJECTED' && error.code !== 'GIT-PROTECTED')) throw error;
      answer(() => ({ ok: false, error }));
      return undefined;
    }
  }

  /** What was on a branch that has been merged is not lost, whoever wrote it; nor what a person lets be written over. */
  private async stateOf({ branch, members }: Group, head: SideCommit | undefined, base: string | undefined): Promise<HeadState> {
    const state = await headState(this.settings.repository, head, members, base);
    if (state !== 'foreign' || head === undefined) return state;
    const isGivenUp = members.some(({ request: { over } }) => over !== undefined && over.length >= 7 && head.id.startsWith(over));
    if (isGivenUp) return 'stale';
    try {
      return (await this.desk?.isMerged(branch)) === true ? 'stale' : 'foreign';
    } catch (error) {
      if (!(error instanceof DeskError)) throw error;
      return 'foreign';
    }
  }

  /** Whether a batch names instances that have not been heard of since this process began. */
  private isUnheard({ message }: SideCommit): boolean {
    const { grouping, clock } = this.settings;
    if (grouping === 'instance' || clock.monotonic() >= (this.begun ?? 0) + HEARING_MS) return false;
    return instancesIn(message).some((name) => !this.heard.has(name));
  }

  private async write(
    { branch, members }: Group,
    tip: string | undefined,
    base: string | undefined,
    settings: BatchSettings,
  ): Promise<SideCommit> {
    const { repository } = this.settings;
    passFence(settings);
    const plans = await ReleasePlans.of(repository, base, members);
    const requests = members.map(({ request }) => request);
    const draft = await repository.open(base, requests.map(replacementFor));
    for (const request of requests) draft.inspect(replacementFor(request));
    const commit = await commitOf(members, { base, draft, plan: plans.of(...requests) }, settings);
    passFence(settings);
    await repository.sides.push({ branch, commit: commit.id, expected: tip, options: this.pushOptions });
    return (await repository.openSides([commit.id])).get(commit.id)!;
  }

  /** Branches of instances of which nothing waits any more. */
  private async withdrawUnwanted(settled: readonly PublishRequest[], open: ReadonlyMap<string, SideCommit>): Promise<void> {
    const { repository, grouping } = this.settings;
    const branches = new Set(settled.map(({ placement }) => branchOf(placement, grouping)));
    for (const branch of branches) {
      const tip = repository.sides.tips.get(branch);
      const head = tip === undefined ? undefined : open.get(tip);
      if (head === undefined) this.left.delete(branch);
      else if (grouping === 'instance' || (this.waiting.size === 0 && !this.isUnheard(head))) this.going.add(branch);
    }
    try {
      for (const branch of this.going) await this.remove(branch);
    } catch (error) {
      if (!(error instanceof DeskError)) throw error;
    }
  }

  /** First the pull request, then its branch: who is killed in between does the rest the next time. */
  private async remove(branch: string): Promise<void> {
    const { repository, fence } = this.settings;
    const tip = repository.sides.tips.get(branch);
    if (tip === undefined || !fence.mayWrite()) return;
    const head = (await repository.openSides([tip])).get(tip);
    // Somebody else's commits are theirs to remove, unless they have been merged.
    const isFree = head !== undefined && (isOurs(head) || (await this.desk?.isMerged(branch)) === true);
    if (isFree) {
      await this.desk?.withdraw(branch);
      await repository.sides.push({ branch, expected: tip });
    }
    this.going.delete(branch);
    this.left.delete(branch);
  }
}

/** There is nothing to bury of an instance that the branch never had. */
function withoutGraves(
  { base, changed, draft }: Judged,
  results: Results,
  { clock }: BatchSettings,
): { changed: Inspected[]; done: PublishRequest[] } {
  const isGrave = ({ request }: Inspected): boolean =>
    request.layout !== undefined && isDeletion(request) && draft.present(directoryOf(request)) === undefined;
  const done = changed.filter(isGrave).map(({ request }) => request);
  for (const request of done) results.set(request, { ok: true, commit: base, noop: true, verifiedAt: clock.now() });
  return { changed: changed.filter((one) => !isGrave(one)), done };
}

function nameOf({ cluster, namespace, name }: Placement): string {
  return `${cluster}/${namespace}/${name}`;
}
