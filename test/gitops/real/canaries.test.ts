import { gunzipSync } from 'node:zlib';
import { taintsOf } from '../../../gitops/gate/taint';
import { cosignSigner, makeCosignKey } from '../../../gitops/oci/cosign';
import type { PublishRequest, PublishResult } from '../../../gitops/publish/publish';
import type { Publisher } from '../../../gitops/publish/publisher';
import { folderWith, instanceYaml, removeFolders, run } from '../../app/program';
import { type Modifier, withConfig, withEnv, withSpec } from '../../builders';
import { knownSecrets } from '../../constructs/resolve/secrets/known-secrets';
import { RegistryServer } from '../oci/registry-server';
import { openStore } from '../oci/stores';
import { type BareRepository, bareRepository } from './bare';
import { aPublisher, aRequest, told } from './publishing';

/** Every place of a spec in which any text may stand. */
const PLACES: readonly ((text: string) => Modifier)[] = [
  (text) => withConfig({ note: text }),
  (text) => withConfig({ notes: { [text]: 1 } }),
  (text) => withConfig({ note: JSON.stringify({ inner: text }) }),
  (text) => withEnv({ name: 'NOTE', value: text }),
  (text) => withSpec({ workspace: { initialFiles: { 'NOTES.md': `words\n  ${text}\n` } } }),
  (text) => withSpec({ podAnnotations: { note: text } }),
  (text) => withSpec({ networking: { service: { annotations: { note: text } } } }),
  (text) => withSpec({ sidecars: [{ name: 's', image: 'x', command: ['sh', '-c', `echo ${text}`] }] }),
  (text) => withSpec({ sidecars: [{ name: 's', image: 'x', env: [{ name: 'NOTE', value: text }] }] }),
];

/** Values of Secrets of the cluster: nobody but the gate knows them for such. */
const canaries = Array.from({ length: 20 }, (_, index) => `cAnary-${index}-${(index * 7919 + 104_729).toString(36)}-Qx9`);
const taints = taintsOf(canaries);
const forms = knownSecrets.map(([, text]) => text);

const place = (text: string, index: number): Modifier => PLACES[index % PLACES.length]!(text);

/** As it is, in Base64, and encoded for a URL, as they come. */
const worn = (text: string, index: number): string =>
  [text, Buffer.from(`user:${text}`).toString('base64'), encodeURIComponent(text)][index % 3] ?? text;

const planted: readonly PublishRequest[] = [
  ...canaries.map((text, index) => aRequest(`canary-${index}`, place(worn(text, index), index))),
  ...forms.map((text, index) => aRequest(`form-${index}`, place(text, index))),
].map((request) => ({ ...request, gate: { taints } }));

/** Texts that go with a request and stand in no file. */
const spoken: readonly PublishRequest[] = canaries.map((text, index) => ({
  ...aRequest(`told-${index}`),
  gate: { taints },
  ...(index % 2 === 0 ? { changedBy: `someone ${text}` } : { reason: text }),
}));

/** The longest words of a text: what would be left of it wherever it is quoted, escaped or broken into lines. */
function traces(text: string): string[] {
  return text.split(/[^\w+/=.-]+/).filter((word) => word.length >= 16);
}

function expectNone(content: string): void {
  for (const text of [...canaries, ...canaries.map((one) => Buffer.from(one).toString('base64').replace(/=+$/, '').slice(3))]) {
    expect([text, content.includes(text)]).toEqual([text, false]);
  }
  for (const text of forms) for (const trace of traces(text)) expect([trace, content.includes(trace)]).toEqual([trace, false]);
}

async function publishAll(publisher: Publisher): Promise<PublishResult[]> {
  const answers = [...planted, ...spoken].map((request) => publisher.publish(request));
  await publisher.flush();
  return Promise.all(answers);
}

function expectRefused(results: readonly PublishResult[]): void {
  expect(results.slice(0, planted.length).map(told)).toEqual(planted.map(() => 'SECRET-FOUND'));
  expect(results.slice(planted.length).map(told)).toEqual(spoken.map(() => 'committed'));
}

/** Status, events and logs are made of these. */
const words = (results: readonly PublishResult[]): string =>
  results.map((result) => (result.ok ? JSON.stringify(result) : `${result.error.message} ${result.error.remedy}`)).join('\n');

/** The spec of an instance with the text in one place, as a laptop has it. */
const spec = (text: string, index: number): string => {
  const fields = [
    { env: [{ name: 'NOTE', value: text }] },
    { config: { raw: { note: text } } },
    { workspace: { initialFiles: { 'NOTES.md': text } } },
    { podAnnotations: { note: text } },
  ];
  return JSON.stringify({ image: { tag: '2026.9.6' }, ...fields[index % fields.length] });
};

describe('T-R19 twenty canaries, and a secret of each known form, in every place where a text may stand', () => {
  let remote: BareRepository;
  let server: RegistryServer;

  beforeEach(async () => {
    remote = bareRepository();
    server = await RegistryServer.start();
  });
  afterEach(async () => {
    remote.remove();
    await server.stop();
  });
  afterAll(removeFolders);

  const everHeld = (): string => remote.git('log', '-p', '--all', '--format=raw');

  it('are at least 83, and all places take part', () => {
    expect(planted.length).toBeGreaterThanOrEqual(83);
    expect(canaries.length).toBeGreaterThan(PLACES.length);
    expect(forms.flatMap(traces).length).toBeGreaterThanOrEqual(forms.length / 2);
  });

  it('never reach a branch by the controller: no file, no message, no answer', async () => {
    const publisher = aPublisher({ url: remote.path, branch: 'main', allow: ['file'] });
    const results = await publishAll(publisher);
    await publisher.close();
    expectRefused(results);
    expect(everHeld()).toContain('(withheld)');
    expectNone(everHeld() + words(results));
  });

  it('never reach a registry: no layer, no manifest, no signature, no path', async () => {
    const { publisher } = openStore(server.host, { signer: cosignSigner(makeCosignKey().privateKey) });
    const results = await publishAll(publisher);
    await publisher.close();
    expectRefused(results);
    const blobs = [...server.blobs.values()].map((bytes) => (bytes[0] === 0x1f ? gunzipSync(new Uint8Array(bytes)) : bytes).toString());
    expect(blobs.join('\n')).toContain('instances/team-a/told-0/');
    expectNone([...blobs, ...[...server.manifests].flat().map(String), ...server.requests, words(results)].join('\n'));
  });

  it('never reach a branch from a laptop, which knows the forms alone; nor the terminal', async () => {
    const files = forms.map((text, index) => [`f${index}.yaml`, instanceYaml(`form-${index}`, { spec: spec(text, index) })] as const);
    const folder = folderWith({ ...Object.fromEntries(files), 'good.yaml': instanceYaml('good') });
    const flags = [
      '--git-url',
      remote.path,
      '--git-allow-file',
      '--git-create-branch',
      '--cluster-name',
      'prod-eu',
      '--git-signing',
      'disabled',
    ];
    const { code, stdout, stderr } = await run(
      'synth',
      '--to-git',
      folder,
      ...flags,
      '--git-owner',
      '2f6e2a0c-6a07-4b6c-9a53-6f7b3f0c2f11',
    );
    expect(code).toBe(3);
    expect(stderr.match(/SECRET-FOUND/g)?.length).toBeGreaterThanOrEqual(1);
    expect(remote.files()).toContain('clusters/prod-eu/instances/team-a/good/kustomization.yaml');
    expect(remote.files().filter((path) => path.includes('form-'))).toEqual([]);
    expectNone(everHeld() + stdout + stderr);
  });
});
