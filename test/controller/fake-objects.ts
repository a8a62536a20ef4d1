import type { Clock } from '../../gitops/git/clock';
import type { KubeObject, ManagedFields } from '../../controller/objects/objects';
import { type Json, clone, fieldText, fieldsOf, getLeaf, leaves, removeLeaf, same, setLeaf } from './fake-fields';
import { FakeWatches } from './fake-watches';

const OURS = 'openclaw-controller';

type Owners = Map<string, Set<string>>;

/** A field that another manager holds with another value. */
export interface Taken {
  readonly manager: string;
  readonly field: string;
}

/** Objects by their path, with versions, generations, owners of fields and watches. */
export class FakeObjects {
  public readonly watches = new FakeWatches();
  private readonly objects = new Map<string, KubeObject>();
  private readonly managers = new Map<string, Owners>();
  private readonly appliers = new Set<string>();
  private made = 0;
  private current = 100;

  public constructor(private readonly clock: Clock) {}

  public get version(): string {
    return String(this.current);
  }

  public get(path: string): KubeObject | undefined {
    return this.objects.get(path);
  }

  /** The server's book about an object. Who has ever applied is in it as one who applies. */
  public managedFields(path: string): ManagedFields[] {
    const { apiVersion } = this.objects.get(path) ?? {};
    return [...this.ownersOf(path)].map(([manager, held]) => {
      const operation = this.appliers.has(`${path} ${manager}`) ? 'Apply' : 'Update';
      return { manager, operation, apiVersion, fieldsType: 'FieldsV1', fieldsV1: fieldsOf(held) };
    });
  }

  public all(): [path: string, object: KubeObject][] {
    return [...this.objects];
  }

  public put(path: string, object: KubeObject, manager: string): KubeObject {
    this.made += 1;
    const creationTimestamp = this.clock.now().toISOString();
    const metadata = { uid: `uid-${this.made}`, generation: 1, creationTimestamp, ...object.metadata, resourceVersion: this.next() };
    const made: KubeObject = clone({ ...object, metadata });
    this.objects.set(path, made);
    this.managers.set(path, new Map([[manager, new Set(leaves(object).keys())]]));
    this.watches.tell('ADDED', undefined, made);
    return made;
  }

  /** What others hold of the wanted fields, with other values. */
  public takenBy(path: string, wanted: object, manager: string): Taken[] {
    const live = this.objects.get(path) as unknown as Json;
    const others = [...this.ownersOf(path)].filter(([other]) => other !== manager);
    return others.flatMap(([other, held]) =>
      [...leaves(wanted)]
        .filter(([id, value]) => held.has(id) && !same(getLeaf(live, id), value))
        .map(([id]) => ({ manager: other, field: fieldText(id) })),
    );
  }

  /** The object with the wanted fields, and without those that this manager wanted before and nobody else does. */
  public applied(path: string, wanted: object, manager: string): KubeObject {
    const next = clone(this.objects.get(path)) as unknown as Json;
    const owners = this.ownersOf(path);
    const fields = leaves(wanted);
    const isOthers = (id: string): boolean => [...owners].some(([other, held]) => other !== manager && held.has(id));
    for (const old of owners.get(manager) ?? []) if (!fields.has(old) && !isOthers(old)) removeLeaf(next, old);
    for (const [id, value] of fields) setLeaf(next, id, value);
    return next as unknown as KubeObject;
  }

  /** From now on the manager holds these fields; those that it set to another value are nobody else's. */
  public own(path: string, wanted: object, manager: string): void {
    const live = this.objects.get(path) as unknown as Json;
    const owners = this.ownersOf(path);
    const fields = leaves(wanted);
    for (const held of owners.values()) for (const [id, value] of fields) if (!same(getLeaf(live, id), value)) held.delete(id);
    owners.set(manager, new Set(fields.keys()));
    this.appliers.add(`${path} ${manager}`);
  }

  /** Somebody edits the managed fields: what was that of managers who are gone is ours from then on, or nobody's where we are none of those left. */
  public keepBook(path: string, managers: readonly string[]): void {
    const owners = this.ownersOf(path);
    for (const [manager, held] of owners) {
      if (managers.includes(manager)) continue;
      owners.delete(manager);
      if (managers.includes(OURS)) owners.set(OURS, new Set([...(owners.get(OURS) ?? []), ...held]));
    }
  }

  /** @param manager whoever updates a field owns it, and nobody else does. @default - nobody does */
  public update(path: string, next: KubeObject, manager?: string): KubeObject {
    const live = this.objects.get(path);
    if (live === undefined) throw new Error(`nothing to update at ${path}`);
    if (same(live, next)) return live;
    const { metadata, status: _status, ...content } = next;
    const { metadata: before, status: _before, ...old } = live;
    const generation = (before.generation ?? 0) + (same(content, old) ? 0 : 1);
    const stored = { ...next, metadata: { ...metadata, generation, resourceVersion: this.next() } } as KubeObject;
    if (manager !== undefined) this.ownChanges(path, manager, live, stored);
    this.objects.set(path, stored);
    if (metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0) this.drop(path);
    else this.watches.tell('MODIFIED', live, stored);
    return stored;
  }

  public drop(path: string): void {
    const gone = this.objects.get(path);
    if (gone === undefined) return;
    this.objects.delete(path);
    this.managers.delete(path);
    this.watches.tell('DELETED', gone, { ...gone, metadata: { ...gone.metadata, resourceVersion: this.next() } });
  }

  private ownersOf(path: string): Owners {
    const owners = this.managers.get(path) ?? new Map<string, Set<string>>();
    this.managers.set(path, owners);
    return owners;
  }

  private ownChanges(path: string, manager: string, before: KubeObject, after: KubeObject): void {
    const owners = this.ownersOf(path);
    const isNew = ([id, value]: [string, unknown]): boolean => !same(getLeaf(before, id), value);
    const changed = [...leaves(after)].filter(isNew).map(([id]) => id);
    for (const held of owners.values()) for (const id of changed) held.delete(id);
    owners.set(manager, new Set([...(owners.get(manager) ?? []), ...changed]));
  }

  private next(): string {
    this.current += 1;
    return String(this.current);
  }
}
