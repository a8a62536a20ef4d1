import type { Change, ChangeSet, ManifestSet, Refusal, Sink } from '../../constructs';
import { SinkError, byId } from '../../constructs/sink';
import { GitError } from '../git/errors';
import { type InstanceLayout, type LayoutOptions, layout, tombstone } from '../layout/layout';
import { type Placement, instanceDirectory } from '../git/names';
import {
  type PublishFailure,
  type PublishRequest,
  type PublishResult,
  type Published,
  type PullRequestNote,
  replacementFor,
} from './publish';
import type { Publisher } from './publisher';
import type { TreeStore } from './tree-store';
import type { TreeDraft } from './tree-draft';
import { isMassDeletion } from './deletion-guard';
import { type GateOptions, refuseSecrets } from '../gate/secret-gate';

export interface GitSinkSettings {
  readonly publisher: Publisher;
  /** The repository of that publisher. */
  readonly repository: TreeStore;
  readonly layout: LayoutOptions;
  readonly gate?: GateOptions;
  /** What is of one instance alone, laid over the others. @default - nothing is */
  readonly of?: (set: ManifestSet) => Pick<LayoutOptions, 'additions' | 'overrides' | 'flux' | 'argo'> & { readonly gate?: GateOptions };
  /** How an engine is told of an instance that is to go. @default - as `layout` says */
  readonly enginesOf?: (placement: Placement) => Pick<LayoutOptions, 'flux' | 'argo'>;
  /** Whether instances that are there and not among the sets stay as they are. @default false */
  readonly keepsOthers?: boolean;
  /** A commit of somebody else that may be written over. @default - none */
  readonly over?: string | undefined;
  /** Told of each change that waits for somebody to merge it. @default - nobody is */
  readonly onWaiting?: (placement: Placement, pullRequest: PullRequestNote) => void;
  /** Whether any number of instances may be taken out at once. @default false */
  readonly allowMassDelete?: boolean;
}

/**
 * All instances of a cluster, written at once. An instance that is there and not among the sets gets a tombstone, which makes the engine delete its
 * objects; its directory stays, since from here nobody can see when they are gone.
 */
export class GitSink implements Sink {
  public constructor(private readonly settings: GitSinkSettings) {}

  /** @throws {@link SinkError}; {@link GitError} where the repository cannot be read or the sets as a whole are refused */
  public async diff(sets: readonly ManifestSet[]): Promise<ChangeSet> {
    const { repository } = this.settings;
    const base = await this.fetch();
    const wishes = await this.wishes(sets, base);
    const draft = await repository.open(
      base,
      wishes.map(({ request }) => replacementFor(request)),
    );
    return settled(
      wishes,
      wishes.map(({ request }) => inspect(request, draft)),
    );
  }

  /** @throws as `diff`. What is refused holds up no other instance. */
  public async apply(sets: readonly ManifestSet[]): Promise<ChangeSet> {
    const { publisher } = this.settings;
    const wishes = await this.wishes(sets, await this.fetch());
    const answers = wishes.map(({ request }) => publisher.publish(request));
    await publisher.flush();
    const results = await Promise.all(answers);
    return settled(
      wishes,
      results.map((result, index) => this.proposed(result, wishes[index]!)),
    );
  }

  /** What waits to be merged is done as far as it can be from here. */
  private proposed(result: PublishResult, { request: { placement } }: SinkWish): Answer {
    if (result.ok || result.error.code !== 'PULL-REQUEST-OPEN') return result;
    if (result.pullRequest) this.settings.onWaiting?.(placement, result.pullRequest);
    return { ok: true, noop: false };
  }

  private async fetch(): Promise<string | undefined> {
    const tip = await this.settings.repository.lsRemote();
    return tip === undefined ? undefined : this.settings.repository.fetchTip(tip);
  }

  private async wishes(sets: readonly ManifestSet[], base: string | undefined): Promise<SinkWish[]> {
    const { layout: options, repository } = this.settings;
    const { cluster, owner } = options;
    const present = await repository.ownedDirectories(base, `clusters/${cluster}/instances`, owner);
    const wanted = sets.map((set) => {
      const { gate, ...own } = this.settings.of?.(set) ?? {};
      return this.wish(layout(set, { ...options, ...own }), present, false, gate);
    });
    const ids = new Set(wanted.map(({ id }) => id));
    const others = this.settings.keepsOthers === true ? [] : [...present];
    const gone = others.filter((directory) => !ids.has(directory)).map((directory) => placementOf(cluster, directory));
    const graves = gone.map((placement) =>
      this.wish(tombstone(placement, { ...options, ...this.settings.enginesOf?.(placement) }), present, true),
    );
    const deletions = await this.count(graves, base);
    if (isMassDeletion(deletions, present.size) && !this.settings.allowMassDelete) {
      throw new GitError('MASS-DELETE', `${deletions} of ${present.size} instances would be deleted from ${cluster}`);
    }
    return byId([...wanted, ...graves]);
  }

  /** Tombstones that are not there yet. */
  private async count(graves: readonly SinkWish[], base: string | undefined): Promise<number> {
    const draft = await this.settings.repository.open(
      base,
      graves.map(({ request }) => replacementFor(request)),
    );
    return graves.filter(({ request }) => draft.inspect(replacementFor(request)).changes.length > 0).length;
  }

  private wish(instance: InstanceLayout, present: ReadonlySet<string>, isDeleted: boolean, own?: GateOptions): SinkWish {
    const { gate, layout: options, over } = this.settings;
    const { placement, directory } = instance;
    return {
      id: directory,
      isDeleted,
      isThere: present.has(directory),
      request: { placement, layout: instance, owner: options.owner, gate: own ?? gate, over },
    };
  }
}

interface SinkWish {
  /** The directory. */
  readonly id: string;
  readonly isDeleted: boolean;
  readonly isThere: boolean;
  readonly request: PublishRequest;
}

/** What became of a wish, or would. */
type Answer = Pick<Published, 'ok' | 'noop'> | PublishFailure;

/** What publishing would come to. */
function inspect(request: PublishRequest, draft: TreeDraft): Answer {
  try {
    refuseSecrets(request.layout?.files ?? [], request.gate);
    return { ok: true, noop: draft.inspect(replacementFor(request)).changes.length === 0 };
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    return { ok: false, error };
  }
}

/** @throws {@link SinkError} */
function settled(wishes: readonly SinkWish[], answers: readonly Answer[]): ChangeSet {
  const changes: Change[] = [];
  const refusals: Refusal[] = [];
  let cause: GitError | undefined;
  for (const [index, wish] of wishes.entries()) {
    const answer = answers[index];
    if (!answer?.ok) {
      cause ??= answer?.error;
      refusals.push({ id: wish.id, message: answer?.error.message ?? `no answer for ${wish.id}` });
      continue;
    }
    // An instance that was deleted by an earlier run is no news.
    if (answer.noop && wish.isDeleted) continue;
    changes.push({ id: wish.id, action: answer.noop ? 'unchanged' : actionOf(wish) });
  }
  if (refusals.length > 0) throw new SinkError(refusals, changes, { cause });
  return changes;
}

function actionOf({ isDeleted, isThere }: SinkWish): Change['action'] {
  if (isDeleted) return 'deleted';
  return isThere ? 'configured' : 'created';
}

function placementOf(cluster: string, directory: string): Placement {
  const [namespace = '', name = ''] = directory.split('/').slice(-2);
  const placement = { cluster, namespace, name };
  if (instanceDirectory(placement) !== directory) throw new Error(`${directory} is no directory of an instance`);
  return placement;
}
