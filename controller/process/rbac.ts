import { labels } from '../../constructs/wire/names';
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
  namespaces,
  pods,
  secrets,
} from '../objects/kinds';

const NAME = 'openclaw-controller';

function rule({ apiVersion, plural }: Kind, verbs: readonly string[], subresource = ''): RoleRule {
  const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
  return { apiGroups: [group], resources: [`${plural}${subresource}`], verbs };
}

const READ = ['get', 'list', 'watch'];

/** What is made, kept up to date and removed. An apply of a new object is a create to the server as well. */
const MANAGE = [...READ, 'create', 'patch', 'delete'];

/**
 * Everything that the controller asks of the API server, from the kinds that its parts emit.
 *
 * @param emitted see `kindsOf`. @default - those of the registered parts
 */
export function controllerRules(emitted: readonly Kind[] = emittedKinds): RoleRule[] {
  return [
    rule(instances, [...READ, 'patch']),
    rule(instances, ['patch'], '/status'),
    // Owner references that block deletion need this.
    rule(instances, ['update'], '/finalizers'),
    rule(clusterDefaults, READ),
    // What an engine complains of, in Git mode.
    rule(fluxKustomizations, ['get']),
    rule(argoApplications, ['get']),
    rule(namespaces, READ),
    // Why no pod gets ready. The same event again counts up.
    rule(pods, READ),
    rule(events, [...READ, 'create', 'patch']),
    ...emitted.filter(({ plural }) => plural !== secrets.plural).map((kind) => rule(kind, MANAGE)),
    // Whom the API server is to trust, in the registration of the webhook and in no other.
    { ...rule(webhookConfigurations, ['get', 'patch']), resourceNames: [WEBHOOK] },
    // Secrets are read for their hash, made, completed, and removed when we made them.
    rule(secrets, [...READ, 'create', 'patch', 'delete']),
  ];
}

/** The ServiceAccount of the controller and the roles bound to it, as manifests. */
export function controllerRbac(namespace: string, emitted: readonly Kind[] = emittedKinds): object[] {
  const metadata = { name: NAME, labels: { [labels.name]: NAME } };
  const api = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata, namespace } },
    { apiVersion: `${api}/v1`, kind: 'ClusterRole', metadata, rules: controllerRules(emitted) },
    {
      apiVersion: `${api}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: api, kind: 'ClusterRole', name: NAME },
      subjects: [{ kind: 'ServiceAccount', name: NAME, namespace }],
    },
  ];
}
