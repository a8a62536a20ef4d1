import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';

/** Ticks of /proc/PID/stat in a second, as Linux shows them to programs everywhere. */
const TICKS = 100;

/** CPU time that each program of a test cluster has used, in ms. They are known by the cluster's folder in their arguments. */
export function clusterLoad(folder: string): ReadonlyMap<string, number> {
  const load = new Map<string, number>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (!args.some((arg) => arg.includes(folder))) continue;
      // The name may hold blanks, so the fields are counted from behind it: 14 and 15 of the whole are user and system time.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      load.set(basename(args[0] ?? ''), ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS);
    } catch {
      // It has ended meanwhile.
    }
  }
  return load;
}
