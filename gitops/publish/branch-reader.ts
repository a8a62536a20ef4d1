import type { Placement } from '../git/names';
import type { Held } from './batch-settings';
import { type Bystanders, pathsOf } from './bystanders';
import { directoryOf } from './publish';
import type { TreeStore } from './tree-store';

/** Looks at a branch without writing. The cache behind it serves one at a time: whoever calls sees to that. */
export class BranchReader {
  public constructor(
    private readonly repository: TreeStore,
    private readonly held: ReadonlyMap<string, Held>,
    private readonly bystanders: Bystanders,
  ) {}

  /** The instances whose files are no longer what was published. What is held back for that is no news. @param tip as it is now */
  public async moved(tip: string | undefined): Promise<Placement[]> {
    if (this.held.size === 0) return [];
    const paths = [...this.held].flatMap(([, { placement }]) => pathsOf({ placement, owner: '' }));
    const entries = await this.repository.entries(tip === undefined ? undefined : await this.repository.fetchTip(tip), paths);
    const isAsPublished = ([directory, { tree, beside, placement }]: [string, Held]): boolean => {
      const found = pathsOf({ placement, owner: '' }).map((path) => entries.get(path)?.id);
      if (this.bystanders.isHolding(directory, found)) return true;
      return [[directory, tree] as const, ...beside].every(([path, id]) => entries.get(path)?.id === id);
    };
    return [...this.held].filter((one) => !isAsPublished(one)).map(([, { placement }]) => placement);
  }

  /** Whether the branch has a directory of this instance. */
  public async isPublished(placement: Placement): Promise<boolean> {
    const directory = directoryOf({ placement });
    const tip = await this.repository.lsRemote();
    if (tip === undefined) return false;
    const trees = await this.repository.directories(await this.repository.fetchTip(tip), [directory]);
    return trees.get(directory) !== undefined;
  }

  /** The instances of a cluster that have a directory of this owner. */
  public async published(cluster: string, owner: string): Promise<Placement[]> {
    const tip = await this.repository.lsRemote();
    if (tip === undefined) return [];
    const root = `clusters/${cluster}/instances`;
    const owned = await this.repository.ownedDirectories(await this.repository.fetchTip(tip), root, owner);
    return [...owned].toSorted().map((path) => {
      const [namespace = '', name = ''] = path.slice(root.length + 1).split('/');
      return { cluster, namespace, name };
    });
  }
}
