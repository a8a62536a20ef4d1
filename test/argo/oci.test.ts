import { bootstrap } from '../../gitops/bootstrap/bootstrap';
import { deliveredGrants, deliveredKinds } from '../../gitops/bootstrap/delivered-kinds';
import { OWN_SERVER } from '../../gitops/bootstrap/settings';
import { ok, type KubeObject } from '../cluster/api';
import { instance, ref, removeNamespaces, waitForReady } from '../cluster/controller/instances';
import { installCrds } from '../cluster/install-crds';
import { createNamespace } from '../cluster/namespaces';
import { describeWith, testApi, testCluster } from '../cluster/parts';
import { startGitServer } from '../flux/git-server';
import { RealRegistry, missingRegistry } from '../registry/artifacts';
import { startOciMode, urlOf } from '../registry/oci-mode';
import { argoNamespace, startArgo } from './argo';
import { applicationRef, refresh, stateOf } from './follow';
import { missingArgo } from './programs';

const CLUSTER = 'oci';
const NAME = `openclaw-${CLUSTER}`;

describeWith(
  ['server', 'controllers', 'traefik', { why: missingArgo() }, { why: missingRegistry }],
  'an instance by way of artifacts, applied by Argo CD',
  () => {
    const api = testApi();
    let registry: RealRegistry;
    let objects: KubeObject[] = [];
    let namespace = '';
    const ends: (() => Promise<unknown>)[] = [];

    beforeAll(async () => {
      await installCrds(api);
      registry = await RealRegistry.start();
      ends.push(() => registry.stop());
      const server = await startGitServer();
      ends.push(() => server.stop());
      const argo = await startArgo(testCluster(), server);
      ends.push(() => argo.stop());
      const mode = await startOciMode(api, registry, CLUSTER, { 'argocd-project': NAME });
      ends.push(() => mode.stop());
      namespace = await createNamespace(api);
      ends.push(() => removeNamespaces(api, [namespace]));
      objects = setUp();
      ends.push(async () => {
        for (const object of objects.toReversed()) if (object.metadata.name !== 'argocd-cm') await api.delete(object);
      });
      for (const object of objects) ok(await api.apply(object, { force: true, fieldManager: 'kubectl' }));
    }, 120_000);

    afterAll(async () => {
      for (const end of ends.toReversed()) await end();
    }, 120_000);

    /** What `gitops init` writes, trying again sooner; and the Secret that it asks for, for a registry without TLS. */
    function setUp(): KubeObject[] {
      const url = urlOf(registry);
      const written = bootstrap({
        engine: 'argocd',
        cluster: CLUSTER,
        repository: url,
        branch: CLUSTER,
        namespaces: [namespace],
        kinds: deliveredKinds(),
        grants: deliveredGrants(),
        engineNamespace: argoNamespace,
        server: OWN_SERVER,
      });
      const { user: username, password } = registry.credentials;
      const secret: KubeObject = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: NAME,
          namespace: argoNamespace,
          labels: { 'argocd.argoproj.io/secret-type': 'repository', 'app.kubernetes.io/part-of': 'argocd' },
        },
        stringData: { type: 'oci', url, username, password, insecureOCIForceHttp: 'true' },
      };
      return [secret, ...(JSON.parse(JSON.stringify(written).replaceAll('"10s"', '"2s"')) as KubeObject[])];
    }

    const alice = () => instance(namespace, 'alice', { image: { tag: '2026.9.6' } });
    const ofAlice = () => applicationRef(CLUSTER, namespace, 'alice');
    const index = () => ({ ...ofAlice(), metadata: { name: `${NAME}.index`, namespace: argoNamespace } });

    /** Ready by our word and Synced and Healthy by Argo CD's, at the newest artifact, after it looked again. */
    async function settled(): Promise<void> {
      const looking = setInterval(
        () =>
          void refresh(api, index())
            .then(() => refresh(api, ofAlice()))
            .catch(() => undefined),
        3_000,
      );
      try {
        const { git } = (await waitForReady(api, alice(), 120_000))['status'];
        await api.waitFor(ofAlice(), (found) => stateOf(found, git.commit) === 'Synced Healthy', 90_000);
      } finally {
        clearInterval(looking);
      }
    }

    test('it is pushed, applied, Ready, Synced and Healthy; so is an edit; and a deletion leaves nothing behind', async () => {
      ok(await api.apply(alice()));
      await settled();
      expect(ok(await api.get(ofAlice()))['spec'].source).toMatchObject({ repoURL: urlOf(registry), targetRevision: CLUSTER });
      ok(await api.patch(alice(), { spec: { env: [{ name: 'A', value: 'b' }] } }));
      await settled();
      ok(await api.delete(alice()));
      const looking = setInterval(
        () => void Promise.all([index(), ofAlice()].map((one) => refresh(api, one))).catch(() => undefined),
        3_000,
      );
      try {
        await api.waitForGone(alice(), 90_000);
        await api.waitForGone(ofAlice(), 60_000);
      } finally {
        clearInterval(looking);
      }
      expect((await api.get(ref('StatefulSet', namespace, 'alice'))).status).toBe(404);
      expect((await api.get(ref('PersistentVolumeClaim', namespace, 'alice-data'))).status).toBe(200);
    }, 300_000);
  },
);
