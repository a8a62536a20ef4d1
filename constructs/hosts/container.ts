/** Anything that goes into a list of the pod by its name: a container, a volume, an environment variable. The rest is wire form. */
export interface NamedEntry {
  readonly name: string;
}

/** A volume in wire form. */
export interface PodVolume extends NamedEntry {
  readonly [source: string]: unknown;
}

/** A volume mount in wire form. */
export interface Mount extends NamedEntry {
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

/** One environment variable in wire form. */
export interface Env extends NamedEntry {
  readonly value?: string;
  readonly valueFrom?: object;
}

/** A container of ours, in wire form. */
export interface OwnContainer extends NamedEntry {
  readonly image: string;
  readonly env?: readonly Env[];
  readonly volumeMounts?: readonly Mount[];
  readonly [field: string]: unknown;
}

/** What every container of ours gets, in the pod of the agent and in those of jobs: a CA bundle, say. */
export interface SharedAddition {
  readonly env: readonly Env[];
  readonly volumeMounts: readonly Mount[];
  /** The volumes that are mounted. */
  readonly volumes: readonly PodVolume[];
}

/** `container` with what is shared. A variable of its own wins over a shared one of the name. */
export function withShared(container: OwnContainer, shared: readonly SharedAddition[]): OwnContainer {
  if (shared.length === 0) return container;
  const { env: own = [], volumeMounts: ownMounts = [] } = container;
  const env = [...own];
  const volumeMounts = [...ownMounts];
  for (const { env: variables, volumeMounts: mounts } of shared) {
    for (const variable of variables) if (!own.some(({ name }) => name === variable.name)) env.push(variable);
    volumeMounts.push(...mounts);
  }
  return { ...container, env, volumeMounts };
}

/** `container` without a limit of CPU where that is zero: it means none, and Kubernetes would refuse a request above it. */
export function withoutZeroLimit(container: OwnContainer): OwnContainer {
  const resources = container['resources'] as { readonly limits?: { readonly cpu?: string | number } } | undefined;
  const cpu = resources?.limits?.cpu;
  if (cpu === undefined || Number.parseFloat(String(cpu)) !== 0) return container;
  const { cpu: _none, ...limits } = resources?.limits ?? {};
  return { ...container, resources: { ...resources, limits } };
}
