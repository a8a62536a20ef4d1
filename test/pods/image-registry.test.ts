import { createHash } from 'node:crypto';
import { credentialsIn } from '../../gitops/registry/docker-config';
import { Registry } from '../../controller/observe/releases/registry';
import { describeWith } from '../gitops/real/servers';
import { patient } from '../patience/patience.cjs';
import { RealRegistry, missingRegistry } from '../registry/artifacts';

const PATH = 'openclaw/openclaw';
const TAGS = ['2026.9.5', '2026.9.6', '2026.9.7-beta.1', 'latest', ...Array.from({ length: 60 }, (_, index) => `2026.1.${index}`)];

/** Puts an image without layers there, under each of the tags. */
async function push(server: RealRegistry, path: string, tags: readonly string[]): Promise<void> {
  const blob = Buffer.from('{}');
  const digest = `sha256:${createHash('sha256').update(blob).digest('hex')}`;
  const { headers } = await server.send('POST', `/v2/${path}/blobs/uploads/`, 202);
  const upload = new URL(headers.get('location') ?? '', `http://${server.host}`);
  upload.searchParams.set('digest', digest);
  await server.send('PUT', `${upload.pathname}${upload.search}`, 201, blob, 'application/octet-stream');
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
  const config = { mediaType: 'application/vnd.docker.container.image.v1+json', size: blob.length, digest };
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] }));
  for (const tag of tags) await server.send('PUT', `/v2/${path}/manifests/${tag}`, 201, manifest, mediaType);
}

describeWith(missingRegistry, 'a real registry of images', () => {
  let server: RealRegistry;

  beforeAll(async () => {
    server = await RealRegistry.start();
    await push(server, PATH, TAGS);
  }, patient(60_000));
  afterAll(async () => server?.stop());

  const tags = async (path: string, auth?: string): Promise<string[]> => {
    const repository = { host: server.host, path };
    const text = JSON.stringify({ auths: { [`http://${server.host}/v1/`]: { auth: Buffer.from(auth ?? '').toString('base64') } } });
    return new Registry({ plainHosts: new Set([server.host]) }).tags(repository, credentialsIn(text, repository));
  };

  it('T-M7 lists its tags to whoever has the credentials of a pull secret', async () => {
    expect((await tags(PATH, `alice:s3cr:et`)).toSorted()).toEqual(TAGS.toSorted());
  });

  it.each([
    ['without credentials', PATH, undefined, /not open to everybody: name a Secret/],
    ['with a wrong password', PATH, 'alice:wrong', /do not let anybody list its tags/],
    ['a repository that it does not have', 'no/such', `alice:s3cr:et`, /no\/such was not found/],
  ])('says no: %s', async (_what, path, auth, expected) => {
    await expect(tags(path, auth)).rejects.toThrow(expected);
  });
});
