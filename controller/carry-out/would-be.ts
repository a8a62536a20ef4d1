import type { Manifest, ManifestSet } from '../../constructs';
import { annotations, labels } from '../../constructs/wire/names';
import { type ObjectRef, idOf, objectId, refText } from '../../constructs/wire/object-ref';
import { appliers } from '../../gitops/engines/appliers';
import { gitAnnotations, gitObjectNames } from '../../gitops/git/names';
import { ApiError, isNoMatch } from '../api/errors';
import { listAll } from '../api/list';
import type { ApiPort } from '../api/port';
import { get } from '../api/requests';
import { type KindTable, registeredKinds, secrets } from '../objects/kinds';
import { liveClaimSpec } from '../objects/live-claim';
import type { KubeObject } from '../objects/objects';
import { isClaim } from '../objects/ownership';
import { FIELD_MANAGER } from './apply-sink';
import { ServerSideApply } from './server-side-apply';

/** One instance as the cluster has it, and as it would have it after an apply. */
export interface WouldBe {
  readonly before: ManifestSet | undefined;
  readonly after: ManifestSet;
  /** What the server would refuse, an object each, in its words. Those objects are missing in `after`. */
  readonly refused: readonly string[];
}

/** Whoever delivers: the controller, or an engine after its commit. */
const DELIVERERS: readonly string[] = [FIELD_MANAGER, ...Object.values(appliers)];

/** What deliveries add to an object, and what engines, kubectl and the binder of claims keep there. None of it is the doing of a spec. */
const ADDED: ReadonlySet<string> = new Set([
  labels.ownName,
  labels.ownNamespace,
  labels.ownUid,
  labels.appliedBy,
  gitAnnotations.releaseDigest,
  'argocd.argoproj.io/tracking-id',
  'kustomize.toolkit.fluxcd.io/name',
  'kustomize.toolkit.fluxcd.io/namespace',
]);
const KEPT_THERE = /^(?:kubectl|pv|volume|volume\.beta|deployment)\.kubernetes\.io\//;

/**
 * Asks the API server what an apply of a set would do: each object as a dry run, as whoever delivers it now. So defaults of the server, webhooks and
 * fields of others make no difference, and what the server refuses is told as it tells it. Nothing is changed.
 *
 * @throws ApiError where the cluster cannot be read; ConnectionError
 */
export async function wouldBe(api: ApiPort, set: ManifestSet, kinds: KindTable = registeredKinds): Promise<WouldBe> {
  const { name, namespace = '' } = set;
  const before: KubeObject[] = [];
  const after: KubeObject[] = [];
  const refused: string[] = [];
  for (const manifest of set.manifests) {
    const ref = kinds.placeOf(manifest, namespace);
    const live = await get(api, kinds.of(ref), ref.namespace, ref.name);
    if (live) before.push(live);
    try {
      after.push(await new ServerSideApply(api, delivererOf(live), kinds).preview(desiredObject(manifest, ref, live)));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refused.push(`${refText(ref, namespace)}: ${error.message}`);
    }
  }
  const wanted = new Set(set.manifests.map((manifest) => objectId(kinds.placeOf(manifest, namespace))));
  for (const live of await inventory(api, set, kinds)) if (!wanted.has(idOf(live)) && !stays(live, name)) before.push(live);
  const side = (objects: readonly KubeObject[]): ManifestSet => ({ name, namespace, manifests: objects.map(contentOf) });
  return { before: before.length === 0 ? undefined : side(before), after: side(after), refused };
}

function delivererOf(live: KubeObject | undefined): string {
  const managers = (live?.metadata.managedFields ?? []).flatMap(({ manager, operation }) => (operation === 'Apply' ? [manager] : []));
  return DELIVERERS.find((deliverer) => managers.includes(deliverer)) ?? FIELD_MANAGER;
}

interface Template {
  readonly spec?: { readonly template?: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } } };
}

/** The manifest with what a delivery has added to the live object, which no file says: else a dry run would take it away. */
function desiredObject(manifest: Manifest, { namespace }: ObjectRef, live: KubeObject | undefined): KubeObject {
  const placed = { ...manifest.metadata, ...(namespace !== undefined && { namespace }) };
  if (live === undefined) return { ...manifest, metadata: placed };
  const { ownerReferences, labels: found, annotations: noted } = live.metadata;
  const digest = noted?.[gitAnnotations.releaseDigest];
  const metadata = {
    ...placed,
    labels: { ...marks(found), ...placed.labels },
    ...(digest !== undefined && { annotations: { ...placed.annotations, [gitAnnotations.releaseDigest]: digest } }),
    ...(ownerReferences && { ownerReferences }),
  };
  // The controller lets a claim grow alone, and keeps the class that the server chose.
  const isKept = isClaim(manifest) && delivererOf(live) === FIELD_MANAGER;
  const marked: KubeObject = { ...manifest, metadata, ...(isKept && { spec: liveClaimSpec(manifest, live) }) };
  const hash = (live as Template).spec?.template?.metadata?.annotations?.[annotations.secretHash];
  return hash === undefined ? marked : withPodAnnotation(marked, annotations.secretHash, hash);
}

function marks(found: Readonly<Record<string, string>> = {}): Record<string, string> {
  const ours: ReadonlySet<string> = new Set([labels.ownName, labels.ownNamespace, labels.ownUid]);
  return Object.fromEntries(Object.entries(found).filter(([key]) => ours.has(key)));
}

function withPodAnnotation(object: KubeObject, key: string, value: string): KubeObject {
  const spec = object['spec'] as { readonly template?: { readonly metadata?: { readonly annotations?: object } } } | undefined;
  if (spec?.template === undefined) return object;
  const { template } = spec;
  const metadata = { ...template.metadata, annotations: { ...template.metadata?.annotations, [key]: value } };
  return { ...object, spec: { ...spec, template: { ...template, metadata } } };
}

/** What carries the labels of the instance in its namespace. A kind that the cluster lacks, or that may not be listed, has none. */
async function inventory(api: ApiPort, { name, namespace }: ManifestSet, kinds: KindTable): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  for (const kind of kinds.emitted) {
    if (kind.kind === secrets.kind || !kind.namespaced) continue;
    const labelSelector = `${labels.ownName}=${name}`;
    const listed = await listAll(api, kind, { labelSelector, ...(namespace !== undefined && { namespace }) }).catch((error: unknown) => {
      if (isNoMatch(error)) return { items: [] };
      throw error;
    });
    found.push(...listed.items);
  }
  return found;
}

/** Claims are kept, and so is what Git mode has beside the manifests. */
function stays(live: KubeObject, name: string): boolean {
  return isClaim(live) || live.metadata.deletionTimestamp !== undefined || live.metadata.name === gitObjectNames.release(name);
}

/** What a spec has to do with. */
function contentOf({ apiVersion, kind, metadata, status: _status, ...fields }: KubeObject): Manifest {
  const { name, namespace, labels: marked, annotations: noted } = metadata;
  const kept = { ...ofTheSpec('labels', marked), ...ofTheSpec('annotations', noted) };
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }), ...kept }, ...fields };
}

function ofTheSpec(field: 'labels' | 'annotations', texts: Readonly<Record<string, string>> = {}): object {
  const entries = Object.entries(texts).filter(([key]) => !ADDED.has(key) && !KEPT_THERE.test(key));
  return entries.length > 0 ? { [field]: Object.fromEntries(entries) } : {};
}
