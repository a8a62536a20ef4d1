import { setTimeout as delay } from 'node:timers/promises';
import { type Manifest, render, resolve } from '../../constructs';
import { writeDocuments } from '../../constructs/wire/yaml/write-yaml';
import { examples, type RenderedExample, renderExample } from '../golden/examples';
import { ok, waitUntil, type Answer, type KubeObject } from './api';
import { clusterObjects, namespaceObjects, podOf } from './example-surroundings';
import { installForeignCrds } from './foreign';
import { installCrds } from './install-crds';
import { createNamespace } from './namespaces';
import { kubectl } from './kubectl';
import { describeWith, testApi, testCluster } from './parts';

const FIELD_MANAGER = 'openclaw-cdk8s';

/** A busy machine takes its time to start thirty pods. */
const PATIENCE = 240_000;

/** An example that was applied to a namespace of its own. */
interface Placed extends RenderedExample {
  readonly namespace: string;
  /** What the server said to each manifest. */
  readonly answers: readonly Answer[];
}

/** What a check found, by example; `{}` is what is hoped for. */
type Findings = Record<string, unknown>;

/** The status of an autoscaler is written again and again, so there what we write is compared. */
function versionOf({ kind, metadata: { generation, resourceVersion, labels, annotations }, ...live }: KubeObject): string {
  return kind === 'HorizontalPodAutoscaler' ? JSON.stringify([live['spec'], labels, annotations]) : `${generation} ${resourceVersion}`;
}

