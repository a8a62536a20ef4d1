import { join } from 'node:path';
import { ControllerProcess } from '../../bench/cluster/controller-process';
import { writeAccountFile } from '../account-file';
import type { ClusterFiles } from '../cluster';
import { controllerNamespace } from '../controller/controller';
import { FaultProxy } from '../faults/proxy';

/** What a process holds and has said, at one moment. */
export interface Footprint {
  /** Bytes after a full collection. */
  readonly heap: number;
  readonly openFiles: number;
  readonly logBytes: number;
}

/** One of several controllers, behind a proxy of its own that breaks its requests. */
export class Replica {
  private process: ControllerProcess | undefined;

  private constructor(
    public readonly proxy: FaultProxy,
    private readonly lib: string,
    private readonly kubeconfig: string,
  ) {}

  /** @param folder for its kubeconfig @param token of the controller's account */
  public static async prepare(cluster: ClusterFiles, lib: string, token: string, folder: string, name: string): Promise<Replica> {
    const proxy = await FaultProxy.start(cluster);
    const access = { url: proxy.url, caFile: cluster.caFile };
    return new Replica(proxy, lib, writeAccountFile(join(folder, `${name}.json`), access, token));
  }

  public async start(): Promise<void> {
    const { lib, kubeconfig } = this;
    this.process = await ControllerProcess.start({ lib, kubeconfig, flags: ['--leader-elect', '--namespace', controllerNamespace] });
  }

  /** Ends it, and starts another in its place. */
  public async restart(signal: NodeJS.Signals): Promise<void> {
    await this.process?.stop(signal);
    await this.start();
  }

  public async stop(): Promise<void> {
    await this.process?.stop('SIGKILL');
    await this.proxy.stop();
  }

  public async footprint(): Promise<Footprint> {
    const { running } = this;
    const { heapUsed } = await running.heap();
    return { heap: heapUsed, openFiles: running.openFiles, logBytes: running.logBytes };
  }

  /** The last lines of level error. */
  public get errors(): readonly string[] {
    return this.running.errors.slice(-20);
  }

  public get leads(): boolean {
    return this.running.leads;
  }

  public get hasEnded(): boolean {
    return this.running.hasEnded;
  }

  private get running(): ControllerProcess {
    if (this.process === undefined) throw new Error('the replica was not started');
    return this.process;
  }
}
