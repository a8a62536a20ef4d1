import { type Api, type ObjectRef, waitUntil } from '../cluster/api';
import type { Placed } from '../cluster/controller/placed-examples';
import { describeWith, testApi, testCluster } from '../cluster/parts';
import { examplesStory } from '../flux/examples-story';
import { cluster } from '../flux/git-mode';
import { startArgo } from './argo';
import { applicationRef, followWithArgo, refresh, unfollow } from './follow';
import { size } from '../long';
import { missingArgo } from './programs';
import { tellOfCommits } from './told';

interface ApplicationStatus {
  readonly sync?: { readonly status: string };
  readonly health?: { readonly status: string };
  readonly resources?: readonly ResourceStatus[];
  readonly conditions?: readonly { readonly message: string }[];
}

interface ResourceStatus {
  readonly kind: string;
  readonly name: string;
  readonly status?: string;
  readonly health?: { readonly status: string };
}

/** Where Argo CD waits for what nobody in this cluster does: an address for an Ingress, a route or a LoadBalancer; a volume for a claim without a pod. */
const isOfOthers = ({ kind }: ResourceStatus): boolean => ['Ingress', 'HTTPRoute', 'Service', 'PersistentVolumeClaim'].includes(kind);

/** What Argo CD says of an Application after it looked anew: `Synced`, and how it differs and what is not well. */
async function verdict(api: Api, application: ObjectRef, { instance }: Placed): Promise<string> {
  const { metadata, status = {} } = (await api.get(application)).body as {
    metadata: { annotations?: object };
    status?: ApplicationStatus;
  };
  if ('argocd.argoproj.io/refresh' in (metadata.annotations ?? {})) return 'it looks';
  const { sync, resources = [], conditions = [] } = status;
  const differing = resources.filter((resource) => resource.status !== 'Synced').map(({ kind, name }) => `${kind} ${name} differs`);
  const isWell = (how?: string): boolean => [undefined, 'Healthy', ...(instance.spec?.suspended ? ['Suspended'] : [])].includes(how);
  const ill = resources.filter((one) => !isOfOthers(one) && !isWell(one.health?.status));
  return [
    sync?.status,
    ...differing,
    ...ill.map(({ kind, name, health }) => `${kind} ${name} is ${health?.status}`),
    ...conditions.map(({ message }) => message),
  ].join('; ');
}

/** Synced and Healthy, with no difference of any object and nothing to complain of. */
async function settled(api: Api, placed: Placed): Promise<void> {
  const application = applicationRef(cluster, placed.namespace, placed.object.metadata.name ?? '');
  await refresh(api, application);
  const read = () => verdict(api, application, placed);
  await waitUntil(`${application.metadata.name} to be Synced and Healthy`, read, (state) => state === 'Synced', 90_000);
}

const namespacesOf = (placed: readonly Placed[]): string[] => placed.map(({ namespace }) => namespace);

describeWith(['server', 'controllers', 'traefik', { why: missingArgo() }], 'the examples, by way of Git and Argo CD', () => {
  const admin = testApi();
  examplesStory({
    mode: { engine: 'argocd' },
    start: async (server) => {
      const argo = await startArgo(testCluster(), server, { resyncSeconds: 120 });
      const untell = tellOfCommits(admin, server, cluster);
      return { stop: () => untell().then(() => argo.stop()) };
    },
    follow: (api, server, placed) => followWithArgo(api, server, { cluster, namespaces: namespacesOf(placed) }),
    unfollow: (api, server, placed) => unfollow(api, server, { cluster, namespaces: namespacesOf(placed) }),
    settled,
    every: size(6, 1),
  });
});
