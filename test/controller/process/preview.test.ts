import { ApiError, ConnectionError } from '../../../controller/api/errors';
import { type ApiRequest, isReadOnly } from '../../../controller/api/port';
import { withChromium } from '../../builders';
import { World, create, stopAll } from '../world';

afterEach(stopAll);

const isOfWorkload = ({ method, path }: ApiRequest): boolean => method === 'PATCH' && path.endsWith('/statefulsets/alice');

/** Dry runs, by the kind of their object. */
function asked({ api }: World): string[] {
  const dryRuns = api.requests.filter((request) => request.method !== 'GET' && isReadOnly(request));
  return dryRuns.map(({ path }) => path.split('/').at(-2) ?? '');
}

/** Writes of objects: no status, and no events. */
function changed({ api }: World): string[] {
  return api.writes.filter((write) => !/\/(?:status|events)$/.test(write));
}

async function running(): Promise<World> {
  const world = await World.start((api) => create(api, withChromium()));
  await world.live();
  world.api.forgetRequests();
  return world;
}

/** A change that makes a ConfigMap, rolls the pods and takes a Service away. */
async function change(world: World): Promise<void> {
  const spec = { workspace: { initialFiles: { 'AGENTS.md': '# Agents' } }, chromium: { enabled: false } };
  world.api.edit('OpenClawInstance', 'alice', { spec });
  await world.settle();
}

const invalid = new ApiError('StatefulSet.apps "alice" is invalid: spec.template.spec.containers[0].image: Required value', 422, 'Invalid');

describe('C25 a change of an instance that is there', () => {
  it('is asked about once, by its StatefulSet, before anything is changed', async () => {
    const world = await running();
    await change(world);
    expect(asked(world)).toEqual(['statefulsets']);
    const [first] = world.api.requests.filter(({ method, path }) => method !== 'GET' && !/\/(?:status|events)$/.test(path));
    expect(first?.query).toEqual({ dryRun: 'All', force: 'true', fieldManager: 'openclaw-controller' });
    expect(changed(world).map((write) => write.split('/').slice(-2).join('/'))).toEqual(
      expect.arrayContaining(['statefulsets/alice', 'configmaps/alice-workspace', 'services/alice-cdp']),
    );
    await world.live();
    expect(world.condition('Ready')).toBe('True ReconcileSucceeded');
  });

  it('that the server would refuse changes nothing at all, and Ready says why in the words of the server', async () => {
    const world = await running();
    const before = world.api.get('StatefulSet', 'alice').metadata.resourceVersion;
    world.api.fail(invalid, isOfWorkload);
    await change(world);
    expect(changed(world)).toEqual([]);
    expect(world.api.get('StatefulSet', 'alice').metadata.resourceVersion).toBe(before);
    expect(world.api.find('Service', 'alice-cdp')).toBeDefined();
    const { conditions = [], phase } = world.instance.status ?? {};
    expect(world.condition('Ready')).toBe('False ReconcileFailed');
    expect(conditions.find(({ type }) => type === 'Ready')?.message).toBe(
      'StatefulSet alice: Invalid: StatefulSet.apps "alice" is invalid: spec.template.spec.containers[0].image: Required value; ' +
        'nothing of this change is applied',
    );
    // The pods of the last good one serve on.
    expect(phase).toBe('Degraded');
  });

  it('that was refused is asked about again, and goes through as soon as the server takes it', async () => {
    const world = await running();
    world.api.fail(invalid, isOfWorkload);
    await change(world);
    world.api.heal();
    world.api.forgetRequests();
    await world.passAll();
    expect(asked(world)).toEqual(['statefulsets']);
    expect(world.api.find('ConfigMap', 'alice-workspace')).toBeDefined();
    expect(world.api.find('Service', 'alice-cdp')).toBeUndefined();
    await world.live();
    expect(world.condition('Ready')).toBe('True ReconcileSucceeded');
  });

  it('waits while the server cannot be asked, and is tried again by itself', async () => {
    const world = await running();
    world.api.fail(new ConnectionError('refused', 'ECONNREFUSED'), isOfWorkload);
    await change(world);
    expect(changed(world)).toEqual([]);
    expect(world.condition('Ready')).toBe('False Retrying');
    world.api.heal();
    await world.clock.advance(60_000);
    await world.settle();
    expect(world.api.find('ConfigMap', 'alice-workspace')).toBeDefined();
  });

  it('goes on where an admission webhook knows no dry run', async () => {
    const world = await running();
    const error = new ApiError('admission webhook "x.example" does not support dry run', 400, 'BadRequest');
    world.api.fail(error, (request) => isOfWorkload(request) && isReadOnly(request));
    await change(world);
    expect(changed(world).length).toBeGreaterThan(2);
  });

  it('of other objects only, or of none, asks nothing', async () => {
    const world = await running();
    await world.passAll();
    world.api.edit('Service', 'alice', { spec: { type: 'NodePort' } });
    await world.settle();
    expect(asked(world)).toEqual([]);
    expect(new Set(changed(world))).toEqual(new Set(['PATCH /api/v1/namespaces/team-a/services/alice']));
  });
});

describe('C25 nothing is asked', () => {
  it('about an instance that is made', async () => {
    const world = await World.start((api) => create(api, withChromium()));
    await world.live();
    await world.passAll();
    expect(asked(world)).toEqual([]);
  });

  it('by a controller that starts anew over what is as it should be', async () => {
    const world = await running();
    await world.controller.stop();
    const next = await World.start(() => undefined, { api: world.api });
    await next.loop.idle();
    expect(asked(world)).toEqual([]);
    expect(changed(world)).toEqual([]);
  });
});
