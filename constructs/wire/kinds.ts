/** A kind of object and where the API server keeps it. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Its name in paths, such as `statefulsets`. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Not every cluster has it: its CRD belongs to another project. */
  readonly optional?: true;
}

function namespaced(apiVersion: string, kind: string, plural: string): Kind {
  return { apiVersion, kind, plural, namespaced: true };
}

const RBAC = 'rbac.authorization.k8s.io/v1';

/**
 * The kinds that parts emit, in the order of application: what a pod needs comes before the pod. A part lists its own in `emits`; a feature
 * that brings a new kind adds a line here, where it belongs.
 */
export const kinds = {
  serviceAccount: namespaced('v1', 'ServiceAccount', 'serviceaccounts'),
  role: namespaced(RBAC, 'Role', 'roles'),
  roleBinding: namespaced(RBAC, 'RoleBinding', 'rolebindings'),
  networkPolicy: namespaced('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  secret: namespaced('v1', 'Secret', 'secrets'),
  configMap: namespaced('v1', 'ConfigMap', 'configmaps'),
  claim: namespaced('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  podDisruptionBudget: namespaced('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  service: namespaced('v1', 'Service', 'services'),
  statefulSet: namespaced('apps/v1', 'StatefulSet', 'statefulsets'),
  middleware: { ...namespaced('traefik.io/v1alpha1', 'Middleware', 'middlewares'), optional: true },
  ingress: namespaced('networking.k8s.io/v1', 'Ingress', 'ingresses'),
} as const satisfies Readonly<Record<string, Kind>>;

const WEIGHTS: ReadonlyMap<string, number> = new Map(Object.values(kinds).map(({ kind }, index) => [kind, index]));

/** Where a kind stands in the order of application. One that is not in the table comes last. */
export function applyWeight(kind: string): number {
  return WEIGHTS.get(kind) ?? WEIGHTS.size;
}
