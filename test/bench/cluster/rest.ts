import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../../cluster/api';
import { isWrite, startAudit } from '../../cluster/audit';
import type { ClusterFiles } from '../../cluster/cluster';
import { controllerNamespace, controllerUser } from '../../cluster/controller/controller';
import { ControllerProcess } from './controller-process';
import { Fleet } from './fleet';
import type { Settings } from './phases';
import { requestCounts, requestsOf } from './requests';

/** What a fleet costs that nobody touches. */
export interface RestResult {
  readonly instances: number;
  readonly minutes: number;
  readonly heapMiB: number;
  readonly rssMiB: number;
  /** Of the controller, in seconds a minute. */
  readonly cpuSecondsPerMinute: number;
  readonly writes: number;
  /** Without watches. */
  readonly reads: number;
  /** Heap that each instance added, over the rest before; the first one over the empty controller, whose code gets warm meanwhile. */
  readonly heapKiBEach: number;
}

const MIB = 2 ** 20;

/** Suspended instances at rest: as many as asked for, then twice as many; each time for so many minutes. */
export async function rests(
  cluster: ClusterFiles,
  api: Api,
  { lib, kubeconfig, concurrency, node, count }: Settings,
  minutes: number,
): Promise<RestResult[]> {
  const flags = ['--namespace', controllerNamespace, '--concurrency', concurrency];
  const controller = await ControllerProcess.start({ lib, kubeconfig, flags, node });
  const results: RestResult[] = [];
  const empty = (await controller.heap()).heapUsed / MIB;
  try {
    for (let round = 1; round <= 2; round++) {
      const fleet = await Fleet.prepare(api, count, 'suspended');
      await fleet.write('first');
      await fleet.untilSuspended(240_000 + count * 1000);
      await controller.settled();
      // What the cluster's own controllers still write is past.
      await delay(15_000);
      const result = await restOf(cluster, api, controller, minutes);
      const added = ((result.heapMiB - (results.at(-1)?.heapMiB ?? empty)) * 1024) / count;
      results.push({ ...result, instances: count * round, heapKiBEach: Number(added.toFixed(1)) });
      process.stderr.write(`${JSON.stringify(results.at(-1))}\n`);
    }
  } finally {
    await controller.stop();
  }
  return results;
}

async function restOf(
  cluster: ClusterFiles,
  api: Api,
  controller: ControllerProcess,
  minutes: number,
): Promise<Omit<RestResult, 'instances' | 'heapKiBEach'>> {
  await controller.heap();
  const audit = await startAudit(cluster, api);
  const before = await controller.read();
  await delay(minutes * 60_000);
  const after = await controller.read();
  const requests = requestsOf(await audit.read(), controllerUser);
  const { heapUsed, rss } = await controller.heap();
  const writes = requests.filter(isWrite).length;
  // None is expected: what was asked all the same is named.
  for (const [request, times] of requestCounts(requests)) process.stderr.write(`at rest: ${times} ${request}\n`);
  return {
    minutes,
    heapMiB: Number((heapUsed / MIB).toFixed(2)),
    rssMiB: Math.round(rss / MIB),
    cpuSecondsPerMinute: Number(((after.cpuMs - before.cpuMs) / 1000 / minutes).toFixed(3)),
    writes,
    reads: requests.length - writes,
  };
}
