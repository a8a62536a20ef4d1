import { controllerRules } from '../../../controller/process/rules';
import { ok, type ObjectRef, waitUntil } from '../api';
import { meanRefusals } from '../audit';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { describeWith, testApi } from '../parts';
import { controllerToken, startController, type RunningController } from './controller';
import { condition, instance, namesIn, removeNamespaces, waitForCondition, waitForInstance, waitForReady } from './instances';

const role: ObjectRef = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'openclaw-controller' } };

/** The kinds that are taken away here, by their plural. */
const PATHS: Readonly<Record<string, string>> = {
  networkpolicies: '/apis/networking.k8s.io/v1/networkpolicies',
  persistentvolumeclaims: '/api/v1/persistentvolumeclaims',
};

describeWith(['server', 'controllers', 'traefik'], 'T-T8 a role that lacks one kind, as after an upgrade with the old role', () => {
  const api = testApi();
  const namespaces: string[] = [];
  let running: RunningController | undefined;
  let namespace = '';

  beforeAll(async () => {
    await meanRefusals(api, 'begin');
    await installCrds(api);
    await controllerToken(api);
  }, 60_000);

  beforeEach(async () => {
    namespace = await createNamespace(api);
    namespaces.push(namespace);
  });

  afterEach(async () => {
    await grant();
    await running?.stop();
  });

  afterAll(async () => {
    running = await startController(api);
    await removeNamespaces(api, namespaces);
    await running.stop();
    await meanRefusals(api, 'end');
  }, 120_000);

  /** Gives the controller all rights that we ship, but for those to one resource; and waits until the server knows. */
  async function grant(without?: string): Promise<void> {
    const rules = controllerRules().filter(({ resources }) => !resources.includes(without ?? ''));
    const wanted: ObjectRef & { readonly rules: object } = { ...role, rules };
    ok(await api.apply(wanted, { force: true }));
    const account = api.as('system:serviceaccount:openclaw-system:openclaw-controller');
    for (const [plural, path] of Object.entries(PATHS)) {
      await waitUntil(
        `the role to count for ${plural}`,
        async () => (await account.request('GET', path)).status,
        (status) => status === (without === plural ? 403 : 200),
      );
    }
    account.close();
  }

  /** As `controllerToken` makes the role anew, the right is taken away after it. */
  async function startWithout(resource: string): Promise<RunningController> {
    const started = await startController(api, { prepare: () => grant(resource) });
    running = started;
    return started;
  }

  test('costs that kind alone, is named in log and condition, and is mended by the right alone', async () => {
    const { controller, log } = await startWithout('networkpolicies');
    const alice = instance(namespace, 'alice');
    ok(await api.apply(alice));
    const { message } = await waitForCondition(api, alice, 'Ready', 'False', 'ReconcileFailed');
    expect(message).toMatch(/networkpolicies.* is forbidden/);
    const names = await namesIn(api, namespace);
    expect(names).toEqual(expect.arrayContaining(['StatefulSet alice', 'Service alice', 'ConfigMap alice-config']));
    expect(names).not.toContain('NetworkPolicy alice');
    expect([controller.waitsFor, controller.isAlive]).toEqual([[], true]);
    expect(log.join('')).toContain('the controller may not list networkpolicies.networking.k8s.io');
    await grant();
    await waitForReady(api, alice, 60_000);
    await waitUntil(
      'no right to be missing',
      async () => controller.missingRights,
      (missing) => missing.length === 0,
    );
    expect(await namesIn(api, namespace)).toContain('NetworkPolicy alice');
  }, 120_000);

  test('to what decides about an instance: nothing is touched and nothing goes, until the right is there', async () => {
    await startWithout('persistentvolumeclaims');
    const alice = instance(namespace, 'alice', { storage: { persistence: { orphan: false } } });
    ok(await api.apply(alice));
    const live = await waitForInstance(api, alice, (found) => condition(found, 'Ready')?.reason === 'MissingRights');
    expect(condition(live, 'Ready')?.message).toContain('the controller may not list persistentvolumeclaims: give it the rights');
    expect(await namesIn(api, namespace)).toEqual([]);
    await grant();
    await waitForReady(api, alice, 60_000);
  }, 120_000);
});
