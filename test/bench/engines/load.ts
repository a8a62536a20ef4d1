import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { argoFolder } from '../../argo/programs';
import type { ClusterFiles } from '../../cluster/cluster';
import { fluxFolder } from '../../flux/programs';

/** Ticks of /proc/PID/stat in a second, as Linux shows them to programs everywhere. */
const TICKS = 100;

/** CPU seconds by program. */
export type Load = ReadonlyMap<string, number>;

/**
 * What the programs of the cluster and of the engine have used so far, with what they started and waited for: an engine renders by starting kustomize.
 * Nobody else's Argo CD or Flux may run on the machine meanwhile.
 */
export function load({ folder }: ClusterFiles): Load {
  const engines = [argoFolder(), fluxFolder()];
  const found = new Map<string, number>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (!args.some((arg) => arg.includes(folder)) && !engines.some((engine) => program.startsWith(engine))) continue;
      // The name may hold blanks, so the fields are counted from behind it: 14 to 17 of the whole are user and system time, own and of children.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      const name = basename(program);
      found.set(name, (found.get(name) ?? 0) + ticks / TICKS);
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

/** What was used between two looks. */
export function used(before: Load, after: Load): Load {
  return new Map([...after].map(([name, seconds]) => [name, seconds - (before.get(name) ?? 0)]));
}
