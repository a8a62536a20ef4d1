import type { Change, ChangeSet, Manifest, ManifestSet, Refusal, Sink } from '../../constructs';
import { SinkError, byId } from '../../constructs/sink';
import { labels } from '../../constructs/wire/names';
import { type ObjectRef, idOf, objectId, refOf } from '../../constructs/wire/object-ref';
import type { Clock } from '../../gitops/git/clock';
import { isNoMatch } from '../api/errors';
import { listAll } from '../api/list';
import type { ApiPort } from '../api/port';
import type { ObjectOutcome } from '../decide/outcome';
import { type Kind, type KindTable, jobs, registeredKinds, secrets } from '../objects/kinds';
import { type InstanceKey, type KubeObject, keyText } from '../objects/objects';
import { isClaim, labelledInstance } from '../objects/ownership';
import { changedFields } from './changed-fields';
import { failureOf } from './failures';
import { ObjectApply, type Preview } from './object-apply';
import { type Owner, isAppliedBy, sinkOwner } from './owner';

export interface ClusterSinkSettings {
  readonly api: ApiPort;
  readonly clock: Clock;
  /**
   * The part of the cluster that the sink cares for. A set that does not stand in it as a whole is refused; one without a namespace goes here.
   * @default - the whole cluster
   */
  readonly namespace?: string;
  /** Tells this sink from others: its field manager, and the label by which it knows its objects. @default 'openclaw-cdk8s' */
  readonly name?: string;
  /** The kinds that manifests may be of. @default - those of the registered parts */
  readonly kinds?: KindTable;
}

const NAME = 'openclaw-cdk8s';

/** What namespaces and instances may be called. */
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** An object that is being replaced is looked at so often, a second apart. */
const REPLACING_TRIES = 30;
const REPLACING_MS = 1000;

/** A set, and whose its objects are. */
interface Owned {
  readonly owner: Owner;
  readonly manifests: readonly Manifest[];
}

/** What is there of a sink's own, by id. */
type Inventory = ReadonlyMap<string, KubeObject>;

/** What was found out about one object: a change, or why there is none. */
type Finding = Change | Refusal;

/**
 * The API server as a place for manifest sets, where no controller and no OpenClawInstance has to be: server-side apply, and prune of what the
 * sink put there itself, which it marks with a label. What belongs to an instance in the cluster, or to anybody else, is refused. Claims hold
 * data and are never pruned.
 */
export class ClusterSink implements Sink {
  private readonly objects: ObjectApply;
  private readonly sinkName: string;
  private readonly kinds: KindTable;
  private inventory: Inventory = new Map();

  public constructor(private readonly settings: ClusterSinkSettings) {
    const { api, name = NAME, kinds = registeredKinds } = settings;
    this.sinkName = name;
    this.kinds = kinds;
    const known = { ownedObject: (ref: ObjectRef) => this.inventory.get(objectId(ref)) };
    this.objects = new ObjectApply({ api, known, kinds, fieldManager: name });
  }

  /** A dry run of every object. Where the server cannot tell, the change is `unknown`. */
  public async diff(sets: readonly ManifestSet[]): Promise<ChangeSet> {
    return this.run(sets, {
      object: async (manifest, owner) => previewed(owner, await this.objects.preview(manifest, owner)),
      prune: async () => {},
    });
  }

  public async apply(sets: readonly ManifestSet[]): Promise<ChangeSet> {
    return this.run(sets, {
      object: async (manifest, owner) => {
        const before = this.inventory.get(objectId(this.kinds.placeOf(manifest, owner.namespace)));
        return applied(owner, before, await this.applyFully(manifest, owner));
      },
      prune: async (object, owner) => void (await this.objects.prune(object, owner)),
    });
  }

  private async run(sets: readonly ManifestSet[], { object, prune }: Steps): Promise<ChangeSet> {
    const owned = sets.map((set) => this.owned(set));
    this.inventory = await this.read();
    const findings: Finding[] = [];
    for (const { manifests, owner } of owned) for (const manifest of manifests) findings.push(await object(manifest, owner));
    for (const { stale, owner } of this.stale(owned)) findings.push(await pruned(stale, owner, prune));
    const changes = byId(findings.filter((finding) => 'action' in finding));
    const refusals = byId(findings.filter((finding) => 'message' in finding));
    if (refusals.length > 0) throw new SinkError(refusals, changes);
    return changes;
  }

  /** @throws SinkError for a name that is none, and for a set of elsewhere */
  private owned({ name, namespace = this.settings.namespace, manifests }: ManifestSet): Owned {
    const id = JSON.stringify(`${namespace ?? ''}/${name}`.slice(0, 80));
    const refuse = (message: string): SinkError => new SinkError([{ id, message: `${id}: ${message}` }]);
    if (namespace === undefined) throw refuse('the instance names no namespace: set metadata.namespace');
    if (![namespace, name].every((text) => LABEL.test(text))) {
      throw refuse("no object can be called so: use lower-case letters, digits and '-'");
    }
    const { namespace: scope } = this.settings;
    const places = manifests.map((manifest) => this.kinds.placeOf(manifest, namespace).namespace);
    if (scope !== undefined && [namespace, ...places].some((place) => place !== scope)) {
      throw refuse(`only the namespace ${scope} is cared for here`);
    }
    return { owner: sinkOwner({ namespace, name }, this.sinkName), manifests };
  }

