import { kibibytes } from '../../constructs/wire/kibibytes';
import { type ApiPort, type ApiRequest, type ApiResponse, applyContentType, isReadOnly } from '../../controller/api/port';
import { FencedError } from '../../controller/api/errors';
import { type Fence, openFence } from '../../gitops/git/fence';
import { refusal } from '../../controller/api/refusal';
import type { Clock } from '../../gitops/git/clock';
import {
  type Kind,
  clusterDefaults,
  emittedKinds,
  events,
  instances,
  namespaces,
  pods,
  resourcePath,
  argoApplications,
  fluxKustomizations,
  selfConfigs,
} from '../../controller/objects/kinds';
import type { KubeObject } from '../../controller/objects/objects';
import { type Json, clone, fieldsOf, leaves, merged, patched, same } from './fake-fields';
import { admissionPolicies, admissionPolicyBindings } from '../../controller/self-config/policy-reader';
import { FakeObjects } from './fake-objects';
import { type FakeWatches, isSelected } from './fake-watches';

const KINDS: readonly Kind[] = [
  ...emittedKinds,
  instances,
  clusterDefaults,
  namespaces,
  events,
  pods,
  fluxKustomizations,
  argoApplications,
  selfConfigs,
  admissionPolicies,
  admissionPolicyBindings,
];

interface Place {
  readonly kind: Kind;
  readonly name: string | undefined;
}

