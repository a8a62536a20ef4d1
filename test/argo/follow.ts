import { execFileSync } from 'node:child_process';
import { bootstrap } from '../../gitops/bootstrap/bootstrap';
import { deliveredGrants, deliveredKinds } from '../../gitops/bootstrap/delivered-kinds';
import { OWN_SERVER, bootstrapName } from '../../gitops/bootstrap/settings';
import { type Api, type KubeObject, type ObjectRef, ok } from '../cluster/api';
import type { GitServer } from '../flux/git-server';
import { argoNamespace } from './argo';

export interface Followed {
  readonly cluster: string;
  readonly namespaces: readonly string[];
  /** @default - the cluster that Argo CD runs in */
  readonly server?: string;
  /** Whether Argo CD compares by asking the API server, as we advise, or by itself. @default true */
  readonly serverSideDiff?: boolean;
  /** See `gitops init`. @default - Argo CD looks at no signature */
  readonly signatureKeys?: readonly string[] | undefined;
}

/** The set-up that `gitops init` writes, looking more often, and the Secret with the credential. */
export function setUp(
  { url, credentials }: GitServer,
  { cluster, namespaces, server = OWN_SERVER, serverSideDiff = true, signatureKeys }: Followed,
): KubeObject[] {
  const objects = bootstrap({
    engine: 'argocd',
    cluster,
    repository: url,
    branch: 'main',
    namespaces,
    kinds: deliveredKinds(),
    grants: deliveredGrants(),
    engineNamespace: argoNamespace,
    server,
    signatureKeys,
  });
  const secret: KubeObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: bootstrapName({ cluster }),
      namespace: argoNamespace,
      labels: { 'argocd.argoproj.io/secret-type': 'repository', 'app.kubernetes.io/part-of': 'argocd' },
    },
    stringData: { type: 'git', url, username: credentials.username, password: credentials.password },
  };
  const text = JSON.stringify(objects)
    .replaceAll('"requeueAfterSeconds":60', '"requeueAfterSeconds":3')
    .replaceAll('"10s"', '"2s"')
    .replaceAll('ServerSideDiff=true', `ServerSideDiff=${serverSideDiff}`);
  return [secret, ...(JSON.parse(text) as KubeObject[])];
}

/** Tells Argo CD to follow the repository. */
export async function followWithArgo(api: Api, server: GitServer, followed: Followed): Promise<void> {
  for (const object of setUp(server, followed)) ok(await api.apply(object, { force: true, fieldManager: 'kubectl' }));
}

/** Takes Argo CD's own objects away; what it applied stays. */
export async function unfollow(api: Api, server: GitServer, followed: Followed): Promise<void> {
  for (const object of setUp(server, followed).toReversed()) if (object.metadata.name !== 'argocd-cm') await api.delete(object);
  const applications = await api.list('argoproj.io/v1alpha1', 'Application', argoNamespace);
  for (const application of applications) await api.delete(application);
}

export function applicationRef(cluster: string, namespace: string, name: string): ObjectRef {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: `openclaw.${cluster}.${namespace}.${name}`, namespace: argoNamespace },
  };
}

/** `Synced Healthy`, of the newest commit; `refresh` asks it to look again. */
export function stateOf(live: KubeObject, tip?: string): string {
  const { sync = {}, health = {} } = live['status'] ?? {};
  const isStale = tip !== undefined && sync.revision !== tip;
  return `${isStale ? 'stale ' : ''}${sync.status} ${health.status}`;
}

/** Asks Argo CD to look at an Application now, without what it remembers. */
export async function refresh(api: Api, object: ObjectRef): Promise<void> {
  ok(await api.patch(object, { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'hard' } } }));
}

/** Whether a branch of a bare repository stands here; its commit. */
export function tipOf({ path }: GitServer): string {
  return execFileSync('git', ['-C', path, 'rev-parse', 'main'], { encoding: 'utf8' }).trim();
}
