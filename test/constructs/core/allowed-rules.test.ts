import type { RbacRule } from '../../../imports/types';
import { RULE_LEFT_OUT } from '../../../constructs/core/access/access';
import { isAllowedRule } from '../../../constructs/core/access/allowed-rules';
import { type Policy, readPolicy } from '../../../constructs/spec/policy';
import { anInstance, rendered, withSpec } from '../../builders';

const rule = (resource: string, ...verbs: string[]): RbacRule => {
  const [group = '', kind = ''] = resource.includes(':') ? resource.split(':') : ['', resource];
  return { apiGroups: [group], resources: [kind], verbs: verbs.length > 0 ? verbs : ['get'] };
};
const base = { apiGroups: [''], resources: ['configmaps'], resourceNames: ['alice-config'], verbs: ['get', 'watch'] };

const withRules = (...additionalRules: RbacRule[]) => anInstance(withSpec({ security: { rbac: { additionalRules } } }));

describe('T-T13 a rule of additionalRules', () => {
  it.each<[string, RbacRule]>([
    ['Secrets', rule('secrets')],
    ['Secrets among others', { apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['get'] }],
    ['a subresource of claims', rule('persistentvolumeclaims/status')],
    ['claims', rule('persistentvolumeclaims', 'delete')],
    ['RoleBindings', rule('rbac.authorization.k8s.io:rolebindings', 'create')],
    ['instances', rule('openclaw.rocks:openclawinstances', 'patch')],
    ['a group below ours', rule('x.openclaw.rocks:things')],
    ['every resource', rule('*')],
    ['every subresource', rule('*/scale')],
    ['every verb', rule('pods', '*')],
    ['every group', rule('*:deployments')],
    ['tokens of accounts', rule('serviceaccounts/token', 'create')],
    ['acting as another account', rule('serviceaccounts', 'impersonate')],
    ['a shell in any pod', rule('pods/exec', 'get')],
    ['pods, which mount any Secret', rule('pods', 'create')],
    ['a workload, which mounts any Secret', rule('apps:statefulsets', 'get', 'patch')],
  ])('about %s is left out by default', (_what, asked) => {
    expect(isAllowedRule(asked, {}, 'team-a')).toBe(false);
    const view = rendered(withRules(rule('pods'), asked));
    expect(view.find('Role')['rules']).toEqual([base, rule('pods')]);
    expect(view.warned(RULE_LEFT_OUT).map(({ path }) => path)).toEqual(['spec.security.rbac.additionalRules[1]']);
  });

  it.each([
    rule('pods', 'get', 'list', 'watch', 'delete'),
    rule('pods/log'),
    rule('configmaps', 'get', 'update'),
    rule('apps:deployments', 'get', 'list'),
    rule('apps:deployments/scale', 'update'),
    rule('batch:jobs', 'delete'),
    rule('example.com:widgets', 'create'),
  ])('about anything else stays: %o', (asked) => {
    expect(rendered(withRules(asked)).find('Role')['rules']).toEqual([base, asked]);
  });
});

const policy = (value: object): Policy => readPolicy(JSON.stringify(value));
const widened = (...namespaces: string[]): Policy =>
  policy({ rules: [{ namespaces, apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] });

describe('T-T13 an administrator', () => {
  it.each([
    [['team-a'], true],
    [['team-*'], true],
    [['*'], true],
    [['team'], false],
    [['team-b', 'other-*'], false],
    [[], false],
  ])('who allows reading Secrets in %j: %s', (namespaces, isAllowed) => {
    expect(isAllowedRule(rule('secrets'), { policy: widened(...namespaces) }, 'team-a')).toBe(isAllowed);
  });

  it('allows what is written and no more, beside what is open to everybody', () => {
    const facts = { policy: widened('team-a') };
    expect(isAllowedRule(rule('secrets', 'get', 'list'), facts, 'team-a')).toBe(false);
    expect(isAllowedRule({ apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['get'] }, facts, 'team-a')).toBe(true);
    expect(rendered(withRules(rule('secrets')), facts).find('Role')['rules']).toEqual([base, rule('secrets')]);
  });

  it('allows everything with stars alone', () => {
    const all = policy({ rules: [{ namespaces: ['*'], apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] });
    expect(isAllowedRule(rule('rbac.authorization.k8s.io:roles', '*'), { policy: all }, 'team-a')).toBe(true);
  });

  it.each([
    ['{', 'it is no JSON'],
    ['[]', 'it is no JSON object'],
    ['{"rule": []}', 'it has a field "rule": use "rules", "delivery", "skillPacks", "restores" and "updates"'],
    ['{"rules": {}}', '"rules" is no list'],
    ['{"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]}', 'rules[0].namespaces has to be a list of texts'],
    ['{"delivery": [{"namespaces": ["a"], "allow": "git"}]}', 'delivery[0].allow has to be a list of texts'],
    ['{"delivery": [{"namespaces": ["a"], "allow": [], "deny": []}]}', 'delivery[0] has a field "deny"'],
  ])('whose policy is %s is told so, and widens nothing', (text, mistake) => {
    const facts = { policy: readPolicy(text) };
    const view = rendered(withRules(rule('secrets')), facts);
    expect(view.find('Role')['rules']).toEqual([base]);
    expect(view.warned('rbac/policy').map(({ message }) => message)).toEqual([
      `the policy in ConfigMap openclaw-policy does not count: ${mistake}`,
    ]);
  });
});
