import type { OpenClawInstanceStatus } from '../../constructs';
import { objectNames } from '../../constructs/wire/names';
import { dataClaimName } from '../../constructs/core/storage';
import { type StatusView, shortName } from './status-input';

type ManagedResources = NonNullable<OpenClawInstanceStatus['managedResources']>;
type Field = keyof ManagedResources;

const CLAIM = 'PersistentVolumeClaim';

/** The manifests that the status names, as the API promises: kind, and name for an instance. */
const MANIFESTS: readonly (readonly [field: Field, kind: string, name: (instance: string) => string])[] = [
  ['statefulSet', 'StatefulSet', objectNames.statefulSet],
  ['service', 'Service', objectNames.service],
  ['configMap', 'ConfigMap', objectNames.config],
  ['chromiumPVC', CLAIM, objectNames.chromiumData],
  ['networkPolicy', 'NetworkPolicy', objectNames.networkPolicy],
  ['podDisruptionBudget', 'PodDisruptionBudget', objectNames.podDisruptionBudget],
  ['role', 'Role', objectNames.role],
  ['roleBinding', 'RoleBinding', objectNames.roleBinding],
];

/** Secrets of our own making. One that the user brings is not managed. */
const SECRETS: readonly (readonly [field: Field, name: (instance: string) => string])[] = [
  ['gatewayTokenSecret', objectNames.gatewayToken],
  ['basicAuthSecret', objectNames.basicAuth],
];

function hasSecret({ plan, observed, outcome }: StatusView, name: string): boolean {
  if (!plan.keep.has(shortName('Secret', name))) return false;
  return observed.secrets.has(name) || outcome.secrets.some((secret) => secret.name === name && secret.action !== 'failed');
}

/** The claim that holds the data: ours, or the one that the user brings. */
function dataClaim({ observed: { resolution }, live, claims }: StatusView): string | undefined {
  const name = resolution.ok ? dataClaimName(resolution.instance) : undefined;
  if (name === undefined) return undefined;
  return live.has(shortName(CLAIM, name)) || claims.some(({ metadata }) => metadata.name === name) ? name : undefined;
}

/**
 * Names of what the spec asks for and what is there. A name goes with its feature. While nothing is delivered nothing is touched, so the
 * names stay as they were.
 */
export function managedResources(view: StatusView): ManagedResources | undefined {
  const { wanted, live, previous } = view;
  if (!wanted) return previous.managedResources;
  const instance = view.instance.metadata.name;
  const present = new Set(wanted.map(({ kind, metadata }) => shortName(kind, metadata.name)).filter((key) => live.has(key)));
  const account = wanted.find(({ kind, metadata }) => kind === 'ServiceAccount' && live.has(shortName(kind, metadata.name)));
  const claim = dataClaim(view);
  const names: ManagedResources = {
    ...(claim !== undefined && { pvc: claim }),
    // A user may choose its name.
    ...(account && { serviceAccount: account.metadata.name }),
  };
  for (const [field, kind, nameOf] of MANIFESTS) {
    if (present.has(shortName(kind, nameOf(instance)))) names[field] = nameOf(instance);
  }
  for (const [field, nameOf] of SECRETS) {
    if (hasSecret(view, nameOf(instance))) names[field] = nameOf(instance);
  }
  return Object.keys(names).length > 0 ? names : undefined;
}
