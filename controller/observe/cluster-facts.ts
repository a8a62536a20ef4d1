import { type ConfigMapFact, type FactReader, type Facts, type Need, servedKindKey } from '../../constructs';
import type { ApiPort } from '../api/port';
import { get } from '../api/requests';
import { NO_POLICY, POLICY, type Policy, mayUseToken, readPolicy } from '../../constructs/spec/policy';
import { configMaps, jobs } from '../objects/kinds';
import { objectNames } from '../../constructs/wire/names';
import { objectId } from '../../constructs/wire/object-ref';
import { type KubeObject, type LiveInstance, parseKey } from '../objects/objects';
import { controllerOf, isOurs } from '../objects/ownership';
import { LOCKED_PACKS, type SkillPackFact, deliveredPack, lockedPack, packReference } from '../../constructs/spec/skill-pack';
import { type AgentChanges, CHANGES_KEY, NO_CHANGES, readChanges } from './agent-changes';
import type { Caches } from './caches';
import { storyJobs } from './story-jobs';
import { type PackSource, packId } from './packs/pack-source';

/** A ConfigMap as it was last read. */
interface ReadMap {
  readonly version: string;
  readonly fact: ConfigMapFact;
}

type PackNeed = Extract<Need, { kind: 'skillPack' }>;

/** For whoever is asked about what need not be there: by requests that may never be stored, and name any ConfigMap and any pack. */
export interface FactLimits {
  /** So many ConfigMaps are kept, those that were read last. @default - as many as there are */
  readonly mostMaps?: number;
  /** How long a pack is waited for of which nothing is known yet. @default 5000 */
  readonly packPatienceMs?: number;
}

const PACK_PATIENCE_MS = 5000;

/** Below so many nobody looks whether the ConfigMaps that are kept are still there. */
const FEW_MAPS = 64;

/** Looks facts up in the cluster: from the caches where they know enough, and from the server only what changed since it was last read. */
export class ClusterFacts implements FactReader {
  private readonly maps = new Map<string, ReadMap>();
  /** As it was last read: a change of it changes the versions. */
  private policies: Policy = NO_POLICY;
  private sweepAt = FEW_MAPS;

  public constructor(
    private readonly api: ApiPort,
    private readonly caches: Caches,
    /** The controller's own namespace. */
    public readonly ownNamespace: string,
    private readonly packs: PackSource,
    private readonly limits: FactLimits = {},
  ) {}

  /** A text that changes whenever an answer to these needs may change, without reading anything. */
  public versions(namespace: string, needs: readonly Need[]): string {
    const defaults = this.caches.clusterDefaults.get(undefined, 'cluster')?.metadata.resourceVersion;
    const policy = this.caches.reference('ConfigMap', this.ownNamespace, POLICY.name)?.metadata.resourceVersion;
    return JSON.stringify([defaults, policy, needs.map((need) => this.versionOf(namespace, need))]);
  }

  /** The ids of the objects that the answers depend on: a change of one wakes whoever needs it. */
  public idsOf(namespace: string, needs: readonly Need[]): string[] {
    const policy = objectId({ apiVersion: 'v1', kind: 'ConfigMap', namespace: this.ownNamespace, name: POLICY.name });
    const needed = needs.flatMap(({ kind, name }) => {
      if (kind === 'configMap') return [objectId({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })];
      if (kind === 'skillPack') return [packId(name)];
      return kind === 'controllerSecret' ? [objectId({ apiVersion: 'v1', kind: 'Secret', namespace: this.ownNamespace, name })] : [];
    });
    return [policy, ...needed];
  }

  /** What the administrator allows, from a ConfigMap in the controller's own namespace. */
  public async policy(): Promise<Policy> {
    const map = await this.readMap(this.ownNamespace, POLICY.name);
    return map === undefined ? NO_POLICY : readPolicy(map.data[POLICY.key] ?? '');
  }

  /** What the agent of an instance has been given, where it is held beside the spec: in a ConfigMap that this very instance controls. */
  public async agentChanges({ metadata: { namespace, name, uid } }: LiveInstance): Promise<AgentChanges> {
    const mapName = objectNames.agentChanges(name);
    const cached = this.caches.reference('ConfigMap', namespace, mapName);
    if (cached === undefined || controllerOf(cached)?.uid !== uid) return NO_CHANGES;
    return readChanges((await this.readMap(namespace, mapName))?.data[CHANGES_KEY]);
  }

  /**
   * The Jobs that the status of an instance tells of and that the cache does not have. One that was made just now may not be in it yet, and whoever took it
   * for absent would start an agent beside it: so the server is asked, for as long as there is such a story and none is seen.
   */
  public async unseenJobs(instance: LiveInstance): Promise<KubeObject[]> {
    const { namespace } = instance.metadata;
    const names = storyJobs(instance).filter((name) => this.caches.ownedObject({ ...jobs, namespace, name }) === undefined);
    const found = await Promise.all(names.map((name) => get(this.api, jobs, namespace, name)));
    return found.flatMap((job) => (job !== undefined && isOurs(job, instance) ? [job] : []));
  }

