import type { KubeObject } from './objects';

/** For which instances a controller cares. Several controllers of a cluster must not share one. */
export interface Scope {
  /** Namespaces of the instances. @default - all */
  readonly namespaces?: readonly string[] | undefined;
  /** A label that they have to have: `key=value`. @default - any */
  readonly watchLabel?: string | undefined;
}

/** All instances of the cluster. */
export const WHOLE_CLUSTER: Scope = {};

export function isWhole({ namespaces, watchLabel }: Scope): boolean {
  return namespaces === undefined && watchLabel === undefined;
}

/** Key and value of a label that is written as one text. */
export function labelOf(watchLabel: string): { readonly key: string; readonly value: string } {
  const [key = '', value = ''] = watchLabel.split('=');
  return { key, value };
}

/** Whether an instance is in the care of a controller. */
export function isInScope(
  { namespaces, watchLabel }: Scope,
  { namespace, labels }: Pick<KubeObject['metadata'], 'namespace' | 'labels'>,
): boolean {
  if (namespaces !== undefined && !namespaces.includes(namespace ?? '')) return false;
  if (watchLabel === undefined) return true;
  const { key, value } = labelOf(watchLabel);
  return labels?.[key] === value;
}

/** The namespaces that such a controller has to know: those of its instances, its own, and the one whose UID tells one cluster from another. */
export function watchedNamespaces(namespaces: readonly string[], ownNamespace: string): string[] {
  return [...new Set([...namespaces, ownNamespace, 'kube-system'])];
}
