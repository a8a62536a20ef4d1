import { type KubeObject, keyText } from '../objects/objects';

/** The values under which an object is found: none, one or several. */
export type IndexFunction<T extends KubeObject = KubeObject> = (object: T) => readonly string[];

/** By the UIDs of its owners. */
export const byOwner: IndexFunction = ({ metadata }) => (metadata.ownerReferences ?? []).map(({ uid }) => uid);

/** By namespace and the value of one label: `team-a/alice`. Other namespaces may be full of the same values. */
export function byLabel(label: string): IndexFunction {
  return ({ metadata: { namespace = '', labels } }) => {
    const value = labels?.[label];
    return value === undefined ? [] : [`${namespace}/${value}`];
  };
}

/** What was there and what is there now: one of them is undefined for an object that came or went. */
export type ChangeHandler<T extends KubeObject = KubeObject> = (before: T | undefined, after: T | undefined) => void;

/** Objects of one kind as they were last seen. Callers share them: they are not to be changed. */
export interface ObjectReader<T extends KubeObject = KubeObject> {
  get(namespace: string | undefined, name: string): T | undefined;
  /** Those of one namespace, or all; in no order. */
  list(namespace?: string): T[];
  /** Those that an index function gave this value. @throws Error for an index that was not asked for */
  by(index: string, value: string): T[];
}

/** A map of objects with indexes. */
export class ObjectStore<T extends KubeObject = KubeObject> implements ObjectReader<T> {
  private readonly objects = new Map<string, T>();
  private readonly namespaces = new Index<T>(({ metadata }) => [metadata.namespace ?? '']);
  private readonly indexes: ReadonlyMap<string, Index<T>>;

  public constructor(indexes: Readonly<Record<string, IndexFunction<T>>> = {}) {
    this.indexes = new Map(Object.entries(indexes).map(([name, values]) => [name, new Index(values)]));
  }

  public get size(): number {
    return this.objects.size;
  }

  public get(namespace: string | undefined, name: string): T | undefined {
    return this.objects.get(keyText({ namespace, name }));
  }

  public list(namespace?: string): T[] {
    return namespace === undefined ? [...this.objects.values()] : this.namespaces.find(namespace);
  }

  public by(index: string, value: string): T[] {
    const found = this.indexes.get(index);
    if (!found) throw new Error(`index ${index} does not exist; ask for it when the list-watch is made`);
    return found.find(value);
  }

  /** Puts an object in the place of the one of its name, which it returns. */
  public set(object: T): T | undefined {
    const before = this.delete(object);
    const key = keyText(object.metadata);
    this.objects.set(key, object);
    for (const index of this.everyIndex()) index.add(key, object);
    return before;
  }

  /** Takes the object of that name out and returns it. */
  public delete({ metadata }: Pick<KubeObject, 'metadata'>): T | undefined {
    const key = keyText(metadata);
    const before = this.objects.get(key);
    if (before === undefined) return undefined;
    this.objects.delete(key);
    for (const index of this.everyIndex()) index.remove(key, before);
    return before;
  }

  private *everyIndex(): Generator<Index<T>> {
    yield this.namespaces;
    yield* this.indexes.values();
  }
}

/** What stands under one value: most have a single object, and a map of its own would take more room than all else that the index knows of it. */
type Bucket<T> = T | Map<string, T>;

class Index<T extends KubeObject> {
  private readonly found = new Map<string, Bucket<T>>();

  public constructor(private readonly values: IndexFunction<T>) {}

  public find(value: string): T[] {
    const bucket = this.found.get(value);
    if (bucket === undefined) return [];
    return bucket instanceof Map ? [...bucket.values()] : [bucket];
  }

  public add(key: string, object: T): void {
    for (const value of this.values(object)) this.found.set(value, withOne(this.found.get(value), key, object));
  }

  /** @param object the very one that was added */
  public remove(key: string, object: T): void {
    for (const value of this.values(object)) {
      const left = withoutOne(this.found.get(value), key, object);
      if (left === undefined) this.found.delete(value);
      else this.found.set(value, left);
    }
  }
}

function withOne<T extends KubeObject>(bucket: Bucket<T> | undefined, key: string, object: T): Bucket<T> {
  if (bucket === undefined || bucket === object) return object;
  return (bucket instanceof Map ? bucket : new Map([[keyText(bucket.metadata), bucket]])).set(key, object);
}

/** @returns `undefined` where nothing is left */
function withoutOne<T extends KubeObject>(bucket: Bucket<T> | undefined, key: string, object: T): Bucket<T> | undefined {
  if (!(bucket instanceof Map)) return bucket === object ? undefined : bucket;
  bucket.delete(key);
  const [last] = bucket.values();
  return bucket.size > 1 ? bucket : last;
}
