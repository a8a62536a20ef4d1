import { kinds } from '../../constructs/wire/kinds';
import type { ApiPort } from '../api/port';
import { get, mergePatch } from '../api/requests';
import type { Scope } from '../objects/scope';
import { FINALIZER } from '../objects/ownership';

/** The name of the ClusterRole with the rights of a controller in the namespaces of its scope, and of the RoleBindings that give them. */
export function scopedRoleName(ownNamespace: string): string {
  return `openclaw-controller:${ownNamespace}:instances`;
}

/**
 * The rights of a controller that cares for some namespaces, kept for as long as they are needed.
 *
 * A namespace that is deleted takes its RoleBindings along at once, and with them the right to let go of the instances in it, which then would hang. So
 * the binding gets a finalizer before the first instance has one, and loses it when the last one is gone: it never holds up more than they do.
 */
export class KeptRights {
  /** Namespaces whose binding is known to have the finalizer. */
  private readonly held = new Set<string>();

  public constructor(
    private readonly api: ApiPort,
    private readonly settings: { readonly ownNamespace: string; readonly scope: Scope },
  ) {}

  /** For before an instance of the namespace gets its finalizer. */
  public async keep(namespace: string): Promise<void> {
    if (!this.isConcerned(namespace) || this.held.has(namespace)) return;
    await this.change(namespace, (finalizers) => [...new Set([...finalizers, FINALIZER])]);
    this.held.add(namespace);
  }

  /** For when the last instance of the namespace is gone. */
  public async release(namespace: string): Promise<void> {
    if (!this.isConcerned(namespace)) return;
    this.held.delete(namespace);
    await this.change(namespace, (finalizers) => finalizers.filter((one) => one !== FINALIZER));
  }

  /** Whoever cares for the whole cluster has its rights in no namespace. */
  private isConcerned(namespace: string): boolean {
    return this.settings.scope.namespaces?.includes(namespace) ?? false;
  }

  private async change(namespace: string, change: (finalizers: readonly string[]) => readonly string[]): Promise<void> {
    const name = scopedRoleName(this.settings.ownNamespace);
    const live = await get(this.api, kinds.roleBinding, namespace, name);
    // Rights may come from elsewhere.
    if (live === undefined) return;
    const { finalizers: before = [], resourceVersion } = live.metadata;
    const finalizers = change(before);
    if (finalizers.length === before.length) return;
    await mergePatch(this.api, kinds.roleBinding, namespace, name, { metadata: { resourceVersion, finalizers } });
  }
}
