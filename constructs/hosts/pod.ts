/** Anything that goes into a list of the pod by its name: a container, a volume, an environment variable. The rest is wire form. */
export interface Named {
  readonly name: string;
}

/** A volume in wire form. */
export interface Volume extends Named {
  readonly [source: string]: unknown;
}

/** A volume mount in wire form. */
export interface Mount extends Named {
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

/** One environment variable in wire form. */
export interface Env extends Named {
  readonly value?: string;
  readonly valueFrom?: object;
}

/** A container of ours, in wire form. */
export interface OwnContainer extends Named {
  readonly image: string;
  readonly env?: readonly Env[];
  readonly volumeMounts?: readonly Mount[];
  readonly [field: string]: unknown;
}

/** What every container of ours gets, such as a CA bundle. */
export interface Shared {
  readonly env: readonly Env[];
  readonly volumeMounts: readonly Mount[];
}

/** What parts gave to the agent's container. */
export interface AgentParts {
  readonly env: readonly Env[];
  readonly mounts: readonly Mount[];
  readonly path: readonly string[];
  readonly onStart: readonly string[] | undefined;
}

/**
 * The pod that parts add to. Parts are called in the order of the registry, and that is the order in the pod.
 *
 * A second container, volume or variable of the same name is a mistake of a part and throws at once, naming both. Names that users chose
 * are checked by rules before anything is built.
 */
export class AgentPod {
  private readonly owners = {
    container: new Map<string, string>(),
    volume: new Map<string, string>(),
    variable: new Map<string, string>(),
    annotation: new Map<string, string>(),
  };
  private readonly initList: Named[] = [];
  private readonly containerList: Named[] = [];
  private readonly volumeList: Named[] = [];
  private readonly annotationMap: Record<string, string> = {};
  private readonly shared: Shared[] = [];
  private readonly own = new Set<Named>();
  private readonly agentEnv: Env[] = [];
  private readonly agentMounts: Mount[] = [];
  private readonly pathEntries: string[] = [];
  private startCommand: readonly string[] | undefined;

  /** Adds a container of ours that runs beside the agent. */
  public addContainer(owner: string, container: OwnContainer): void {
    this.claim('container', container.name, owner);
    this.own.add(container);
    this.containerList.push(container);
  }

  /** Adds an init container of ours. With `restartPolicy: Always` in it, it is a native sidecar: started before the agent, kept running. */
  public addInitContainer(owner: string, container: OwnContainer): void {
    this.claim('container', container.name, owner);
    this.own.add(container);
    this.initList.push(container);
  }

  /** Adds containers as a user wrote them. They are passed on byte for byte. */
  public addFragments(list: 'initContainers' | 'containers', fragments: readonly Named[]): void {
    (list === 'containers' ? this.containerList : this.initList).push(...fragments);
  }

  public addVolume(owner: string, volume: Volume): void {
    this.claim('volume', volume.name, owner);
    this.volumeList.push(volume);
  }

  public addVolumeFragments(fragments: readonly Named[]): void {
    this.volumeList.push(...fragments);
  }

  /** Adds a variable to the agent's container. A user's variable of the same name takes its place. */
  public addEnv(owner: string, ...variables: readonly Env[]): void {
    for (const variable of variables) {
      this.claim('variable', variable.name, owner);
      this.agentEnv.push(variable);
    }
  }

  /** Mounts a volume into the agent's container. */
  public addMount(...mounts: readonly Mount[]): void {
    this.agentMounts.push(...mounts);
  }

  /** Puts a folder in front of the agent's PATH. Only root may be able to write to it. */
  public addPath(folder: string): void {
    this.pathEntries.push(folder);
  }

  /** The command that runs whenever the agent's container starts, beside the agent. */
  public onStart(command: readonly string[]): void {
    if (this.startCommand) throw new Error('the agent has a post-start command already');
    this.startCommand = command;
  }

  public addAnnotation(owner: string, key: string, value: string): void {
    this.claim('annotation', key, owner);
    this.annotationMap[key] = value;
  }

  /** Adds variables and mounts to every container of ours, present and to come. Fragments of users stay as they are. */
  public addToOwnContainers(shared: Shared): void {
    this.shared.push(shared);
  }

  /** The environment, mounts and PATH that parts gave the agent. */
  public get agent(): AgentParts {
    return { env: this.agentEnv, mounts: this.agentMounts, path: this.pathEntries, onStart: this.startCommand };
  }

  public get annotations(): Readonly<Record<string, string>> {
    return this.annotationMap;
  }

  /** The lists of the pod spec. `agent` is the agent's container, which comes first. */
  public render(agent: OwnContainer): { initContainers?: object[]; containers: object[]; volumes: object[] } {
    const initContainers = this.initList.map((container) => this.withShared(container));
    return {
      ...(initContainers.length > 0 && { initContainers }),
      containers: [this.share(agent), ...this.containerList.map((container) => this.withShared(container))],
      volumes: this.volumeList,
    };
  }

  private withShared(container: Named): object {
    return this.own.has(container) ? this.share(container as OwnContainer) : container;
  }

  private share(container: OwnContainer): object {
    if (this.shared.length === 0) return container;
    const { env: own = [], volumeMounts: ownMounts = [] } = container;
    const env = [...own];
    const volumeMounts = [...ownMounts];
    for (const { env: variables, volumeMounts: mounts } of this.shared) {
      for (const variable of variables) if (!own.some(({ name }) => name === variable.name)) env.push(variable);
      volumeMounts.push(...mounts);
    }
    return { ...container, env, volumeMounts };
  }

  private claim(what: keyof AgentPod['owners'], name: string, owner: string): void {
    const owners = this.owners[what];
    const other = owners.get(name);
    if (other !== undefined) throw new Error(`${what} "${name}" of part "${owner}" is already there, added by part "${other}"`);
    owners.set(name, owner);
  }
}