describeWith(['server', 'controllers', 'traefik', 'gateway-api', 'prometheus-operator'], 'the examples on a real cluster', () => {
  const api = testApi();
  let placed: Placed[] = [];

  beforeAll(async () => {
    await installCrds(api);
    await installForeignCrds(api);
    for (const object of clusterObjects) ok(await api.apply(object, { force: true }));
    placed = await Promise.all(examples().map(place));
  }, PATIENCE);

  afterAll(async () => {
    await Promise.all(placed.map(({ namespace }) => api.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })));
  });

  /** Applies an example to a namespace that enforces and warns on the restricted level, where all is that must exist for it. */
  async function place(example: ReturnType<typeof examples>[number]): Promise<Placed> {
    const namespace = await createNamespace(api, 'restricted');
    const metadata = { ...example.instance.metadata, namespace };
    const rendered = renderExample({ ...example, instance: { ...example.instance, metadata } });
    for (const object of namespaceObjects(rendered, namespace)) ok(await api.create(object));
    return { ...rendered, namespace, answers: await applyAll(rendered.manifests) };
  }

  /** Runs a check on every example at once, and gathers what it found. */
  async function findingsOf(check: (example: Placed) => Promise<readonly unknown[]>): Promise<Findings> {
    const found = await Promise.all(placed.map(async (example) => [example.name, await check(example)] as const));
    return Object.fromEntries(found.filter(([, findings]) => findings.length > 0));
  }

  const applyAll = (manifests: readonly Manifest[]): Promise<Answer[]> =>
    Promise.all(manifests.map((manifest) => api.apply(manifest, { fieldManager: FIELD_MANAGER })));

  const liveOf = (manifests: readonly Manifest[]): Promise<KubeObject[]> =>
    Promise.all(manifests.map(async (manifest) => ok(await api.get(manifest))));

  const versionsOf = async ({ manifests }: Placed): Promise<string[]> =>
    (await liveOf(manifests)).map((live) => `${live.kind} ${live.metadata.name} ${versionOf(live)}`);

  /** Controllers write to status for a moment after all is ready; nothing of ours may be blamed for that. */
  async function quietVersions(example: Placed): Promise<string[]> {
    let before = await versionsOf(example);
    const read = async (): Promise<boolean> => {
      await delay(1500);
      const now = await versionsOf(example);
      const same = now.join() === before.join();
      before = now;
      return same;
    };
    await waitUntil(`${example.name} to be quiet`, read, (same) => same, PATIENCE / 4);
    return before;
  }

  /**
   * Applies ten times and tells which versions moved.
   *
   * A claim that no controller has touched since it was made (a suspended instance has no pod that would have it bound) is written anew by
   * the server at the first apply that follows, whatever it says and though nothing in it changes: seen with a claim of four lines too.
   */
  async function movedByTenApplies(example: Placed): Promise<string[]> {
    await waitForReady(example);
    if (example.instance.spec?.suspended) (await applyAll(example.manifests)).forEach(ok);
    const before = await quietVersions(example);
    for (let round = 0; round < 10; round++) (await applyAll(renderExample(example).manifests)).forEach(ok);
    const after = await versionsOf(example);
    return after.filter((version) => !before.includes(version));
  }

  test('each instance document is accepted', async () => {
    const found = await findingsOf(async ({ instance, others }) => {
      const ours = [instance as unknown as KubeObject, ...others.filter(({ apiVersion }) => apiVersion.startsWith('openclaw.rocks/'))];
      const answers = await Promise.all(ours.map((document) => api.apply(document, { dryRun: true })));
      return answers.filter(({ status, warnings }) => status !== 201 || warnings.length > 0);
    });
    expect(found).toEqual({});
  });

  test('every manifest is accepted, and the server has nothing to warn of', async () => {
    const found = await findingsOf(async ({ answers }) =>
      answers
        .filter(({ status, warnings }) => status !== 201 || warnings.length > 0)
        .map(({ status, body, warnings }) => ({ status, message: body['message'], warnings })),
    );
    expect(found).toEqual({});
  });

  test('every pod template is accepted as a pod under the restricted level', async () => {
    const found = await findingsOf(async ({ manifests, namespace }) => {
      const pods = manifests.filter(({ kind }) => kind === 'StatefulSet').map((workload) => podOf(workload, namespace));
      const answers = await Promise.all(pods.map((pod) => api.create(pod, { dryRun: true })));
      return answers.filter(({ status, warnings }) => status !== 201 || warnings.length > 0);
    });
    expect(found).toEqual({});
  });

  test('the server keeps what was written, the peers of each NetworkPolicy included', async () => {
    const found = await findingsOf(async ({ manifests }) => {
      const live = await liveOf(manifests);
      return manifests.flatMap((manifest, index) => lost(manifest, live[index], `${manifest.kind} ${manifest.metadata.name}`));
    });
    expect(found).toEqual({});
  });

  test(
    'every pod becomes ready and every claim is bound',
    async () => {
      await Promise.all(placed.map(waitForReady));
      const found = await findingsOf(async ({ manifests, instance }) => {
        if (instance.spec?.suspended) return [];
        const claims = manifests.filter(({ kind }) => kind === 'PersistentVolumeClaim');
        return (await liveOf(claims)).filter((claim) => claim['status'].phase !== 'Bound').map((claim) => claim['status']);
      });
      expect(found).toEqual({});
    },
    PATIENCE,
  );

  test(
    'T-A1 T-A2 T-A3 T-A4 T-A12 ten more applies move no resourceVersion and no generation',
    async () => {
      expect(await findingsOf(movedByTenApplies)).toEqual({});
    },
    PATIENCE,
  );

  test(
    'T-A6 labels, annotations and a restart of others stay, and ten more applies move nothing',
    async () => {
      await Promise.all(placed.flatMap(({ manifests }) => manifests.map(addForeignMetadata)));
      expect(await findingsOf(movedByTenApplies)).toEqual({});
      const found = await findingsOf(async ({ manifests }) => (await liveOf(manifests)).filter((object) => !hasForeignMetadata(object)));
      expect(found).toEqual({});
    },
    PATIENCE,
  );

  test('E14 an instance without a namespace goes to the namespace of whoever applies it, and its role is that of its account', async () => {
    const { instance } = placed.find(({ name }) => name === 'minimal') ?? {};
    if (instance === undefined) throw new Error('no example is called minimal');
    const { namespace: _, ...metadata } = instance.metadata;
    const resolution = resolve({ ...instance, metadata });
    if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
    const namespace = await createNamespace(api, 'restricted');
    const apply = ['apply', '--server-side', '-n', namespace, '-f', '-'];
    const applied = await kubectl(testCluster(), apply, writeDocuments(render(resolution.instance)));
    expect({ status: applied.status, stderr: applied.stderr }).toEqual({ status: 0, stderr: '' });

    const account = `system:serviceaccount:${namespace}:${metadata.name}`;
    const mayGet = (map: string): Promise<{ stdout: string }> =>
      kubectl(testCluster(), ['auth', 'can-i', 'get', `configmap/${map}`, '-n', namespace, '--as', account]);
    expect((await mayGet(`${metadata.name}-config`)).stdout).toBe('yes\n');
    expect((await mayGet('other')).stdout).toBe('no\n');
    ok(await api.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }));
  });

  async function waitForReady({ name, manifests, instance }: Placed): Promise<void> {
    const { suspended, availability } = instance.spec ?? {};
    const { enabled, minReplicas = 1 } = availability?.autoScaling ?? {};
    // Without metrics an autoscaler keeps to its smallest number.
    const running = enabled === true ? minReplicas : 1;
    const wanted = suspended ? 0 : running;
    const workload = manifests.find(({ kind }) => kind === 'StatefulSet');
    if (workload === undefined) throw new Error(`${name}: no StatefulSet`);
    await api.waitFor(workload, (live) => isReady(live, wanted), PATIENCE / 2);
  }

  /** What meshes, dashboards and `kubectl rollout restart` leave behind. */
  async function addForeignMetadata(manifest: Manifest): Promise<void> {
    const metadata = { labels: { [FOREIGN]: 'x' }, annotations: { [FOREIGN]: 'x' } };
    ok(await api.patch(manifest, { metadata }));
    if (manifest.kind !== 'StatefulSet') return;
    const annotations = { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' };
    ok(await api.patch(manifest, { spec: { template: { metadata: { annotations } } } }));
  }
});

