import { readFileSync, rmSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { Api, type Access } from './api';

/** Where the controller manager's hostpath provisioner makes its folders; Kubernetes leaves no choice. */
const provisioned = '/tmp/hostpath_pv';

/** Removes the folders of a cluster's volumes; the cluster must still answer. */
export async function removeVolumes(clusterFolder: string): Promise<void> {
  const access: Access = JSON.parse(readFileSync(join(clusterFolder, 'cluster.json'), 'utf8'));
  const api = new Api(access);
  try {
    for (const volume of await api.list('v1', 'PersistentVolume')) {
      const path = resolve(String(volume['spec']?.hostPath?.path ?? ''));
      if (path.startsWith(provisioned + sep)) rmSync(path, { recursive: true, force: true });
    }
  } finally {
    api.close();
  }
}
