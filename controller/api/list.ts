import { resourcePath, type Kind } from '../objects/kinds';
import { appliedState } from '../objects/applied-state';
import type { KubeObject } from '../objects/objects';
import { withSharedTexts } from '../objects/shared-texts';
import { writersOf } from '../objects/writers';
import { AnswerTooLargeError, isGone } from './errors';
import type { ApiPort, ApiRequest } from './port';

/** Which objects of a kind. */
export interface Selection {
  /** @default - all namespaces */
  readonly namespace?: string;
  /** Such as `app=x,tier in (a,b)`. @default - all */
  readonly labelSelector?: string;
  /** Such as `reason=FailedCreate`: fields that the server selects by. @default - all */
  readonly fieldSelector?: string;
  /** Only apiVersion, kind and metadata travel: no values of Secrets, no bulk of ConfigMaps. @default false */
  readonly metadataOnly?: boolean;
}

export interface Listed {
  readonly items: readonly KubeObject[];
  /** The moment of the list, where a watch goes on. */
  readonly resourceVersion: string;
}

interface ListBody {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly (Omit<KubeObject, 'apiVersion' | 'kind'> & Pick<KubeObject, 'metadata'>)[] | null;
}

/** A page is in memory as bytes, as text and as objects for a moment: some MiB, where objects are as long as ours. */
const pageSize = 100;

/**
 * All objects of a kind, page by page, each with its apiVersion and kind and without what nobody reads (`managedFields`, but for who wrote it and what
 * we applied, and the annotation in which kubectl keeps what it last applied).
 *
 * @throws isNoMatch when the server does not serve the kind
 */
export async function listAll(api: ApiPort, kind: Kind, selection: Selection = {}, signal?: AbortSignal): Promise<Listed> {
  try {
    return await listPages(api, kind, selection, pageSize, signal);
  } catch (error) {
    // The pages outlived what the server remembers: one answer without pages cannot.
    if (isGone(error)) return listPages(api, kind, selection, undefined, signal);
    throw error;
  }
}

/** The request for a list or a watch of the selected objects. */
export function collectionRequest(
  kind: Kind,
  selection: Selection,
  one: 'PartialObjectMetadata' | 'PartialObjectMetadataList',
): ApiRequest {
  const { namespace, labelSelector, fieldSelector, metadataOnly = false } = selection;
  const query = { ...(labelSelector !== undefined && { labelSelector }), ...(fieldSelector !== undefined && { fieldSelector }) };
  return {
    method: 'GET',
    path: resourcePath(kind, namespace),
    ...(Object.keys(query).length > 0 && { query }),
    ...(metadataOnly && { accept: `application/json;as=${one};g=meta.k8s.io;v=v1` }),
  };
}

/** The object as we keep it; `read` is one of a list or a watch. */
export function kept(
  { apiVersion, kind }: Pick<Kind, 'apiVersion' | 'kind'>,
  read: Pick<KubeObject, 'metadata'>,
  { metadataOnly = false }: Pick<Selection, 'metadataOnly'> = {},
): KubeObject {
  const { managedFields: _managedFields, annotations, ...metadata } = read.metadata;
  const writers = writersOf(read);
  const state = writers.includes('ours') && !metadataOnly ? appliedState({ ...read, apiVersion, kind }) : undefined;
  const { [lastApplied]: _lastApplied, ...others } = annotations ?? {};
  // Items of a list carry no kind of their own, and partial ones a kind that is not theirs.
  return withSharedTexts({
    ...read,
    apiVersion,
    kind,
    metadata: {
      ...metadata,
      ...(annotations && { annotations: others }),
      ...(writers.length > 0 && { writers }),
      ...(state !== undefined && { appliedState: state }),
    },
  });
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

async function listPages(
  api: ApiPort,
  kind: Kind,
  selection: Selection,
  firstLimit: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Listed> {
  const base = collectionRequest(kind, selection, 'PartialObjectMetadataList');
  const items: KubeObject[] = [];
  let limit = firstLimit;
  let next: string | undefined;
  for (;;) {
    const query = { ...base.query, ...(limit !== undefined && { limit: String(limit) }), ...(next !== undefined && { continue: next }) };
    let body: ListBody;
    try {
      body = (await api.request({ ...base, query, ...(signal && { signal }) })).body as ListBody;
    } catch (error) {
      if (!(error instanceof AnswerTooLargeError) || limit === undefined || limit === 1) throw error;
      limit = Math.ceil(limit / 8);
      continue;
    }
    for (const item of body.items ?? []) items.push(kept(kind, item, selection));
    next = body.metadata.continue;
    if (next === undefined || next === '') return { items, resourceVersion: body.metadata.resourceVersion };
  }
}
