/**
 * When objects of a kind are applied. Within one instance, those of one turn need nothing of each other and are sent at once; a turn begins when
 * the one before it is through.
 *
 * - `free`: needs nothing that an instance makes
 * - `binding`: names what has to be there: the server refuses a RoleBinding whose Role it does not find
 * - `workload`: its pods need all of these
 * - `rest`: leads to the pods or acts on them
 */
export const TURNS = ['free', 'binding', 'workload', 'rest'] as const;

export type Turn = (typeof TURNS)[number];

/** A kind of object and where the API server keeps it. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Its name in paths, such as `statefulsets`. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** @default 'rest' */
  readonly turn?: Turn;
  /** Not every cluster has it: its CRD belongs to another project. */
  readonly optional?: true;
}

function namespaced(apiVersion: string, kind: string, plural: string, turn: Turn): Kind {
  return { apiVersion, kind, plural, namespaced: true, turn };
}

const RBAC = 'rbac.authorization.k8s.io/v1';

/**
 * The kinds that parts emit, in the order of application: what a pod needs comes before the pod. A part lists its own in `emits`; a feature
 * that brings a new kind adds a line here, where it belongs.
 */
export const kinds = {
  serviceAccount: namespaced('v1', 'ServiceAccount', 'serviceaccounts', 'free'),
  role: namespaced(RBAC, 'Role', 'roles', 'free'),
  roleBinding: namespaced(RBAC, 'RoleBinding', 'rolebindings', 'binding'),
  networkPolicy: namespaced('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', 'free'),
  secret: namespaced('v1', 'Secret', 'secrets', 'free'),
  configMap: namespaced('v1', 'ConfigMap', 'configmaps', 'free'),
  claim: namespaced('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', 'free'),
  podDisruptionBudget: namespaced('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', 'free'),
  service: namespaced('v1', 'Service', 'services', 'free'),
  deployment: namespaced('apps/v1', 'Deployment', 'deployments', 'rest'),
  statefulSet: namespaced('apps/v1', 'StatefulSet', 'statefulsets', 'workload'),
  horizontalPodAutoscaler: namespaced('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', 'rest'),
  cronJob: namespaced('batch/v1', 'CronJob', 'cronjobs', 'rest'),
  job: namespaced('batch/v1', 'Job', 'jobs', 'rest'),
  serviceMonitor: { ...namespaced('monitoring.coreos.com/v1', 'ServiceMonitor', 'servicemonitors', 'rest'), optional: true },
  prometheusRule: { ...namespaced('monitoring.coreos.com/v1', 'PrometheusRule', 'prometheusrules', 'rest'), optional: true },
  middleware: { ...namespaced('traefik.io/v1alpha1', 'Middleware', 'middlewares', 'rest'), optional: true },
  ingress: namespaced('networking.k8s.io/v1', 'Ingress', 'ingresses', 'rest'),
  httpRoute: { ...namespaced('gateway.networking.k8s.io/v1', 'HTTPRoute', 'httproutes', 'rest'), optional: true },
} as const satisfies Readonly<Record<string, Kind>>;

const WEIGHTS: ReadonlyMap<string, number> = new Map(Object.values(kinds).map(({ kind }, index) => [kind, index]));

/** Where a kind stands in the order of application. One that is not in the table comes last. */
export function applyWeight(kind: string): number {
  return WEIGHTS.get(kind) ?? WEIGHTS.size;
}
