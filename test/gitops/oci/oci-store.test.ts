import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { artifactOf, digestOf, filesOf, layerOf, mostUnpacked } from '../../../gitops/oci/artifact';
import { cosignSigner, cosignVerifier, makeCosignKey, payloadOf, signatureTag, withSignature } from '../../../gitops/oci/cosign';
import { treesOf } from '../../../gitops/oci/file-trees';
import { readTar, writeTar } from '../../../gitops/oci/tar';
import type { Fence } from '../../../gitops/git/fence';
import type { PublishRequest } from '../../../gitops/publish/publish';
import { withConfig, withSpec } from '../../builders';
import { OPTIONS, aSet } from '../layouts';
import { aRequest, told } from '../real/publishing';
import { RegistryServer, type RegistryServerOptions } from './registry-server';
import { type OpenedStore, REPOSITORY, type StoreOptions, TAG, filesIn, openStore } from './stores';

const view = (bytes: Buffer): Uint8Array => new Uint8Array(bytes);

/** The tag of a revision, which stays. */
const tagOf = (digest: string): string => `${TAG}-${digest.slice(7, 19)}`;

const bot = () => ({ user: 'bot', password: 's3cret' });

/** What became of each of them. */
async function publish({ publisher }: OpenedStore, ...requests: PublishRequest[]): Promise<string[]> {
  const answers = requests.map((request) => publisher.publish(request));
  await publisher.flush();
  return (await Promise.all(answers)).map(told);
}

describe('an archive', () => {
  const files = [
    { path: 'a/b.yaml', bytes: Buffer.from('kind: A\n') },
    { path: `clusters/${'n'.repeat(63)}/instances/${'m'.repeat(63)}/${'f'.repeat(200)}.yaml`, bytes: Buffer.alloc(1025, 'x') },
    { path: 'empty', bytes: Buffer.alloc(0) },
    { path: 'é'.repeat(60), bytes: Buffer.from('long in bytes') },
  ];

  it('is read by tar itself, whatever the length of a path, and says neither when nor by whom it was made', () => {
    const list = execFileSync('tar', ['--numeric-owner', '--full-time', '--utc', '-tvf', '-'], {
      input: view(writeTar(files)),
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8', QUOTING_STYLE: 'literal' },
    });
    const lines = list.trimEnd().split('\n');
    expect(lines.map((line) => line.split(/\s+/).slice(0, 5).join(' '))).toEqual(
      files.map(({ bytes }) => `-rw-r--r-- 0/0 ${bytes.length} 1970-01-01 00:00:00`),
    );
    expect(lines.slice(0, 3).map((line) => line.split(' ').at(-1))).toEqual(files.slice(0, 3).map(({ path }) => path));
  });

  it('is read back as it was written', () => {
    expect(readTar(writeTar(files))).toEqual(files);
  });

  it('of another program is read too, without its folders and links', () => {
    const script = 'cd "$(mktemp -d)" && mkdir -p "$1/x" && echo one > "$1/x/one" && ln -s one "$1/x/two" && tar -cf - .';
    const archive = execFileSync('bash', ['-c', script, 'bash', 'd'.repeat(120)]);
    expect(readTar(archive)).toEqual([{ path: `${'d'.repeat(120)}/x/one`, bytes: Buffer.from('one\n') }]);
  });

  it.each([
    ['that is cut off', writeTar(files).subarray(0, 515), /cut off/],
    ['that is none', Buffer.alloc(2048, 'z'), /no archive/],
    ['with a path deeper than could be walked through', writeTar([{ path: `${'a/'.repeat(65)}b`, bytes: Buffer.from('x') }]), /none/],
    ['with a path longer than a disk takes', writeTar([{ path: 'a'.repeat(5000), bytes: Buffer.from('x') }]), /none/],
    ['with a path that has an end in it', writeTar([{ path: `${'a'.repeat(100)}\0b`, bytes: Buffer.from('x') }]), /none/],
    ['with a path that leads out of it', writeTar([{ path: 'a/../../etc/passwd', bytes: Buffer.from('x') }]), /leads out/],
  ])('%s is refused', (_what, bytes, expected) => {
    expect(() => readTar(bytes)).toThrow(expected);
  });
});

