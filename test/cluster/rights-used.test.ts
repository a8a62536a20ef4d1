import type { RoleRule } from '../../constructs/hosts/role';
import { controllerRules, LEASE_RULES } from '../../controller/process/rules';
import { type AuditEvent, isForbidden, wholeAudit } from './audit';
import { controllerUser } from './controller/controller';
import { describeWith, testApi, testCluster } from './parts';

/** Said by the sequencer, which puts this file behind all others. */
const why = process.env['OPENCLAW_TEST_WHOLE_SUITE'] === 'true' ? undefined : 'it looks at what the whole suite has asked';

/** `apps statefulsets patch`: what RBAC was asked for a request. An apply that made an object is a create as well. */
function rightsOf({ verb, objectRef = {}, responseStatus }: AuditEvent): string[] {
  const { apiGroup = '', resource = '', subresource } = objectRef;
  const verbs = verb === 'patch' && responseStatus?.code === 201 ? ['patch', 'create'] : [verb];
  return verbs.map((one) => rightText(apiGroup, subresource === undefined ? resource : `${resource}/${subresource}`, one));
}

function rightText(group: string, resource: string, verb: string): string {
  return `${group} ${resource} ${verb}`.trim();
}

function given(rules: readonly RoleRule[]): string[] {
  const all = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => rightText(group, resource, verb)))),
  );
  return [...new Set(all)];
}

/** What a request of this suite is not sure to need, and who needs it. */
const UNSEEN: readonly (readonly [right: RegExp, why: string])[] = [
  [/ get$/, 'T28 what may be listed may be read: before it is taken over, after a conflict, what an engine complains of'],
  [/^openclaw\.rocks openclawinstances\/finalizers update$/, 'asked by the server itself, for owner references that block a deletion'],
  [/^secrets update$/, 'given to sidecars: nobody can grant what he does not hold'],
  [/^openclaw\.rocks openclawselfconfigs (?:create|delete)$/, 'given to agents; and what was asked goes an hour after its answer'],
  [
    /^(?:serviceaccounts|rbac\.authorization\.k8s\.io \w+|networking\.k8s\.io \w+|policy \w+|traefik\.io \w+|batch \w+) delete$/,
    'T77 what is made is also taken away: the collector does it with the instance, and a pass where a spec asks for it no more',
  ],
];

describeWith(['server', 'controllers', 'traefik', 'gateway-api', 'prometheus-operator', { why }], 'the rights of the controller', () => {
  const api = testApi();
  let events: readonly AuditEvent[] = [];

  beforeAll(async () => {
    events = await wholeAudit(testCluster(), api, controllerUser);
  }, 60_000);

  test('are all that it asked for in all of these tests', () => {
    expect(events.length).toBeGreaterThan(1000);
    expect([...new Set(events.filter(isForbidden).flatMap(rightsOf))].toSorted()).toEqual([]);
  });

  test('are used by it, each of them', () => {
    const used = new Set(events.flatMap(rightsOf));
    const unused = given([...controllerRules(), ...LEASE_RULES]).filter((right) => !used.has(right));
    expect(unused.filter((right) => !UNSEEN.some(([known]) => known.test(right)))).toEqual([]);
  });
});
