import { stringify } from 'yaml';
import { folderWith, removeFolders, run } from '../app/program';
import { type Api, ok } from '../cluster/api';
import { isReady, deleteInstance, removeNamespaces, waitForInstance, waitForNames } from '../cluster/controller/instances';
import { podClaims, placeExample, type Placed } from '../cluster/controller/placed-examples';
import { clusterObjects } from '../cluster/example-surroundings';
import { installCrds } from '../cluster/install-crds';
import { testApi } from '../cluster/parts';
import { examples } from '../golden/examples';
import { type GitModeOptions, manifestPaths, RemoteRepository, startGitMode } from './git-mode';
import { startGitServer, type GitServer } from './git-server';

/** One engine, as the story needs it. */
export interface ExamplesEngine {
  readonly mode: Pick<GitModeOptions, 'engine' | 'setUp'>;
  start(server: GitServer): Promise<{ stop(): Promise<void> }>;
  follow(api: Api, server: GitServer, placed: readonly Placed[]): Promise<void>;
  unfollow(api: Api, server: GitServer, placed: readonly Placed[]): Promise<void>;
  /** Waits until it has nothing to do for an example that is Ready, and sees no difference. @default - nobody asks it */
  readonly settled?: (api: Api, example: Placed) => Promise<unknown>;
  /** What its set-up has in every namespace, as `Kind name`. @default - nothing */
  readonly stays?: readonly string[];
  /** One example of so many is told. @default 1, which is all of them */
  readonly every?: number;
  /** The place of the first of them. @default 0 */
  readonly from?: number;
}

/** What `synth` writes for an example, a document an object. The defaults of a cluster are not among it: this cluster has none. */
async function synthesized({ object, others, namespace }: Placed): Promise<string[]> {
  const beside = others.filter(({ kind }) => kind === 'ConfigMap');
  const placed = beside.map((document) => ({ ...document, metadata: { ...document.metadata, namespace } }));
  const text = [object, ...placed].map((document) => `---\n${stringify(document)}`).join('');
  const { code, stdout, stderr } = await run('synth', folderWith({ 'example.yaml': text }));
  if (code !== 0) throw new Error(stderr);
  return stdout
    .split(/^---\n/m)
    .filter(Boolean)
    .map((document) => `---\n${document}`);
}

/** Every example by way of Git, all at once. Told in order: each test goes on where the last one ended. */
export function examplesStory(engine: ExamplesEngine): void {
  const api = testApi();
  const ends: (() => Promise<unknown>)[] = [];
  let placed: Placed[] = [];
  let remote: RemoteRepository;

  beforeAll(async () => {
    await installCrds(api);
    for (const object of clusterObjects) ok(await api.apply(object, { force: true }));
    const server = await startGitServer();
    ends.push(() => server.stop());
    remote = new RemoteRepository(server);
    ends.push(async () => remote.remove());
    await remote.commitByOther('README.md', 'deployments\n');
    const running = await engine.start(server);
    ends.push(() => running.stop());
    const mode = await startGitMode(api, server, engine.mode);
    ends.push(() => mode.stop());
    const { every = 1, from = 0 } = engine;
    const told = examples().filter((_, index) => index % every === from);
    placed = await Promise.all(told.map((example) => placeExample(api, example)));
    const namespaces = placed.map(({ namespace }) => namespace);
    ends.push(() => engine.unfollow(api, server, placed));
    await engine.follow(api, server, placed);
    ends.push(() => removeNamespaces(api, namespaces));
  }, 180_000);

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
    removeFolders();
  }, 180_000);

  /** Runs a check on every example at once and names those that it fails for. */
  async function findings(check: (example: Placed) => Promise<unknown>): Promise<Record<string, string>> {
    const results = await Promise.all(
      placed.map(async (example) => {
        const found = await check(example).then(
          () => undefined,
          (error: unknown) => String(error),
        );
        return [example.name, found] as const;
      }),
    );
    return Object.fromEntries(results.flatMap(([name, found]) => (found === undefined ? [] : [[name, found]])));
  }

  const waitForEnd = ({ object, instance }: Placed): Promise<unknown> =>
    waitForInstance(
      api,
      object,
      ({ status, ...live }) => isReady({ ...live, status }, instance.spec?.suspended ? 'False' : 'True') && status.phase !== 'Provisioning',
      180_000,
    );

  test('each becomes Ready, in few commits', async () => {
    const found = await findings(async (example) => {
      ok(await api.apply(example.object));
      await waitForEnd(example);
    });
    expect(found).toEqual({});
    expect(await remote.commits()).toBeLessThan(placed.length / 2);
  }, 240_000);

  test('E40 each file has the bytes that synth writes for its object', async () => {
    const found = await findings(async (example) => {
      const paths = await manifestPaths(remote, example.namespace, example.object.metadata.name ?? '');
      const files = await Promise.all(paths.map((path) => remote.read(path)));
      // Neither a Secret nor a Job is ever committed.
      const wanted = (await synthesized(example)).filter((document) => !/^kind: (?:Secret|Job)$/m.test(document));
      expect(files.toSorted()).toEqual(wanted.toSorted());
    });
    expect(found).toEqual({});
  }, 60_000);

  test('each follows an edit', async () => {
    const found = await findings(async (example) => {
      const env = [...(example.object['spec'].env ?? []), { name: 'EDITED', value: 'yes' }];
      ok(await api.patch(example.object, { spec: { env } }));
      await waitForEnd(example);
      const { spec } = ok(
        await api.get({
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          metadata: { name: example.object.metadata.name ?? '', namespace: example.namespace },
        }),
      );
      const agent = spec.template.spec.containers.find(({ name }: { name: string }) => name === 'openclaw');
      expect(agent.env).toContainEqual({ name: 'EDITED', value: 'yes' });
      await engine.settled?.(api, example);
    });
    expect(found).toEqual({});
  }, 240_000);

  test('after the instances, nothing is left but what was there and the claims, in the cluster and in Git', async () => {
    const found = await findings(async (example) => {
      const { namespace, object, manifests, around } = example;
      // So many at once would be taken for a mistake.
      ok(await api.patch(object, { metadata: { annotations: { 'openclaw.rocks/confirm-deletion': 'true' } } }));
      await deleteInstance(api, object, 180_000);
      const claims = manifests
        .filter(({ kind }) => kind === 'PersistentVolumeClaim')
        .map(({ metadata }) => `PersistentVolumeClaim ${metadata.name}`);
      await waitForNames(api, namespace, [...around, ...(engine.stays ?? []), ...claims, ...podClaims(example)], 90_000);
    });
    expect(found).toEqual({});
    expect((await remote.files()).filter((path) => !path.endsWith('.gitkeep'))).toEqual(['README.md']);
  }, 300_000);
}
