import { type BootstrapSettings, cosignSecret } from '../../gitops/bootstrap/settings';
import { cosignSigner, makeCosignKey } from '../../gitops/oci/cosign';
import { ok, type KubeObject, type ObjectRef } from '../cluster/api';
import { controllerNamespace } from '../cluster/controller/controller';
import { condition, instance, ref, waitForReady } from '../cluster/controller/instances';
import { describeWith, testApi, testCluster } from '../cluster/parts';
import { missingRegistry, type RealRegistry } from '../registry/artifacts';
import { beginOciBed, OCI_CLUSTER, OCI_NAME, type OciBed } from '../registry/oci-bed';
import { everHeld, pushAsOther, urlOf } from '../registry/oci-mode';
import { fluxNamespace, startFlux } from './flux';
import { missingFlux } from './programs';

const secret = (name: string, more: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: fluxNamespace },
  ...more,
});

/** One story, told in order: each test goes on where the last one ended. */
describeWith(
  ['server', 'controllers', 'traefik', { why: missingFlux() }, { why: missingRegistry }],
  'an instance by way of signed artifacts, applied by Flux',
  () => {
    const api = testApi();
    let bed: OciBed;
    let registry: RealRegistry;
    let namespace = '';

    beforeAll(async () => {
      bed = await beginOciBed(api, {
        engine: 'flux',
        namespace: fluxNamespace,
        flags: { 'flux-source': OCI_NAME, 'flux-service-account': OCI_NAME },
        start: () => startFlux(testCluster()),
        setUp,
        remove,
      });
      ({ registry, namespace } = bed);
    }, 120_000);

    afterAll(() => bed.end(), 120_000);

    /** Looking more often, at a registry without TLS; and the two Secrets. */
    async function setUp(
      written: readonly KubeObject[],
      { dockerConfig }: RealRegistry,
      settings: BootstrapSettings,
    ): Promise<readonly KubeObject[]> {
      const own = ok(await api.get(ref('Secret', controllerNamespace, 'openclaw-controller-cosign-key')));
      const type = 'kubernetes.io/dockerconfigjson';
      const quick: readonly KubeObject[] = JSON.parse(JSON.stringify(written).replaceAll(/"(?:1m|10m)"/g, '"2s"'));
      return [
        secret(OCI_NAME, { type, stringData: { '.dockerconfigjson': dockerConfig } }),
        secret(cosignSecret(settings), { data: { 'cosign.pub': own['data']['cosign.pub'] } }),
        ...quick.map((object) => (object.kind === 'OCIRepository' ? { ...object, spec: { ...object['spec'], insecure: true } } : object)),
      ];
    }

    /** They wait for Flux. */
    async function remove(object: KubeObject): Promise<void> {
      await api.delete(object);
      await api.waitForGone(object, 30_000);
    }

    const alice = () => instance(namespace, 'alice', { image: { tag: '2026.9.6' } });
    const source = (name = OCI_NAME): KubeObject => ({
      ...bed.objects.find(({ kind }) => kind === 'OCIRepository')!,
      metadata: { name, namespace: fluxNamespace },
    });

    test('it is pushed, verified, applied by Flux, and Ready; its status names the artifact that Flux has', async () => {
      ok(await api.apply(alice()));
      const { git, delivery } = (await waitForReady(api, alice(), 90_000))['status'];
      expect({ delivery, repository: git.repository, branch: git.branch }).toEqual({
        delivery: 'git',
        repository: urlOf(registry),
        branch: OCI_CLUSTER,
      });
      const live = ok(await api.get(source()));
      expect(condition(live, 'SourceVerified')).toMatchObject({ status: 'True' });
      expect(live['status'].artifact.revision).toBe(`${OCI_CLUSTER}@${git.commit}`);
      expect(git.signingKey).toMatch(/^cosign /);
    }, 120_000);

    test('an edit is a new artifact; no value of a Secret is in any of them', async () => {
      ok(await api.patch(alice(), { spec: { env: [{ name: 'A', value: 'b' }] } }));
      const live = await waitForReady(api, alice(), 90_000);
      await api.waitFor(source(), (found) => String(found['status'].artifact.revision).endsWith(live['status'].git.commit), 30_000);
      const { data } = ok(await api.get(ref('Secret', namespace, 'alice-gateway-token')));
      const token = Buffer.from(data.token, 'base64').toString();
      for (const text of [token, data.token as string, 'BEGIN PRIVATE KEY']) expect(everHeld(registry, text)).toBe(false);
      expect(everHeld(registry, 'alice-gateway-token')).toBe(true);
    }, 120_000);

    test('what somebody else signed, or nobody, is refused', async () => {
      await pushAsOther(registry, 'forged', cosignSigner(makeCosignKey().privateKey));
      await pushAsOther(registry, 'unsigned', undefined);
      for (const tag of ['forged', 'unsigned']) {
        const object: KubeObject = { ...source(tag), spec: { ...source()['spec'], ref: { tag } } };
        ok(await api.apply(object));
        const found = await api.waitFor(object, (live) => condition(live, 'SourceVerified') !== undefined, 30_000);
        expect(condition(found, 'SourceVerified')).toMatchObject({ status: 'False', reason: 'VerificationError' });
        expect(found['status'].artifact).toBeUndefined();
        ok(await api.delete(object));
        await api.waitForGone(object, 30_000);
      }
    }, 120_000);

    test('a deletion leaves the artifact without it, and Flux without its Kustomization', async () => {
      ok(await api.delete(alice()));
      await api.waitForGone(alice(), 90_000);
      const sync: ObjectRef = {
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        metadata: { name: `${namespace}.alice`, namespace: fluxNamespace },
      };
      await api.waitForGone(sync, 60_000);
      expect((await api.get(ref('StatefulSet', namespace, 'alice'))).status).toBe(404);
    }, 180_000);
  },
);
