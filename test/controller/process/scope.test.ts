import type { ApiRequest } from '../../../controller/api/port';
import { refusal } from '../../../controller/api/refusal';
import type { Scope } from '../../../controller/objects/scope';
import { controllerRbac } from '../../../controller/process/rbac';
import { rulesOf } from '../../../controller/process/rules';
import { withChromium, withSpec } from '../../builders';
import { FakeApi } from '../fake-api';
import { FINALIZER } from '../observed';
import { OWN_NAMESPACE, World, create, stopAll } from '../world';

afterEach(stopAll);

const inTeamB = (written: object): never => {
  const { metadata, ...rest } = written as { metadata: object };
  return { ...rest, metadata: { ...metadata, namespace: 'team-b', name: 'bob' } } as never;
};

const labelled = (written: object): never => {
  const { metadata, ...rest } = written as { metadata: object };
  return { ...rest, metadata: { ...metadata, labels: { team: 'blue' } } } as never;
};

function twoTeams(api: FakeApi): void {
  api.seed({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-b', uid: 'uid-team-b' } });
  create(api, withChromium(), withSpec({ storage: { persistence: { orphan: false } } }));
  create(api, inTeamB);
}

function oneOfTwo(api: FakeApi): void {
  create(api, labelled);
  create(api, (written) => ({ ...written, metadata: { ...written.metadata, name: 'carol' } }));
}

/** Everything that was asked, lists and watches as well. */
async function requestsOf(scope: Scope, act: (world: World) => Promise<unknown>): Promise<ApiRequest[]> {
  const streams = jest.spyOn(FakeApi.prototype, 'stream');
  const world = await World.start(twoTeams, { scope });
  await act(world);
  const watched = streams.mock.calls.map(([request]) => ({ ...request, query: { ...request.query, watch: 'true' } }));
  streams.mockRestore();
  return [...world.api.requests, ...watched];
}

interface Asked {
  readonly namespace: string | undefined;
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  readonly name: string | undefined;
}

/** What RBAC is asked for a request. */
function asked({ method, path, query = {} }: ApiRequest): Asked {
  const [, root, ...rest] = path.split('/');
  const group = root === 'api' ? '' : (rest[0] ?? '');
  rest.splice(0, root === 'api' ? 1 : 2);
  const namespace = rest[0] === 'namespaces' && rest.length > 2 ? rest.splice(0, 2)[1] : undefined;
  const [plural = '', inPath, subresource] = rest;
  const reading = query['watch'] ? 'watch' : inPath === undefined ? 'list' : 'get';
  const verb = { GET: reading, POST: 'create', PATCH: 'patch', PUT: 'update', DELETE: 'delete' }[method];
  // The server takes the name from such a selector.
  const name = inPath ?? /^metadata\.name=(.*)$/.exec(query['fieldSelector'] ?? '')?.[1];
  return { namespace, group, resource: subresource === undefined ? plural : `${plural}/${subresource}`, verb, name };
}

interface Binding {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string };
  readonly roleRef: { readonly kind: string; readonly name: string };
}

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
}

function isAllowed(roles: readonly Role[], { namespace, group, resource, verb, name }: Asked): boolean {
  const rules = roles.filter(
    ({ kind, metadata }) => kind === 'ClusterRole' || (namespace !== undefined && metadata.namespace === namespace),
  );
  return rules.some((role) =>
    role.rules.some(
      ({ apiGroups, resources, verbs, resourceNames }) =>
        apiGroups.includes(group) &&
        resources.includes(resource) &&
        verbs.includes(verb) &&
        (resourceNames === undefined || (name !== undefined && resourceNames.includes(name))),
    ),
  );
}

/** What is granted: the rules of each binding, and where they count. */
function rolesFor(scope: Scope, namespace = OWN_NAMESPACE): Role[] {
  const objects = controllerRbac(namespace, scope) as (Role & Binding)[];
  const bindings = objects.filter(({ kind }) => kind.endsWith('RoleBinding'));
  return bindings.map(({ kind, metadata, roleRef }) => {
    const isBound = ({ kind: of, metadata: { name, namespace: at } }: Role): boolean =>
      of === roleRef.kind && name === roleRef.name && (of === 'ClusterRole' || at === metadata.namespace);
    const { rules } = objects.find(isBound) ?? { rules: [] };
    return { kind: kind.replace('Binding', ''), metadata: { ...metadata, name: roleRef.name }, rules };
  });
}