  public async read(namespace: string, needs: readonly Need[]): Promise<Facts> {
    const defaults = this.caches.clusterDefaults.get(undefined, 'cluster');
    this.policies = await this.policy();
    const facts = {
      configMaps: new Map<string, ConfigMapFact>(),
      servedKinds: new Map<string, boolean>(),
      controllerSecrets: new Set<string>(),
      skillPacks: new Map<string, SkillPackFact>(),
      policy: this.policies,
      ...(defaults && { clusterDefaults: defaults['spec'] as NonNullable<Facts['clusterDefaults']> }),
    };
    const packs: PackNeed[] = [];
    for (const need of needs) {
      switch (need.kind) {
        case 'configMap': {
          const fact = await this.readMap(namespace, need.name);
          if (fact) facts.configMaps.set(need.name, fact);
          break;
        }
        case 'skillPack':
          packs.push(need);
          break;
        case 'servedKind':
          facts.servedKinds.set(servedKindKey(need.apiVersion, need.name), this.caches.isServed(need.apiVersion, need.name));
          break;
        case 'controllerSecret':
          if (this.caches.reference('Secret', this.ownNamespace, need.name)) facts.controllerSecrets.add(need.name);
      }
    }
    // All at once: each may be waited for.
    const read = await Promise.all(packs.map((need) => this.readPack(namespace, need)));
    for (const [index, fact] of read.entries()) facts.skillPacks.set(packs[index]?.name ?? '', fact);
    return facts;
  }

  /** The last good one, of this process or as it was delivered. */
  private async readPack(namespace: string, { name, configMap }: PackNeed): Promise<SkillPackFact> {
    const locks = await this.readMap(namespace, LOCKED_PACKS);
    const locked = locks && lockedPack(name, { configMaps: new Map([[LOCKED_PACKS, locks]]) });
    if (locked) return locked;
    const fact = await this.packs.read(name, this.mayUseToken(namespace, name), this.limits.packPatienceMs ?? PACK_PATIENCE_MS);
    if (!('problem' in fact)) return fact;
    const delivered = await this.readMap(namespace, configMap);
    return (delivered && deliveredPack(name, delivered)) ?? fact;
  }

  /** Drops the texts of ConfigMaps that are not there any more. */
  public sweep(): void {
    for (const id of this.maps.keys()) {
      const { namespace, name } = parseKey(id);
      if (this.caches.reference('ConfigMap', namespace, name) === undefined) this.maps.delete(id);
    }
  }

  /** Whatever names ConfigMaps had that were read: those that are gone cost no memory. */
  private bound(): void {
    const { mostMaps = Infinity } = this.limits;
    for (const oldest of this.maps.keys()) {
      if (this.maps.size <= mostMaps) break;
      this.maps.delete(oldest);
    }
    if (this.maps.size < this.sweepAt) return;
    this.sweep();
    this.sweepAt = Math.max(FEW_MAPS, 2 * this.maps.size);
  }

  private mayUseToken(namespace: string, name: string): boolean {
    const { owner, repository } = packReference(name) ?? {};
    return mayUseToken(this.policies, namespace, `${owner}/${repository}`);
  }

  private versionOf(namespace: string, need: Need): string | boolean | undefined {
    if (need.kind === 'skillPack') return this.packs.version(need.name, this.mayUseToken(namespace, need.name));
    if (need.kind === 'servedKind') return this.caches.isServed(need.apiVersion, need.name);
    if (need.kind === 'controllerSecret') return this.caches.reference('Secret', this.ownNamespace, need.name) !== undefined;
    return this.caches.reference('ConfigMap', namespace, need.name)?.metadata.resourceVersion;
  }

  private async readMap(namespace: string, name: string): Promise<ConfigMapFact | undefined> {
    const cached = this.caches.reference('ConfigMap', namespace, name);
    if (cached === undefined) return undefined;
    const id = `${namespace}/${name}`;
    const known = this.maps.get(id);
    // A map keeps the order in which its keys came: who is asked for comes last.
    this.maps.delete(id);
    if (known) this.maps.set(id, known);
    if (known?.version === cached.metadata.resourceVersion) return known?.fact;
    const live = await get(this.api, configMaps, namespace, name);
    if (live === undefined) return undefined;
    const fact = factOf(live);
    this.maps.set(id, { version: live.metadata.resourceVersion ?? '', fact });
    this.bound();
    return fact;
  }
}

function factOf(live: KubeObject): ConfigMapFact {
  const { data = {}, binaryData } = live as { data?: Record<string, string>; binaryData?: Record<string, string> };
  return { data, ...(binaryData && { binaryData }) };
}
