import {
  type Env,
  type Mount,
  type NamedEntry,
  type OwnContainer,
  type PodVolume,
  type SharedAddition,
  withShared,
  withoutZeroLimit,
} from './container';
import { volumeFolders } from '../wire/names';
import { normalizedPath } from './mount-path';
import { ClashError, OwnedNames } from './owned-names';
import { podMistakes } from './pod-mistakes';

/** What parts gave to the agent's container. */
export interface AgentAdditions {
  readonly env: readonly Env[];
  readonly mounts: readonly Mount[];
  readonly path: readonly string[];
  readonly onStart: readonly string[] | undefined;
}

/** What has a name of its own in the pod. */
export type PodName = 'container' | 'volume' | 'variable' | 'annotation' | 'label' | 'mount';

/**
 * The pod that parts add to. Parts are called in the order of the registry, and that is the order in the pod.
 *
 * A second container, volume, variable or mount of the same name is a mistake of a part and throws at once, naming both. Names that users
 * chose are checked against these by a part of the core (`ownerOf`).
 */
export class AgentPod {
  private readonly names: Readonly<Record<PodName, OwnedNames>> = {
    container: new OwnedNames('container'),
    volume: new OwnedNames('volume'),
    variable: new OwnedNames('variable'),
    annotation: new OwnedNames('annotation'),
    label: new OwnedNames('label'),
    mount: new OwnedNames('mount'),
  };
  private readonly initList: NamedEntry[] = [];
  private readonly containerList: NamedEntry[] = [];
  private readonly volumeList: NamedEntry[] = [];
  private readonly annotationMap: Record<string, string> = {};
  private readonly labelMap: Record<string, string> = {};
  private readonly sharedList: SharedAddition[] = [];
  private readonly own = new Set<NamedEntry>();
  private readonly agentEnv: Env[] = [];
  private readonly agentMounts: Mount[] = [];
  private readonly mountsOf = new Map<string, Mount[]>();
  private readonly pathEntries: string[] = [];
  private startCommand: readonly string[] | undefined;
  private hasPrivateFolder = false;

  /** @param agent the name of the agent's own container */
  public constructor(private readonly agent: string) {
    this.names.container.claim(agent, 'agent');
  }

  /** Adds a container of ours that runs beside the agent. */
  public addContainer(owner: string, container: OwnContainer): void {
    this.names.container.claim(container.name, owner);
    this.own.add(container);
    this.containerList.push(container);
  }

  /** Adds an init container of ours. With `restartPolicy: Always` in it, it is a native sidecar: started before the agent, kept running. */
  public addInitContainer(owner: string, container: OwnContainer): void {
    this.names.container.claim(container.name, owner);
    this.own.add(container);
    this.initList.push(container);
  }

  /** Adds containers as a user wrote them. They are passed on byte for byte. */
  public addFragments(list: 'initContainers' | 'containers', fragments: readonly NamedEntry[]): void {
    (list === 'containers' ? this.containerList : this.initList).push(...fragments);
  }

  public addVolume(owner: string, volume: PodVolume): void {
    this.names.volume.claim(volume.name, owner);
    this.volumeList.push(volume);
  }

  /** Keeps a name for a volume that the pod gets from elsewhere: from a claim template of its StatefulSet. */
  public reserveVolume(owner: string, name: string): void {
    this.names.volume.claim(name, owner);
  }

  /** The claims behind the volumes of the pod, fragments included. */
  public get claimNames(): readonly string[] {
    return this.volumeList.flatMap(({ persistentVolumeClaim: claim }: NamedEntry & { persistentVolumeClaim?: { claimName?: string } }) =>
      claim?.claimName === undefined ? [] : [claim.claimName],
    );
  }

  public addVolumeFragments(fragments: readonly NamedEntry[]): void {
    this.volumeList.push(...fragments);
  }

  /** Adds a variable to the agent's container. A user's variable of the same name takes its place. */
  public addEnv(owner: string, ...variables: readonly Env[]): void {
    for (const variable of variables) {
      this.names.variable.claim(variable.name, owner);
      this.agentEnv.push(variable);
    }
  }

  /** Mounts volumes into the agent's container. There is one mount at a path, however the path is written. */
  public addMount(owner: string, ...mounts: readonly Mount[]): void {
    for (const mount of mounts) {
      this.names.mount.claim(normalizedPath(mount.mountPath), owner);
      this.agentMounts.push(mount);
    }
  }

