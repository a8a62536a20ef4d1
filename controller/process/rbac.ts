import { labels } from '../../constructs/wire/names';
import type { RoleRule } from '../../constructs/hosts/role';
import { type Kind, emittedKinds } from '../objects/kinds';
import { type Scope, WHOLE_CLUSTER, isWhole } from '../objects/scope';
import { scopedRoleName } from '../carry-out/kept-rights';
import { LEASE_RULES, OWN_RULES, rulesOf } from './rules';
import { selfConfigAdmission } from './self-config-policy';

/** What the controller is called: its account, its roles, and its Deployment. */
export const CONTROLLER = 'openclaw-controller';

const API = 'rbac.authorization.k8s.io';

interface Role {
  readonly kind: 'ClusterRole' | 'Role';
  readonly name: string;
  /** @default - it has none */
  readonly namespace?: string;
  readonly rules: readonly RoleRule[];
  /** Of a ClusterRole: the namespaces in which alone it counts. @default - it counts in the whole cluster */
  readonly boundIn?: readonly string[];
}

/** The ServiceAccount of the controller, the roles bound to it, and the admission policy on what agents ask for, as manifests. */
export function controllerRbac(namespace: string, scope: Scope = WHOLE_CLUSTER, emitted: readonly Kind[] = emittedKinds): object[] {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...named(CONTROLLER), namespace } };
  return [account, ...rolesOf(namespace, scope, emitted).flatMap((role) => bound(role, namespace)), ...selfConfigAdmission()];
}

/**
 * A part of a cluster: its roles bear the name of the controller's namespace, since another controller may have roles beside them.
 *
 * What counts in some namespaces is one ClusterRole with a binding in each: it gives nothing where it is not bound, and outlives a namespace that is
 * deleted. The binding is kept as long as there are instances (`KeptRights`).
 */
function rolesOf(namespace: string, scope: Scope, emitted: readonly Kind[]): Role[] {
  const { namespaces } = scope;
  const { cluster, namespaced } = rulesOf({ namespace, scope, emitted });
  const name = isWhole(scope) ? CONTROLLER : `${CONTROLLER}:${namespace}`;
  const own = namespaces === undefined || namespaces.includes(namespace) ? LEASE_RULES : [...LEASE_RULES, ...OWN_RULES];
  return [
    { kind: 'ClusterRole', name, rules: namespaces === undefined ? [...cluster, ...namespaced] : cluster },
    ...(namespaces === undefined
      ? []
      : [{ kind: 'ClusterRole', name: scopedRoleName(namespace), rules: namespaced, boundIn: namespaces } as const]),
    { kind: 'Role', name: CONTROLLER, namespace, rules: own },
  ];
}

function bound({ kind, name, namespace, rules, boundIn }: Role, accountNamespace: string): object[] {
  const metadata = { ...named(name), ...(namespace !== undefined && { namespace }) };
  const binding = (bindingKind: string, at: object): object => ({
    apiVersion: `${API}/v1`,
    kind: bindingKind,
    metadata: at,
    roleRef: { apiGroup: API, kind, name },
    subjects: [{ kind: 'ServiceAccount', name: CONTROLLER, namespace: accountNamespace }],
  });
  return [
    { apiVersion: `${API}/v1`, kind, metadata, rules },
    ...(boundIn?.map((of) => binding('RoleBinding', { ...metadata, namespace: of })) ?? [binding(`${kind}Binding`, metadata)]),
  ];
}

function named(name: string): { readonly name: string; readonly labels: Readonly<Record<string, string>> } {
  return { name, labels: { [labels.name]: CONTROLLER } };
}
