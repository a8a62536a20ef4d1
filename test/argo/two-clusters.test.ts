import { readFileSync } from 'node:fs';
import { Api, type KubeObject, ok, waitUntil } from '../cluster/api';
import { type Cluster, startCluster } from '../cluster/cluster';
import { deleteInstance, instance, ref, waitForReady } from '../cluster/controller/instances';
import { installCrds } from '../cluster/install-crds';
import { describeWith, testApi } from '../cluster/parts';
import { cluster as near, type GitMode, startGitMode } from '../flux/git-mode';
import { argoNamespace } from './argo';
import { ArgoBed } from './bed';
import { applicationRef, followWithArgo, unfollow } from './follow';
import { missingArgo } from './programs';

const FAR = 'far';

/** How Argo CD is told of another cluster, as `argocd cluster add` does it. */
function clusterSecret({ url, token, caFile }: Cluster): KubeObject {
  const caData = readFileSync(caFile).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'cluster-far', namespace: argoNamespace, labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
    stringData: { name: FAR, server: url, config: JSON.stringify({ bearerToken: token, tlsClientConfig: { caData } }) },
  };
}

describeWith(['server', 'controllers', { why: missingArgo() }], 'two clusters in one repository, served by one Argo CD', () => {
  const api = testApi();
  const ends: (() => Promise<unknown>)[] = [];
  let bed: ArgoBed;
  let farApi: Api;
  let farMode: GitMode;
  let namespace = '';

  beforeAll(async () => {
    const [far] = await Promise.all([startCluster(), ArgoBed.begin(api).then((begun) => (bed = begun))]);
    ends.push(
      () => far.stop(),
      () => bed.end(),
    );
    farApi = new Api(far);
    ends.push(async () => farApi.close());
    await bed.startController();
    [namespace = ''] = await bed.namespaces(1);
    // The same names on both sides.
    ok(await farApi.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }));
    await installCrds(farApi, far);
    farMode = await startGitMode(farApi, bed.server, { engine: 'argocd', folder: FAR, cluster: far });
    ends.push(() => farMode.stop());
    ok(await api.apply(clusterSecret(far)));
    ends.push(() => api.delete(clusterSecret(far)));
    const followed = { cluster: FAR, namespaces: [namespace], server: far.url };
    ends.push(() => unfollow(api, bed.server, followed));
    await followWithArgo(api, bed.server, followed);
  }, 180_000);

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  }, 120_000);

  const alice = () => instance(namespace, 'alice');
  const workload = () => ref('StatefulSet', namespace, 'alice');
  const application = (of: string) => applicationRef(of, namespace, 'alice');
  const tree = async (of: string): Promise<string> => bed.remote.git('ls-tree', '-r', 'main', `clusters/${of}/`);

  test('an instance of one name becomes Ready on both sides, each from its own folder and by its own Application', async () => {
    const sides = [api, farApi] as const;
    for (const side of sides) ok(await side.apply(alice()));
    await Promise.all(sides.map((side) => waitForReady(side, alice(), 120_000)));
    const applications = await Promise.all([near, FAR].map(async (of) => ok(await api.get(application(of)))));
    expect(applications.map(({ spec }) => [spec.project, spec.source.path])).toEqual(
      [near, FAR].map((of) => [`openclaw-${of}`, `clusters/${of}/instances/${namespace}/alice`]),
    );
    const owners = await Promise.all(
      [near, FAR].map((of) => bed.remote.read(`clusters/${of}/instances/${namespace}/alice/openclaw.owner`)),
    );
    expect(new Set(owners).size).toBe(2);
  }, 180_000);

  test('what changes or ends on one side leaves the other alone', async () => {
    const [folder, { metadata }] = [await tree(near), ok(await api.get(workload()))];
    ok(await farApi.patch(alice(), { spec: { env: [{ name: 'SIDE', value: 'far' }] } }));
    await farApi.waitFor(workload(), ({ spec }) => JSON.stringify(spec).includes('SIDE'), 60_000);
    await waitForReady(farApi, alice(), 90_000);
    await deleteInstance(farApi, alice(), 120_000);
    await waitUntil(
      'the folder of the other side to go',
      () => tree(FAR),
      (found) => !found.includes('alice'),
      30_000,
    );
    await api.waitForGone(application(FAR), 60_000);
    expect((await farApi.get(workload())).status).toBe(404);
    const now = ok(await api.get(workload()));
    expect([now.metadata.uid, now.metadata.generation, await tree(near)]).toEqual([metadata.uid, metadata.generation, folder]);
    await bed.settled(namespace, 'alice');
  }, 240_000);
});
