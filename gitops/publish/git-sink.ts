import type { Change, ChangeSet, ManifestSet, Sink } from '../../constructs';
import { GitError } from '../git/errors';
import { type InstanceLayout, type LayoutOptions, layout, tombstone } from '../layout/layout';
import { type Placement, instanceDirectory } from '../git/names';
import { type PublishRequest, type PublishResult, replacementFor } from './publish';
import type { Publisher } from './publisher';
import type { Repository } from './repository';
import { type GateOptions, refuseSecrets } from '../gate/secret-gate';

export interface GitSinkSettings {
  readonly publisher: Publisher;
  /** The repository of that publisher. */
  readonly repository: Repository;
  readonly layout: LayoutOptions;
  readonly gate?: GateOptions;
  /** Whether any number of instances may be taken out at once. @default false */
  readonly allowMassDelete?: boolean;
}

/** So many instances may always be taken out at once, or a tenth of all. */
const FEW = 3;

/**
 * All instances of a cluster, written at once. An instance that is there and not among the sets gets a tombstone, which makes the engine delete its
 * objects; its directory stays, since from here nobody can see when they are gone.
 */
export class GitSink implements Sink {
  public constructor(private readonly settings: GitSinkSettings) {}

  public async diff(sets: readonly ManifestSet[]): Promise<ChangeSet> {
    const { repository } = this.settings;
    const base = await this.fetch();
    const wishes = await this.wishes(sets, base);
    for (const { request } of wishes) refuseSecrets(request.layout?.files ?? [], request.gate);
    const draft = await repository.open(
      base,
      wishes.map(({ request }) => replacementFor(request)),
    );
    const changes = wishes.map(({ id, isDeleted, isThere, request }): Change => {
      const isChanged = draft.inspect(replacementFor(request)).changes.length > 0;
      return { id, action: isChanged ? actionOf(isDeleted, isThere) : 'unchanged' };
    });
    return settled(changes, wishes);
  }

  /** @throws {@link GitError} of the first instance that could not be written; the others are written */
  public async apply(sets: readonly ManifestSet[]): Promise<ChangeSet> {
    const { publisher } = this.settings;
    const wishes = await this.wishes(sets, await this.fetch());
    const answers = wishes.map(({ request }) => publisher.publish(request));
    await publisher.flush();
    const results = await Promise.all(answers);
    return settled(
      wishes.map((wish, index) => changeOf(wish, results[index])),
      wishes,
    );
  }

  private async fetch(): Promise<string | undefined> {
    const tip = await this.settings.repository.lsRemote();
    return tip === undefined ? undefined : this.settings.repository.fetchTip(tip);
  }

  private async wishes(sets: readonly ManifestSet[], base: string | undefined): Promise<SinkWish[]> {
    const { layout: options, repository } = this.settings;
    const { cluster, owner } = options;
    const present = await repository.ownedDirectories(base, `clusters/${cluster}/instances`, owner);
    const wanted = sets.map((set) => this.wish(layout(set, options), present, false));
    const ids = new Set(wanted.map(({ id }) => id));
    const gone = [...present].filter((directory) => !ids.has(directory)).map((directory) => placementOf(cluster, directory));
    const graves = gone.map((placement) => this.wish(tombstone(placement, options), present, true));
    const deletions = await this.count(graves, base);
    if (deletions > Math.max(FEW, present.size / 10) && !this.settings.allowMassDelete) {
      throw new GitError('MASS-DELETE', `${deletions} of ${present.size} instances would be deleted from ${cluster}`);
    }
    return [...wanted, ...graves].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Tombstones that are not there yet. */
  private async count(graves: readonly SinkWish[], base: string | undefined): Promise<number> {
    const draft = await this.settings.repository.open(
      base,
      graves.map(({ request }) => replacementFor(request)),
    );
    return graves.filter(({ request }) => draft.inspect(replacementFor(request)).changes.length > 0).length;
  }

  private wish(instance: InstanceLayout, present: ReadonlySet<string>, isDeleted: boolean): SinkWish {
    const { gate, layout: options } = this.settings;
    const { placement, directory } = instance;
    return {
      id: directory,
      isDeleted,
      isThere: present.has(directory),
      request: { placement, layout: instance, owner: options.owner, gate },
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

function changeOf({ id, isDeleted, isThere }: SinkWish, result: PublishResult | undefined): Change {
  if (!result?.ok) throw result?.error ?? new Error(`no answer for ${id}`);
  return { id, action: result.noop ? 'unchanged' : actionOf(isDeleted, isThere) };
}

function actionOf(isDeleted: boolean, isThere: boolean): Change['action'] {
  if (isDeleted) return 'deleted';
  return isThere ? 'configured' : 'created';
}

/** An instance that was deleted by an earlier run is no news. */
function settled(changes: readonly Change[], wishes: readonly SinkWish[]): ChangeSet {
  return changes.filter(({ action }, index) => !(wishes[index]?.isDeleted && action === 'unchanged'));
}

function placementOf(cluster: string, directory: string): Placement {
  const [namespace = '', name = ''] = directory.split('/').slice(-2);
  const placement = { cluster, namespace, name };
  if (instanceDirectory(placement) !== directory) throw new Error(`${directory} is no directory of an instance`);
  return placement;
}
