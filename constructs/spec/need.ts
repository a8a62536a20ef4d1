/**
 * Something outside the instance that a part has to know before it can be resolved. Whoever resolves looks it up: in files on a laptop, in the
 * cluster in the controller. One kind of need is one field of `Facts`.
 */
export type Need =
  /** The text of a ConfigMap in the namespace of the instance. */
  | { readonly kind: 'configMap'; readonly name: string }
  /** Whether the cluster knows a kind whose CRD belongs to another project. */
  | { readonly kind: 'servedKind'; readonly apiVersion: string; readonly name: string }
  /** A skill pack, by its whole reference: `pack:owner/repository/path@ref`. */
  | {
      readonly kind: 'skillPack';
      readonly name: string;
      /** The ConfigMap in the namespace of the instance in which it was delivered last. */
      readonly configMap: string;
    }
  /** Whether a Secret stands in the controller's own namespace. */
  | { readonly kind: 'controllerSecret'; readonly name: string };

/** A kind in a set of facts: `traefik.io/v1alpha1/Middleware`. */
export function servedKindKey(apiVersion: string, name: string): string {
  return `${apiVersion}/${name}`;
}
