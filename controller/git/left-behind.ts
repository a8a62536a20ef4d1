import type { Clock } from '../../gitops/git/clock';
import { type Placement, gitObjectNames } from '../../gitops/git/names';
import type { Publisher } from '../../gitops/publish/publisher';
import type { ApiPort } from '../api/port';
import { listAll } from '../api/list';
import { remove } from '../api/requests';
import { configMaps, instances } from '../objects/kinds';
import type { Log } from '../objects/log';
import { type Scope, isInScope } from '../objects/scope';
import { type KubeObject, type LiveInstance, keyText } from '../objects/objects';
import { isClaim, labelledInstance } from '../objects/ownership';
import type { Caches } from '../observe/caches';
import { EventBook } from '../status/event-book';
import { REMOVALS } from './owed-removals';

export interface LeftBehindSettings {
  readonly api: ApiPort;
  readonly caches: Caches;
  readonly publisher: Pick<Publisher, 'published'>;
  readonly cluster: string;
  /** Who writes: the UID of the namespace kube-system. */
  readonly owner: string;
  /** Directories of other instances are those of other controllers. @default - all instances are ours */
  readonly scope?: Scope | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const TOMBSTONE = gitObjectNames.tombstone('');

/**
 * What instances left behind: directories of those whose finalizer somebody took off while no controller ran, and tombstones in the cluster that
 * an engine made again after they were deleted. Looked for again and again, for an engine remembers what it wants for a while.
 */
export class LeftBehind {
  /** Directories that were told of, as `namespace/name`. */
  private readonly told = new Set<string>();
  private readonly events: EventBook;

  public constructor(private readonly settings: LeftBehindSettings) {
    this.events = new EventBook(settings.api, settings.clock);
  }

  /**
   * Looks once, tells of every directory that has lost its instance, and sweeps tombstones that nobody wants.
   *
   * @param isGoing whether a directory is being removed already, so that there is nothing to tell
   * @returns the directories, in the order of their paths
   * @throws GitError where the branch cannot be read
   */
  public async look(isGoing: (placement: Placement) => boolean): Promise<Placement[]> {
    const { publisher, cluster, owner, caches } = this.settings;
    // An instance that cannot be seen is not gone.
    if (!caches.knowsInstances) return [];
    // A directory goes before its instance does: one that was gone before the branch was read has lost it.
    const before = new Set(caches.instances.list().map(({ metadata }) => keyText(metadata)));
    const published = (await publisher.published(cluster, owner)).filter((placement) => this.isWatched(placement));
    await this.sweep(new Set(published.map(keyText)));
    const unseen = published.filter((placement) => !before.has(keyText(placement)) && !this.isThere(placement));
    const others = unseen.length > 0 ? await this.unlabelled() : new Set<string>();
    const lost = unseen.filter((placement) => !others.has(keyText(placement)));
    for (const placement of lost) if (!isGoing(placement)) await this.tell(placement);
    for (const key of this.told) if (!lost.some((placement) => keyText(placement) === key)) this.told.delete(key);
    return lost;
  }

  /** Whether the cluster holds nothing more of an instance than what stays. What cannot be seen is not absent. */
  public isEmpty(placement: Placement): boolean {
    if (!this.settings.caches.knowsInventory) return false;
    return this.settings.caches.labelled(placement).every((object) => isClaim(object) || object.kind === 'Secret' || isTombstone(object));
  }

  /** Whether a directory belongs to an instance of another controller, or may do so: nobody's wish clears it here. */
  public async isOthers(placement: Placement): Promise<boolean> {
    if (!this.isWatched(placement)) return true;
    return !this.isThere(placement) && (await this.unlabelled()).has(keyText(placement));
  }

  /** What stands in a namespace that is not watched cannot be known. */
  private isWatched({ namespace }: Placement): boolean {
    return isInScope({ namespaces: this.settings.scope?.namespaces }, { namespace });
  }

  /** Instances that are there without our label: they are in no cache. */
  private async unlabelled(): Promise<ReadonlySet<string>> {
    const { api, scope: { namespaces, watchLabel } = {} } = this.settings;
    if (watchLabel === undefined) return new Set();
    const selections = namespaces?.map((namespace) => ({ namespace })) ?? [{}];
    const lists = await Promise.all(selections.map((selection) => listAll(api, instances, { ...selection, metadataOnly: true })));
    return new Set(lists.flatMap(({ items }) => items.map(({ metadata }) => keyText(metadata))));
  }

  private isThere({ namespace, name }: { readonly namespace: string; readonly name: string }): boolean {
    return this.settings.caches.instances.get(namespace, name) !== undefined;
  }

  private async tell(placement: Placement): Promise<void> {
    const { namespace, name } = placement;
    const key = keyText(placement);
    if (this.told.has(key)) return;
    this.told.add(key);
    const message = `the repository holds ${key}, and there is no such instance: make it again, or have it removed by the key "${namespace}.${name}" in ConfigMap ${REMOVALS} of the controller's namespace`;
    this.settings.log.error(message, { instance: key });
    const { apiVersion, kind } = instances;
    const gone: LiveInstance = { apiVersion, kind, metadata: { name, namespace, uid: '' } };
    await this.events.write(gone, { type: 'Warning', reason: 'LeftInGit', message });
  }

  /** @param wanted instances that stand in the repository: an engine would make what is theirs again */
  private async sweep(wanted: ReadonlySet<string>): Promise<void> {
    const { api, caches, log } = this.settings;
    for (const object of caches.made(configMaps).filter(isTombstone)) {
      const key = labelledInstance(object);
      if (key === undefined || wanted.has(keyText(key)) || this.isThere(key)) continue;
      const { namespace, name, uid } = object.metadata;
      await remove(api, configMaps, namespace, name, uid === undefined ? {} : { uid });
      log.info('a tombstone was swept', { instance: keyText(key) });
    }
  }
}

/** The ConfigMap that takes the place of a deleted instance. */
function isTombstone(object: KubeObject): boolean {
  const key = labelledInstance(object);
  return object.kind === configMaps.kind && key !== undefined && object.metadata.name === `${key.name}${TOMBSTONE}`;
}
