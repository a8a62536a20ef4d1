import { join } from 'node:path';
import { waitUntil, type Api } from './api';
import type { ClusterFiles } from './cluster';
import { kubectl } from './kubectl';
import { testCluster } from './parts';

/** The folder of our CRDs. */
export const crdFolder = join(__dirname, '..', '..', 'imports', 'crds');

/** Installs our CRDs with plain `kubectl apply` and waits until the server serves all kinds; a second time is harmless. */
export async function installCrds(api: Api, cluster: ClusterFiles = testCluster()): Promise<void> {
  const { status, stderr } = await kubectl(cluster, ['apply', '-f', join(crdFolder, 'all.yaml')]);
  if (status !== 0) throw new Error(stderr);
  const read = async (): Promise<readonly string[]> => {
    const { body } = await api.request('GET', '/apis/openclaw.rocks/v1alpha1');
    const resources: readonly { readonly name: string }[] = body['resources'] ?? [];
    return resources.map(({ name }) => name);
  };
  const kinds = ['openclawinstances', 'openclawselfconfigs', 'openclawclusterdefaults'];
  await waitUntil('our kinds to be served', read, (served) => kinds.every((kind) => served.includes(kind)));
}
