import type { BootstrapSettings } from '../../gitops/bootstrap/settings';
import { type Api, type KubeObject, type ObjectRef, ok } from '../cluster/api';
import { instance, ref, waitForReady } from '../cluster/controller/instances';
import { describeWith, testApi, testCluster } from '../cluster/parts';
import { startGitServer } from '../flux/git-server';
import { missingRegistry, type RealRegistry } from '../registry/artifacts';
import { beginOciBed, OCI_CLUSTER, OCI_NAME, type OciBed } from '../registry/oci-bed';
import { urlOf } from '../registry/oci-mode';
import { argoNamespace, startArgo } from './argo';
import { applicationRef, refresh, stateOf } from './follow';
import { missingArgo } from './programs';

/** It trusts the certificate of a git server, whether there is one to read from or not. */
async function start(): Promise<{ stop(): Promise<void> }> {
  const server = await startGitServer();
  const argo = await startArgo(testCluster(), server);
  return { stop: async () => void (await Promise.all([argo.stop(), server.stop()])) };
}

/** Trying again sooner; and the Secret, for a registry without TLS. */
async function setUp(written: readonly KubeObject[], { credentials }: RealRegistry, { repository: url }: BootstrapSettings) {
  const { user: username, password } = credentials;
  const secret: KubeObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: OCI_NAME,
      namespace: argoNamespace,
      labels: { 'argocd.argoproj.io/secret-type': 'repository', 'app.kubernetes.io/part-of': 'argocd' },
    },
    stringData: { type: 'oci', url, username, password, insecureOCIForceHttp: 'true' },
  };
  return [secret, ...(JSON.parse(JSON.stringify(written).replaceAll('"10s"', '"2s"')) as KubeObject[])];
}

/** Any of them may be yet to come, or gone. */
async function look(api: Api, applications: readonly ObjectRef[]): Promise<void> {
  for (const one of applications) await refresh(api, one).catch(() => undefined);
}

describeWith(
  ['server', 'controllers', 'traefik', { why: missingArgo() }, { why: missingRegistry }],
  'an instance by way of artifacts, applied by Argo CD',
  () => {
    const api = testApi();
    let bed: OciBed;
    let registry: RealRegistry;
    let namespace = '';

    beforeAll(async () => {
      bed = await beginOciBed(api, {
        engine: 'argocd',
        namespace: argoNamespace,
        flags: { 'argocd-project': OCI_NAME },
        start,
        setUp,
        remove: async (object) => object.metadata.name !== 'argocd-cm' && api.delete(object),
      });
      ({ registry, namespace } = bed);
    }, 120_000);

    afterAll(() => bed.end(), 120_000);

    const alice = () => instance(namespace, 'alice', { image: { tag: '2026.9.6' } });
    const ofAlice = () => applicationRef(OCI_CLUSTER, namespace, 'alice');
    const index = () => ({ ...ofAlice(), metadata: { name: `${OCI_NAME}.index`, namespace: argoNamespace } });

    /** Has Argo CD look at the index and the Application again and again while it waits: it looks at a registry every three minutes. */
    async function looking<T>(work: () => Promise<T>): Promise<T> {
      const timer = setInterval(() => void look(api, [index(), ofAlice()]), 3_000);
      try {
        return await work();
      } finally {
        clearInterval(timer);
      }
    }

    /** Ready by our word and Synced and Healthy by Argo CD's, at the newest artifact, after it looked again. */
    async function settled(): Promise<void> {
      const { git } = (await waitForReady(api, alice(), 120_000))['status'];
      await api.waitFor(ofAlice(), (found) => stateOf(found, git.commit) === 'Synced Healthy', 90_000);
    }

    test('it is pushed, applied, Ready, Synced and Healthy; so is an edit; and a deletion leaves nothing behind', async () => {
      ok(await api.apply(alice()));
      await looking(settled);
      expect(ok(await api.get(ofAlice()))['spec'].source).toMatchObject({ repoURL: urlOf(registry), targetRevision: OCI_CLUSTER });
      ok(await api.patch(alice(), { spec: { env: [{ name: 'A', value: 'b' }] } }));
      await looking(settled);
      ok(await api.delete(alice()));
      await looking(async () => {
        await api.waitForGone(alice(), 90_000);
        await api.waitForGone(ofAlice(), 60_000);
      });
      expect((await api.get(ref('StatefulSet', namespace, 'alice'))).status).toBe(404);
      expect((await api.get(ref('PersistentVolumeClaim', namespace, 'alice-data'))).status).toBe(200);
    }, 300_000);
  },
);