it('a few bytes that would fill the memory are refused, and so are files that could not be read again', () => {
  const most = 2 ** 20;
  const zeros = Buffer.alloc(most + 512);
  expect(() => filesOf(gzipSync(view(zeros)), most)).toThrow(/^OCI-FOREIGN: .*cannot be unpacked/);
  expect(() => artifactOf([{ path: 'x', bytes: zeros }], 'x', { cluster: 'c', owner: 'o' }, most)).toThrow(
    /^OCI-SETTINGS: the files of all instances are 2 MiB, and an artifact may have 1 in this memory$/,
  );
});

it.each([
  ['256 MiB', 256, 128],
  ['512 MiB, which is what an install gives', 512, 128],
  ['2 GiB', 2048, 512],
  ['no bound', 0, 1024],
  ['no bound, as a machine says it', 2 ** 44, 1024],
])('in %s an artifact may unpack to a quarter of it, from 128 MiB to 1 GiB', (_what, memory, expected) => {
  expect(mostUnpacked(memory * 2 ** 20)).toBe(expected * 2 ** 20);
});

it('what a stranger wrote into a manifest is one plain line in an error', () => {
  const text = JSON.stringify({
    annotations: { 'openclaw.rocks/cluster': 'west\n{"level":"error"}\u202e', 'openclaw.rocks/owner': 'o' },
    layers: [{ digest: `sha256:${'0'.repeat(64)}` }],
  });
  expect(() => layerOf(Buffer.from(text), { cluster: 'prod' })).toThrow('another cluster (west {"level":"error"})');
});

it.each([[null], [{ 'dev.cosignproject.cosign/signature': 7 }], ['x']])(
  'a signature of %j is none, and stays beside ours',
  (annotations) => {
    const signer = cosignSigner(makeCosignKey().privateKey);
    const payload = payloadOf('host/x', 'sha256:1');
    const theirs = { mediaType: 'x', digest: digestOf(payload), size: 1, annotations };
    const signed = withSignature(Buffer.from(JSON.stringify({ layers: [theirs] })), payload, signer);
    const { layers } = JSON.parse(signed?.manifest.bytes.toString() ?? '{}') as { layers: unknown[] };
    expect(layers).toEqual([theirs, expect.objectContaining({ digest: digestOf(payload) })]);
  },
);

describe('the key of signatures', () => {
  const ed25519 = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });

  it.each([
    ['ECDSA on P-256, which is what it makes', makeCosignKey().privateKey, 'sha256'],
    ['Ed25519', ed25519.privateKey, undefined],
  ])('may be %s', (_what, text, hash) => {
    const signer = cosignSigner(text);
    const payload = payloadOf('host/x', 'sha256:1');
    expect(verify(hash, view(payload), createPublicKey(signer.publicKey), view(signer.sign(payload)))).toBe(true);
    expect(signer.verifies(Buffer.from('other'), signer.sign(payload))).toBe(false);
    expect([signer.verifier, signer.fingerprint]).toEqual([expect.stringMatching(/^cosign [\w+/=]+$/), expect.stringMatching(/^SHA256:/)]);
  });

  const rsa = generateKeyPairSync('rsa', {
    modulusLength: 1024,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  it.each([
    ['an encrypted one', '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n', /SIGN-FAILED: .*encrypted/],
    ['none', 'hello', /SIGN-FAILED: .*no private key/],
    ['one of another kind', rsa.privateKey, /SIGN-FAILED: .*rsa/],
  ])('%s is refused, and nothing of it is said', (_what, text, expected) => {
    expect(() => cosignSigner(text)).toThrow(expected);
  });
});