const FOREIGN = 'mesh.example.com/injected';

function hasForeignMetadata({ kind, metadata, ...object }: KubeObject): boolean {
  const restarted =
    kind !== 'StatefulSet' || object['spec'].template.metadata.annotations['kubectl.kubernetes.io/restartedAt'] !== undefined;
  return restarted && metadata.labels?.[FOREIGN] === 'x' && metadata.annotations?.[FOREIGN] === 'x';
}

function isReady({ metadata, spec, status = {} }: KubeObject, wanted: number): boolean {
  const { observedGeneration, replicas = 0, readyReplicas = 0, updateRevision, currentRevision } = status;
  const seen = observedGeneration === metadata.generation && updateRevision === currentRevision;
  return seen && spec.replicas === wanted && replicas === wanted && readyReplicas === wanted;
}

/** Paths at which `live` does not say what `wanted` says. Amounts are compared by value (`2000m` comes back as `2`); the server drops zeros. */
function lost(wanted: unknown, live: unknown, path: string): string[] {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live) || live.length !== wanted.length) return [`${path}: ${JSON.stringify(live)}`];
    return wanted.flatMap((entry, index) => lost(entry, live[index], `${path}[${index}]`));
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof live !== 'object' || live === null) return [`${path}: ${JSON.stringify(live)}`];
    return Object.entries(wanted).flatMap(([key, value]) => lost(value, (live as Record<string, unknown>)[key], `${path}.${key}`));
  }
  const isSame = wanted === live || amount(wanted) === amount(live) || (wanted === 0 && live === undefined);
  return isSame ? [] : [`${path}: ${JSON.stringify(live)}`];
}

const UNITS: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** The value of an amount such as `500m`; what is none of them is equal to itself only. */
function amount(value: unknown): unknown {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([mkMGT]|[KMGT]i)?$/.exec(String(value)) ?? [];
  return digits === undefined ? NaN : Number(digits) * (UNITS[unit] ?? 1);
}
