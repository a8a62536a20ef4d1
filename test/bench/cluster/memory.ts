import type { Api } from '../../cluster/api';
import { controllerNamespace } from '../../cluster/controller/controller';
import { ControllerProcess } from './controller-process';
import { Fleet } from './fleet';
import type { Bench } from './measure';
import type { Settings } from './phases';

/** What the controller holds in memory. */
export interface MemoryResult {
  readonly what: string;
  readonly instances: number;
  /** The most that was resident until then, in MiB. */
  readonly peakMiB: number;
  /** After a full collection. */
  readonly heapMiB: number;
  /** Heap that each instance added to the half before; code that gets warm is no part of it. */
  readonly heapKiBEach?: number;
}

const MIB = 2 ** 20;

/**
 * A fleet that is made in two halves, so that what an instance takes can be told from what the program takes, and a controller that meets all of it at
 * its start, as the next release does.
 */
export async function memory(
  bench: Bench,
  api: Api,
  { lib, kubeconfig, concurrency, node, count, shape }: Settings,
): Promise<MemoryResult[]> {
  const flags = ['--namespace', controllerNamespace, '--concurrency', concurrency];
  const start = (): Promise<ControllerProcess> => ControllerProcess.start({ lib, kubeconfig, flags, node });
  const results: MemoryResult[] = [];
  const half = Math.ceil(count / 2);
  const note = async (controller: ControllerProcess, what: string, instances: number): Promise<void> => {
    const { peakMiB } = controller;
    const heapMiB = (await controller.heap()).heapUsed / MIB;
    const added = instances === 2 * half && results.length === 2 ? heapMiB - (results.at(-1)?.heapMiB ?? 0) : undefined;
    results.push({
      what,
      instances,
      peakMiB: Math.round(peakMiB),
      heapMiB: rounded(heapMiB),
      ...(added !== undefined && { heapKiBEach: rounded((added * 1024) / half) }),
    });
    process.stderr.write(`${JSON.stringify(results.at(-1))}\n`);
    await bench.snapshot(controller, `${what} ${instances}`);
  };
  const fleets: Fleet[] = [];
  let controller = await start();
  try {
    await note(controller, 'empty', 0);
    for (const made of [half, 2 * half]) {
      const fleet = await Fleet.prepare(api, half, shape);
      fleets.push(fleet);
      await fleet.write('first');
      await fleet.atRest(120_000 + half * 1000);
      await controller.settled();
      await note(controller, 'made', made);
    }
    await controller.stop();
    controller = await start();
    await controller.settled();
    await note(controller, 'met at the start', 2 * half);
    await Promise.all(fleets.map((fleet) => fleet.delete()));
    for (const fleet of fleets) await fleet.untilGone(120_000 + half * 1000);
  } finally {
    await controller.stop();
  }
  return results;
}

/** What was measured, beside the targets. */
export function memoryTargets(results: readonly MemoryResult[]): string {
  const peak = Math.max(...results.map(({ peakMiB }) => peakMiB));
  const each = results.find(({ heapKiBEach }) => heapKiBEach !== undefined)?.heapKiBEach ?? NaN;
  const lines = [
    ['peak of resident memory, MiB', peak, 150],
    ['heap an instance, KiB', each, 40],
  ] as const;
  return lines.map(([what, value, most]) => `${what}: ${value} (target <= ${most}, ${value <= most ? 'met' : 'not met'})`).join('\n');
}

function rounded(value: number): number {
  return Number(value.toFixed(1));
}
