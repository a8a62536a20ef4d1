import { startCluster, type Cluster } from './cluster';
import { clusterVariable } from './parts';
import { apiPrograms, missingPrograms } from './programs';

/** The cluster of this run, for the teardown. */
export let cluster: Cluster | undefined;

/** Before all cluster tests. On a machine without the programs there is no cluster, and the tests say so themselves. */
export default async function setup(): Promise<void> {
  if (missingPrograms(apiPrograms)) return;
  cluster = await startCluster();
  const { url, token, caFile, kubeconfig, auditLog, storeUrl, folder } = cluster;
  process.env[clusterVariable] = JSON.stringify({ url, token, caFile, kubeconfig, auditLog, storeUrl, folder });
}
