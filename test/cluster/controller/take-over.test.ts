import type { Manifest } from '../../../constructs/wire/manifest';
import { ok, type KubeObject, type ObjectRef } from '../api';
import { installCrds } from '../install-crds';
import { createNamespace } from '../namespaces';
import { describeWith, testApi } from '../parts';
import { startController, type RunningController } from './controller';
import {
  FINALIZER,
  deleteInstance,
  eventsOf,
  instance,
  namesIn,
  podsOf,
  ref,
  removeNamespaces,
  waitForCondition,
  waitForNames,
  waitForReady,
} from './instances';
import { PREDECESSOR, asDeployment, asPredecessor, asScaled, makeAsPredecessor, managersOf, manifestsOf } from './predecessor';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

type Spec = NonNullable<Parameters<typeof instance>[2]>;

const side = { name: 'side', image: 'example.com/side:1' };

/** Everything that the tests take out again. */
const WRITTEN: Spec = {
  env: [
    { name: 'OLD_KEY', value: 'v1' },
    { name: 'KEEP', value: 'v' },
  ],
  sidecars: [side],
  ollama: { enabled: true, storage: { existingClaim: 'models' } },
  security: {
    containerSecurityContext: { capabilities: { drop: ['ALL'], add: ['NET_RAW'] } },
    rbac: { serviceAccountAnnotations: { 'eks.amazonaws.com/role-arn': 'arn:x' } },
  },
  availability: { nodeSelector: { 'kubernetes.io/os': 'linux' } },
  networking: {
    ingress: {
      enabled: true,
      className: 'nginx',
      hosts: [{ host: 'a.example.com' }],
      tls: [{ hosts: ['a.example.com'], secretName: 't' }],
    },
  },
};

