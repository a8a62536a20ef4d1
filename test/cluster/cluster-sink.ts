import type { Change, ChangeSet, ManifestSet, Sink } from '../../constructs';
import type { ApiPort, ApiRequest } from '../../controller/api/port';
import { create, remove } from '../../controller/api/requests';
import { ApplySink } from '../../controller/carry-out/apply-sink';
import type { Caches } from '../../controller/observe/caches';
import { parts } from '../../constructs/parts';
import { surplus } from '../../controller/decide/prune';
import { instances } from '../../controller/objects/kinds';
import { objectId, refOf } from '../../constructs/wire/object-ref';
import { type KubeObject, type LiveInstance, isOlder } from '../../controller/objects/objects';
import type { ObjectOutcome } from '../../controller/decide/outcome';
import { waitUntil } from './api';

/** The request, of which the server checks everything and does nothing. */
function asDryRun(request: ApiRequest): ApiRequest {
  if (request.method === 'GET') return request;
  // The server reads the options of a deletion from its body.
  if (request.method === 'DELETE') return { ...request, body: { ...(request.body as object), dryRun: ['All'] } };
  return { ...request, query: { ...request.query, dryRun: 'All' } };
}

function dryRun(api: ApiPort): ApiPort {
  return { request: async (request) => api.request(asDryRun(request)), stream: (request, signal) => api.stream(request, signal) };
}

/**
 * The apply road of the controller as a sink: a namespace, an instance for each set, its manifests by the apply sink, prune as `decide` says.
 * What the loop does beside it (Secrets, status, finalizers) is not there.
 */
export class ClusterSink implements Sink {
  private readonly applySink: ApplySink;
  /** What the caches have to show before the last apply counts as seen. */
  private expected: (() => boolean)[] = [];

  public constructor(
    private readonly api: ApiPort,
    private readonly caches: Caches,
    private readonly namespace: string,
  ) {
    this.applySink = new ApplySink(api, caches);
  }

  public async diff(sets: readonly ManifestSet[]): Promise<ChangeSet> {
    const api = dryRun(this.api);
    return this.run(sets, api, new ApplySink(api, this.caches));
  }

  public async apply(sets: readonly ManifestSet[]): Promise<ChangeSet> {
    this.expected = [];
    const changes = await this.run(sets, this.api, this.applySink);
    for (const { metadata } of this.gone(sets)) {
      await remove(this.api, instances, this.namespace, metadata.name);
      this.expected.push(() => this.caches.instances.get(this.namespace, metadata.name) === undefined);
    }
    for (const { name } of sets) this.expected.push(() => this.caches.instances.get(this.namespace, name) !== undefined);
    // Whoever looks next must not be told what was before.
    await waitUntil(
      'the caches to have seen it',
      async () => this.expected.filter((holds) => !holds()).length,
      (left) => left === 0,
    );
    return changes;
  }

  private async run(sets: readonly ManifestSet[], api: ApiPort, sink: ApplySink): Promise<ChangeSet> {
    const owned: { readonly set: ManifestSet; readonly owner: LiveInstance }[] = [];
    for (const set of sets) owned.push({ set, owner: await this.ownerOf(set, api) });
    const changes: Change[] = [];
    for (const { set, owner } of owned) changes.push(...(await this.deliver(set.manifests, owner, sink)));
    for (const owner of this.gone(sets)) changes.push(...(await this.deliver([], owner, sink)));
    return changes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  private async ownerOf({ name, namespace = this.namespace }: ManifestSet, api: ApiPort): Promise<LiveInstance> {
    const known = this.caches.instances.get(namespace, name);
    if (known) return known;
    const { apiVersion, kind } = instances;
    return (await create(api, { apiVersion, kind, metadata: { name, namespace }, spec: {} })).object as LiveInstance;
  }

  private gone(sets: readonly ManifestSet[]): LiveInstance[] {
    const names = new Set(sets.map(({ name }) => name));
    return this.caches.instances.list(this.namespace).filter(({ metadata }) => !names.has(metadata.name));
  }

  private async deliver(manifests: ManifestSet['manifests'], owner: LiveInstance, sink: ApplySink): Promise<Change[]> {
    const changes: Change[] = [];
    for (const manifest of manifests) {
      const before = this.cached(manifest);
      const live = liveOf(await sink.apply(manifest, owner));
      this.expected.push(() => !isOlder(this.cached(manifest)?.metadata.resourceVersion ?? '0', live?.metadata.resourceVersion));
      changes.push({ id: idOf(owner, manifest), action: actionOf(before, live) });
    }
    const observed = { owned: this.caches.ownedBy(owner), instance: owner, parts };
    for (const object of surplus(manifests, new Set(), observed).prune) {
      await sink.prune(object, owner);
      this.expected.push(() => this.cached(object) === undefined);
      changes.push({ id: idOf(owner, object), action: 'deleted' });
    }
    return changes;
  }

  private cached({ apiVersion, kind, metadata }: Named): KubeObject | undefined {
    return this.caches.ownedObject({ apiVersion, kind, namespace: this.namespace, name: metadata.name });
  }
}

type Described = Pick<KubeObject, 'kind'> & { readonly metadata: Partial<KubeObject['metadata']>; readonly [field: string]: unknown };

type Named = Pick<KubeObject, 'apiVersion' | 'kind'> & { readonly metadata: { readonly name: string } };

function idOf({ metadata: { namespace, name } }: LiveInstance, object: Named): string {
  return `${namespace}/${name}: ${objectId({ ...refOf(object), namespace })}`;
}

/** The object as it is after an apply. @default - it is being replaced */
function liveOf(outcome: ObjectOutcome): KubeObject | undefined {
  if (outcome.action === 'failed') throw new Error(outcome.failure.message);
  if (outcome.action === 'foreign') throw new Error(outcome.message);
  return outcome.action === 'replacing' ? undefined : outcome.live;
}

/** By what the object says: a dry run moves no version, and the cluster's own controllers do. */
function actionOf(before: KubeObject | undefined, after: KubeObject | undefined): Change['action'] {
  if (before === undefined) return 'created';
  return after !== undefined && contentOf(before) === contentOf(after) ? 'unchanged' : 'configured';
}

/** What an object says, as far as it is not the cluster's own bookkeeping. */
export function contentOf({ kind, metadata: { labels, annotations, ownerReferences }, status: _status, ...fields }: Described): string {
  // The cluster writes the volume into a claim, and notes for itself beside it.
  if (kind !== 'PersistentVolumeClaim')
    return JSON.stringify([labels, annotations, ownerReferences, Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
  const { resources, storageClassName } = fields['spec'] as { readonly resources: unknown; readonly storageClassName?: string };
  return JSON.stringify([labels, ownerReferences, resources, storageClassName]);
}
