import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDocuments } from '../../../constructs/wire/yaml/write-yaml';
import type { ApiRequest } from '../../../controller/api/port';
import { clusterDefaults, emittedKinds, instances, jobs, kindsOf, namespaces, retiredKinds } from '../../../controller/objects/kinds';
import { controllerRbac } from '../../../controller/process/rbac';
import { controllerRules } from '../../../controller/process/rules';
import { withChromium, withIngress, withSpec } from '../../builders';
import { examples, renderExample } from '../../golden/examples';
import { FakeApi } from '../fake-api';
import { partsWithDashboards, priorityClass } from '../scratch-part';
import { World, create, stopAll } from '../world';

afterEach(stopAll);

const rules = controllerRules();

function allows(group: string, resource: string, verb: string): boolean {
  return rules.some(({ apiGroups, resources, verbs }) => apiGroups.includes(group) && resources.includes(resource) && verbs.includes(verb));
}

/** `apps statefulsets patch`: what RBAC is asked for a request. */
function right({ method, path, query }: Pick<ApiRequest, 'method' | 'path' | 'query'>): [group: string, resource: string, verb: string] {
  const [, root, ...rest] = path.split('/');
  const group = root === 'api' ? '' : (rest[0] ?? '');
  rest.splice(0, root === 'api' ? 1 : 2);
  if (rest[0] === 'namespaces' && rest.length > 2) rest.splice(0, 2);
  const [plural = '', name, subresource] = rest;
  const reading = query?.['watch'] ? 'watch' : name === undefined ? 'list' : 'get';
  const verb = { GET: reading, POST: 'create', PATCH: 'patch', PUT: 'update', DELETE: 'delete' }[method];
  return [group, subresource === undefined ? plural : `${plural}/${subresource}`, verb];
}

