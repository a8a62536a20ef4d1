import type { OpenClawInstanceSpec } from '../../../constructs';
import { ok, waitUntil, type KubeObject } from '../api';
import { startAudit, isWrite } from '../audit';
import { kubectl } from '../kubectl';
import { describeWith, testCluster } from '../parts';
import { bedWithNamespace } from './bed';
import { at, changes, type Change } from './changes';
import { controllerUser } from './controller';
import { eventsOf, instance, objectsIn, podUids, ref, waitForQuiet, waitForReady } from './instances';

/** As many kinds of objects as one instance can have. */
const rich: OpenClawInstanceSpec = {
  workspace: { initialFiles: { 'AGENTS.md': '# Agents\n' } },
  networking: {
    ingress: {
      enabled: true,
      className: 'traefik',
      hosts: [{ host: 'a.example.com', paths: [{ path: '/' }] }],
      security: { basicAuth: { enabled: true } },
    },
  },
};

const namesOf = (objects: readonly KubeObject[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted();

/** What the server puts into a Service by itself. */
const chosen = ({ spec }: KubeObject) => [
  spec.clusterIP,
  spec.clusterIPs,
  spec.ipFamilies,
  spec.internalTrafficPolicy,
  spec.ports.map((port: { nodePort?: number }) => port.nodePort),
];

describeWith(['server', 'controllers', 'traefik'], 'what others do to the objects of an instance', () => {
  const bed = bedWithNamespace('of-all');
  const { api } = bed;
  const alice = () => instance(bed.namespace, 'alice', rich);

  beforeAll(async () => {
    ok(await api.apply(alice()));
    await waitForReady(api, alice());
  }, 120_000);

  /** Objects that carry the instance as their owner; claims do not. */
  async function owned(): Promise<KubeObject[]> {
    return (await objectsIn(api, bed.namespace)).filter(({ kind }) => kind !== 'PersistentVolumeClaim');
  }

  test('every owned object that is deleted comes back within seconds', async () => {
    const before = await owned();
    expect(before.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['Role', 'Secret', 'ConfigMap', 'Middleware', 'Ingress', 'StatefulSet']),
    );
    for (const object of before) {
      ok(await api.delete(object));
      await api.waitFor(object, ({ metadata }) => metadata.uid !== object.metadata.uid, 10_000);
    }
    await waitForReady(api, alice());
    expect(namesOf(await owned())).toEqual(namesOf(before));
  }, 180_000);

  /** Makes those of the changes that the server takes, in one go where it takes them together; returns them. */
  async function spoil(object: KubeObject, all: readonly Change[]): Promise<Change[]> {
    const patch = (steps: readonly Change[], dryRun: boolean) => {
      const path = object.metadata['selfPath'] as string;
      const query = { fieldManager: 'vandal', ...(dryRun && { dryRun: 'All' }) };
      return api.request('PATCH', path, { body: steps.map(({ step }) => step), query, contentType: 'application/json-patch+json' });
    };
    const taken: Change[] = [];
    for (const change of all) if ((await patch([change], true)).status === 200) taken.push(change);
    const together = await patch(taken, false);
    if (together.status === 200) return taken;
    // Changes that exclude each other: half of them will do, the rest after them.
    const half = Math.ceil(taken.length / 2);
    if (taken.length < 2) return [];
    return [...(await spoil(object, taken.slice(0, half))), ...(await spoil(object, taken.slice(half)))];
  }

  test.each(['changed', 'removed'] as const)(
    'every owned field that is %s by hand is mended within seconds',
    async (how) => {
      const found: Record<string, unknown> = {};
      let count = 0;
      for (const object of (await owned()).filter(({ kind }) => kind !== 'Secret')) {
        const fields = changes(object, 'openclaw-controller', how);
        const spoilt = await spoil({ ...object, metadata: { ...object.metadata, selfPath: await api.pathOf(object) } }, fields);
        count += spoilt.length;
        const wrong = async () => {
          const live = ok(await api.get(object));
          return spoilt
            .filter(({ path, before }) => JSON.stringify(at(live, path)) !== JSON.stringify(before))
            .map(({ path }) => path.join('/'));
        };
        const left = await waitUntil(
          `${object.kind} ${object.metadata.name} to be mended`,
          wrong,
          (paths) => paths.length === 0,
          10_000,
        ).catch(String);
        if (left.length > 0) found[`${object.kind} ${object.metadata.name}`] = left;
      }
      expect(found).toEqual({});
      expect(count).toBeGreaterThan(how === 'changed' ? 100 : 40);
      await waitForReady(api, alice());
    },
    240_000,
  );

  test('an event names who held the field that was taken back', async () => {
    const events = await eventsOf(api, alice());
    // Of many at once the first ones are told one by one.
    expect(events).toContainEqual(expect.stringMatching(/^Warning FieldConflict: [A-Z]\w+ alice: took .* from "vandal"/));
  });

  test('T-A6 T-A12 T-A13 labels, annotations, owners and a restart of others stay, and cause no write', async () => {
    const owner = ok(await api.create(ref('ConfigMap', bed.namespace, 'other-owner')));
    const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'other-owner', uid: owner.metadata.uid };
    const all = (await owned()).filter(({ metadata }) => metadata.name !== 'other-owner');
    const pods = await podUids(api, alice());
    for (const object of all) {
      const ownerReferences = [...(object.metadata['ownerReferences'] as object[]), other];
      ok(
        await api.patch(object, {
          metadata: { labels: { 'mesh.example.com/x': 'y' }, annotations: { 'mesh.example.com/x': 'y' }, ownerReferences },
        }),
      );
    }
    const restarted = await kubectl(testCluster(), ['rollout', 'restart', 'statefulset/alice', `--namespace=${bed.namespace}`]);
    expect(restarted).toMatchObject({ status: 0 });
    const hasRolled = async () => (await podUids(api, alice())).filter((uid) => !pods.includes(uid));
    await waitUntil('the pod to be restarted', hasRolled, (uids) => uids.length === 1, 30_000);
    await waitForReady(api, alice());
    await waitForQuiet(api, bed.namespace);
    await bed.running.passAll();

    const audit = await startAudit(testCluster(), api);
    for (let pass = 0; pass < 10; pass++) await bed.running.passAll();
    const writes = (await audit.read()).filter((event) => event.user.username === controllerUser && isWrite(event));
    expect(writes).toEqual([]);
    // A change of ours must not take them along either.
    ok(await api.patch(alice(), { spec: { networking: { service: { annotations: { ours: 'yes' } } }, env: [{ name: 'A', value: 'b' }] } }));
    await api.waitFor(ref('Service', bed.namespace, 'alice'), ({ metadata }) => metadata.annotations?.['ours'] === 'yes');
    await waitForReady(api, alice());
    for (const object of all) {
      const { metadata } = ok(await api.get(object));
      expect({ ...metadata.labels, ...metadata.annotations }).toMatchObject({ 'mesh.example.com/x': 'y' });
      expect(metadata['ownerReferences']).toContainEqual(other);
    }
    const { spec } = ok(await api.get(ref('StatefulSet', bed.namespace, 'alice')));
    expect(spec.template.metadata.annotations).toHaveProperty(['kubectl.kubernetes.io/restartedAt']);
  }, 180_000);

  test('T-A9 what the server chose for a Service survives a change of ours', async () => {
    ok(await api.patch(alice(), { spec: { networking: { service: { type: 'NodePort' } } } }));
    const service = ref('Service', bed.namespace, 'alice');
    const before = await api.waitFor(service, ({ spec }) => spec.type === 'NodePort');
    ok(await api.patch(alice(), { spec: { networking: { service: { annotations: { more: 'yes' } } } } }));
    const after = await api.waitFor(service, ({ metadata }) => metadata.annotations?.['more'] === 'yes');
    expect(chosen(after)).toEqual(chosen(before));
    expect(chosen(after).flat(3)).not.toContain(undefined);
  }, 60_000);
});
