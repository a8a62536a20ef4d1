import { join } from 'node:path';
import { releaseOf } from '../../../controller/decide/additions';
import { openFence } from '../../../gitops/git/fence';
import { systemClock } from '../../../gitops/git/clock';
import type { LayoutOptions } from '../../../gitops/layout/layout';
import { filesOf } from '../../../gitops/oci/artifact';
import { cosignSigner, makeCosignKey, signatureTag } from '../../../gitops/oci/cosign';
import { OciStore } from '../../../gitops/oci/oci-store';
import { RegistryStore } from '../../../gitops/oci/registry-store';
import { Publisher } from '../../../gitops/publish/publisher';
import { RegistrySession } from '../../../gitops/registry/session';
import { type Run, folderWith, instanceYaml, removeFolders, run } from '../../app/program';
import { type Modifier, withEnv } from '../../builders';
import { RealRegistry, missingRegistry } from '../../registry/artifacts';
import { OWNER, aLayout, aSet } from '../layouts';
import { describeWith } from './servers';

type Standing = Partial<LayoutOptions> & { readonly secretHash?: string };

const PLAIN = '{image: {tag: "2026.9.6"}}';
const EDITED = '{image: {tag: "2026.9.6"}, env: [{name: A, value: b}]}';
const FLUX = { source: 'fleet', sourceKind: 'OCIRepository', serviceAccountName: 'applier' } as const;
const CLUSTER = 'prod-eu';