  /** Mounts volumes into a container of ours by its name, the agent's or another one, present or to come. */
  public mountInto(owner: string, container: string, ...mounts: readonly Mount[]): void {
    if (container === this.agent) {
      this.addMount(owner, ...mounts);
      return;
    }
    this.mountsOf.set(container, [...(this.mountsOf.get(container) ?? []), ...mounts]);
  }

  /**
   * Has a folder made in the root of the data volume, before containers mount it. The agent does not see it where it has the volume's root not
   * mounted, and backups leave it out: for what belongs to one container, an identity say.
   */
  public usePrivateFolder(): void {
    this.hasPrivateFolder = true;
  }

  /** Folders in the root of the data volume beside those of the agent. */
  public get volumeFolders(): readonly string[] {
    return this.hasPrivateFolder ? [volumeFolders.private] : [];
  }

  /** Puts a folder in front of the agent's PATH. The agent must not be able to write to it, or what it puts there runs in place of the image's. */
  public addPath(folder: string): void {
    this.pathEntries.push(folder);
  }

  /** The command that runs whenever the agent's container starts, beside the agent. */
  public onStart(command: readonly string[]): void {
    if (this.startCommand) throw new ClashError('the agent has a post-start command already');
    this.startCommand = command;
  }

  public addAnnotation(owner: string, key: string, value: string): void {
    this.names.annotation.claim(key, owner);
    this.annotationMap[key] = value;
  }

  /** Adds a label to the pod. Those by which an instance is known stay as they are, whatever is added. */
  public addLabel(owner: string, key: string, value: string): void {
    this.names.label.claim(key, owner);
    this.labelMap[key] = value;
  }

  /** Adds variables and mounts to every container of ours, present and to come, and their volumes. Fragments of users stay as they are. */
  public addToOwnContainers(owner: string, shared: SharedAddition): void {
    for (const volume of shared.volumes) this.addVolume(owner, volume);
    this.sharedList.push(shared);
  }

  /** The part that took a name in the pod, such as `('mount', '/tmp')`; `undefined` where it is free. Paths are compared as the kernel reads them. */
  public ownerOf(what: PodName, name: string): string | undefined {
    return this.names[what].ownerOf(what === 'mount' ? normalizedPath(name) : name);
  }

  /** The paths at which ours are mounted into the agent's container, normalized. What is shared by all containers is among them. */
  public get mountPaths(): readonly string[] {
    const shared = this.sharedList.flatMap(({ volumeMounts }) => volumeMounts.map(({ mountPath }) => normalizedPath(mountPath)));
    return [...this.names.mount.names, ...shared];
  }

  /** What every container of ours gets. Pods of jobs take it from here. */
  public get shared(): readonly SharedAddition[] {
    return this.sharedList;
  }

  /** The environment, mounts and PATH that parts gave the agent. */
  public get additions(): AgentAdditions {
    return { env: this.agentEnv, mounts: this.agentMounts, path: this.pathEntries, onStart: this.startCommand };
  }

  public get annotations(): Readonly<Record<string, string>> {
    return this.annotationMap;
  }

  public get labels(): Readonly<Record<string, string>> {
    return this.labelMap;
  }

  /** What makes the pod invalid, whoever added it: names that meet, mounts of nothing. For authors, who add when nothing is checked any more. */
  public mistakes(): string[] {
    const { initContainers = [], containers, volumes } = this.render({ name: this.agent, image: '', volumeMounts: this.agentMounts });
    const all = [...initContainers, ...containers] as OwnContainer[];
    return podMistakes({ containers: all, volumes: volumes as NamedEntry[], mountedInto: this.mountsOf.keys() });
  }

  /** The lists of the pod spec. `agent` is the agent's container, which comes first. */
  public render(agent: OwnContainer): { initContainers?: object[]; containers: object[]; volumes: object[] } {
    const initContainers = this.initList.map((container) => this.complete(container));
    return {
      ...(initContainers.length > 0 && { initContainers }),
      containers: [
        withShared(withoutZeroLimit(agent), this.sharedList),
        ...this.containerList.map((container) => this.complete(container)),
      ],
      volumes: this.volumeList,
    };
  }

  private complete(container: NamedEntry): object {
    if (!this.own.has(container)) return container;
    const ours = withoutZeroLimit(container as OwnContainer);
    const mounts = this.mountsOf.get(ours.name);
    return withShared(mounts ? { ...ours, volumeMounts: [...(ours.volumeMounts ?? []), ...mounts] } : ours, this.sharedList);
  }
}
