import { ok, waitUntil, type KubeObject } from '../cluster/api';
import {
  condition,
  deleteInstance,
  instance,
  ref,
  removeNamespaces,
  waitForCondition,
  waitForNames,
  waitForReady,
} from '../cluster/controller/instances';
import { createNamespace } from '../cluster/namespaces';
import { describeWith, testApi } from '../cluster/parts';
import { beginFluxBed, type FluxBed } from './bed';
import { cluster } from './git-mode';
import { missingFlux } from './programs';

/** One story, told in order: each test goes on where the last one ended. */
describeWith(['server', 'controllers', 'traefik', { why: missingFlux() }], 'what people do to an instance by way of Git and Flux', () => {
  const api = testApi();
  let bed: FluxBed;
  let namespace = '';

  beforeAll(async () => {
    bed = await beginFluxBed(api);
    ({ namespace } = bed);
  }, 120_000);

  afterAll(() => bed.end(), 120_000);

  const alice = (value = 'a'): KubeObject =>
    instance(namespace, 'alice', { env: [{ name: 'A', value }], storage: { persistence: { orphan: false } } });
  const text = async (): Promise<string> => JSON.stringify(ok(await api.get(ref('StatefulSet', namespace, 'alice')))['spec']);
  /** Paths in the repository that name something. */
  const filesOf = async (name: string): Promise<string[]> =>
    (await bed.remote.files(`clusters/${cluster}/`)).filter((path) => path.includes(name));

  async function applied(value: string): Promise<void> {
    ok(await api.apply(alice(value)));
    await waitForReady(api, alice(), 120_000);
    expect(await text()).toContain(`"value":"${value}"`);
  }

  test('a commit that is reverted comes into the cluster, is held and told, and gives way to the next change of the instance', async () => {
    await applied('a');
    await applied('b');
    const reverted = await bed.remote.revertByOther();
    const held = await api.waitFor(alice(), (live) => condition(live, 'Committed')?.reason === 'HeldRevert', 120_000);
    expect(condition(held, 'Committed')?.message).toContain(reverted.slice(0, 10));
    await waitUntil('the revert to be applied', text, (found) => found.includes('"value":"a"'), 60_000);
    expect(ok(await api.get(alice()))['spec'].env).toEqual([{ name: 'A', value: 'b' }]);
    await applied('c');
  }, 300_000);

  test('suspended it has no pod, and resumed it has one', async () => {
    ok(await api.patch(alice(), { spec: { suspended: true } }));
    await waitForCondition(api, alice(), 'Ready', 'False', 'Suspended');
    await api.waitForGone(ref('Pod', namespace, 'alice-0', 'v1'), 60_000);
    ok(await api.patch(alice(), { spec: { suspended: false } }));
    expect((await waitForReady(api, alice(), 120_000))['status'].phase).toBe('Running');
  }, 180_000);

  test('with orphan: false its deletion takes the claim along, and leaves nothing in Git', async () => {
    await deleteInstance(api, alice(), 120_000);
    await waitForNames(api, namespace, [], 60_000);
    expect(await filesOf('alice')).toEqual([]);
  }, 240_000);

  test('a namespace that is deleted goes, with its directory', async () => {
    const other = await createNamespace(api);
    const hugo = instance(other, 'hugo');
    ok(await api.apply(hugo));
    await waitForReady(api, hugo, 120_000);
    await removeNamespaces(api, [other]);
    await waitUntil(
      'the directory to go',
      () => filesOf(other),
      (files) => files.length === 0,
      60_000,
    );
    expect((await api.get(hugo)).status).toBe(404);
  }, 240_000);
});
