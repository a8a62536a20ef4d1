import { examples } from '../../golden/examples';
import { ok, waitUntil, type KubeObject } from '../api';
import { kubectl } from '../kubectl';
import { describeWith, testApi, testCluster } from '../parts';
import { deleteInstance, isReady, namesIn, waitForInstance, waitForNames } from './instances';
import { podClaims, podCount, placedExamples, type Placed } from './placed-examples';
import { patient } from '../../patience/patience.cjs';

const isSuspended = ({ instance }: Placed): boolean => instance.spec?.suspended === true;

describeWith(['server', 'controllers', 'traefik'], 'the examples, delivered by the controller', () => {
  const api = testApi();
  const placed = placedExamples(api, examples());

  /** The pods of agents, without those of Jobs. */
  async function agentsIn(namespace: string): Promise<KubeObject[]> {
    const pods = await api.list('v1', 'Pod', namespace);
    return pods.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === 'openclaw');
  }

  /** Runs a check on every example at once and names those that it fails for. */
  async function findings(check: (example: Placed) => Promise<unknown>): Promise<Record<string, unknown>> {
    const results = await Promise.all(
      placed().map(async (example) => {
        const found = await check(example).catch((error: unknown) => String(error));
        return [example.name, found] as const;
      }),
    );
    return Object.fromEntries(results.filter(([, found]) => found !== undefined));
  }

  async function waitForEnd(example: Placed): Promise<KubeObject> {
    const wanted = isSuspended(example) ? 'False' : 'True';
    return waitForInstance(api, example.object, (live) => isReady(live, wanted) && live['status'].phase !== 'Provisioning', 120_000);
  }

  test('T-C5 each becomes Ready, and kubectl waits for it', async () => {
    const found = await findings(async (example) => {
      ok(await api.apply(example.object));
      const live = await waitForEnd(example);
      if (isSuspended(example)) return live['status'].phase === 'Suspended' ? undefined : live['status'];
      const { status, stderr } = await kubectl(testCluster(), [
        'wait',
        '--for=condition=Ready',
        `openclawinstance/${live.metadata.name}`,
        `--namespace=${example.namespace}`,
        `--timeout=${patient(30_000)}ms`,
      ]);
      const serving = async (): Promise<number> => {
        const pods = await api.list('v1', 'Pod', example.namespace);
        return pods.filter((pod) =>
          pod['status'].conditions?.some((one: { type: string; status: string }) => one.type === 'Ready' && one.status === 'True'),
        ).length;
      };
      // An autoscaler adds its pods some moments later.
      const serve = await waitUntil(`the pods of ${example.name}`, serving, (count) => count === podCount(example), 60_000);
      return status === 0 && serve === podCount(example) && live['status'].phase === 'Running'
        ? undefined
        : { stderr, status: live['status'] };
    });
    expect(found).toEqual({});
  }, 180_000);

  test('the namespace holds what the manifests say, and the generated Secrets', async () => {
    const found = await findings(async (example) => {
      const { namespace, manifests, references, around } = example;
      const generated = references.filter(({ generate }) => generate).map(({ name }) => `Secret ${name}`);
      const wanted = [...around, ...generated, ...podClaims(example), ...manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)];
      const expected = [...new Set(wanted)].toSorted();
      const names = await namesIn(api, namespace);
      return names.join() === expected.join() ? undefined : { names, expected };
    });
    expect(found).toEqual({});
  });

  test('an edit rolls the pod', async () => {
    const found = await findings(async (example) => {
      if (isSuspended(example)) return undefined;
      const { namespace, object } = example;
      const before = await agentsIn(namespace);
      const env = [...(object['spec'].env ?? []), { name: 'EDITED', value: 'yes' }];
      ok(await api.patch(object, { spec: { env } }));
      await waitForEnd(example);
      // On a busy machine the simulated kubelet deletes the new pod of a name once more, by the name of the old one: so it is waited for.
      const edited = async (): Promise<unknown> => {
        const [pod, ...others] = await agentsIn(namespace);
        const agent = pod?.['spec'].containers.find((one: { name: string }) => one.name === 'openclaw');
        const isEdited = agent?.env?.some((one: { name: string; value: string }) => one.name === 'EDITED' && one.value === 'yes') ?? false;
        return { isEdited, isNew: pod?.metadata.uid !== before[0]?.metadata.uid, others: others.length };
      };
      const wanted = JSON.stringify({ isEdited: true, isNew: true, others: podCount(example) - 1 });
      await waitUntil(`the pod of ${example.name}`, edited, (state) => JSON.stringify(state) === wanted, 60_000);
      return undefined;
    });
    expect(found).toEqual({});
  }, 180_000);

  test('after the instance, only what was there before and the claims are left', async () => {
    const found = await findings(async (example) => {
      const { namespace, object, manifests, around } = example;
      await deleteInstance(api, object);
      const claims = manifests
        .filter(({ kind }) => kind === 'PersistentVolumeClaim')
        .map(({ metadata }) => `PersistentVolumeClaim ${metadata.name}`);
      await waitForNames(api, namespace, [...around, ...claims, ...podClaims(example)]);
      return undefined;
    });
    expect(found).toEqual({});
  }, 180_000);
});
