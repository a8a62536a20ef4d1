import { type Api, ok } from '../cluster/api';
import { isReady, deleteInstance, removeNamespaces, waitForInstance, waitForNames } from '../cluster/controller/instances';
import { podClaims, placeExample, type Placed } from '../cluster/controller/placed-examples';
import { clusterObjects } from '../cluster/example-surroundings';
import { installCrds } from '../cluster/install-crds';
import { testApi } from '../cluster/parts';
import { examples } from '../golden/examples';
import { RemoteRepository, startGitMode, type GitModeOptions } from './git-mode';
import { startGitServer, type GitServer } from './git-server';

/** One engine, as the story needs it. */
export interface ExamplesEngine {
  readonly mode: Pick<GitModeOptions, 'engine' | 'setUp'>;
  start(server: GitServer): Promise<{ stop(): Promise<void> }>;
  follow(api: Api, server: GitServer, placed: readonly Placed[]): Promise<void>;
  unfollow(api: Api, server: GitServer, placed: readonly Placed[]): Promise<void>;
  /** What its set-up has in every namespace, as `Kind name`. @default - nothing */
  readonly stays?: readonly string[];
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
    placed = await Promise.all(examples().map((example) => placeExample(api, example)));
    const namespaces = placed.map(({ namespace }) => namespace);
    ends.push(() => engine.unfollow(api, server, placed));
    await engine.follow(api, server, placed);
    ends.push(() => removeNamespaces(api, namespaces));
  }, 180_000);

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
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
