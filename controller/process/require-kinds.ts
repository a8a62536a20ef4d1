import { isNoMatch } from '../api/errors';
import type { ApiPort } from '../api/port';
import { SetupError } from '../api/setup-error';
import { type Kind, clusterDefaults, instances, resourcePath } from '../objects/kinds';
import type { Scope } from '../objects/scope';

/**
 * For a run that is to end: it cannot wait for a cluster to be set up, nor take instances that it may not list for none.
 *
 * @throws SetupError when a CRD of ours is not installed; ApiError and ConnectionError when the cluster does not let us list
 */
export async function requireOwnKinds(api: ApiPort, { namespaces = [] }: Scope = {}): Promise<void> {
  for (const kind of [instances, clusterDefaults]) await requireKind(api, kind, namespaces[0]);
}

async function requireKind(api: ApiPort, kind: Kind, namespace: string | undefined): Promise<void> {
  try {
    await api.request({ method: 'GET', path: resourcePath(kind, namespace), query: { limit: '1' } });
  } catch (error) {
    if (!isNoMatch(error)) throw error;
    throw new SetupError(`the cluster has no ${kind.kind}: its CRD is not installed; apply what openclaw-cdk8s install prints`, {
      cause: error,
    });
  }
}
