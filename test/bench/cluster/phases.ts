import type { Api } from '../../cluster/api';
import type { ClusterFiles } from '../../cluster/cluster';
import { controllerNamespace } from '../../cluster/controller/controller';
import { ControllerProcess, type Heap } from './controller-process';
import { Fleet, type Shape } from './fleet';
import type { GitRemote } from './git-remote';
import type { Bench, Measured } from './measure';
import { type FloorWay, PlainFleet } from './plain-fleet';

export interface Settings {
  readonly lib: string;
  readonly kubeconfig: string;
  readonly count: number;
  readonly shape: Shape;
  readonly concurrency: string;
  /** The node that runs the controller. @default - that of the benchmark */
  readonly node?: string | undefined;
}

/** Passes over every instance when nothing has to be done: enough of them to tell their cost from that of the clock. */
const QUIET_PASSES = 20;

/** A phase of Git mode has these as well. */
export interface GitCost {
  readonly commands: readonly string[];
  readonly commits: number;
  readonly kibibytes: number;
}

export interface Row extends Measured {
  /** It is what {@link floor} is the floor of. @default false */
  readonly isCreation?: boolean;
  /** How the floor was written. @default - it is none */
  readonly floor?: FloorWay;
  /** @default - delivered by apply */
  readonly git?: GitCost;
  /** What stays in memory after the phase. @default - not looked at */
  readonly heap?: Heap;
}

const patience = (count: number): number => 120_000 + count * 1000;

function start(
  { lib, kubeconfig, concurrency, node }: Settings,
  flags: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<ControllerProcess> {
  return ControllerProcess.start({
    lib,
    kubeconfig,
    env,
    node,
    flags: ['--namespace', controllerNamespace, '--concurrency', concurrency, ...flags],
  });
}

function report({ errors }: ControllerProcess): void {
  if (errors.length > 0) process.stderr.write(`the controller logged ${errors.length} errors, the first: ${errors[0]}\n`);
}

/** The objects of the same fleet without a controller: what no controller can go below on this machine. */
export async function floor(
  bench: Bench,
  cluster: ClusterFiles,
  token: string,
  api: Api,
  settings: Settings,
  way: FloorWay,
): Promise<Measured> {
  const { count, shape } = settings;
  const limit = patience(count);
  const plain = await PlainFleet.prepare(cluster, token, api, await Fleet.prepare(api, count, shape), settings);
  const measured = await bench.measurePlain({
    name: way === 'create' ? `floor: objects of ${count}` : `floor by apply: objects of ${count}, and instances`,
    each: count,
    work: async () => {
      await plain.write(way);
      await plain.untilReady(limit);
    },
  });
  await plain.remove(limit);
  return measured;
}

/** The life of a fleet that is applied: made, looked at, edited, met by a new controller, deleted. */
export async function applied(bench: Bench, api: Api, settings: Settings, done: (row: Row) => void): Promise<void> {
  const { count, shape } = settings;
  const limit = patience(count);
  const fleet = await Fleet.prepare(api, count, shape);
  let controller = await start(settings, []);
  try {
    const empty = await controller.heap();
    const made = await bench.measure(controller, {
      name: `create ${count}`,
      each: count,
      work: async () => {
        await fleet.write('first');
        await fleet.until('Ready', limit);
      },
    });
    const full = await controller.heap();
    await bench.snapshot(controller, `create ${count}`);
    done({
      ...made,
      isCreation: true,
      heap: { heapUsed: full.heapUsed - empty.heapUsed, external: full.external - empty.external, rss: full.rss },
    });
    // The first passes after a change are slower: code gets warm.
    await controller.passAll(2);
    const quiet = { name: `${QUIET_PASSES} x ${count} passes without a change`, each: count * QUIET_PASSES };
    done(await bench.measure(controller, { ...quiet, work: () => controller.passAll(QUIET_PASSES) }));
    const edit = (note: string, howMany: number) => async (): Promise<void> => {
      await fleet.write(note, howMany);
      await fleet.until('Ready', limit);
    };
    done(await bench.measure(controller, { name: 'edit 1', each: 1, work: edit('second', 1) }));
    done(await bench.measure(controller, { name: `edit ${count}`, each: count, work: edit('third', count) }));
    report(controller);
    await controller.stop();
    controller = await start(settings, []);
    done(await bench.measure(controller, { name: `new controller, ${count} there`, each: count, work: () => controller.settled() }));
    const end = async (): Promise<void> => {
      await fleet.delete();
      await fleet.untilGone(limit);
    };
    done(await bench.measure(controller, { name: `delete ${count}`, each: count, work: end }));
    report(controller);
  } finally {
    await controller.stop();
  }
}

/** The life of a fleet that is committed. No engine applies it: what is measured ends at the remote. */
export async function committed(bench: Bench, api: Api, settings: Settings, remote: GitRemote, done: (row: Row) => void): Promise<void> {
  const { count, shape } = settings;
  const limit = patience(count);
  const fleet = await Fleet.prepare(api, count, shape);
  const git = ['--delivery', 'git', '--git-url', remote.url, '--git-allow-file', '--git-create-branch', '--cluster-name', 'bench'];
  const controller = await start(settings, git, remote.env);
  const phase = async (name: string, each: number, work: () => Promise<unknown>): Promise<void> => {
    remote.commands();
    const { commits, kibibytes } = remote;
    const measured = await bench.measure(controller, { name, each, work });
    done({ ...measured, git: { commands: remote.commands(), commits: remote.commits - commits, kibibytes: remote.kibibytes - kibibytes } });
  };
  const edit = (note: string, howMany: number) => async (): Promise<void> => {
    await fleet.write(note, howMany);
    await fleet.until('Committed', limit);
  };
  try {
    await phase(`Git: create ${count}`, count, edit('first', count));
    await controller.passAll(2);
    await phase(`Git: ${QUIET_PASSES} x ${count} passes without a change`, count * QUIET_PASSES, () => controller.passAll(QUIET_PASSES));
    await phase('Git: edit 1', 1, edit('second', 1));
    await phase(`Git: edit ${count}`, count, edit('third', count));
    const end = async (): Promise<void> => {
      await fleet.delete();
      await fleet.untilGone(limit);
    };
    await phase(`Git: delete ${count}`, count, end);
    report(controller);
  } finally {
    await controller.stop();
  }
}