/** Fields of a StatefulSet that may change; all others of its spec are for ever. */
const MUTABLE = new Set(['replicas', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy', 'minReadySeconds', 'ordinals']);

/**
 * An API server in memory, as far as the controller asks one: create, server-side apply with owners of fields, patches, deletion with
 * preconditions and finalizers, lists and watches. It has no admission, no defaults and no controllers.
 */
export class FakeApi implements ApiPort {
  /** Every request, in order. */
  public readonly requests: ApiRequest[] = [];
  /** What a port asks before it sends a write. */
  public fence: Fence = openFence;
  /** Answers of paths where no objects are kept. */
  public readonly fixed = new Map<string, object>();
  private readonly faults: { readonly matches: (request: ApiRequest) => boolean; readonly error: Error; readonly isDone: boolean }[] = [];
  /** Is told of every request that the server has carried out. */
  public onDone: (request: ApiRequest) => void = () => undefined;
  /** Plurals of kinds that this server does not have. */
  public readonly absent = new Set<string>();
  private readonly objects: FakeObjects;
  private readonly kinds: readonly Kind[];

  /** @param more kinds beside those of the registered parts */
  public constructor(
    private readonly clock: Clock,
    more: readonly Kind[] = [],
  ) {
    this.kinds = [...KINDS, ...more];
    this.objects = new FakeObjects(clock);
  }

  public async request(request: ApiRequest): Promise<ApiResponse> {
    if (!isReadOnly(request) && !this.fence.mayWrite()) throw new FencedError(request);
    this.requests.push(request);
    // Nothing is answered in the same turn.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const fault = this.faults.find(({ matches }) => matches(request));
    if (fault?.isDone === false) throw fault.error;
    const body = clone(this.answer(request));
    this.onDone(request);
    if (fault) throw fault.error;
    return { status: 200, body, warnings: [] };
  }

  public stream(request: ApiRequest, signal: AbortSignal): AsyncIterable<unknown> {
    return this.watches.open(this.placeOf(request).kind, request, signal);
  }

  public get watches(): FakeWatches {
    return this.objects.watches;
  }

  /** What was asked that changes something: `PATCH /api/v1/...`. */
  public get writes(): string[] {
    return this.requests.filter((request) => !isReadOnly(request)).map(({ method, path }) => `${method} ${path}`);
  }

  /** Reads of single objects, by path. */
  public get reads(): string[] {
    const gets = this.requests.filter((request) => request.method === 'GET' && this.placeOf(request).name !== undefined);
    return gets.map(({ path }) => path);
  }

  /**
   * From now on these requests fail.
   *
   * @param isDone whether they are carried out all the same, and only their answer is lost
   */
  public fail(error: Error, matches: (request: ApiRequest) => boolean = () => true, isDone = false): void {
    this.faults.push({ matches, error, isDone });
  }

  /** Nothing fails any more. */
  public heal(): void {
    this.faults.length = 0;
  }

  /** Counts requests from now on only. */
  public forgetRequests(): void {
    this.requests.length = 0;
  }

  /** Puts an object there as somebody else does. */
  public seed(object: KubeObject, manager = 'kubectl'): KubeObject {
    return this.objects.put(resourcePath(this.kindNamed(object.kind), object.metadata.namespace, object.metadata.name), object, manager);
  }

  /** Changes an object as somebody else does: a merge patch. */
  public edit(kind: string, name: string, patch: object, manager = 'kubectl-edit', namespace = 'team-a'): KubeObject {
    const live = this.get(kind, name, namespace);
    return this.objects.update(resourcePath(this.kindNamed(kind), namespace, name), merged(live, patch) as KubeObject, manager);
  }

  public editNamespace(name: string, patch: object): void {
    const path = resourcePath(namespaces, undefined, name);
    this.objects.update(path, merged(this.objects.get(path), patch) as KubeObject);
  }

  /** Takes an object away at once. */
  public take(kind: string, name: string, namespace = 'team-a'): void {
    this.objects.drop(resourcePath(this.kindNamed(kind), namespace, name));
  }

  /** Takes an object away as somebody else does; finalizers hold it. */
  public async remove(kind: string, name: string, namespace = 'team-a'): Promise<void> {
    const path = resourcePath(this.kindNamed(kind), namespace, name);
    this.delete({ method: 'DELETE', path, body: { propagationPolicy: 'Background' } });
  }

  public find(kind: string, name: string, namespace = 'team-a'): KubeObject | undefined {
    return this.objects.get(resourcePath(this.kindNamed(kind), namespace, name));
  }

  public get(kind: string, name: string, namespace = 'team-a'): KubeObject {
    const found = this.find(kind, name, namespace);
    if (found === undefined) throw new Error(`no ${kind} ${name}; there are ${this.names(namespace).join(', ')}`);
    return found;
  }

  /** `Kind name` of everything in a namespace but events, sorted. */
  public names(namespace = 'team-a'): string[] {
    const all = this.objects.all().map(([, object]) => object);
    const inside = all.filter(({ kind, metadata }) => metadata.namespace === namespace && kind !== 'Event');
    return inside.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted();
  }

  /** Everything of a kind, in the order in which it was made. */
  public all(kind: string): KubeObject[] {
    return this.objects.all().flatMap(([, object]) => (object.kind === kind ? [object] : []));
  }

  /** `Reason: message` of all events, in their order. */
  public get events(): string[] {
    const all = this.objects.all().filter(([, { kind }]) => kind === 'Event');
    return all.map(([, event]) => `${String(event['reason'])}: ${String(event['message'])}`);
  }

  /** What the garbage collector does: takes away what has owners of which none is there. */
  public collectGarbage(): void {
    const alive = new Set(this.objects.all().map(([, { metadata }]) => metadata.uid));
    for (const [path, { metadata }] of this.objects.all()) {
      const owners = metadata.ownerReferences ?? [];
      if (owners.length > 0 && owners.every(({ uid }) => !alive.has(uid))) this.objects.drop(path);
    }
  }

  private kindNamed(kind: string): Kind {
    const found = this.kinds.find((one) => one.kind === kind);
    if (found === undefined) throw new Error(`the fake server has no kind ${kind}`);
    return found;
  }

  private placeOf({ path }: Pick<ApiRequest, 'path'>): Place {
    const [, root, ...rest] = path.split('/').map(decodeURIComponent);
    const apiVersion = rest.splice(0, root === 'api' ? 1 : 2).join('/');
    if (rest[0] === 'namespaces' && rest.length > 2) rest.splice(0, 2);
    const kind = this.kinds.find((one) => one.apiVersion === apiVersion && one.plural === rest[0]);
    if (kind === undefined) throw new Error(`the fake server does not know the path ${path}`);
    return { kind, name: rest[1] };
  }

  private answer(request: ApiRequest): unknown {
    const fixed = this.fixed.get(request.path);
    if (fixed) return fixed;
    const { kind, name } = this.placeOf(request);
    if (this.absent.has(kind.plural)) throw refusal(request, 404, undefined);
    if (request.method === 'GET') return name === undefined ? this.list(kind, request) : this.read(kind, request);
    if (request.method === 'POST') return this.create(request);
    if (request.method === 'DELETE') return this.delete(request);
    return request.contentType === applyContentType ? this.apply(request) : this.patch(request);
  }

  private refuse(request: ApiRequest, status: number, reason: string, message: string, causes?: readonly object[]): Error {
    const { kind, name = (request.body as KubeObject | undefined)?.metadata.name } = this.placeOf(request);
    const details = { name, kind: kind.plural, ...(causes && { causes }) };
    return refusal(request, status, { kind: 'Status', code: status, reason, message, details });
  }

  private live(request: ApiRequest): KubeObject {
    const found = this.objects.get(objectPath(request));
    if (found === undefined) throw this.refuse(request, 404, 'NotFound', 'not found');
    return found;
  }

  /** Of instances the book is kept in full: what agents asked for is found in it. */
  private read(kind: Kind, request: ApiRequest): KubeObject {
    const live = this.live(request);
    if (kind !== instances) return live;
    return { ...live, metadata: { ...live.metadata, managedFields: this.objects.managedFields(objectPath(request)) } };
  }

  private list(kind: Kind, request: ApiRequest): object {
    const all = this.objects.all().map(([, object]) => object);
    const items = all.filter((object) => object.kind === kind.kind && object.apiVersion === kind.apiVersion && isSelected(object, request));
    const isPartial = request.accept?.includes('PartialObjectMetadata');
    const metadata = { resourceVersion: this.objects.version };
    return { metadata, items: isPartial ? items.map((object) => ({ metadata: object.metadata })) : items };
  }

  private create(request: ApiRequest): KubeObject {
    const object = request.body as KubeObject;
    const path = `${request.path}/${object.metadata.name}`;
    if (this.objects.get(path)) throw this.refuse(request, 409, 'AlreadyExists', `"${object.metadata.name}" already exists`);
    return this.objects.put(path, object, request.query?.['fieldManager'] ?? 'create');
  }

  private apply(request: ApiRequest): KubeObject {
    const { path, query = {} } = request;
    const manager = query['fieldManager'] ?? '';
    const wanted = request.body as KubeObject;
    const live = this.objects.get(path);
    const isDryRun = isReadOnly(request);
    if (live === undefined) return isDryRun ? wanted : this.objects.put(path, asApplied(wanted, wanted, undefined, manager), manager);
    // A version in the patch is a condition; where there is nothing to have one, it is none.
    if (![undefined, live.metadata.resourceVersion].includes(wanted.metadata.resourceVersion)) {
      throw this.refuse(request, 409, 'Conflict', 'the object has been modified; please apply your changes to the latest version');
    }
    const taken = this.objects.takenBy(path, wanted, manager);
    if (taken.length > 0 && query['force'] !== 'true') {
      const causes = taken.map(({ manager: other, field }) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with "${other}" using ${live.apiVersion}`,
        field,
      }));
      throw this.refuse(request, 409, 'Conflict', `Apply failed with ${taken.length} conflicts`, causes);
    }
    const next = this.objects.applied(path, wanted, manager);
    this.refuseImmutable(request, live, next);
    if (isDryRun) return next;
    this.objects.own(path, wanted, manager);
    return this.objects.update(path, asApplied(next, wanted, live, manager));
  }

  private refuseImmutable(request: ApiRequest, live: KubeObject, next: KubeObject): void {
    const [before, after] = [live['spec'] ?? {}, next['spec'] ?? {}] as [Json, Json];
    const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !same(before[key], after[key]));
    if (live.kind === 'StatefulSet' && changed.some((key) => !MUTABLE.has(key))) {
      throw this.refuse(request, 422, 'Invalid', "updates to statefulset spec for fields other than 'replicas' are forbidden");
    }
    if (live.kind === 'PersistentVolumeClaim' && sizeOf(after) < sizeOf(before)) {
      throw this.refuse(request, 422, 'Invalid', 'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity');
    }
  }

  private patch(request: ApiRequest): KubeObject {
    const { path, body, query = {}, contentType } = request;
    const live = this.live(request);
    const { resourceVersion = live.metadata.resourceVersion, uid = live.metadata.uid } = (body as { metadata?: Json }).metadata ?? {};
    if (resourceVersion !== live.metadata.resourceVersion || uid !== live.metadata.uid) {
      throw this.refuse(request, 409, 'Conflict', 'the object has been modified; please apply your changes to the latest version');
    }
    const steps = Array.isArray(body) ? (body as { path: string; value?: unknown }[]) : [];
    const isSteps = contentType === 'application/json-patch+json';
    const next = (isSteps ? patched(live, body as never) : merged(live, body)) as KubeObject | undefined;
    if (next === undefined) throw this.refuse(request, 422, 'Invalid', 'the server rejected our request due to an error in our request');
    const books = steps.find((step) => step.path === '/metadata/managedFields')?.value as { manager: string }[] | undefined;
    if (books) {
      this.objects.keepBook(
        path,
        books.map(({ manager }) => manager),
      );
      return this.objects.update(path, next);
    }
    if (path.endsWith('/status')) return this.objects.update(objectPath(request), { ...live, status: next['status'] });
    return this.objects.update(path, { ...next, ...('status' in live && { status: live['status'] }) }, query['fieldManager'] ?? 'patch');
  }

  private delete(request: ApiRequest): KubeObject {
    const live = this.live(request);
    const { preconditions, propagationPolicy } = request.body as { preconditions?: { uid?: string }; propagationPolicy?: string };
    if (preconditions?.uid !== undefined && preconditions.uid !== live.metadata.uid) {
      throw this.refuse(request, 409, 'Conflict', `Precondition failed: UID in precondition: ${preconditions.uid}`);
    }
    if (propagationPolicy === 'Orphan') this.orphan(live);
    if ((live.metadata.finalizers ?? []).length === 0) this.objects.drop(request.path);
    else if (live.metadata.deletionTimestamp === undefined) {
      const metadata = { ...live.metadata, deletionTimestamp: this.clock.now().toISOString() };
      this.objects.update(request.path, { ...live, metadata });
    }
    return live;
  }

  private orphan({ metadata: { uid } }: KubeObject): void {
    for (const [path, object] of this.objects.all()) {
      const { ownerReferences = [] } = object.metadata;
      const rest = ownerReferences.filter((owner) => owner.uid !== uid);
      if (rest.length < ownerReferences.length)
        this.objects.update(path, { ...object, metadata: { ...object.metadata, ownerReferences: rest } });
    }
  }
}

function objectPath({ path }: ApiRequest): string {
  return path.replace(/\/status$/, '');
}

function sizeOf(spec: Json): number {
  return kibibytes((spec as { resources: { requests: { storage: string } } }).resources.requests.storage);
}

/** As the server keeps book: an entry for this manager with the fields that it wants, beside those of others. */
function asApplied(next: KubeObject, wanted: KubeObject, live: KubeObject | undefined, manager: string): KubeObject {
  const fieldsV1 = fieldsOf(leaves(wanted).keys());
  const entry = { manager, operation: 'Apply', apiVersion: next.apiVersion, fieldsType: 'FieldsV1', fieldsV1 };
  const others = (live?.metadata.managedFields ?? []).filter((one) => one.manager !== manager || one.operation !== 'Apply');
  return { ...next, metadata: { ...next.metadata, managedFields: [entry, ...others] } };
}
