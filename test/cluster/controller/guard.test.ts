import type { Manifest } from '../../../constructs';
import type { HttpApi } from '../../../controller/api/http-api';
import type { Plan } from '../../../controller/decide/plan';
import { Guard } from '../../../controller/git/guard';
import type { Caches } from '../../../controller/observe/caches';
import { appliers } from '../../../gitops/engines/appliers';
import { type Modifier, withSpec } from '../../builders';
import { anObserved, planOf } from '../../controller/observed';
import { ok } from '../api';
import { isDryRun, isWrite, startAudit } from '../audit';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { describeWith, testApi, testCluster } from '../parts';
import { controllerApi, controllerUser, startCaches } from './controller';
import { namesIn, removeNamespaces } from './instances';

function into(namespace: string): Modifier {
  return (written) => ({ ...written, metadata: { ...written.metadata, namespace } });
}

function asIs(manifest: Manifest): Manifest {
  return manifest;
}

/** Lays fields over the spec of the manifests of one kind. */
function withField(kind: string, fields: object): (manifest: Manifest) => Manifest {
  return (manifest) => (manifest.kind === kind ? { ...manifest, spec: { ...(manifest['spec'] as object), ...fields } } : manifest);
}

describeWith(['server', 'controllers', 'traefik'], 'C25 before a commit the server is asked', () => {
  const api = testApi();
  let http: HttpApi;
  let caches: Caches;
  let namespace: string;

  beforeAll(async () => {
    await installCrds(api);
    namespace = await createNamespace(api);
    http = await controllerApi(api);
    caches = await startCaches(http);
  }, 60_000);

  afterAll(async () => {
    await caches.stop();
    http.close();
    await removeNamespaces(api, [namespace]);
  }, 60_000);

  /** What the guard says of a plan, in which some manifests are not as they should be. */
  async function verdict(change: (manifest: Manifest) => Manifest, ...modifiers: readonly Modifier[]): Promise<string> {
    const observed = anObserved({ modifiers: [into(namespace), ...modifiers], wantedDelivery: 'git' });
    const good = planOf(observed);
    const plan: Plan = { ...good, manifests: good.manifests.map(change) };
    const guard = new Guard(http, caches, appliers.flux);
    return guard.check(plan, observed.instance, 'sha256:wanted').then(
      () => 'passes',
      (error: unknown) => String(error),
    );
  }

  test('and what it takes passes: with the rights of the controller, and without any trace', async () => {
    const audit = await startAudit(testCluster(), api);
    expect(await verdict(asIs)).toBe('passes');
    const asked = (await audit.read()).filter(({ user }) => user.username === controllerUser);
    expect(asked.filter(isDryRun).length).toBeGreaterThan(5);
    expect(asked.filter(isWrite)).toEqual([]);
    expect(await namesIn(api, namespace)).toEqual([]);
  });

  test('T-R18 and what it refuses is told of every object, with the path', async () => {
    const ports = [{ name: 'a-name-of-17-char', port: 70_000 }];
    const message = await verdict((one) =>
      withField('PodDisruptionBudget', { maxUnavailable: '-1' })(withField('Service', { ports })(one)),
    );
    expect(message).toMatch(/NOT-FOR-GIT: the API server would refuse .*PodDisruptionBudget alice: .*spec\.maxUnavailable: /);
    expect(message).toMatch(/; Service alice: .*spec\.ports\[0\]\.port: Invalid value: 70000/);
  });

  test('C8 and a field that cannot change is refused before it is committed', async () => {
    const { manifests } = planOf(anObserved({ modifiers: [into(namespace)], wantedDelivery: 'git' }));
    for (const manifest of manifests) {
      ok(await api.apply(manifest, { fieldManager: appliers.flux, force: true }));
    }
    expect(await verdict(asIs, withSpec({ image: { tag: '2026.9.7' } }))).toBe('passes');
    expect(await verdict(withField('StatefulSet', { serviceName: 'other' }))).toMatch(
      /NOT-FOR-GIT: the API server would refuse StatefulSet alice: .*updates to statefulset spec/,
    );
  });
});
