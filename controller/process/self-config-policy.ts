import { type Kind, instances, selfConfigs } from '../objects/kinds';
import { POLICY_NAME as NAME, admissionPolicies, admissionPolicyBindings } from '../self-config/policy-reader';

/**
 * What a policy is asked about: that objects of a kind are made or changed. The server takes it as one value, so its defaults stand in it: an apply by
 * somebody else is a conflict otherwise.
 */
export function writesOf({ apiVersion, plural }: Kind): object {
  const [group = '', version = ''] = apiVersion.split('/');
  return {
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    resourceRules: [{ apiGroups: [group], apiVersions: [version], operations: ['CREATE', 'UPDATE'], resources: [plural], scope: '*' }],
  };
}

/** The account that an instance runs as. */
const ACCOUNT = "params.?spec.?security.?rbac.?serviceAccountName.orValue('')";

/**
 * Lets the account of an instance ask for changes of that instance alone: the right to make requests cannot be limited by what they say, and who
 * made one is known only here. Looked at for every instance of the namespace. Instances that share an account cannot be told apart, so it asks
 * for nothing; they are told so by a condition.
 */
export function selfConfigAdmission(): object[] {
  return [
    {
      apiVersion: admissionPolicies.apiVersion,
      kind: admissionPolicies.kind,
      metadata: { name: NAME },
      spec: {
        failurePolicy: 'Fail',
        paramKind: { apiVersion: instances.apiVersion, kind: instances.kind },
        matchConstraints: writesOf(selfConfigs),
        variables: [
          { name: 'named', expression: ACCOUNT },
          {
            name: 'user',
            expression:
              "'system:serviceaccount:' + request.namespace + ':' + (variables.named == '' ? params.metadata.name : variables.named)",
          },
        ],
        validations: [
          {
            expression: 'request.userInfo.username != variables.user || object.spec.instanceRef == params.metadata.name',
            messageExpression:
              "'this account is that of OpenClawInstance ' + params.metadata.name + ', and may ask for changes of that one only'",
            reason: 'Forbidden',
          },
          {
            // One that nobody takes off would keep the request for ever.
            expression: 'request.userInfo.username != variables.user || !has(object.metadata.finalizers)',
            message: 'a request of an agent has no finalizers',
            reason: 'Forbidden',
          },
        ],
      },
    },
    {
      apiVersion: admissionPolicyBindings.apiVersion,
      kind: admissionPolicyBindings.kind,
      metadata: { name: NAME },
      spec: {
        policyName: NAME,
        validationActions: ['Deny'],
        // In a namespace without instances there is no account of one.
        paramRef: { selector: {}, parameterNotFoundAction: 'Allow' },
      },
    },
  ];
}