describeWith(['server', 'controllers', 'traefik'], 'taking over', () => {
  const api = testApi();
  const namespaces: string[] = [];
  let running: RunningController | undefined;
  let namespace = '';

  beforeAll(async () => {
    await installCrds(api);
  }, 60_000);

  beforeEach(async () => {
    namespace = await createNamespace(api, 'open');
    namespaces.push(namespace);
  });

  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });

  afterAll(async () => {
    running = await startController(api);
    await removeNamespaces(api, namespaces);
    await running.stop();
  }, 120_000);

  const at = (kind: string, name = 'alice'): ObjectRef => ref(kind, namespace, name);
  const get = async (kind: string, name = 'alice'): Promise<KubeObject> => ok(await api.get(at(kind, name)));
  /** The identity in the tailnet. */
  const stateOf = async (): Promise<unknown> => (await get('Secret', 'alice-ts-state'))['data'];
  const podSpec = async () => (await get('StatefulSet'))['spec'].template.spec;

  async function claim(name: string): Promise<void> {
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    ok(await api.create({ ...at('PersistentVolumeClaim', name), spec } as KubeObject));
  }

  /** An instance whose objects somebody else made, with its pod ready. */
  async function inherited(spec: Spec, make: (alice: KubeObject) => Promise<void>): Promise<KubeObject> {
    const written = instance(namespace, 'alice', spec);
    const alice = ok(await api.apply({ ...written, metadata: { ...written.metadata, finalizers: [FINALIZER] } }));
    await make(alice);
    await api.waitFor(at('StatefulSet'), (live) => live['status']?.readyReplicas === live['spec'].replicas, 60_000);
    return alice;
  }

  /** kubectl applies on the server, or by an update with a copy of the file in an annotation. */
  async function applyAsPerson(manager: string, manifest: Manifest): Promise<void> {
    const annotations = { ...manifest.metadata.annotations, 'openclaw.rocks/adopt': 'true' };
    const object = { ...manifest, metadata: { ...manifest.metadata, annotations } };
    if (manager === 'kubectl') ok(await api.apply(object, { fieldManager: manager }));
    else {
      const copy = { [LAST_APPLIED]: JSON.stringify(object) };
      const metadata = { ...object.metadata, annotations: { ...annotations, ...copy } };
      ok(await api.create({ ...object, metadata }, { fieldManager: manager }));
    }
  }

  async function identity() {
    const [data, pods] = [await get('PersistentVolumeClaim', 'alice-data'), await podsOf(api, at('StatefulSet'))];
    return { claim: data.metadata.uid, volume: data['spec'].volumeName, pods: pods.map(({ metadata }) => metadata.name) };
  }

  /** How often the StatefulSet has made its pod. */
  async function podsMade(): Promise<number> {
    const events = await api.list('v1', 'Event', namespace);
    const made = events.filter(({ reason, involvedObject }) => reason === 'SuccessfulCreate' && involvedObject.kind === 'StatefulSet');
    return made.filter((event) => String(event['message']).includes('Pod')).reduce((sum, { count }) => sum + (count ?? 1), 0);
  }

  async function setSpec(alice: KubeObject, patch: object): Promise<void> {
    ok(await api.patch(alice, { spec: patch }));
    await waitForReady(api, alice, 120_000);
  }

  test('T-R1 what the reference operator made is taken over with its fields; the pod is rolled once and keeps what is its own', async () => {
    await claim('models');
    const alice = await inherited(WRITTEN, (made) => makeAsPredecessor(api, made));
    const [before, workload] = [await identity(), await get('StatefulSet')];
    expect(await podsMade()).toBe(1);
    running = await startController(api);
    await waitForReady(api, alice, 120_000);

    expect(await identity()).toEqual(before);
    expect((await get('StatefulSet')).metadata.uid).toBe(workload.metadata.uid);
    expect(await podsMade()).toBe(2);
    const told = (await eventsOf(api, alice)).filter((event) => event.includes('TakenOver'));
    expect(told).toEqual([
      expect.stringMatching(/from "manager": .*StatefulSet alice.*; the pod restarts once, with its name and its volume/),
    ]);
    for (const { kind, metadata } of manifestsOf(alice)) {
      expect([kind, managersOf(await get(kind, metadata.name))]).not.toEqual([kind, expect.arrayContaining([`Update ${PREDECESSOR}`])]);
    }
    // Probes that run a program are another member of the union: both at once would be refused.
    const pod = await podSpec();
    expect(pod.initContainers.map(({ name }: KubeObject['metadata']) => name)).not.toContain('init-pnpm');
    const agent = pod.containers.find(({ name }: KubeObject['metadata']) => name === 'openclaw');
    expect([agent.livenessProbe.exec, typeof agent.livenessProbe.httpGet]).toEqual([undefined, 'object']);
    expect((await get('Secret', 'alice-gateway-token'))['data'].token).toBe(
      Buffer.from('a-token-of-the-reference-operator').toString('base64'),
    );

    await setSpec(alice, { env: [{ name: 'KEEP', value: 'v' }], sidecars: null });
    const { containers } = await podSpec();
    expect(containers.map(({ name }: KubeObject['metadata']) => name)).not.toContain('side');
    expect(containers[0].env.map(({ name }: KubeObject['metadata']) => name)).toEqual(expect.arrayContaining(['KEEP']));
    expect(JSON.stringify(containers)).not.toContain('OLD_KEY');

    await setSpec(alice, {
      security: { containerSecurityContext: { capabilities: { add: null } }, rbac: { serviceAccountAnnotations: null } },
      availability: { nodeSelector: null },
      networking: { ingress: { tls: null } },
    });
    expect(JSON.stringify(await podSpec())).not.toMatch(/NET_RAW|kubernetes.io\/os/);
    expect((await get('ServiceAccount')).metadata.annotations ?? {}).not.toHaveProperty(['eks.amazonaws.com/role-arn']);
    expect((await get('Ingress'))['spec']).not.toHaveProperty('tls');

    await setSpec(alice, { ollama: { storage: { existingClaim: null } } });
    const models = (await podSpec()).volumes.find(({ name }: KubeObject['metadata']) => name === 'ollama-models');
    expect(Object.keys(models).toSorted()).toEqual(['emptyDir', 'name']);

    await setSpec(alice, { networking: { ingress: { enabled: false } }, ollama: { enabled: false } });
    await api.waitForGone(at('Ingress'));
    expect(await identity()).toEqual(before);

    await deleteInstance(api, alice);
    await waitForNames(api, namespace, ['PersistentVolumeClaim alice-data', 'PersistentVolumeClaim models'], 60_000);
    expect((await get('PersistentVolumeClaim', 'alice-data')).metadata.uid).toBe(before.claim);
  }, 400_000);

  test('T-R1 managers that live on keep their fields, and a steady state sends nothing', async () => {
    const alice = await inherited({}, (made) => makeAsPredecessor(api, made));
    const restart = { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' };
    const path = await api.pathOf(at('StatefulSet'));
    const query = { fieldManager: 'kubectl-rollout' };
    const contentType = 'application/merge-patch+json';
    ok(await api.request('PATCH', path, { body: { spec: { template: { metadata: { annotations: restart } } } }, query, contentType }));
    running = await startController(api);
    await waitForReady(api, alice, 120_000);
    expect((await get('StatefulSet'))['spec'].template.metadata.annotations).toMatchObject(restart);
    expect(managersOf(await get('StatefulSet'))).toEqual(expect.arrayContaining(['Apply openclaw-controller', 'Update kubectl-rollout']));
    await running.passAll();
    const versions = async () =>
      Promise.all(manifestsOf(alice).map(async ({ kind, metadata }) => (await get(kind, metadata.name)).metadata.resourceVersion));
    const before = await versions();
    await running.passAll();
    expect(await versions()).toEqual(before);
  }, 200_000);

  test.each(['kubectl', 'kubectl-client-side-apply'])(
    'T-R1 what a person applied from synth by %s and gave away goes the same way',
    async (manager) => {
      const alice = await inherited({ env: [{ name: 'OLD_KEY', value: 'v1' }] }, async (made) => {
        for (const manifest of manifestsOf(made)) await applyAsPerson(manager, manifest);
        ok(await api.create({ ...at('Secret', 'alice-gateway-token'), stringData: { token: 'chosen' } } as KubeObject));
      });
      const before = await identity();
      running = await startController(api);
      await waitForReady(api, alice, 120_000);
      expect(await identity()).toEqual(before);
      expect((await eventsOf(api, alice)).filter((event) => event.includes('TakenOver'))).toEqual([
        expect.stringContaining(`"${manager}"`),
      ]);
      await setSpec(alice, { env: null });
      expect(JSON.stringify(await podSpec())).not.toContain('OLD_KEY');
      const { metadata } = await get('StatefulSet');
      expect(managersOf({ ...at('StatefulSet'), metadata }).join()).not.toContain(manager);
      expect(metadata.annotations ?? {}).not.toHaveProperty([LAST_APPLIED]);
    },
    200_000,
  );

  test('T-R1 the way back: what the controller let go is applied from synth again, and the pod runs on', async () => {
    const alice = instance(namespace, 'alice');
    running = await startController(api);
    ok(await api.apply(alice));
    await waitForReady(api, alice, 120_000);
    const before = await identity();
    ok(await api.delete(alice, 'Orphan'));
    await api.waitForGone(alice, 60_000);
    await running.stop();
    running = undefined;
    for (const manifest of manifestsOf(alice)) ok(await api.apply(manifest as KubeObject, { fieldManager: 'kubectl', force: true }));
    await api.waitFor(at('StatefulSet'), ({ status, metadata }) => {
      return status?.observedGeneration === metadata.generation && status?.readyReplicas === 1;
    });
    expect(await identity()).toEqual(before);
    expect(await podsMade()).toBe(1);
  }, 200_000);

  test('T-R3 T-H4 an instance that runs with Tailscale keeps its identity in the tailnet, also where it is switched off', async () => {
    const tailscale = { enabled: true, authKeySecretRef: { name: 'ts' } };
    const alice = await inherited({ tailscale }, async (made) => {
      await makeAsPredecessor(api, made);
      const labels = manifestsOf(made)[0]?.metadata.labels ?? {};
      const { apiVersion, kind, metadata } = made;
      const ownerReferences = [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }];
      const state = { name: 'alice-ts-state', namespace, labels, ownerReferences };
      ok(await api.create({ apiVersion: 'v1', kind: 'Secret', metadata: state, stringData: { _current: 'key' } } as KubeObject));
      const key = { name: 'ts', namespace };
      ok(await api.create({ apiVersion: 'v1', kind: 'Secret', metadata: key, stringData: { authkey: 'tskey' } } as unknown as KubeObject));
    });
    const before = await stateOf();
    running = await startController(api);
    await waitForReady(api, alice, 120_000);
    expect(await stateOf()).toEqual(before);

    await setSpec(alice, { tailscale: null });
    const left = await waitForCondition(api, alice, 'ObjectsLeft', 'True');
    expect(left.message).toContain(`Secret alice-ts-state (kubectl -n ${namespace} delete secret alice-ts-state)`);
    expect(await stateOf()).toEqual(before);
  }, 200_000);

  test('T-R3 an autoscaled instance is taken over with its claims and its number of pods; switched off it waits for its data', async () => {
    const scaled = { availability: { autoScaling: { enabled: true, minReplicas: 2, maxReplicas: 3 } } };
    const alice = await inherited(scaled, (made) => makeAsPredecessor(api, made, asScaled));
    running = await startController(api);
    const live = await waitForReady(api, alice);
    expect(live['status'].managedResources).toMatchObject({ horizontalPodAutoscaler: 'alice', pvc: 'data-alice-0' });
    const names = await namesIn(api, namespace);
    expect(names).not.toContain('PersistentVolumeClaim alice-data');
    expect((await get('StatefulSet'))['spec'].replicas).toBe(2);

    const workload = await get('StatefulSet');
    ok(await api.patch(alice, { spec: { availability: null } }));
    const { message } = await waitForCondition(api, alice, 'Ready', 'False', 'ClaimTemplates');
    expect(message).toContain('data-alice-0');
    await running.passAll();
    expect(await namesIn(api, namespace)).toEqual(names);
    expect((await get('StatefulSet')).metadata.generation).toBe(workload.metadata.generation);

    // Somebody has brought the data along, and says so.
    ok(await api.patch(alice, { metadata: { annotations: { 'openclaw.rocks/data-claim': 'alice-data' } } }));
    await waitForReady(api, alice);
    expect((await get('StatefulSet'))['spec']).toMatchObject({ replicas: 1 });
    expect((await get('StatefulSet'))['spec']).not.toHaveProperty('volumeClaimTemplates');
    const after = await namesIn(api, namespace);
    expect(after).toContain('PersistentVolumeClaim data-alice-0');
    expect(after).not.toContain('HorizontalPodAutoscaler alice');
  }, 200_000);

  test('the Deployment of an early release is stopped, then its successor gets ready on the same claim, then it is removed', async () => {
    const written = instance(namespace, 'alice');
    const alice = ok(await api.apply({ ...written, metadata: { ...written.metadata, finalizers: [FINALIZER] } }));
    const early = ref('Deployment', namespace, 'alice', 'apps/v1');
    await makeAsPredecessor(api, alice, (manifest) => (manifest.kind === 'StatefulSet' ? asDeployment(manifest) : asPredecessor(manifest)));
    await api.waitFor(early, (live) => live['status']?.readyReplicas === 1, 60_000);
    const { uid } = (await get('PersistentVolumeClaim', 'alice-data')).metadata;
    running = await startController(api);
    const live = await waitForReady(api, alice);
    expect(live['status'].managedResources).not.toHaveProperty('deployment');
    await api.waitForGone(early, 60_000);
    expect((await get('PersistentVolumeClaim', 'alice-data')).metadata.uid).toBe(uid);
    expect((await api.list('v1', 'Pod', namespace)).map(({ metadata }) => metadata.name)).toEqual(['alice-0']);
  }, 200_000);

  test('T-T1 with existingClaim no claim is deleted with its instance, whatever orphan says', async () => {
    running = await startController(api);
    const alice = instance(namespace, 'alice', { storage: { persistence: { orphan: false } } });
    ok(await api.apply(alice));
    await waitForReady(api, alice);
    const made = await get('PersistentVolumeClaim', 'alice-data');
    expect(made.metadata.labels).toMatchObject({ 'openclaw.rocks/instance-uid': ok(await api.get(alice)).metadata.uid });
    await setSpec(alice, { storage: { persistence: { existingClaim: 'alice-data' } } });
    await deleteInstance(api, alice, 60_000);
    expect((await get('PersistentVolumeClaim', 'alice-data')).metadata.uid).toBe(made.metadata.uid);
    expect((await get('PersistentVolumeClaim', 'alice-data')).metadata).not.toHaveProperty('deletionTimestamp');

    // The next one of the name makes it its own, uses it, and says that it may go.
    ok(await api.apply(alice));
    await waitForReady(api, alice);
    await deleteInstance(api, alice, 60_000);
    await api.waitForGone(at('PersistentVolumeClaim', 'alice-data'), 60_000);
  }, 200_000);

  test('T-T16 what --cascade=orphan left is taken again by the next instance of the name, without an annotation', async () => {
    running = await startController(api);
    const alice = instance(namespace, 'alice');
    ok(await api.apply(alice));
    await waitForReady(api, alice);
    const before = await identity();
    const workload = await get('StatefulSet');
    ok(await api.delete(alice, 'Orphan'));
    await api.waitForGone(alice, 60_000);
    ok(await api.apply(alice));
    await waitForReady(api, alice);
    expect(await identity()).toEqual(before);
    const after = await get('StatefulSet');
    expect(after.metadata.uid).toBe(workload.metadata.uid);
    expect((after.metadata['ownerReferences'] as readonly object[]).length).toBe(1);
  }, 200_000);
});
