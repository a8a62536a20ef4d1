import { parts } from '../../constructs/parts';
import { labels } from '../../constructs/wire/names';
import { selfConfigAdmission } from './self-config-policy';
import type { RoleRule } from '../../constructs/hosts/role';
import { WEBHOOK, webhookConfigurations } from '../webhook/trust';
import {
  type Kind,
  argoApplications,
  clusterDefaults,
  emittedKinds,
  events,
  fluxKustomizations,
  instances,
  jobs,
  namespaces,
  pods,
  retiredKinds,
  secrets,
  selfConfigs,
} from '../objects/kinds';
import { POLICY_NAME, admissionPolicies, admissionPolicyBindings } from '../self-config/policy-reader';
import { LEASE_NAME, leases } from './lease';

/** The Lease of the leader, in the namespace of the controller alone. A name cannot limit what is created. */
export const LEASE_RULES: readonly RoleRule[] = [
  rule(leases, ['create']),
  { ...rule(leases, ['get', 'update']), resourceNames: [LEASE_NAME] },
];

/** What the controller is called: its account, its roles, and its Deployment. */
export const CONTROLLER = 'openclaw-controller';

function rule({ apiVersion, plural }: Kind, verbs: readonly string[], subresource = ''): RoleRule {
  const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
  return { apiGroups: [group], resources: [`${plural}${subresource}`], verbs };
}

const READ = ['get', 'list', 'watch'];

/** What is made, kept up to date and removed. An apply of a new object is a create to the server as well. */
const MANAGE = [...READ, 'create', 'patch', 'delete'];

/** What runs to its end as it was made. */
const RUN = [...READ, 'create', 'delete'];

/** What is stopped and removed, and never made. */
const RETIRE = [...READ, 'patch', 'delete'];

/** What the registered parts put into the Roles of agents. */
const grantedRules = parts.flatMap(({ grants = [] }) => grants);

function verbsFor(kind: Kind): readonly string[] {
  if (retiredKinds.has(kind)) return RETIRE;
  return kind === jobs ? RUN : MANAGE;
}

/**
 * Everything that the controller asks of the API server, from the kinds that its parts emit.
 *
 * @param emitted see `kindsOf`. @default - those of the registered parts
 * @param granted what it gives to agents, and therefore has to hold itself. @default - what the registered parts give
 */
export function controllerRules(emitted: readonly Kind[] = emittedKinds, granted: readonly RoleRule[] = grantedRules): RoleRule[] {
  return [
    rule(instances, [...READ, 'patch']),
    rule(instances, ['patch'], '/status'),
    // Owner references that block deletion need this.
    rule(instances, ['update'], '/finalizers'),
    rule(clusterDefaults, READ),
    // What agents ask for: its owner, its answer, and its end an hour later.
    rule(selfConfigs, [...READ, 'patch', 'delete']),
    rule(selfConfigs, ['patch'], '/status'),
    // Whether agents can ask for their own instance only.
    ...[admissionPolicies, admissionPolicyBindings].map((kind) => ({ ...rule(kind, ['get']), resourceNames: [POLICY_NAME] })),
    // What an engine complains of, in Git mode.
    rule(fluxKustomizations, ['get']),
    rule(argoApplications, ['get']),
    rule(namespaces, READ),
    // Why no pod gets ready. The same event again counts up.
    rule(pods, READ),
    rule(events, [...READ, 'create', 'patch']),
    ...emitted.filter(({ plural }) => plural !== secrets.plural).map((kind) => rule(kind, verbsFor(kind))),
    // Whom the API server is to trust, in the registration of the webhook and in no other.
    { ...rule(webhookConfigurations, ['get', 'patch']), resourceNames: [WEBHOOK] },
    // Secrets are read for their hash, made, completed, and removed when we made them.
    // Never updated by us: a sidecar that keeps its state in one may update it, and nobody can grant what he does not hold.
    rule(secrets, [...READ, 'create', 'update', 'patch', 'delete']),
    ...granted,
  ];
}

/** The ServiceAccount of the controller, the roles bound to it, and the admission policy on what agents ask for, as manifests. */
export function controllerRbac(namespace: string, emitted: readonly Kind[] = emittedKinds): object[] {
  const metadata = { name: CONTROLLER, labels: { [labels.name]: CONTROLLER } };
  const api = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata, namespace } },
    { apiVersion: `${api}/v1`, kind: 'ClusterRole', metadata, rules: controllerRules(emitted) },
    {
      apiVersion: `${api}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: api, kind: 'ClusterRole', name: CONTROLLER },
      subjects: [{ kind: 'ServiceAccount', name: CONTROLLER, namespace }],
    },
    { apiVersion: `${api}/v1`, kind: 'Role', metadata: { ...metadata, namespace }, rules: LEASE_RULES },
    {
      apiVersion: `${api}/v1`,
      kind: 'RoleBinding',
      metadata: { ...metadata, namespace },
      roleRef: { apiGroup: api, kind: 'Role', name: CONTROLLER },
      subjects: [{ kind: 'ServiceAccount', name: CONTROLLER, namespace }],
    },
    ...selfConfigAdmission(),
  ];
}