describeWith(missingRegistry, 'synth --to-oci', () => {
  let registry: RealRegistry;
  let key: string;
  let path = 0;

  beforeAll(async () => {
    registry = await RealRegistry.start();
    key = makeCosignKey().privateKey;
  });
  afterAll(async () => {
    await registry.stop();
    removeFolders();
  });
  beforeEach(() => (path += 1));

  /** A repository of its own for each test and each writer. */
  const place = (writer: string): string => `acme/t${path}-${writer}`;

  async function laptop(command: readonly string[], spec: string, ...more: readonly string[]): Promise<Run> {
    const folder = folderWith({ 'alice.yaml': instanceYaml('alice', { spec }), 'cosign.key': key });
    const url = `oci://${registry.host}/${place('x')}`;
    const flags = [
      '--cluster-name',
      CLUSTER,
      '--oci-repository',
      url,
      '--oci-plain-http',
      '--oci-docker-config-file',
      registry.dockerConfigFile,
    ];
    return run(
      ...command,
      join(folder, 'alice.yaml'),
      ...flags,
      ...(command[0] === 'synth' ? ['--oci-signing-key-file', join(folder, 'cosign.key'), '--git-owner', OWNER] : []),
      ...more,
    );
  }

  /** What the controller pushes: the same store, publisher and layout. @returns the digest */
  async function asController(writer: string, { secretHash, ...options }: Standing = {}, ...edits: Modifier[]): Promise<string> {
    const repository = { host: registry.host, path: place(writer) };
    const session = new RegistrySession({
      repository,
      credentials: () => registry.credentials,
      actions: 'pull,push',
      plainHosts: new Set([registry.host]),
    });
    const reference = `${registry.host}/${place(writer)}`;
    const ownership = { cluster: CLUSTER, owner: OWNER };
    const signer = cosignSigner(key);
    const settings = { registry: new RegistryStore(session, reference), reference, tag: CLUSTER, ownership, signer, fence: openFence };
    const store = new OciStore(settings);
    const publisher = new Publisher({ repository: store, clock: systemClock, engine: '1', fence: openFence, times: { quiet: 0 } });
    const set = aSet('alice', ...edits);
    const instance = { metadata: { name: 'alice', namespace: 'team-a', uid: 'u' } };
    const { additions } = releaseOf(set.manifests, { instance, delivery: 'git', secretHash });
    const layout = aLayout(set, { additions, ...options });
    const result = await publisher.publish({ placement: layout.placement, layout, owner: OWNER });
    await publisher.close();
    if (!result.ok) throw result.error;
    return result.commit ?? '';
  }

  /** As whoever knows the password, and all kinds of manifests. */
  async function ask(writer: string, what: string): Promise<Response> {
    const { user, password } = registry.credentials;
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const headers = { authorization, accept: 'application/vnd.oci.image.manifest.v1+json' };
    return fetch(`http://${registry.host}/v2/${place(writer)}/${what}`, { headers });
  }

  async function digestAt(writer: string, tag = CLUSTER): Promise<string | null> {
    return (await ask(writer, `manifests/${tag}`)).headers.get('docker-content-digest');
  }

  async function filesAt(writer: string): Promise<string[]> {
    const { layers } = (await (await ask(writer, `manifests/${CLUSTER}`)).json()) as { layers: { digest: string }[] };
    const layer = await ask(writer, `blobs/${layers[0]?.digest}`);
    return filesOf(Buffer.from(await layer.arrayBuffer())).map((file) => file.path);
  }

  it('pushes the very artifact that the controller would, signed, and once', async () => {
    const first = await laptop(['synth', '--to-oci'], PLAIN);
    expect([first.code, first.stderr]).toEqual([0, expect.stringContaining('clusters/prod-eu/instances/team-a/alice: created\n')]);
    const digest = await digestAt('x');
    expect(first.stderr).toContain(`the tag is at ${digest}\n`);
    expect(await asController('y')).toBe(digest);
    expect((await ask('x', `manifests/${signatureTag(digest ?? '')}`)).status).toBe(200);
    const again = await laptop(['synth', '--to-oci'], PLAIN);
    expect([again.code, await digestAt('x')]).toEqual([0, digest]);
    expect(again.stderr).toContain('1 file unchanged');
    const planned = await laptop(['plan', '--base', 'git'], EDITED, '--exit-code');
    expect([planned.code, planned.stdout.split('\n')[1]]).toEqual([1, '  ~ StatefulSet alice  (restart)']);
    expect((await laptop(['synth', '--to-oci'], EDITED)).code).toBe(0);
    expect(await asController('y', {}, withEnv({ name: 'A', value: 'b' }))).toBe(await digestAt('x'));
  });

  it('keeps what follows from no spec: hashes, and how Flux and Argo CD are told', async () => {
    const url = `oci://${registry.host}/${place('x')}`;
    const argo = { project: 'fleet', repository: url, revision: CLUSTER, namespace: 'gitops', server: 'https://west.example.com' };
    const standing = { secretHash: 'h4sh', flux: FLUX, argo };
    await asController('x', standing);
    const before = await digestAt('x');
    expect((await laptop(['synth', '--to-oci'], PLAIN)).code).toBe(0);
    expect(await digestAt('x')).toBe(before);
    expect((await laptop(['synth', '--to-oci'], EDITED)).code).toBe(0);
    expect(await asController('x', standing, withEnv({ name: 'A', value: 'b' }))).toBe(await digestAt('x'));
  });

  it('verify says whether an artifact holds what the files give, and whose it is', async () => {
    await laptop(['synth', '--to-oci'], PLAIN);
    const first = await digestAt('x');
    const keys = folderWith({
      'cosign.pub': cosignSigner(key).publicKey,
      'other.pub': makeCosignKey().publicKey,
      'cosign.key': key,
      'none.pub': 'ssh-ed25519 AAAA',
    });
    const signedBy = (name: string): string[] => ['--oci-key-file', join(keys, name)];
    const same = expect.stringMatching(
      new RegExp(`team-a/alice: tree [0-9a-f]{40} of artifact ${first} is what these files give`),
    ) as string;
    const plain = await laptop(['verify'], PLAIN);
    expect([plain.code, plain.stdout.split('\n')]).toEqual([
      0,
      [`artifact ${first}: its signature is not looked at; give --oci-key-file, or ask cosign verify`, same, ''],
    ]);
    const ours = await laptop(['verify'], PLAIN, ...signedBy('cosign.pub'));
    const { fingerprint } = cosignSigner(key);
    expect([ours.code, ours.stdout.split('\n')]).toEqual([0, [`artifact ${first} is signed by ${fingerprint}`, same, '']]);
    const theirs = await laptop(['verify'], PLAIN, ...signedBy('other.pub'));
    expect([theirs.code, theirs.stdout]).toEqual([1, expect.stringMatching(/^artifact sha256:\w+ is not signed by SHA256:/)]);
    const differs = await laptop(['verify'], EDITED, ...signedBy('cosign.pub'));
    expect([differs.code, differs.stdout]).toEqual([1, expect.stringContaining('  statefulset.apps.alice.yaml differs\n')]);
    await laptop(['synth', '--to-oci'], EDITED, '--oci-signing', 'cosign');
    const before = await laptop(['verify'], PLAIN, '--commit', first ?? '', ...signedBy('cosign.pub'));
    expect([before.code, before.stdout.split('\n')[1]]).toEqual([0, same]);
    for (const [more, code, message] of [
      [['--commit', `sha256:${'0'.repeat(64)}`], 3, `has no artifact sha256:${'0'.repeat(64)}; to do: name one that is there`],
      [['--commit', 'f'.repeat(40)], 2, 'give the whole digest of an artifact'],
      [['--oci-tag', 'elsewhere'], 3, 'the tag has no artifact'],
      [signedBy('cosign.key'), 2, 'is a private one: give the public key'],
      [signedBy('none.pub'), 2, 'is no public key in PEM'],
      [['--git-url', 'https://git.example.com/a/b'], 2, '--git-url and --oci-repository exclude each other'],
    ] as const) {
      const wrong = await laptop(['verify'], PLAIN, ...more);
      expect([wrong.code, wrong.stderr]).toEqual([code, expect.stringContaining(message)]);
    }
  });

  it('a dry run pushes nothing, nor does a text that looks like a secret; a first artifact wants an owner, and a signature has to be settled', async () => {
    const dry = await laptop(['synth', '--to-oci'], PLAIN, '--dry-run');
    expect([dry.code, dry.stderr.includes('dry run')]).toEqual([0, true]);
    const canary = `{image: {tag: "2026.9.6"}, env: [{name: A, value: ${['ghp', '_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('')}}]}`;
    const secret = await laptop(['synth', '--to-oci'], canary);
    expect([secret.code, secret.stderr]).toEqual([3, expect.stringContaining('SECRET-FOUND')]);
    const folder = folderWith({ 'alice.yaml': instanceYaml('alice', { spec: PLAIN }) });
    const flags = ['--cluster-name', CLUSTER, '--oci-repository', `oci://${registry.host}/${place('x')}`, '--oci-plain-http'];
    const login = ['--oci-docker-config-file', registry.dockerConfigFile];
    const bare = await run('synth', '--to-oci', folder, '-q', ...flags, ...login);
    expect([bare.code, bare.stderr]).toEqual([2, expect.stringContaining('--oci-signing cosign needs --oci-signing-key-file here')]);
    const homeless = await run('synth', '--to-oci', folder, '-q', ...flags, ...login, '--oci-signing', 'disabled');
    expect([homeless.code, homeless.stderr]).toEqual([2, expect.stringContaining('give --git-owner')]);
    expect(await digestAt('x')).toBeNull();
    for (const [more, message] of [
      [['--to-git'], '--to-git and --to-oci exclude each other'],
      [['-d', 'out'], '--to-oci writes to a registry: leave out -o and --output-dir'],
      [['--git-url', 'https://git.example.com/a/b'], '--to-oci and --git-url exclude each other'],
      [['--git-pull-requests', 'instance'], '--git-pull-requests is for --git-url'],
    ] as const) {
      const wrong = await laptop(['synth', '--to-oci'], PLAIN, ...more);
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining(message)]);
    }
  });

  it('--prune puts a tombstone in the place of what is gone, and the engine is still told of it', async () => {
    await asController('x', { flux: FLUX });
    const folder = folderWith({ 'bob.yaml': instanceYaml('bob', { spec: PLAIN }) });
    const login = ['--oci-docker-config-file', registry.dockerConfigFile, '--oci-plain-http', '--oci-signing', 'disabled'];
    const place1 = ['--cluster-name', CLUSTER, '--oci-repository', `oci://${registry.host}/${place('x')}`];
    const pruned = await run('synth', '--to-oci', folder, '--prune', ...place1, ...login);
    expect(pruned.stderr).toContain('clusters/prod-eu/instances/team-a/alice: deleted\n');
    const names = await filesAt('x');
    expect(names).toContain('clusters/prod-eu/instances/team-a/alice/configmap.alice-tombstone.yaml');
    expect(names).toContain('clusters/prod-eu/flux/team-a.alice.yaml');
  });
});
