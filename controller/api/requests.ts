import { kindOf, resourcePath, type Kind } from '../objects/kinds';
import type { KubeObject, LiveMetadata } from '../objects/objects';
import { isNotFound } from './errors';
import { applyContentType, type ApiPort, type ApiRequest } from './port';

/** What a write came to. */
export interface Written {
  /** The object as it now stands. */
  readonly object: KubeObject;
  /** The server's `Warning` headers: deprecated versions, Pod Security, unknown fields. */
  readonly warnings: readonly string[];
}

export interface WriteOptions {
  /** The server checks and answers, and changes nothing. @default false */
  readonly dryRun?: boolean;
  /** @default - the whole object */
  readonly subresource?: 'status' | 'scale';
  /** Where such objects are kept. @default - as the table of registered kinds says */
  readonly kind?: Kind;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Takes fields that other managers own; without it those are a conflict. @default false */
  readonly force?: boolean;
}

export interface PatchOptions extends WriteOptions {
  /** @default - the server takes it from the user agent */
  readonly fieldManager?: string;
}

export interface RemoveOptions {
  /** Only this very object, not a later one of its name; otherwise a conflict. */
  readonly uid?: string;
  /** Only in this very state; otherwise a conflict. */
  readonly resourceVersion?: string;
  /** @default 'Background' */
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly dryRun?: boolean;
}

/** The object, or undefined when there is none of that name, or no such kind. */
export async function get(api: ApiPort, kind: Kind, namespace: string | undefined, name: string): Promise<KubeObject | undefined> {
  try {
    const { body } = await api.request({ method: 'GET', path: resourcePath(kind, namespace, name) });
    return body as KubeObject;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Server-side apply: the object states what this manager wants, and nothing else. @throws isConflict names the other manager */
export async function apply(api: ApiPort, object: KubeObject, options: ApplyOptions): Promise<Written> {
  const force = options.force ? { force: 'true' } : {};
  return write(api, pathOf(object, options), 'PATCH', applyContentType, object, { ...writeQuery(options), ...force });
}

/** `apply` to the status subresource. */
export async function applyStatus(api: ApiPort, object: KubeObject, options: Omit<ApplyOptions, 'subresource'>): Promise<Written> {
  return apply(api, object, { ...options, subresource: 'status' });
}

/** JSON merge patch: null removes a field, a list replaces a list. With `metadata.resourceVersion` in it, only in that state. */
export async function mergePatch(
  api: ApiPort,
  kind: Kind,
  namespace: string | undefined,
  name: string,
  patch: object,
  options: PatchOptions = {},
): Promise<Written> {
  const path = subresourcePath(resourcePath(kind, namespace, name), options);
  return write(api, path, 'PATCH', 'application/merge-patch+json', patch, writeQuery(options));
}

/** `mergePatch` of the status subresource: only what stands under `status` counts. */
export async function patchStatus(
  api: ApiPort,
  kind: Kind,
  namespace: string | undefined,
  name: string,
  patch: { readonly metadata?: { readonly resourceVersion?: string; readonly uid?: string }; readonly status: object },
  options: Omit<PatchOptions, 'subresource'> = {},
): Promise<Written> {
  return mergePatch(api, kind, namespace, name, patch, { ...options, subresource: 'status' });
}

/** One step of RFC 6902. */
export type JsonPatchStep =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** JSON patch: all steps or none. A `test` that fails is a refusal with status 422. */
export async function jsonPatch(
  api: ApiPort,
  kind: Kind,
  namespace: string | undefined,
  name: string,
  steps: readonly JsonPatchStep[],
  options: PatchOptions = {},
): Promise<Written> {
  const path = subresourcePath(resourcePath(kind, namespace, name), options);
  return write(api, path, 'PATCH', 'application/json-patch+json', steps, writeQuery(options));
}

/** @throws isAlreadyExists */
export async function create(api: ApiPort, object: KubeObject, options: Omit<PatchOptions, 'subresource'> = {}): Promise<Written> {
  const { kind = kindOf(object) } = options;
  return write(api, resourcePath(kind, object.metadata.namespace), 'POST', 'application/json', object, writeQuery(options));
}

/**
 * Deletes one object, or marks it for deletion while finalizers hold it. False when there was none.
 *
 * @throws isConflict when a precondition does not hold
 */
export async function remove(
  api: ApiPort,
  kind: Kind,
  namespace: string | undefined,
  name: string,
  { uid, resourceVersion, propagationPolicy = 'Background', dryRun = false }: RemoveOptions = {},
): Promise<boolean> {
  const preconditions = { ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) };
  // Options in a body make the server pass over those in the query: a dry run there would delete.
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy, preconditions, ...(dryRun && { dryRun: ['All'] }) };
  try {
    await api.request({ method: 'DELETE', path: resourcePath(kind, namespace, name), body });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function write(
  api: ApiPort,
  path: string,
  method: ApiRequest['method'],
  contentType: string,
  body: unknown,
  query: Record<string, string>,
): Promise<Written> {
  const answer = await api.request({ method, path, query, body, contentType });
  return { object: answer.body as KubeObject, warnings: answer.warnings };
}

function pathOf(object: KubeObject & { readonly metadata: LiveMetadata }, options: WriteOptions): string {
  const { kind = kindOf(object) } = options;
  return subresourcePath(resourcePath(kind, object.metadata.namespace, object.metadata.name), options);
}

function subresourcePath(path: string, { subresource }: WriteOptions): string {
  return subresource === undefined ? path : `${path}/${subresource}`;
}

function writeQuery({ dryRun = false, fieldManager }: PatchOptions): Record<string, string> {
  return { ...(fieldManager !== undefined && { fieldManager }), ...(dryRun && { dryRun: 'All' }) };
}
