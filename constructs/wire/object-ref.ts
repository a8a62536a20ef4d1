/** Names one object of a cluster. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  /** @default - the object belongs to no namespace, or its document names none */
  readonly namespace?: string;
  readonly name: string;
}

/** An object, as far as its reference is concerned. */
export interface Identified {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** The reference to an object. */
export function refOf({ apiVersion, kind, metadata: { name, namespace } }: Identified): ObjectRef {
  return { apiVersion, kind, ...(namespace !== undefined && { namespace }), name };
}

/**
 * What identifies an object in one cluster: `StatefulSet.apps/team-a/alice`, `Service/team-a/alice`. The version is not in it: an object is the
 * same one whichever version it is read in.
 */
export function objectId({ apiVersion, kind, namespace = '', name }: ObjectRef): string {
  const slash = apiVersion.indexOf('/');
  const group = slash === -1 ? '' : `.${apiVersion.slice(0, slash)}`;
  return `${kind}${group}/${namespace}/${name}`;
}

/** The same of an object. */
export function idOf(object: Identified): string {
  return objectId(refOf(object));
}

/**
 * An object in words: `Service alice`, `ConfigMap monitoring/alice-dashboard`.
 *
 * @param home the namespace that need not be named
 */
export function refText({ kind, namespace, name }: ObjectRef, home: string | undefined): string {
  return namespace === undefined || namespace === home ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
