import { type ApiRequest, applyContentType } from '../../../controller/api/port';
import { controllerRules } from '../../../controller/process/rules';
import { examples } from '../../golden/examples';
import { FakeApi } from '../fake-api';
import { World, stopAll } from '../world';

afterEach(stopAll);

const VERBS = { GET: ['get'], POST: ['create'], PATCH: ['patch'], PUT: ['update'], DELETE: ['delete'] } as const;

/** `apps statefulsets patch`: what RBAC is asked for a request. An apply of an object that is not there is a create as well. */
function rights({ method, path, query, contentType }: ApiRequest): string[] {
  const [, root, ...rest] = path.split('/');
  const group = root === 'api' ? '' : (rest[0] ?? '');
  rest.splice(0, root === 'api' ? 1 : 2);
  if (rest[0] === 'namespaces' && rest.length > 2) rest.splice(0, 2);
  const [plural = '', name, subresource] = rest;
  const collection = query?.['watch'] ? ['watch'] : ['list'];
  const verbs = method === 'GET' && name === undefined ? collection : VERBS[method];
  const more = contentType === applyContentType && subresource === undefined ? ['create'] : [];
  return [...verbs, ...more].map((verb) => `${group} ${plural}${subresource === undefined ? '' : `/${subresource}`} ${verb}`.trim());
}

/** Everything that can be switched off. */
const NOTHING = {
  security: { networkPolicy: { enabled: false }, rbac: { createServiceAccount: false, serviceAccountName: 'default' } },
  availability: { podDisruptionBudget: { enabled: false } },
  // The volume goes with its instance.
  storage: { persistence: { orphan: false } },
};

/** What these stories do not ask for, and who does. */
const ELSEWHERE: readonly (readonly [right: RegExp, why: string])[] = [
  [/ get$|^\w+ get$/, 'T28 what may be listed may be read: before it is taken over, after a conflict, in a dry run'],
  [/^openclaw\.rocks openclawselfconfigs/, 'test/controller/self-config has the requests of agents'],
  [/^admissionregistration\.k8s\.io /, 'test/cluster/install.test.ts has the webhook'],
  [/^openclaw\.rocks openclawinstances\/finalizers update$/, 'asked by the server itself, for owner references that block a deletion'],
  [
    /^(?:rbac\.authorization\.k8s\.io \w+|apps statefulsets|autoscaling \w+) delete$/,
    'T77 what is made is also taken away: a version may no longer make it, or make it anew',
  ],
  [/^apps deployments (?:patch|delete)$/, 'test/cluster/controller/take-over.test.ts has an early release'],
  [/^batch jobs /, 'what restores and updates run'],
  [/^secrets (?:update|patch)$/, 'given to sidecars, and to a Secret that lacks a key'],
];

/** Rights of the controller that no story uses. */
async function unused(): Promise<string[]> {
  const streams = jest.spyOn(FakeApi.prototype, 'stream');
  const world = await World.start(() => undefined);
  for (const { instance } of examples()) {
    world.api.seed({ ...instance, metadata: { ...instance.metadata, namespace: 'team-a' } });
  }
  await world.settle();
  const names = world.api.all('OpenClawInstance').map(({ metadata }) => metadata.name);
  for (const spec of [null, NOTHING]) {
    for (const name of names) world.api.edit('OpenClawInstance', name, { spec });
    await world.settle();
  }
  for (const name of names) await world.api.remove('OpenClawInstance', name);
  await world.settle();
  const used = new Set([...world.api.requests, ...streams.mock.calls.map(([request]) => request)].flatMap(rights));
  streams.mockRestore();
  const given = controllerRules().flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${group} ${resource} ${verb}`.trim()))),
  );
  return [...new Set(given)].filter((right) => !used.has(right));
}

it('no right of the controller is there for nothing: the lives of all examples use it, or it is known who does', async () => {
  const found = await unused();
  expect(found.filter((right) => !ELSEWHERE.some(([known]) => known.test(right)))).toEqual([]);
  // And nothing is excused that is in use.
  expect(ELSEWHERE.filter(([known]) => !found.some((right) => known.test(right))).map(([, why]) => why)).toEqual([]);
}, 30_000);