  /** Everything that the sink put there, for a cluster that lacks a kind as well. */
  private async read(): Promise<Inventory> {
    const { api, namespace } = this.settings;
    const selection = { labelSelector: `${labels.appliedBy}=${this.sinkName}`, ...(namespace !== undefined && { namespace }) };
    const found = new Map<string, KubeObject>();
    for (const kind of this.kinds.emitted.filter((one) => this.isLooked(one))) {
      const items = await listAll(api, kind, selection).then((listed) => listed.items, noneWhereNoMatch);
      for (const object of items) if (isAppliedBy(object, this.sinkName)) found.set(idOf(object), object);
    }
    return found;
  }

  /**
   * Where objects of the sink may be. No Secret and no Job is among them: those are made in the cluster, and the sink needs no right to read them. Nor is
   * anything outside the namespace that it cares for.
   */
  private isLooked({ kind, namespaced }: Kind): boolean {
    return kind !== secrets.kind && kind !== jobs.kind && (namespaced || this.settings.namespace === undefined);
  }

  /** What nothing asks for any more. */
  private stale(owned: readonly Owned[]): { readonly stale: KubeObject; readonly owner: Owner }[] {
    const wanted = new Set(
      owned.flatMap(({ owner, manifests }) => manifests.map((manifest) => changeId(owner, this.kinds.placeOf(manifest, owner.namespace)))),
    );
    return [...this.inventory.values()].flatMap((stale) => {
      const { namespace = '' } = stale.metadata;
      const owner = sinkOwner(labelledInstance(stale) ?? { namespace, name: '' }, this.sinkName);
      const stays = isClaim(stale) || stale.metadata.deletionTimestamp !== undefined || wanted.has(changeId(owner, refOf(stale)));
      return stays ? [] : [{ stale, owner }];
    });
  }

  /** Nobody comes back for an object that has to be gone first, so it is waited for. */
  private async applyFully(manifest: Manifest, owner: Owner): Promise<ObjectOutcome> {
    let outcome = await this.objects.apply(manifest, owner);
    for (let tries = 0; outcome.action === 'replacing' && tries < REPLACING_TRIES; tries += 1) {
      await this.settings.clock.sleep(REPLACING_MS);
      // What was listed is the one that goes.
      const gone = objectId(outcome);
      this.inventory = new Map([...this.inventory].filter(([id]) => id !== gone));
      outcome = await this.objects.apply(manifest, owner);
    }
    return outcome;
  }
}

/** What is done with an object that is wanted, and with one that is not. */
interface Steps {
  readonly object: (manifest: Manifest, owner: Owner) => Promise<Finding>;
  readonly prune: (stale: KubeObject, owner: Owner) => Promise<void>;
}

/** What a change is called: the set, and the object. */
function changeId(set: InstanceKey, ref: ObjectRef): string {
  return `${keyText(set)}: ${objectId(ref)}`;
}

function noneWhereNoMatch(error: unknown): readonly KubeObject[] {
  if (isNoMatch(error)) return [];
  throw error;
}

async function pruned(stale: KubeObject, owner: Owner, prune: Steps['prune']): Promise<Finding> {
  const id = changeId(owner, refOf(stale));
  try {
    await prune(stale, owner);
    return { id, action: 'deleted' };
  } catch (error) {
    return { id, message: `${id}: ${failureOf(error).message}` };
  }
}

function previewed(owner: Owner, preview: Preview): Finding {
  const id = changeId(owner, preview);
  if (preview.action === 'failed') return { id, message: `${id}: ${preview.failure.message}` };
  if (preview.action === 'foreign') return { id, message: preview.message };
  if (preview.action === 'replacing') return { id, action: 'configured' };
  if (preview.action === 'unknown') return { id, action: 'unknown' };
  return { id, action: preview.action, ...(preview.action === 'configured' && { fields: preview.fields }) };
}

/** By what the objects say: a new entry among the field managers is no news to anybody. */
function applied(owner: Owner, before: KubeObject | undefined, outcome: ObjectOutcome): Finding {
  const id = changeId(owner, outcome);
  if (outcome.action === 'failed') return { id, message: `${id}: ${outcome.failure.message}` };
  if (outcome.action === 'foreign') return { id, message: outcome.message };
  if (outcome.action === 'replacing') return { id, message: `${id}: the object before it is not gone yet: apply again` };
  if (before === undefined) return { id, action: outcome.action === 'created' ? 'created' : 'configured' };
  if (outcome.action === 'created') return { id, action: 'configured' };
  const fields = outcome.live === undefined ? [] : changedFields(before, outcome.live);
  return fields.length === 0 ? { id, action: 'unchanged' } : { id, action: 'configured', fields };
}
