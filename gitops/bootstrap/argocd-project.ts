import type { Kind } from '../../constructs/wire/kinds';
import { groupOf } from './delivered-kinds';
import type { BootstrapSettings } from './settings';

/** A kind as an AppProject lets it pass. */
interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/** The part of an AppProject's spec that we write. */
export interface ProjectSpec {
  readonly description: string;
  readonly sourceRepos: readonly string[];
  readonly destinations: readonly { readonly server: string; readonly namespace: string }[];
  readonly clusterResourceWhitelist: readonly GroupKind[];
  readonly namespaceResourceWhitelist: readonly GroupKind[];
}

/**
 * A project of this repository, these namespaces and the named kinds, and no more.
 *
 * @param namespaces an empty one lets an Application pass that names none itself, and no object: each has to name its own
 */
export function projectSpec(
  { repository, server, namespaces }: Pick<BootstrapSettings, 'repository' | 'server' | 'namespaces'>,
  description: string,
  kinds: readonly Kind[],
): ProjectSpec {
  const allowed = (isNamespaced: boolean): GroupKind[] =>
    kinds.filter(({ namespaced }) => namespaced === isNamespaced).map((kind) => ({ group: groupOf(kind), kind: kind.kind }));
  return {
    description,
    sourceRepos: [repository],
    destinations: namespaces.map((namespace) => ({ server, namespace })),
    clusterResourceWhitelist: allowed(false),
    namespaceResourceWhitelist: allowed(true),
  };
}
