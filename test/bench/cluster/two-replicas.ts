import { setTimeout as delay } from 'node:timers/promises';
import type { Api, KubeObject } from '../../cluster/api';
import { type AuditEvent, startAudit } from '../../cluster/audit';
import type { ClusterFiles } from '../../cluster/cluster';
import { controllerNamespace, controllerUser } from '../../cluster/controller/controller';
import { clusterLoad } from './cluster-load';
import { ControllerProcess } from './controller-process';
import { Fleet } from './fleet';
import type { Settings } from './phases';
import { requestsOf } from './requests';
import { patient } from '../../patience/patience.cjs';

/** How often the leader is killed while instances come to be. */
const KILLS = 3;

/** What it came to that a fleet was made at once while leaders died. */
export interface FleetResult {
  readonly instances: number;
  readonly namespaces: number;
  readonly kills: number;
  /** From the first write of a user until all are Ready. */
  readonly seconds: number;
  readonly requestsEach: number;
  readonly writesEach: number;
  readonly statusWritesEach: number;
  /** CPU of the API server, in ms an instance. */
  readonly serverCpuMsEach: number;
  /** Objects that were made more than once, and instances that have not exactly one StatefulSet, claim and pod; none is right. */
  readonly doubled: readonly string[];
}

/** Two processes that elect a leader. */
class Pair {
  private readonly running: ControllerProcess[] = [];

  public constructor(private readonly settings: Settings) {}

  public async add(): Promise<void> {
    const { lib, kubeconfig, concurrency, node } = this.settings;
    const flags = ['--leader-elect', '--namespace', controllerNamespace, '--concurrency', concurrency];
    this.running.push(await ControllerProcess.start({ lib, kubeconfig, flags, node }));
  }

  /** Kills the one that leads, and starts another in its place. */
  public async killLeader(): Promise<void> {
    const leader = this.running.findLast((one) => one.leads);
    if (leader === undefined) throw new Error('nobody leads');
    this.running.splice(this.running.indexOf(leader), 1);
    await leader.stop('SIGKILL');
    await this.add();
  }

  public get hasLeader(): boolean {
    return this.running.some((one) => one.leads);
  }

  public async stop(): Promise<void> {
    await Promise.all(this.running.map((one) => one.stop()));
  }
}

/** Instances in many namespaces, all made at once; at each quarter of them the leader is killed. */
export async function fleetWithKills(cluster: ClusterFiles, api: Api, settings: Settings): Promise<FleetResult> {
  const { count, shape } = settings;
  const fleet = await Fleet.prepare(api, count, shape, Math.min(50, count));
  const pair = new Pair(settings);
  try {
    await pair.add();
    await pair.add();
    await until(async () => pair.hasLeader, 'a leader');
    const audit = await startAudit(cluster, api);
    const load = clusterLoad(cluster.folder).get('kube-apiserver') ?? 0;
    const begun = Date.now();
    const written = fleet.write('first');
    for (let kill = 1; kill <= KILLS; kill++) {
      await until(async () => (await fleet.delivered()) >= (count * kill) / (KILLS + 1), `${kill} quarters of the fleet`);
      await until(async () => pair.hasLeader, 'a leader');
      await pair.killLeader();
    }
    await written;
    await fleet.until('Ready', 240_000 + count * 2000);
    const seconds = (Date.now() - begun) / 1000;
    const serverCpuMs = (clusterLoad(cluster.folder).get('kube-apiserver') ?? 0) - load;
    const requests = requestsOf(await audit.read(), controllerUser);
    const writes = requests.filter(({ verb }) => verb !== 'get' && verb !== 'list' && verb !== 'watch');
    return {
      instances: count,
      namespaces: fleet.namespaces.length,
      kills: KILLS,
      seconds: Math.round(seconds),
      requestsEach: rounded(requests.length / count),
      writesEach: rounded(writes.length / count),
      statusWritesEach: rounded(writes.filter(({ objectRef }) => objectRef?.subresource === 'status').length / count),
      serverCpuMsEach: rounded(serverCpuMs / count),
      doubled: [...madeTwice(requests), ...(await oddInventory(api, fleet))],
    };
  } finally {
    await pair.stop();
    await fleet.delete();
  }
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}

async function until(isReached: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + patient(600_000);
  while (!(await isReached())) {
    if (Date.now() > end) throw new Error(`waited too long for ${what}`);
    await delay(500);
  }
}

/** Objects of a name that the server made more than once. Events have a name each. */
function madeTwice(requests: readonly AuditEvent[]): string[] {
  const made = requests
    .filter(({ responseStatus, objectRef }) => responseStatus?.code === 201 && objectRef?.resource !== 'events' && !!objectRef?.name)
    .map(({ objectRef = {} }) => `${objectRef.resource} ${objectRef.namespace}/${objectRef.name}`);
  return made.filter((name, index) => made.indexOf(name) !== index);
}

async function oddInventory(api: Api, fleet: Fleet): Promise<string[]> {
  const kinds = [
    ['apps/v1', 'StatefulSet'],
    ['v1', 'PersistentVolumeClaim'],
    ['v1', 'Pod'],
    ['v1', 'Secret'],
  ] as const;
  const odd = await Promise.all(
    kinds.map(async ([apiVersion, kind]) => {
      const all: readonly KubeObject[] = await api.list(apiVersion, kind);
      const found = all.filter(({ metadata }) => fleet.namespaces.includes(metadata.namespace ?? ''));
      return found.length === fleet.size ? [] : [`${found.length} of kind ${kind} for ${fleet.size} instances`];
    }),
  );
  return odd.flat();
}
