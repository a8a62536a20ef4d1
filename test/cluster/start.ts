// `npm run cluster`: a cluster until Ctrl-C, built first if need be.
import { once } from 'node:events';
import { build } from './build-programs';
import { startCluster } from './cluster';

async function main(): Promise<void> {
  const signalled = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
  build();
  const cluster = await startCluster();
  console.log(`export KUBECONFIG=${cluster.kubeconfig}`);
  console.error('the cluster is ready; Ctrl-C ends it');
  const alive = setInterval(() => undefined, 60_000);
  await Promise.race([signalled, cluster.ended]);
  clearInterval(alive);
  await cluster.stop();
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
