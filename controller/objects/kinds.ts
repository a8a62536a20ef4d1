/** A kind of object and where the API server keeps it. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Not every cluster has it: its CRD belongs to another project. */
  readonly optional?: true;
}

function namespaced(apiVersion: string, kind: string, plural: string): Kind {
  return { apiVersion, kind, plural, namespaced: true };
}

export const instances = namespaced('openclaw.rocks/v1alpha1', 'OpenClawInstance', 'openclawinstances');
export const clusterDefaults: Kind = {
  apiVersion: 'openclaw.rocks/v1alpha1',
  kind: 'OpenClawClusterDefaults',
  plural: 'openclawclusterdefaults',
  namespaced: false,
};
export const secrets = namespaced('v1', 'Secret', 'secrets');
export const configMaps = namespaced('v1', 'ConfigMap', 'configmaps');
export const claims = namespaced('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims');
export const pods = namespaced('v1', 'Pod', 'pods');
export const events = namespaced('v1', 'Event', 'events');
export const namespaces: Kind = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
export const statefulSets = namespaced('apps/v1', 'StatefulSet', 'statefulsets');

/**
 * Every kind that any release of ours ever made for an instance. The inventory of an instance is what carries its UID among them, so a
 * kind is never taken off this list.
 */
export const emittedKinds: readonly Kind[] = [
  namespaced('v1', 'ServiceAccount', 'serviceaccounts'),
  namespaced('rbac.authorization.k8s.io/v1', 'Role', 'roles'),
  namespaced('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'),
  namespaced('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  secrets,
  configMaps,
  claims,
  namespaced('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  namespaced('v1', 'Service', 'services'),
  statefulSets,
  namespaced('networking.k8s.io/v1', 'Ingress', 'ingresses'),
  { ...namespaced('traefik.io/v1alpha1', 'Middleware', 'middlewares'), optional: true },
];

/** The path of a collection, or of one object in it. */
export function resourcePath({ apiVersion, plural, namespaced: inNamespace }: Kind, namespace?: string, name?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = inNamespace && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

const byName = new Map(
  [...emittedKinds, instances, clusterDefaults, pods, events, namespaces].map((kind) => [`${kind.apiVersion}/${kind.kind}`, kind]),
);

/** The kind of an object that we make or read. Throws for any other one: it would be a mistake of ours. */
export function kindOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): Kind {
  const found = byName.get(`${apiVersion}/${kind}`);
  if (found === undefined) throw new Error(`kind ${apiVersion} ${kind} is not in the table of kinds`);
  return found;
}
