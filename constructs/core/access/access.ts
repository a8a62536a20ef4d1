import type { Construct } from 'constructs';
import type { Hosts } from '../../hosts/hosts';
import type { RoleRule } from '../../hosts/role';
import type { JsonObject } from '../../spec/json';
import type { Check, Part } from '../../part';
import type { Instance } from '../../spec/instance';
import { WireObject } from '../../wire/wire-object';
import { objectNames } from '../../wire/names';
import { objectMetadata } from '../../wire/object-metadata';
import { kinds } from '../../wire/kinds';
import { POLICY } from '../../spec/policy';
import { type Issue, fieldPath, warning } from '../../spec/issue';
import { annotationMistakes } from '../values/annotations';
import { isAllowedRule } from './allowed-rules';

const RBAC = 'rbac.authorization.k8s.io';

/** The account that the pod runs as: ours, or the one that the user names. */
export function serviceAccountName({ name, spec }: Pick<Instance, 'name' | 'spec'>): string {
  return spec.security.rbac.serviceAccountName ?? objectNames.serviceAccount(name);
}

function createServiceAccount(scope: Construct, instance: Instance): void {
  const { serviceAccountAnnotations: annotations } = instance.spec.security.rbac;
  new WireObject(scope, 'ServiceAccount', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: objectMetadata(instance, serviceAccountName(instance), { annotations }),
    // Containers that need a token get one of their own.
    produce: () => ({ automountServiceAccountToken: false }),
  });
}

function createRole(scope: Construct, hosts: Hosts, instance: Instance): void {
  const name = objectNames.role(instance.name);
  new WireObject(scope, 'Role', {
    apiVersion: `${RBAC}/v1`,
    kind: 'Role',
    metadata: objectMetadata(instance, name),
    produce: (): JsonObject => ({ rules: hosts.rbac.rules }),
  });
  new WireObject(scope, 'RoleBinding', {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: objectMetadata(instance, objectNames.roleBinding(instance.name)),
    produce: (): JsonObject => ({
      roleRef: { apiGroup: RBAC, kind: 'Role', name },
      // Where no namespace is known, the API server takes the account from the namespace of the binding.
      subjects: [{ kind: 'ServiceAccount', name: serviceAccountName(instance), namespace: instance.namespace }],
    }),
  });
}

const accountAnnotations: Check = ({ spec }) =>
  annotationMistakes(spec.security.rbac.serviceAccountAnnotations, 'spec.security.rbac.serviceAccountAnnotations');

const RULES = ['spec', 'security', 'rbac', 'additionalRules'];

/** The rule of the issue that says that a rule of a user is left out. */
export const RULE_LEFT_OUT = 'rbac/left-out';

const leftOut: Check = function* ({ spec, facts, namespace }): Iterable<Issue> {
  const { mistake } = facts.policy ?? {};
  const rules = spec.security.rbac.additionalRules ?? [];
  for (const [index, rule] of rules.entries()) {
    if (isAllowedRule(rule, facts, namespace)) continue;
    const text = 'is left out of the Role: it gives more than an administrator allows here; narrow it, or have it allowed';
    yield { path: fieldPath([...RULES, index]), rule: 'rbac/left-out' satisfies typeof RULE_LEFT_OUT, severity: 'warning', message: text };
  }
  if (mistake !== undefined && rules.length > 0) {
    yield warning(fieldPath(RULES), 'rbac/policy', `the policy in ConfigMap ${POLICY.name} does not count: ${mistake}`);
  }
};

/** The agent follows changes of its configuration. */
const CONFIG: RoleRule = { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'watch'] };

/** The ServiceAccount, and a Role bound to it. The Role is there for an account of the user's too: features put their rules into it. */
export const access: Part = {
  name: 'access',
  claims: ['security.rbac'],
  emits: [kinds.serviceAccount, kinds.role, kinds.roleBinding],
  managed: [
    // A user may choose its name; one that somebody else made is not ours to name.
    { field: 'serviceAccount', kind: kinds.serviceAccount, nameOf: serviceAccountName },
    { field: 'role', kind: kinds.role, nameOf: ({ name }) => objectNames.role(name) },
    { field: 'roleBinding', kind: kinds.roleBinding, nameOf: ({ name }) => objectNames.roleBinding(name) },
  ],
  grants: [CONFIG],
  checks: [accountAnnotations, leftOut],
  bind: ({ rbac }, { name, namespace, spec, facts }) => {
    rbac.allow({ ...CONFIG, resourceNames: [objectNames.config(name)] });
    rbac.allow(...(spec.security.rbac.additionalRules ?? []).filter((rule) => isAllowedRule(rule, facts, namespace)));
  },
  create: (scope, hosts, instance) => {
    if (instance.spec.security.rbac.createServiceAccount) createServiceAccount(scope, instance);
    createRole(scope, hosts, instance);
  },
};
