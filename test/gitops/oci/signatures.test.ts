import { cosignSigner, makeCosignKey, signatureTag } from '../../../gitops/oci/cosign';
import { aRequest, told } from '../real/publishing';
import { RegistryServer } from './registry-server';
import { REPOSITORY, TAG, openStore } from './stores';

let server: RegistryServer;
beforeAll(async () => {
  server = await RegistryServer.start();
});
afterAll(() => server.stop());

it('a signature is found behind one of others that nobody can read any more', async () => {
  const [ours, stranger] = [cosignSigner(makeCosignKey().privateKey), cosignSigner(makeCosignKey().privateKey)];
  const { store, publisher } = openStore(server.host, { signer: ours });
  const published = publisher.publish(aRequest());
  await publisher.flush();
  expect(told(await published)).toBe('committed');
  const id = server.digestAt(REPOSITORY, TAG)!;
  const tag = `${REPOSITORY} ${signatureTag(id)}`;
  const manifest = JSON.parse(server.manifests.get(tag)!.toString()) as { layers: { digest: string }[] };
  const [gone, other] = ['a', 'b'].map((digit) => ({ ...manifest.layers[0], digest: `sha256:${digit.repeat(64)}` }));
  server.blobs.set(other!.digest, Buffer.from('it has another digest'));
  server.manifests.set(tag, Buffer.from(JSON.stringify({ ...manifest, layers: [gone, other, ...manifest.layers] })));
  expect(await store.isSignedBy(ours, id)).toBe(true);
  expect(await store.isSignedBy(stranger, id)).toBe(false);
  // Too much to be read: whether it is signed cannot be told, unless another one tells it.
  server.blobs.set(other!.digest, Buffer.alloc(100_000));
  expect(await store.isSignedBy(ours, id)).toBe(true);
  await expect(store.isSignedBy(stranger, id)).rejects.toThrow('OCI-UNREACHABLE');
  await publisher.close();
});