describe('artifacts of a registry', () => {
  const ends: (() => Promise<unknown>)[] = [];
  let server: RegistryServer;

  const serve = async (options?: RegistryServerOptions): Promise<void> => {
    const started = await RegistryServer.start(options);
    server = started;
    ends.push(() => started.stop());
  };
  const open = (options?: StoreOptions): OpenedStore => {
    const opened = openStore(server.host, options);
    ends.push(() => opened.publisher.close());
    return opened;
  };
  const writes = (): string[] => server.requests.filter((line) => /^(?:PUT|POST)/.test(line));

  beforeEach(() => serve());
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  it('hold the files that a commit would hold, and the same files are the same digest, whoever packed them, in whatever order', async () => {
    const [alice, bob] = [aRequest('alice'), aRequest('bob')];
    await publish(open(), alice, bob);
    const first = server.digestAt(REPOSITORY, TAG);
    const expected = [...alice.layout!.files, ...bob.layout!.files].map(({ path, text }) => ({ path, text }));
    const found = filesIn(server).map(({ path, bytes }) => ({ path, text: bytes.toString() }));
    expect(found.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual(expected.toSorted((a, b) => (a.path < b.path ? -1 : 1)));
    await serve();
    const other = open();
    await publish(other, bob);
    await publish(other, alice);
    expect(server.digestAt(REPOSITORY, TAG)).toBe(first);
  });

  it('have a tag each that stays, and one that moves; nothing is written where nothing changed', async () => {
    const opened = open();
    expect(await publish(opened, aRequest())).toEqual(['committed']);
    const first = server.digestAt(REPOSITORY, TAG)!;
    expect(await publish(opened, aRequest('alice', withConfig({ gateway: { port: 1 } })))).toEqual(['committed']);
    const second = server.digestAt(REPOSITORY, TAG)!;
    expect(server.tags(REPOSITORY)).toEqual([TAG, tagOf(first), tagOf(second)].toSorted());
    const before = writes().length;
    expect(await publish(open(), aRequest('alice', withConfig({ gateway: { port: 1 } })))).toEqual(['noop']);
    expect(writes()).toHaveLength(before);
  });

  it('are signed before the tag moves, once, beside the signatures of others', async () => {
    const signer = cosignSigner(makeCosignKey().privateKey);
    const stranger = cosignSigner(makeCosignKey().privateKey);
    await publish(open({ signer }), aRequest());
    const digest = server.digestAt(REPOSITORY, TAG)!;
    const puts = writes().filter((line) => line.startsWith('PUT') && line.includes('/manifests/'));
    expect(puts.map((line) => line.split(/[/ ]/).at(-2))).toEqual([`${TAG}-${digest.slice(7, 19)}`, signatureTag(digest), TAG]);
    const signatures = (): { digest: string; annotations: Record<string, string> }[] =>
      JSON.parse(server.manifests.get(`${REPOSITORY} ${signatureTag(digest)}`)!.toString()).layers;
    const payload = payloadOf(`${server.host}/${REPOSITORY}`, digest);
    expect(server.blobs.get(signatures()[0]!.digest)).toEqual(payload);
    const byUs = (layer: { annotations: Record<string, string> }, one: typeof signer): boolean =>
      one.verifies(payload, Buffer.from(layer.annotations['dev.cosignproject.cosign/signature']!, 'base64'));
    expect(signatures().map((layer) => byUs(layer, signer))).toEqual([true]);
    // The tag is lost, and made again: the signature is there. Another writer's comes beside it.
    for (const one of [signer, stranger]) {
      server.manifests.delete(`${REPOSITORY} ${TAG}`);
      await publish(open({ signer: one }), aRequest());
    }
    expect(signatures().map((layer) => [byUs(layer, signer), byUs(layer, stranger)])).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  it('are told from those of others, and from ours of another artifact that somebody put there', async () => {
    const [ours, theirs] = [cosignSigner(makeCosignKey().privateKey), cosignSigner(makeCosignKey().privateKey)];
    const opened = open({ signer: ours });
    const digests: string[] = [];
    for (const note of [1, 2]) {
      await publish(opened, aRequest('alice', withConfig({ note })));
      digests.push(server.digestAt(REPOSITORY, TAG)!);
    }
    const [first = '', second = ''] = digests;
    const { store } = opened;
    const verifier = cosignVerifier(ours.publicKey);
    const verdicts = (): Promise<boolean[]> => Promise.all([verifier, theirs].map((one) => store.isSignedBy(one, second)));
    expect(await verdicts()).toEqual([true, false]);
    const [tag, older] = [signatureTag(second), signatureTag(first)].map((name) => `${REPOSITORY} ${name}`) as [string, string];
    const hostile = ['{}', '[]', 'x', '{"layers": [null, {"digest": "../../x"}, {"digest": 7}]}'].map((text) => Buffer.from(text));
    for (const manifest of [server.manifests.get(older)!, ...hostile]) {
      server.manifests.set(tag, manifest);
      expect(await verdicts()).toEqual([false, false]);
    }
    server.manifests.delete(tag);
    expect(await verdicts()).toEqual([false, false]);
  });

  /** While `one` puts its manifest to a tag, the other one publishes. */
  async function meanwhile(tag: RegExp, other: OpenedStore): Promise<void> {
    let isFirst = true;
    server.onManifest = async (reference) => {
      if (isFirst && tag.test(reference)) {
        isFirst = false;
        await publish(other, aRequest('bob'));
      }
      return undefined;
    };
  }
  const instancesIn = (): (string | undefined)[] =>
    filesIn(server)
      .filter(({ path }) => path.endsWith('openclaw.owner'))
      .map(({ path }) => path.split('/').at(-2))
      .toSorted();

  it('of a lost race are built again on what the other one wrote, and nothing of either is lost', async () => {
    const [one, other] = [open(), open()];
    await publish(one, aRequest('zoe'));
    await meanwhile(new RegExp(`^${TAG}-`), other);
    expect(await publish(one, aRequest('alice'))).toEqual(['committed']);
    expect(instancesIn()).toEqual(['alice', 'bob', 'zoe']);
  });

  it('of a race that is lost between the last look and the move are found at the next look, and put right', async () => {
    const [one, other] = [open(), open()];
    await publish(one, aRequest('zoe'));
    await meanwhile(new RegExp(`^${TAG}$`), other);
    expect(await publish(one, aRequest('alice'))).toEqual(['committed']);
    expect(instancesIn()).toEqual(['alice', 'zoe']);
    expect((await other.publisher.moved()).map(({ name }) => name)).toEqual(['bob']);
    expect(await publish(other, aRequest('bob'))).toEqual(['committed']);
    expect(instancesIn()).toEqual(['alice', 'bob', 'zoe']);
  });

  it('that was overwritten without a look is found at the next one, and put right', async () => {
    const opened = open();
    await publish(opened, aRequest('alice'));
    const stale = server.manifests.get(`${REPOSITORY} ${TAG}`)!;
    await publish(opened, aRequest('bob'));
    server.retag(REPOSITORY, TAG, stale);
    expect((await opened.publisher.moved()).map(({ name }) => name)).toEqual(['bob']);
    expect(await publish(opened, aRequest('bob'))).toEqual(['committed']);
    expect(await opened.publisher.moved()).toEqual([]);
  });

  it('an earlier one that somebody brings back stays, where that was asked for', async () => {
    const opened = openStore(server.host, {}, { onForeignChange: 'hold' });
    ends.push(() => opened.publisher.close());
    await publish(opened, aRequest('alice'));
    const earlier = server.manifests.get(`${REPOSITORY} ${TAG}`)!;
    const edited = aRequest('alice', withSpec({ suspended: true }));
    await publish(opened, edited);
    server.retag(REPOSITORY, TAG, earlier);
    expect(await publish(opened, edited)).toEqual(['HELD-CHANGE']);
    expect(await publish(opened, { ...edited, over: server.digestAt(REPOSITORY, TAG) })).toEqual(['committed']);
  });

  it('wait for an approval of their plan where that was asked for, as commits do', async () => {
    const opened = openStore(server.host, {}, { approval: 'all' });
    ends.push(() => opened.publisher.close());
    const waiting = await opened.publisher.publish(aRequest());
    expect([told(waiting), server.digestAt(REPOSITORY, TAG)]).toEqual(['AWAITING-APPROVAL', undefined]);
    expect(await publish(opened, { ...aRequest(), approved: waiting.plan?.hash })).toEqual(['committed']);
    const edited = aRequest('alice', withSpec({ suspended: true }));
    expect(await publish(opened, { ...edited, approved: waiting.plan?.hash })).toEqual(['AWAITING-APPROVAL']);
  });

  it('of another cluster, or of no writer of ours, are left alone', async () => {
    await publish(open(), aRequest());
    const before = server.digestAt(REPOSITORY, TAG);
    expect(await publish(open({ owner: 'ffffffff-6a07-4b6c-9a53-6f7b3f0c2f11' }), aRequest())).toEqual(['PATH-FOREIGN-OWNER']);
    expect(await publish(open({ cluster: 'prod-us' }), aRequest())).toEqual(['PATH-FOREIGN-OWNER']);
    const image = Buffer.from('{"schemaVersion":2,"config":{},"layers":[]}');
    expect(server.digestAt(REPOSITORY, TAG)).toBe(before);
    server.retag(REPOSITORY, TAG, image);
    expect(await publish(open(), aRequest())).toEqual(['OCI-FOREIGN']);
    expect(server.manifests.get(`${REPOSITORY} ${TAG}`)).toEqual(image);
  });

  it('that a registry tampers with are not taken', async () => {
    await publish(open(), aRequest());
    const files = [{ path: 'evil', bytes: Buffer.from('x') }];
    const { layer } = artifactOf(files, treesOf(files).root, OPTIONS);
    for (const digest of server.blobs.keys()) server.blobs.set(digest, layer.bytes);
    expect(await publish(open(), aRequest('bob'))).toEqual(['OCI-FAILED']);
  });

  it('are not written by a process that may not write any more', async () => {
    let left = 3;
    const fence: Fence = { mayWrite: () => (left -= 1) > 0 };
    expect(await publish(open({ fence }), aRequest())).toEqual(['WRITE-FENCED']);
    expect(server.digestAt(REPOSITORY, TAG)).toBeUndefined();
  });

  it('with something that looks like a secret are not made', async () => {
    const leak = withConfig({ tools: { apiKey: `sk-ant-api03-${'Ab1'.repeat(31)}AA` } });
    expect(await publish(open(), aRequest('alice', leak), aRequest('bob'))).toEqual(['SECRET-FOUND', 'committed']);
    expect(filesIn(server).some(({ path }) => path.includes('alice'))).toBe(false);
    for (const bytes of server.blobs.values()) expect(bytes.includes('sk-ant')).toBe(false);
  });

  it('are read again as texts, for whoever renders the same instance elsewhere', async () => {
    const { store, sink } = open();
    await sink.apply([aSet()]);
    const directory = 'clusters/prod-eu/instances/team-a/alice';
    const texts = await store.files(server.digestAt(REPOSITORY, TAG)!, [directory]);
    expect(texts).toEqual(
      new Map(filesIn(server).flatMap(({ path, bytes }) => (path.startsWith(directory) ? [[path, bytes.toString()]] : []))),
    );
    expect(texts.get(`${directory}/openclaw.owner`)).toContain('owner: ');
  });

  describe('behind a login', () => {
    beforeEach(() => serve({ login: 'bot:s3cret' }));

    it('are pushed with a token that may push, and a new one when it has run out', async () => {
      const opened = open({ credentials: bot });
      expect(await publish(opened, aRequest())).toEqual(['committed']);
      server.expire();
      expect(await publish(opened, aRequest('bob'))).toEqual(['committed']);
    });

    it.each([
      ['without a credential', undefined],
      ['with a wrong one', () => ({ user: 'bot', password: 'wrong' })],
    ])('say OCI-AUTH %s, and never the credential', async (_what, credentials) => {
      const { publisher } = open(credentials && { credentials });
      const answer = publisher.publish(aRequest());
      await publisher.flush();
      const result = await answer;
      expect(told(result)).toBe('OCI-AUTH');
      expect(JSON.stringify(result)).not.toMatch(/wrong|s3cret/);
    });
  });

  it.each([
    [409, 'OCI-REJECTED', 'TAG_INVALID'],
    [403, 'OCI-AUTH', 'DENIED'],
    [503, 'OCI-UNREACHABLE', 'UNAVAILABLE'],
  ])('that a registry answers with %d are %s, with its words', async (status, code, word) => {
    server.onManifest = async () => ({ status, body: { errors: [{ code: word, message: 'tag is\nimmutable\u202e' }] } });
    const { publisher } = open();
    const answer = publisher.publish(aRequest());
    await publisher.flush();
    const result = await answer;
    expect(result).toMatchObject({ ok: false, error: { code, message: expect.stringContaining(`${word}, tag is immutable`) } });
  });

  it('that cannot be reached are OCI-UNREACHABLE', async () => {
    const opened = open();
    await server.stop();
    ends.splice(0, 1);
    expect(await publish(opened, aRequest())).toEqual(['OCI-UNREACHABLE']);
  });
});
