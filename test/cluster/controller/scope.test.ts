import { HttpApi } from '../../../controller/api/http-api';
import { createLog } from '../../../controller/objects/log';
import { InstanceLoop } from '../../../controller/process/instance-loop';
import { controllerRbac } from '../../../controller/process/rbac';
import { openFence } from '../../../gitops/git/fence';
import { systemClock } from '../../../gitops/git/clock';
import { type KubeObject, ok } from '../api';
import { accessOf } from '../faults/access';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { describeWith, testApi, testCluster } from '../parts';
import { FINALIZER, instance, namesIn, removeNamespaces, waitForReady } from './instances';

const SHARED = /^ValidatingAdmission/;

describeWith(['server', 'controllers', 'traefik'], 'T-Q6 a controller of one namespace, with the Roles that it prints', () => {
  const api = testApi();
  let [own, inside, outside] = ['', '', ''];
  let loop: InstanceLoop | undefined;
  let http: HttpApi | undefined;
  const lines: string[] = [];

  beforeAll(async () => {
    await installCrds(api);
    own = await createNamespace(api);
    inside = await createNamespace(api);
    outside = await createNamespace(api);
    const scope = { namespaces: [inside] };
    for (const object of controllerRbac(own, scope) as KubeObject[]) if (!SHARED.test(object.kind)) ok(await api.apply(object));
    const path = `/api/v1/namespaces/${own}/serviceaccounts/openclaw-controller/token`;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const { token } = ok(await api.request('POST', path, { body }))['status'];
    http = new HttpApi({ access: accessOf({ ...testCluster(), token }), clock: systemClock, fence: openFence });
    const log = createLog(
      (line) => lines.push(line),
      () => new Date(),
    );
    loop = new InstanceLoop({
      api: http,
      fence: openFence,
      clock: systemClock,
      log,
      namespace: own,
      delivery: 'apply',
      concurrency: 4,
      scope,
    });
    await loop.start();
    await loop.lead();
  }, 60_000);

  afterAll(async () => {
    try {
      await removeNamespaces(api, [inside, outside, own]);
    } finally {
      await loop?.stop();
      http?.close();
    }
    for (const kind of ['ClusterRole', 'ClusterRoleBinding']) {
      for (const name of [`openclaw-controller:${own}`, `openclaw-controller:${own}:instances`]) {
        await api.delete({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name } });
      }
    }
  }, 60_000);

  test('brings an instance there to Ready, and misses no right', async () => {
    const alice = instance(inside, 'alice');
    for (const object of [alice, instance(outside, 'bob')]) ok(await api.apply(object));
    await waitForReady(api, alice);
    expect(loop?.missingRights).toEqual([]);
    expect(lines.join('')).not.toContain('forbidden');
    expect(await namesIn(api, outside)).toEqual([]);
  }, 60_000);

  test('lets go of an instance whose namespace is deleted, with the rights that go with it', async () => {
    const alice = instance(inside, 'alice');
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: `openclaw-controller:${own}:instances`, namespace: inside },
    };
    expect(ok(await api.get(binding)).metadata['finalizers']).toEqual([FINALIZER]);
    ok(await api.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: inside } }));
    await api.waitForGone(alice, 60_000);
    await api.waitForGone({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: inside } }, 60_000);
    expect(lines.join('')).not.toContain('forbidden');
  }, 150_000);
});
