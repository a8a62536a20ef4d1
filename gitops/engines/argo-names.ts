import type { Placement } from '../git/names';

/** Where Argo CD keeps its Applications, unless it is told otherwise. */
export const ARGO_NAMESPACE = 'argocd';

/** What the Application of an instance is called. One Argo CD may serve several clusters. */
export function applicationName({ cluster, namespace, name }: Placement): string {
  return `openclaw.${cluster}.${namespace}.${name}`;
}
