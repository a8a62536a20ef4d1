import { type Api, waitUntil } from '../cluster/api';
import type { Placed } from '../cluster/controller/placed-examples';
import { describeWith, testCluster } from '../cluster/parts';
import { examplesStory } from '../flux/examples-story';
import { cluster } from '../flux/git-mode';
import { startArgo } from './argo';
import { applicationRef, followWithArgo, refresh, unfollow } from './follow';
import { missingArgo } from './programs';

interface ApplicationStatus {
  readonly sync?: { readonly status: string };
  readonly resources?: readonly { readonly kind: string; readonly name: string; readonly status?: string }[];
  readonly conditions?: readonly { readonly message: string }[];
}

/** Synced after it looked anew, with no difference of any object and nothing to complain of. How well the objects are is the cluster's part. */
async function settled(api: Api, { namespace, object }: Placed): Promise<void> {
  const application = applicationRef(cluster, namespace, object.metadata.name ?? '');
  await refresh(api, application);
  const read = async (): Promise<string> => {
    const { metadata, status = {} } = (await api.get(application)).body as {
      metadata: { annotations?: object };
      status?: ApplicationStatus;
    };
    if ('argocd.argoproj.io/refresh' in (metadata.annotations ?? {})) return 'it looks';
    const { sync, resources = [], conditions = [] } = status;
    const differing = resources.filter((resource) => resource.status !== 'Synced').map(({ kind, name }) => `${kind} ${name}`);
    return [sync?.status, ...differing, ...conditions.map(({ message }) => message)].join('; ');
  };
  await waitUntil(`${application.metadata.name} to be Synced`, read, (state) => state === 'Synced', 90_000);
}

const namespacesOf = (placed: readonly Placed[]): string[] => placed.map(({ namespace }) => namespace);

describeWith(['server', 'controllers', 'traefik', { why: missingArgo() }], 'the examples, by way of Git and Argo CD', () => {
  examplesStory({
    mode: { engine: 'argocd' },
    start: (server) => startArgo(testCluster(), server),
    follow: (api, server, placed) => followWithArgo(api, server, { cluster, namespaces: namespacesOf(placed) }),
    unfollow: (api, server, placed) => unfollow(api, server, { cluster, namespaces: namespacesOf(placed) }),
    settled,
  });
});
