import { withAddition } from '../../../constructs/wire/addition';
import { idOf } from '../../../constructs/wire/object-ref';
import type { HttpApi } from '../../../controller/api/http-api';
import type { Plan } from '../../../controller/decide/plan';
import { planOf as planOfSets } from '../../../constructs/review/plan';
import { wouldBe } from '../../../controller/carry-out/would-be';
import { DriftReader } from '../../../controller/git/drift-reader';
import { releaseOf } from '../../../controller/git/wish';
import type { Caches } from '../../../controller/observe/caches';
import { appliers } from '../../../gitops/engines/appliers';
import { systemClock } from '../../../gitops/git/clock';
import { gitAnnotations } from '../../../gitops/git/names';
import type { OpenClawInstanceSpec } from '../../../constructs';
import { anObserved, planOf } from '../../controller/observed';
import { examples } from '../../golden/examples';
import { type KubeObject, ok, waitUntil } from '../api';
import { isDryRun, isWrite, startAudit } from '../audit';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { describeWith, testApi, testCluster } from '../parts';
import { controllerApi, controllerUser, startCaches } from './controller';
import { ref, removeNamespaces } from './instances';

const DIGEST = 'sha256:one';

interface Release {
  readonly plan: Plan;
  readonly name: string;
}

describeWith(['server', 'traefik'], 'T-S6 what the cluster runs is compared with what was committed', () => {
  const api = testApi();
  let http: HttpApi;
  let caches: Caches;
  let reader: DriftReader;
  let namespace: string;
  let all: Release[];

  beforeAll(async () => {
    await installCrds(api);
    namespace = await createNamespace(api, 'open');
    http = await controllerApi(api);
    all = examples().map(({ instance, facts }) => releaseFrom(instance.spec, instance.metadata.name, facts));
    all.push(releaseFrom({ resources: { limits: { cpu: '2000m', memory: '4096Mi' }, requests: { cpu: '0.50' } } }, 'own-forms'));
    for (const release of all)
      for (const object of objectsOf(release)) ok(await api.apply(object, { fieldManager: appliers.flux, force: true }));
    caches = await startCaches(http);
    reader = new DriftReader(http, caches, systemClock);
  }, 60_000);

  afterAll(async () => {
    await caches.stop();
    http.close();
    await removeNamespaces(api, [namespace]);
  }, 60_000);

  function releaseFrom(spec: OpenClawInstanceSpec | undefined, name: string, facts = {}): Release {
    const place = (written: object) => ({ ...written, metadata: { name, namespace }, ...(spec && { spec }) });
    return { name, plan: planOf(anObserved({ modifiers: [place as never], metadata: { namespace }, facts, wantedDelivery: 'git' })) };
  }

  /** As an engine applies them, with the patches of the kustomization. */
  function objectsOf({ plan }: Release): KubeObject[] {
    return plan.manifests.map((manifest) => {
      const digest = manifest.kind === 'StatefulSet' && { annotations: { [gitAnnotations.releaseDigest]: DIGEST } };
      const complete = withAddition(manifest, { ...plan.additions.get(idOf(manifest)), ...digest });
      return { ...complete, metadata: { namespace, ...complete.metadata } };
    });
  }

  async function look({ plan, name }: Release): Promise<string[]> {
    const { objects } = await reader.of({ cluster: 'prod', namespace, name }, { ...releaseOf(plan), digest: DIGEST });
    return (objects ?? ['another release']).map((one) =>
      typeof one === 'string' ? one : `${one.kind} ${one.name}: ${one.fields.join(' ') || 'missing'}`,
    );
  }

  const own = (): Release => all.at(-1)!;

  test('no example has a difference, whatever the server made of its forms; it is hardly asked, and a second time not at all', async () => {
    const audit = await startAudit(testCluster(), api);
    const found = new Map<string, string[]>();
    for (const release of all) found.set(release.name, await look(release));
    expect(Object.fromEntries([...found].filter(([, drift]) => drift.length > 0))).toEqual({});
    const asked = (await audit.read()).filter(({ user }) => user.username === controllerUser);
    const dryRuns = asked.filter(isDryRun).map(({ objectRef }) => `${objectRef?.resource} ${objectRef?.name}`);
    const objects = all.reduce((sum, { plan }) => sum + plan.manifests.length, 0);
    expect(dryRuns.length).toBeLessThan(objects / 20);
    for (const release of all) await look(release);
    expect(
      (await audit.read()).filter(({ user }) => user.username === controllerUser).filter((event) => isDryRun(event) || isWrite(event))
        .length,
    ).toBe(dryRuns.length);
  });

  test('a plan against the cluster is made of dry runs: it finds nothing there, tells of an edit, and writes nothing', async () => {
    const audit = await startAudit(testCluster(), api);
    const { plan, name } = own();
    const set = { name, namespace, manifests: plan.manifests };
    const same = await wouldBe(http, set);
    expect(planOfSets(same.before ? [same.before] : [], [same.after]).instances).toEqual([]);
    const edited = releaseFrom({ image: { tag: '2026.9.7' } }, name).plan.manifests;
    const other = await wouldBe(http, { ...set, manifests: edited });
    expect(JSON.stringify(planOfSets(other.before ? [other.before] : [], [other.after]).instances)).toContain('2026.9.7');
    const asked = (await audit.read()).filter(({ user }) => user.username === controllerUser);
    expect(asked.filter(isDryRun).length).toBe(plan.manifests.length + edited.length);
    expect(asked.filter(isWrite)).toEqual([]);
  });

  const changes: readonly [what: string, kind: string, name: string, patch: object, path: string][] = [
    [
      'an image',
      'StatefulSet',
      'own-forms',
      { spec: { template: { spec: { containers: [{ name: 'openclaw', image: 'x/y:z' }] } } } },
      '.spec.template.spec.containers[name="openclaw"].image',
    ],
    [
      'a limit that is taken away',
      'StatefulSet',
      'own-forms',
      { spec: { template: { spec: { containers: [{ name: 'openclaw', resources: { limits: { memory: null } } }] } } } },
      '.spec.template.spec.containers[name="openclaw"].resources.limits.memory',
    ],
    [
      'a token that is mounted again',
      'ServiceAccount',
      'own-forms',
      { automountServiceAccountToken: null },
      '.automountServiceAccountToken',
    ],
    ['a network rule beside ours', 'NetworkPolicy', 'own-forms', { spec: { ingress: [{}] } }, '.spec.ingress'],
    ['a key of the configuration', 'ConfigMap', 'own-forms-config', { data: { 'openclaw.json': '{}' } }, '.data.openclaw.json'],
    [
      'a label',
      'Service',
      'own-forms',
      { metadata: { labels: { 'app.kubernetes.io/name': 'x' } } },
      '.metadata.labels.app.kubernetes.io/name',
    ],
  ];

  test.each(changes)(
    '%s by hand is told with its path, and is gone when the engine has applied again',
    async (_what, kind, name, patch, path) => {
      const contentType = 'application/strategic-merge-patch+json';
      ok(await api.request('PATCH', await api.pathOf(ref(kind, namespace, name)), { body: patch, contentType }));
      const told = `${kind} ${name}: ${path}`;
      await waitUntil(
        told,
        () => look(own()),
        (drift) => drift.join().includes(told),
      );
      for (const object of objectsOf(own()))
        if (object.kind === kind) ok(await api.apply(object, { fieldManager: appliers.flux, force: true }));
      expect(
        await waitUntil(
          'no difference',
          () => look(own()),
          (drift) => drift.length === 0,
        ),
      ).toEqual([]);
    },
  );

  test('an object that is removed is told', async () => {
    ok(await api.request('DELETE', await api.pathOf(ref('RoleBinding', namespace, 'own-forms'))));
    expect(
      await waitUntil(
        'a missing object',
        () => look(own()),
        (drift) => drift.length > 0,
      ),
    ).toEqual(['RoleBinding own-forms: missing']);
  });
});
