import type { Row } from './phases';

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function seconds(ms: number | undefined): number | string {
  return ms === undefined ? '-' : rounded(ms / 1000, 1);
}

/** One line a phase; costs are for one instance, or one pass where nothing changed. */
export function costs(row: Row): object {
  const { name, each, objectsMs, statusMs, passes, cpuMs, peakMiB, requests, writes, events, statusWrites, cluster, git } = row;
  return {
    phase: name,
    'objects s': seconds(objectsMs),
    'status s': seconds(statusMs),
    'passes/1': rounded(passes / each, 2),
    'requests/1': rounded(sum(requests.values()) / each, 2),
    'writes/1': rounded(writes / each, 2),
    'status writes/1': rounded(statusWrites / each, 2),
    'events/1': rounded(events / each, 2),
    'CPU ms/1': rounded(cpuMs / each, 3),
    'server CPU ms/1': rounded(serverCpu(row) / each, 2),
    'cluster CPU ms/1': rounded(sum(cluster.values()) / each, 2),
    'peak MiB': Math.round(peakMiB),
    ...(git && { 'git commands': git.commands.length, commits: git.commits, KiB: git.kibibytes }),
  };
}

/** What one instance asked of the server, by verb and resource. */
export function requestLines({ name, each, requests }: Row): string {
  const lines = [...requests].map(
    ([request, count]) =>
      `  ${rounded(count / each, 2)
        .toString()
        .padStart(6)}  ${request}`,
  );
  return [`${name}:`, ...lines].join('\n');
}

function serverCpu({ cluster }: Row): number {
  return cluster.get('kube-apiserver') ?? 0;
}

/** What the creation of a fleet costs over its floor, with the targets. */
export function overFloor(fleet: Row, floors: readonly Row[]): string {
  const lines = [
    ...floors.flatMap((floor) => [
      [`until every object exists, fleet / floor by ${floor.floor}`, (fleet.objectsMs ?? NaN) / (floor.objectsMs ?? NaN), 2] as const,
      [`CPU of the API server, fleet / floor by ${floor.floor}`, serverCpu(fleet) / serverCpu(floor), 1.25] as const,
    ]),
    ['events an instance', fleet.events / fleet.each, 2],
    ['status writes an instance', fleet.statusWrites / fleet.each, 2],
  ] as const;
  return lines
    .map(([what, value, atMost]) => `${what}: ${value.toFixed(2)} (target <= ${atMost}, ${value <= atMost ? 'met' : 'not met'})`)
    .join('\n');
}
