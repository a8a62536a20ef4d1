import type { ApiPort } from '../api/port';
import { create, get, mergePatch } from '../api/requests';
import { isAlreadyExists } from '../api/errors';
import { configMaps } from '../objects/kinds';
import { type Placement, isDirectoryName } from '../../gitops/git/names';

/** The ConfigMap in the controller's own namespace. An administrator may add a key to it: the directory of an instance that is gone. */
export const REMOVALS = 'openclaw-controller-owed-removals';

/**
 * Directories that still have to leave the repository although their instance is gone: its namespace was being deleted, and a namespace must
 * not wait for a remote. Kept in a ConfigMap of the controller's own namespace.
 */
export class OwedRemovals {
  public constructor(
    private readonly api: ApiPort,
    private readonly namespace: string,
    private readonly cluster: string,
  ) {}

  public async list(): Promise<Placement[]> {
    const map = await get(this.api, configMaps, this.namespace, REMOVALS);
    const places = Object.keys(map?.['data'] ?? {}).map((key) => {
      // A namespace has no dots.
      const [namespace = '', ...rest] = key.split('.');
      return { cluster: this.cluster, namespace, name: rest.join('.') };
    });
    // People write here as well, and what they mistyped names no directory.
    return places.filter(({ namespace, name }) => isDirectoryName(namespace) && isDirectoryName(name));
  }

  public async add(placement: Placement): Promise<void> {
    const data = { [keyOf(placement)]: 'removal' };
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: REMOVALS, namespace: this.namespace }, data };
    try {
      await create(this.api, map);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      await mergePatch(this.api, configMaps, this.namespace, REMOVALS, { data });
    }
  }

  public async settle(placement: Placement): Promise<void> {
    await mergePatch(this.api, configMaps, this.namespace, REMOVALS, { data: { [keyOf(placement)]: null } });
  }
}

function keyOf({ namespace, name }: Placement): string {
  return `${namespace}.${name}`;
}
