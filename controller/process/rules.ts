import type { RoleRule } from '../../constructs/hosts/role';
import { parts } from '../../constructs/parts';
import { beyond } from '../../constructs/spec/rbac-rules';
import {
  type Kind,
  argoApplications,
  clusterDefaults,
  configMaps,
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
import { type Scope, WHOLE_CLUSTER, watchedNamespaces } from '../objects/scope';
import { POLICY_NAME, admissionPolicies, admissionPolicyBindings } from '../self-config/policy-reader';
import { registrationName, webhookConfigurations } from '../webhook/trust';
import { LEASE_NAME, leases } from './lease';

/** The Lease of the leader, in the namespace of the controller alone. A name cannot limit what is created. */
export const LEASE_RULES: readonly RoleRule[] = [
  rule(leases, ['create']),
  { ...rule(leases, ['get', 'update']), resourceNames: [LEASE_NAME] },
];

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

/**
 * What the controller keeps in its own namespace, where that has no instances: keys and the certificate in Secrets, the policy and owed removals in
 * ConfigMaps. They are made by names, which no rule can say.
 */
export const OWN_RULES: readonly RoleRule[] = [secrets, configMaps].map((kind) => rule(kind, [...READ, 'create', 'patch']));

/** What the registered parts put into the Roles of agents. */
const grantedRules = parts.flatMap(({ grants = [] }) => grants);

function verbsFor(kind: Kind): readonly string[] {
  if (retiredKinds.has(kind)) return RETIRE;
  return kind === jobs ? RUN : MANAGE;
}

export interface RulesSettings {
  /** See `kindsOf`. @default - those of the registered parts */
  readonly emitted?: readonly Kind[];
  /** What it gives to agents, and therefore has to hold itself. @default - what the registered parts give */
  readonly granted?: readonly RoleRule[];
  /** @default - the whole cluster */
  readonly scope?: Scope;
  /** The controller's own namespace. */
  readonly namespace: string;
}

/** Rules, and where a controller that cares for some namespaces holds them. */
export interface Rules {
  /** Of what stands in no namespace, or in one that is not known. */
  readonly cluster: readonly RoleRule[];
  /** In each namespace with instances. */
  readonly namespaced: readonly RoleRule[];
}

/** Everything that the controller asks of the API server, from the kinds that its parts emit. */
export function rulesOf(settings: RulesSettings): Rules {
  const { emitted = emittedKinds, granted = grantedRules } = settings;
  const made = emitted.filter(({ plural }) => plural !== secrets.plural);
  const managed = (isNamespaced: boolean): RoleRule[] =>
    made.filter((kind) => kind.namespaced === isNamespaced).map((kind) => rule(kind, verbsFor(kind)));
  return {
    cluster: [
      rule(clusterDefaults, READ),
      namespacesRule(settings),
      // Whether agents can ask for their own instance only.
      ...[admissionPolicies, admissionPolicyBindings].map((kind) => ({ ...rule(kind, ['get']), resourceNames: [POLICY_NAME] })),
      // What an engine complains of, in Git mode: it may keep these in any namespace.
      rule(fluxKustomizations, ['get']),
      rule(argoApplications, ['get']),
      // Whom the API server is to trust, in the registration of the webhook and in no other.
      {
        ...rule(webhookConfigurations, ['get', 'patch']),
        resourceNames: [registrationName(settings.namespace, settings.scope ?? WHOLE_CLUSTER)],
      },
      ...managed(false),
    ],
    namespaced: withGrants(granted, [
      rule(instances, [...READ, 'patch']),
      rule(instances, ['patch'], '/status'),
      // Owner references that block deletion need this.
      rule(instances, ['update'], '/finalizers'),
      // What agents ask for: its owner, its answer, and its end an hour later.
      rule(selfConfigs, [...READ, 'patch', 'delete']),
      rule(selfConfigs, ['patch'], '/status'),
      // Why no pod gets ready. The same event again counts up.
      rule(pods, READ),
      rule(events, [...READ, 'create', 'patch']),
      ...managed(true),
      // Secrets are read for their hash, made, completed, and removed when we made them.
      // Never updated by us: a sidecar that keeps its state in one may update it, and nobody can grant what he does not hold.
      rule(secrets, [...READ, 'create', 'update', 'patch', 'delete']),
    ]),
  };
}

/** The rules, and what is given to agents as far as the rules do not hold it already. */
function withGrants(granted: readonly RoleRule[], rules: readonly RoleRule[]): RoleRule[] {
  return [...rules, ...beyond(granted, rules)];
}

/** The same in one list, for a controller of the whole cluster. */
export function controllerRules(emitted: readonly Kind[] = emittedKinds, granted: readonly RoleRule[] = grantedRules): RoleRule[] {
  const { cluster, namespaced } = rulesOf({ emitted, granted, namespace: '' });
  return [...cluster, ...namespaced];
}

/** Those that are watched by their name can be named in the rule. */
function namespacesRule({ scope: { namespaces: watched } = {}, namespace }: RulesSettings): RoleRule {
  if (watched === undefined) return rule(namespaces, READ);
  return { ...rule(namespaces, READ), resourceNames: watchedNamespaces(watched, namespace) };
}
