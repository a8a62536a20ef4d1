import type { Mount, NamedEntry } from './container';

/** The lists of a pod, the agent's container among them. */
export interface PodLists {
  readonly containers: readonly (NamedEntry & { readonly volumeMounts?: readonly Mount[] })[];
  readonly volumes: readonly NamedEntry[];
  /** Containers that mounts were given to by name. */
  readonly mountedInto: Iterable<string>;
}

/** What the API server would have against the names in a pod, with the remedy. */
export function podMistakes({ containers, volumes, mountedInto }: PodLists): string[] {
  return [
    ...doubles(containers).map((name) => `two containers are named "${name}": choose another name for one of them`),
    ...doubles(volumes).map((name) => `two volumes are named "${name}": choose another name for one of them`),
    ...lostMounts(containers, volumes),
    ...strayContainers(containers, mountedInto),
  ];
}

function doubles(entries: readonly NamedEntry[]): string[] {
  const seen = new Set<string>();
  const double = new Set<string>();
  for (const { name } of entries) (seen.has(name) ? double : seen).add(name);
  return [...double];
}

function lostMounts(containers: PodLists['containers'], volumes: readonly NamedEntry[]): string[] {
  const names = new Set(volumes.map(({ name }) => name));
  return containers.flatMap(({ name: container, volumeMounts = [] }) =>
    volumeMounts
      .filter(({ name }) => !names.has(name))
      .map(({ name, mountPath }) => `container "${container}" mounts volume "${name}" at ${mountPath}, which is not there: add the volume`),
  );
}

function strayContainers(containers: readonly NamedEntry[], mountedInto: Iterable<string>): string[] {
  const names = new Set(containers.map(({ name }) => name));
  return [...mountedInto]
    .filter((name) => !names.has(name))
    .map((name) => `no container is named "${name}", into which a volume was to be mounted: add it, or name another one`);
}
