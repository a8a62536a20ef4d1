import { isNotFound } from '../api/errors';
import type { ApiPort } from '../api/port';
import type { Kind } from '../objects/kinds';

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** Where a server keeps objects of any kind. */
export class Discovery {
  private readonly lists = new Map<string, Promise<ResourceList>>();

  public constructor(private readonly api: ApiPort) {}

  /** @returns `undefined` where the server does not have the kind */
  public async kindOf(apiVersion: string, kind: string): Promise<Kind | undefined> {
    const known = this.lists.get(apiVersion) ?? this.read(apiVersion);
    this.lists.set(apiVersion, known);
    const found = (await known).resources?.find((resource) => resource.kind === kind && !resource.name.includes('/'));
    return found && { apiVersion, kind, plural: found.name, namespaced: found.namespaced };
  }

  private async read(apiVersion: string): Promise<ResourceList> {
    try {
      const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      return (await this.api.request({ method: 'GET', path })).body as ResourceList;
    } catch (error) {
      if (isNotFound(error)) return {};
      throw error;
    }
  }
}