describe('the rights of the controller', () => {
  const known = [...emittedKinds, instances, clusterDefaults, namespaces];

  it.each(known.flatMap((kind) => ['get', 'list', 'watch'].map((verb) => [kind.kind, verb, kind] as const)))(
    'T28 T-J4 %s: %s',
    (_kind, verb, { apiVersion, plural }) => {
      expect(allows(apiVersion.includes('/') ? apiVersion.split('/')[0]! : '', plural, verb)).toBe(true);
    },
  );

  it.each([...retiredKinds])('T77 $kind is stopped and removed, and never made', ({ apiVersion, plural }) => {
    const [group = ''] = apiVersion.split('/');
    expect(['patch', 'delete', 'create'].map((verb) => allows(group, plural, verb))).toEqual([true, true, false]);
  });

  it('T77 a Job is made and removed, and never changed', () => {
    expect(['create', 'delete', 'watch', 'patch', 'update'].map((verb) => allows('batch', 'jobs', verb))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  const made = emittedKinds.filter((kind) => !retiredKinds.has(kind) && kind !== jobs);

  // An apply of a new object is a create to the server as well.
  it.each(made.flatMap((kind) => ['create', 'patch', 'delete'].map((verb) => [kind.kind, verb, kind] as const)))(
    'T77 %s: %s',
    (_kind, verb, { apiVersion, plural }) => {
      expect(allows(apiVersion.includes('/') ? apiVersion.split('/')[0]! : '', plural, verb)).toBe(true);
    },
  );

  it.each([
    ['openclaw.rocks', 'openclawinstances', 'patch'],
    ['openclaw.rocks', 'openclawinstances/status', 'patch'],
    // Owner references that block a deletion.
    ['openclaw.rocks', 'openclawinstances/finalizers', 'update'],
    ['', 'events', 'create'],
  ])('"%s" %s: %s', (group, resource, verb) => {
    expect(allows(group, resource, verb)).toBe(true);
  });

  it.each([
    ['openclaw.rocks', 'openclawinstances', 'create'],
    ['openclaw.rocks', 'openclawinstances', 'delete'],
    ['openclaw.rocks', 'openclawclusterdefaults', 'patch'],
    ['', 'namespaces', 'delete'],
    ['', 'pods', 'delete'],
    ['', 'pods/exec', 'create'],
    ['rbac.authorization.k8s.io', 'clusterroles', 'create'],
    ['rbac.authorization.k8s.io', 'roles', 'escalate'],
    ['rbac.authorization.k8s.io', 'roles', 'bind'],
  ])('not "%s" %s: %s', (group, resource, verb) => {
    expect(allows(group, resource, verb)).toBe(false);
  });

  it('follow from the kinds that parts emit', () => {
    const more = controllerRules(kindsOf(partsWithDashboards()));
    const added = more.filter((rule) => !rules.some((one) => JSON.stringify(one) === JSON.stringify(rule)));
    expect(added).toEqual([
      {
        apiGroups: ['scheduling.k8s.io'],
        resources: [priorityClass.plural],
        verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
      },
    ]);
    expect(more.length).toBe(rules.length + 1);
  });

  it('T-J5 include the Middlewares of Traefik, for basic auth', () => {
    const verbs = ['get', 'list', 'watch', 'create', 'patch', 'delete'];
    expect(verbs.map((verb) => allows('traefik.io', 'middlewares', verb))).toEqual(verbs.map(() => true));
  });

  it('have no star in them', () => {
    expect(JSON.stringify(rules)).not.toContain('*');
  });

  it('cover every request of a life from the first pass to the last', async () => {
    const streams = jest.spyOn(FakeApi.prototype, 'stream');
    const modifiers = [
      withChromium(),
      withIngress('traefik', { security: { basicAuth: { enabled: true } } }),
      withSpec({ storage: { persistence: { orphan: false } } }),
    ];
    const world = await World.start((api) => create(api, ...modifiers));
    await world.live();
    world.api.edit('Secret', 'alice-basic-auth', { data: { auth: '' } });
    world.api.edit('OpenClawInstance', 'alice', { spec: { chromium: { enabled: false } } });
    await world.settle();
    await world.api.remove('OpenClawInstance', 'alice');
    await world.settle();
    const watched = streams.mock.calls.map(([request]) => request);
    const asked = [...world.api.requests, ...watched].map(right);
    expect(asked.length).toBeGreaterThan(60);
    expect(new Set(asked.map(([, , verb]) => verb))).toEqual(new Set(['list', 'watch', 'get', 'create', 'patch', 'delete']));
    expect(asked.filter(([group, resource, verb]) => !allows(group, resource, verb))).toEqual([]);
    streams.mockRestore();
  });

  it('T8 are all that the Roles of instances give: nobody can grant what they do not hold', () => {
    const given = examples().flatMap((example) =>
      renderExample(example)
        .manifests.filter(({ kind, metadata }) => kind === 'Role' && metadata.name !== 'operator-on-call')
        .flatMap((role) => role['rules'] as { apiGroups: string[]; resources: string[]; verbs: string[] }[]),
    );
    expect(given.length).toBeGreaterThan(5);
    const wanted = given.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => [group, resource, verb] as const))),
    );
    expect(wanted.filter((one) => !allows(...one))).toEqual([]);
  });
});

it('T9 the manifests are those of the golden file', () => {
  // `openclaw-cdk8s controller --print-rbac` prints them; a change of the rights shows here in review.
  const text = writeDocuments(controllerRbac('openclaw-system') as Record<string, unknown>[]);
  const file = join(__dirname, 'rbac.golden.yaml');
  if (process.env['UPDATE_GOLDEN']) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
});

it('the binding names the account in the namespace that was asked for', () => {
  const [account, , binding] = controllerRbac('elsewhere') as [{ metadata: object }, object, { subjects: object[] }];
  expect(account.metadata).toMatchObject({ name: 'openclaw-controller', namespace: 'elsewhere' });
  expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: 'openclaw-controller', namespace: 'elsewhere' }]);
});
