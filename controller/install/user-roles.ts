import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { APPROVE_PLAN } from '../../gitops/git/names';
import { clusterDefaults, instances, selfConfigs } from '../objects/kinds';
import { CONTROLLER } from '../process/rbac';
import { writesOf } from '../process/self-config-policy';
import { admissionPolicies, admissionPolicyBindings } from '../self-config/policy-reader';
import { named } from './names';
import { addRaw } from './raw';

const [GROUP = ''] = instances.apiVersion.split('/');
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** What the roles `view`, `edit` and `admin` of a cluster may do with our kinds: they gather these by their labels. */
const AGGREGATED: readonly { readonly to: readonly string[]; readonly suffix: string; readonly rules: readonly k8s.PolicyRule[] }[] = [
  {
    suffix: 'view',
    to: ['view', 'edit', 'admin'],
    rules: [{ apiGroups: [GROUP], resources: [instances.plural, selfConfigs.plural, clusterDefaults.plural], verbs: READ }],
  },
  {
    suffix: 'edit',
    to: ['edit', 'admin'],
    rules: [{ apiGroups: [GROUP], resources: [instances.plural, selfConfigs.plural], verbs: WRITE }],
  },
];

/** Lets people of a namespace care for its instances without being administrators of the cluster. */
export function addUserRoles(scope: Construct): void {
  for (const { suffix, to, rules } of AGGREGATED) {
    const { name, labels } = named(`${CONTROLLER}-${suffix}`);
    const gathered = Object.fromEntries(to.map((role) => [`rbac.authorization.k8s.io/aggregate-to-${role}`, 'true']));
    new k8s.KubeClusterRole(scope, `role-${suffix}`, { metadata: { name, labels: { ...labels, ...gathered } }, rules: [...rules] });
  }
  for (const [index, object] of additionalRulesAdmission().entries()) addRaw(scope, `additional-rules-${index}`, object);
  for (const [index, object] of approvalAdmission().entries()) addRaw(scope, `approvals-${index}`, object);
}

/** `optional` of an object that may not be there. */
const rulesOf = (object: string): string => `${object}.?spec.?security.?rbac.?additionalRules.orValue([])`;
const approvedIn = (object: string): string => `${object}.metadata.?annotations[?'${APPROVE_PLAN}'].orValue('')`;

/**
 * Who writes an instance makes the controller write a Role. `edit` may not write Roles, so it may not do so by way of an instance: whoever changes
 * `additionalRules` has to be allowed to make Roles in that namespace. Everything else about the instance is theirs.
 */
function additionalRulesAdmission(): object[] {
  return admission({
    name: 'openclaw-additional-rules',
    wanted: rulesOf('object'),
    before: `oldObject == null ? [] : ${rulesOf('oldObject')}`,
    right: "authorizer.group('rbac.authorization.k8s.io').resource('roles').namespace(request.namespace).check('create')",
    message:
      'spec.security.rbac.additionalRules: whoever changes it has to be allowed to create Roles in this namespace: ask somebody with the role admin',
  });
}

/** The verb on instances of whoever may approve plans. No role of a cluster has it but those with all verbs. */
const APPROVE = 'approve';

/** Who changes an instance does not approve the change as well, unless somebody has given them that right. */
function approvalAdmission(): object[] {
  const resource = `authorizer.group('${GROUP}').resource('${instances.plural}')`;
  return admission({
    name: 'openclaw-approvals',
    wanted: approvedIn('object'),
    before: `oldObject == null ? '' : ${approvedIn('oldObject')}`,
    right: `${resource}.namespace(request.namespace).name(object.metadata.name).check('${APPROVE}')`,
    message: `the annotation ${APPROVE_PLAN}: whoever sets it has to hold the verb ${APPROVE} on ${instances.plural}.${GROUP} in this namespace`,
  });
}

interface Admission {
  readonly name: string;
  /** What is looked at, in CEL, and what it was: something with a size. To take it away is free. */
  readonly wanted: string;
  readonly before: string;
  /** The answer of the authorizer that lets it pass, in CEL. */
  readonly right: string;
  readonly message: string;
}

function admission({ name, wanted, before, right, message }: Admission): object[] {
  return [
    {
      apiVersion: admissionPolicies.apiVersion,
      kind: admissionPolicies.kind,
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: writesOf(instances),
        variables: [
          { name: 'wanted', expression: wanted },
          { name: 'before', expression: before },
        ],
        validations: [
          {
            expression: `variables.wanted == variables.before || variables.wanted.size() == 0 || ${right}.allowed()`,
            message,
            reason: 'Forbidden',
          },
        ],
      },
    },
    {
      apiVersion: admissionPolicyBindings.apiVersion,
      kind: admissionPolicyBindings.kind,
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}