/** `Kind namespace name` of the account and the roles of a controller of team-a. */
function ids(namespace: string): string[] {
  const objects = controllerRbac(namespace, { namespaces: ['team-a'] }) as (Pick<Role, 'kind'> & {
    readonly metadata: { readonly name: string; readonly namespace?: string };
  })[];
  const own = objects.filter(({ kind }) => !kind.startsWith('ValidatingAdmission'));
  return own.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`);
}

describe('--namespaces', () => {
  const scope: Scope = { namespaces: ['team-a'] };

  it('cares for the instances there, and neither sees nor touches any other', async () => {
    const world = await World.start(twoTeams, { scope });
    expect(world.api.names('team-a')).toContain('StatefulSet alice');
    expect(world.api.names('team-b')).toEqual(['OpenClawInstance bob']);
    expect(world.loop.state.instances.map(({ metadata }) => metadata.name)).toEqual(['alice']);
    expect(world.api.requests.filter(({ path }) => path.includes('team-b'))).toEqual([]);
  });

  it('T-Q6 gets along with the Roles that --print-rbac prints for it, from the first pass to the last', async () => {
    const requests = await requestsOf(scope, async (world) => {
      await world.live();
      world.api.edit('OpenClawInstance', 'alice', { spec: { chromium: { enabled: false } } });
      await world.settle();
      await world.api.remove('OpenClawInstance', 'alice');
      await world.settle();
    });
    const all = requests.map(asked);
    expect(all.length).toBeGreaterThan(60);
    expect(all.filter((one) => !isAllowed(rolesFor(scope), one))).toEqual([]);
  });

  it('T-Q6 reads its own policy and shared Secrets, where it has no instances', async () => {
    const requests = (await requestsOf(scope, async () => undefined)).map(asked);
    const lists = requests.filter(({ namespace, verb }) => namespace === OWN_NAMESPACE && verb === 'list');
    expect(lists.map(({ resource }) => resource).toSorted()).toEqual(['configmaps', 'secrets']);
  });

  it('keeps its rights in a namespace that is deleted until the last instance there is gone, and holds up nothing longer', async () => {
    const binding = 'openclaw-controller:openclaw-system:instances';
    const world = await World.follow(
      (api) => {
        twoTeams(api);
        api.seed({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: binding, namespace: 'team-a' } });
      },
      { scope },
    );
    const finalizers = (): unknown => world.api.get('RoleBinding', binding).metadata.finalizers ?? [];
    expect(finalizers()).toEqual([]);
    await world.lead();
    expect(finalizers()).toEqual([FINALIZER]);
    const [first] = world.api.writes.filter((write) => /rolebindings\/openclaw|openclawinstances/.test(write));
    expect(first).toContain(`rolebindings/${encodeURIComponent(binding)}`);
    create(world.api, (written) => ({ ...written, metadata: { ...written.metadata, name: 'carol' } }));
    await world.settle();
    await world.api.remove('OpenClawInstance', 'alice');
    await world.settle();
    expect(finalizers()).toEqual([FINALIZER]);
    // All of it goes with the namespace; of the binding the finalizer is what is left.
    await world.api.remove('RoleBinding', binding);
    expect(finalizers()).toEqual([FINALIZER]);
    await world.api.remove('OpenClawInstance', 'carol');
    await world.settle();
    expect(world.api.find('OpenClawInstance', 'carol')).toBeUndefined();
    expect(world.api.find('RoleBinding', binding)).toBeUndefined();
  });

  it('lets go at the start what an earlier controller kept for instances that are gone', async () => {
    const metadata = { name: 'openclaw-controller:openclaw-system:instances', namespace: 'team-a', finalizers: [FINALIZER] };
    const world = await World.start((api) => api.seed({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata }), {
      scope,
    });
    expect(world.api.get('RoleBinding', metadata.name).metadata.finalizers ?? []).toEqual([]);
  });

  it('asks for namespaces by their names only', async () => {
    const requests = (await requestsOf(scope, async () => undefined)).map(asked);
    const names = requests.filter(({ resource, verb }) => resource === 'namespaces' && verb === 'list').map(({ name }) => name);
    expect(names).toEqual(['team-a', OWN_NAMESPACE, 'kube-system']);
  });

  it('sees a namespace that comes later', async () => {
    const world = await World.start(() => undefined, { scope: { namespaces: ['team-b'] } });
    twoTeams(world.api);
    await world.settle();
    expect(world.api.names('team-b')).toContain('StatefulSet bob');
  });

  it('names a right that is missing in one of them, and works on when it comes', async () => {
    let isMissing = true;
    const path = '/api/v1/namespaces/team-b/persistentvolumeclaims';
    const world = await World.start(
      (api) => {
        twoTeams(api);
        api.fail(refusal({ method: 'GET', path }, 403, undefined), (request) => isMissing && request.path === path);
      },
      { scope: { namespaces: ['team-a', 'team-b'] } },
    );
    expect(world.loop.missingRights).toEqual(['list persistentvolumeclaims']);
    isMissing = false;
    await world.clock.advance(60_000);
    await world.settle();
    expect(world.loop.missingRights).toEqual([]);
    expect(world.api.names('team-b')).toContain('StatefulSet bob');
  });
});

describe('--watch-label', () => {
  const scope: Scope = { watchLabel: 'team=blue' };

  it('cares for instances with the label, and leaves the others as they are', async () => {
    const world = await World.start(oneOfTwo, { scope });
    const names = world.api.names();
    expect(names).toContain('StatefulSet alice');
    expect(names.filter((name) => name.includes('carol'))).toEqual(['OpenClawInstance carol']);
    expect(world.api.get('OpenClawInstance', 'carol').metadata.finalizers).toBeUndefined();
  });

  it('takes an instance on that gets the label, and deletes nothing of one that loses it', async () => {
    const world = await World.start(oneOfTwo, { scope });
    world.api.edit('OpenClawInstance', 'carol', { metadata: { labels: { team: 'blue' } } });
    await world.settle();
    expect(world.api.names()).toContain('StatefulSet carol');
    const before = world.api.names();
    world.api.edit('OpenClawInstance', 'alice', { metadata: { labels: { team: 'red' } }, spec: { chromium: { enabled: true } } });
    world.api.forgetRequests();
    await world.passAll();
    expect(world.api.names()).toEqual(before);
    expect(world.api.writes.filter((write) => write.includes('alice'))).toEqual([]);
  });
});

describe('the rights of a part of a cluster', () => {
  it('count in its namespaces; what has no namespace is read only, but for its own webhook', () => {
    const { cluster } = rulesOf({ namespace: 'ops', scope: { namespaces: ['team-a'] } });
    const writing = cluster.filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)));
    expect(writing).toEqual([
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['validatingwebhookconfigurations'],
        verbs: ['get', 'patch'],
        resourceNames: ['openclaw-webhook.ops'],
      },
    ]);
    const roles = rolesFor({ namespaces: ['team-a', 'ops'] }, 'ops');
    expect(roles.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`)).toEqual([
      'ClusterRole  openclaw-controller:ops',
      'Role team-a openclaw-controller:ops:instances',
      'Role ops openclaw-controller:ops:instances',
      'Role ops openclaw-controller',
    ]);
    expect(roles.filter(({ rules }) => rules.length === 0)).toEqual([]);
  });

  it('bear the name of their controller, so that two of them stand side by side', () => {
    expect(ids('ops-a').filter((id) => ids('ops-b').includes(id))).toEqual([]);
  });

  it('with a label alone are those of the whole cluster', () => {
    const roles = rolesFor({ watchLabel: 'team=blue' });
    expect(roles.map(({ kind }) => kind)).toEqual(['ClusterRole', 'Role']);
    expect(roles[0]?.rules).toHaveLength(rolesFor({})[0]?.rules.length ?? 0);
  });
});
