import type { RbacRule } from '../../../imports/types';
import type { Facts } from '../../spec/facts';
import { NO_POLICY, entriesFor } from '../../spec/policy';
import { type Right, isGranted, rightsOf } from '../../spec/rbac-rules';

/** API groups of which no user gives a right to an agent: who may write there gives any other right. */
const CLOSED_GROUPS = ['rbac.authorization.k8s.io', 'openclaw.rocks'];

/** Kinds of the core group of which no user gives a right: what others keep secret, their data, and accounts to act as. */
const CLOSED_RESOURCES = new Set(['secrets', 'persistentvolumeclaims', 'serviceaccounts']);

/** Subresources by which one gets into the pod of another. */
const INTO_PODS = new Set(['exec', 'attach', 'portforward', 'proxy', 'ephemeralcontainers']);

/** Whatever makes pods mounts every Secret and every claim of its namespace. */
const POD_MAKERS = new Set([
  '/pods',
  '/podtemplates',
  '/replicationcontrollers',
  'apps/daemonsets',
  'apps/deployments',
  'apps/replicasets',
  'apps/statefulsets',
  'batch/cronjobs',
  'batch/jobs',
]);

const WRITES_TEMPLATES = new Set(['create', 'update', 'patch']);

/** Verbs that go around all others. */
const CLOSED_VERBS = new Set(['impersonate', 'bind', 'escalate']);

function isClosedGroup(group: string): boolean {
  return CLOSED_GROUPS.some((closed) => group === closed || group.endsWith(`.${closed}`));
}

/** Whether a user may give this right to an agent, as long as no administrator says more. */
function isOpen({ group, resource, verb }: Right): boolean {
  const [kind = '', subresource] = resource.split('/');
  if ([group, resource, verb].some((text) => text.includes('*')) || isClosedGroup(group) || CLOSED_VERBS.has(verb)) return false;
  if (group === '' && (CLOSED_RESOURCES.has(kind) || (kind === 'pods' && subresource !== undefined && INTO_PODS.has(subresource)))) {
    return false;
  }
  return subresource !== undefined || !POD_MAKERS.has(`${group}/${kind}`) || !WRITES_TEMPLATES.has(verb);
}

/**
 * Whether a rule of `additionalRules` may stand in the Role. The limit is what the users of a namespace may do, not what the controller may:
 * without it an agent would get the controller's own rights.
 *
 * @param facts with the administrator's policy, which may widen it
 */
export function isAllowedRule(rule: RbacRule, { policy = NO_POLICY }: Facts, namespace: string | undefined): boolean {
  const widened = entriesFor(policy.rules, namespace);
  return [...rightsOf(rule)].every((right) => isOpen(right) || isGranted(right, widened));
}
