import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../../cluster/api';
import { isWrite, startAudit } from '../../cluster/audit';
import type { ClusterFiles } from '../../cluster/cluster';
import { controllerUser } from '../../cluster/controller/controller';
import { clusterLoad } from './cluster-load';
import type { ControllerProcess } from './controller-process';
import { isEvent, isOfInstance, isOfStatus, lastAnswer, requestCounts, requestsOf } from './requests';

/** What one phase cost. `each` is the number of instances or passes that costs are shared among. */
export interface Measured {
  readonly name: string;
  readonly each: number;
  /** From the beginning until the controller's last write of an object, in ms; undefined where it wrote none. */
  readonly objectsMs: number | undefined;
  /** The same for its last write of a status. */
  readonly statusMs: number | undefined;
  readonly passes: number;
  readonly cpuMs: number;
  readonly peakMiB: number;
  /** Requests of the controller, by verb and resource. */
  readonly requests: ReadonlyMap<string, number>;
  readonly writes: number;
  /** Of these, events, and writes of a status. */
  readonly events: number;
  readonly statusWrites: number;
  /** CPU of the cluster's own programs, in ms. */
  readonly cluster: ReadonlyMap<string, number>;
}

export interface Phase {
  readonly name: string;
  readonly each: number;
  /** What happens. It returns when the goal is reached; the measuring goes on until the controller is quiet. */
  readonly work: () => Promise<unknown>;
}

/** Looks at one controller and its cluster. */
export class Bench {
  public constructor(
    private readonly cluster: ClusterFiles,
    private readonly api: Api,
    /** Profiles of the phases go here. @default - none are made */
    private readonly profiles: string | undefined,
  ) {}

  public async measure(controller: ControllerProcess, phase: Phase): Promise<Measured> {
    const { name, work } = phase;
    if (this.profiles !== undefined) await controller.startProfile();
    const before = await controller.read();
    controller.forgetPeak();
    const cost = await this.costOf({
      ...phase,
      work: async () => {
        await work();
        await quiet(controller);
      },
    });
    const after = await controller.read();
    if (this.profiles !== undefined) await controller.stopProfile(join(this.profiles, `${name.replaceAll(/\W+/g, '-')}.cpuprofile`));
    const { peakMiB } = controller;
    return { ...cost, passes: after.passes - before.passes, cpuMs: after.cpuMs - before.cpuMs, peakMiB };
  }

  /** Writes a heap snapshot where profiles were asked for. */
  public async snapshot(controller: ControllerProcess, name: string): Promise<void> {
    if (this.profiles !== undefined) await controller.snapshot(join(this.profiles, `${name.replaceAll(/\W+/g, '-')}.heapsnapshot`));
  }

  /** What is done without a controller, in the controller's name. Its processor time and memory are those of the benchmark itself. */
  public async measurePlain(phase: Phase): Promise<Measured> {
    const before = process.cpuUsage();
    const cost = await this.costOf({
      ...phase,
      work: async () => {
        await phase.work();
        await delay(QUIET_MS);
      },
    });
    const { user, system } = process.cpuUsage(before);
    return { ...cost, passes: 0, cpuMs: (user + system) / 1000, peakMiB: process.memoryUsage.rss() / 2 ** 20 };
  }

  private async costOf({ name, each, work }: Phase): Promise<Omit<Measured, 'passes' | 'cpuMs' | 'peakMiB'>> {
    const audit = await startAudit(this.cluster, this.api);
    const load = clusterLoad(this.cluster.folder);
    const begun = Date.now();
    await work();
    const cluster = [...clusterLoad(this.cluster.folder)].map(([program, ms]) => [program, ms - (load.get(program) ?? 0)] as const);
    const requests = requestsOf(await audit.read(), controllerUser);
    const since = (time: number | undefined): number | undefined => (time === undefined ? undefined : time - begun);
    const writes = requests.filter(isWrite);
    return {
      name,
      each,
      objectsMs: since(lastAnswer(writes.filter((event) => !isOfInstance(event) && !isEvent(event)))),
      statusMs: since(lastAnswer(writes.filter(isOfStatus))),
      requests: requestCounts(requests),
      writes: writes.length,
      events: writes.filter(isEvent).length,
      statusWrites: writes.filter(isOfStatus).length,
      cluster: new Map(cluster),
    };
  }
}

/** No pass for as long as this, and all is done. */
const QUIET_MS = 1500;

/** Waits until nothing was passed over for a while: the cluster's own controllers wake instances after all is done. */
async function quiet(controller: ControllerProcess): Promise<void> {
  let before = -1;
  for (;;) {
    await controller.settled();
    const { passes } = await controller.read();
    if (passes === before) return;
    before = passes;
    await delay(QUIET_MS);
  }
}
