import type { OpenClawInstanceSpec } from '../../constructs';
import { folderWith, removeFolders, run } from '../app/program';
import { type KubeObject, ok, waitUntil } from '../cluster/api';
import {
  condition,
  instance,
  ref,
  removeNamespaces,
  waitForCondition,
  waitForInstance,
  waitForNames,
  waitForReady,
} from '../cluster/controller/instances';
import { installCrds } from '../cluster/install-crds';
import { createNamespace } from '../cluster/namespaces';
import { describeWith, testApi, testCluster } from '../cluster/parts';
import { cluster, RemoteRepository, startGitMode } from '../flux/git-mode';
import { startGitServer, type GitServer } from '../flux/git-server';
import { startArgo } from './argo';
import { applicationRef, followWithArgo, refresh, stateOf, tipOf, unfollow } from './follow';
import { missingArgo } from './programs';

const spec: OpenClawInstanceSpec = {
  chromium: { enabled: true },
  networking: { ingress: { enabled: true, className: 'nginx', hosts: [{ host: 'a.example.com' }] } },
};

/** One story, told in order: each test goes on where the last one ended. */
describeWith(['server', 'controllers', 'traefik', { why: missingArgo() }], 'an instance by way of Git, applied by Argo CD', () => {
  const api = testApi();
  let server: GitServer;
  let remote: RemoteRepository;
  const ends: (() => Promise<unknown>)[] = [];
  let namespace = '';

  beforeAll(async () => {
    await installCrds(api);
    server = await startGitServer();
    ends.push(() => server.stop());
    remote = new RemoteRepository(server);
    ends.push(async () => remote.remove());
    await remote.commitByOther('README.md', 'deployments\n');
    const argo = await startArgo(testCluster(), server);
    ends.push(() => argo.stop());
    const mode = await startGitMode(api, server, { engine: 'argocd' });
    ends.push(() => mode.stop());
    namespace = await createNamespace(api);
    ends.push(() => removeNamespaces(api, [namespace]));
    const followed = { cluster, namespaces: [namespace] };
    ends.push(() => unfollow(api, server, followed));
    await followWithArgo(api, server, followed);
  }, 120_000);

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
    removeFolders();
  }, 120_000);

  const alice = (more: OpenClawInstanceSpec = {}) => instance(namespace, 'alice', { ...spec, ...more });
  const ofAlice = () => applicationRef(cluster, namespace, 'alice');
  const directory = (name = 'alice') => `clusters/${cluster}/instances/${namespace}/${name}/`;

  /** What an Ingress controller does: Argo CD takes an Ingress for healthy when it has an address. */
  async function serveIngress(): Promise<void> {
    const ingress = ref('Ingress', namespace, 'alice');
    if ((await api.get(ingress)).status !== 200) return;
    ok(await api.patch(ingress, { status: { loadBalancer: { ingress: [{ ip: '10.1.2.3' }] } } }, 'status'));
  }

  /** Ready by our word and Synced and Healthy by Argo CD's, at the newest commit, after it looked again. */
  async function settled(name = 'alice', wanted = 'Synced Healthy'): Promise<KubeObject> {
    const live = await waitForReady(api, instance(namespace, name), 120_000);
    await serveIngress();
    const object = applicationRef(cluster, namespace, name);
    await refresh(api, object);
    const isDone = (found: KubeObject): boolean =>
      stateOf(found, tipOf(server)) === wanted && found.metadata['annotations']?.['argocd.argoproj.io/refresh'] === undefined;
    await api.waitFor(object, isDone, 90_000);
    return live;
  }

  test('it is committed, applied, Ready, Synced and Healthy, and stays without a difference', async () => {
    ok(await api.apply(alice()));
    await settled();
    const application = ok(await api.get(ofAlice()));
    const operations = application['status'].history.length as number;
    await refresh(api, ofAlice());
    await settled();
    const later = ok(await api.get(ofAlice()))['status'];
    expect(later.resources.filter(({ status }: { status: string }) => status !== 'Synced')).toEqual([]);
    expect(later.conditions ?? []).toEqual([]);
    expect(later.history).toHaveLength(operations);
  }, 180_000);

  test('each manifest file has the bytes that synth writes for the object', async () => {
    const { code, stdout } = await run('synth', folderWith({ 'alice.yaml': JSON.stringify(alice()) }));
    expect(code).toBe(0);
    const documents = stdout
      .split(/^---\n/m)
      .filter(Boolean)
      .map((text) => `---\n${text}`);
    const paths = (await remote.files(directory())).filter(
      (path) => path.endsWith('.yaml') && !/kustomization\.yaml$|-release\.yaml$/.test(path),
    );
    const files = await Promise.all(paths.map((path) => remote.read(path)));
    expect(files.toSorted()).toEqual(documents.toSorted());
  }, 60_000);

  test('T-S4 an edit is applied; a feature that is off is pruned, and its claim is kept without a difference', async () => {
    ok(await api.patch(alice(), { spec: { env: [{ name: 'A', value: 'b' }], chromium: null, networking: { ingress: null } } }));
    await settled();
    await api.waitForGone(ref('Ingress', namespace, 'alice'), 30_000);
    expect((await api.get(ref('PersistentVolumeClaim', namespace, 'alice-data'))).status).toBe(200);
    const { resources } = ok(await api.get(ofAlice()))['status'];
    expect(resources.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`)).not.toContain('Ingress alice');
  }, 180_000);

  test('a Secret that is rotated rolls the pod', async () => {
    const before = ok(await api.get(ref('StatefulSet', namespace, 'alice')));
    ok(await api.patch(ref('Secret', namespace, 'alice-gateway-token'), { stringData: { token: 'chosen-by-a-person-0123456789' } }));
    await api.waitFor(before, ({ metadata }) => metadata.generation !== before.metadata.generation, 60_000);
    await settled();
    expect(await remote.everHeld('chosen-by-a-person')).toBe(false);
  }, 120_000);

  test('T-S6 an image that is set by hand while Argo CD is paused is told with its path, and put right after', async () => {
    const pause = async (automated: object | null): Promise<void> => {
      ok(await api.patch(setOf(), { spec: { template: { spec: { syncPolicy: { automated } } } } }));
      await api.waitFor(ofAlice(), (found) => (found['spec'].syncPolicy.automated === undefined) === (automated === null), 30_000);
    };
    const setOf = () => ({ ...ofAlice(), kind: 'ApplicationSet', metadata: { ...ofAlice().metadata, name: `openclaw-${cluster}` } });
    await pause(null);
    const workload = ref('StatefulSet', namespace, 'alice');
    const body = { spec: { template: { spec: { containers: [{ name: 'openclaw', image: 'ghcr.io/openclaw/openclaw:by-hand' }] } } } };
    ok(await api.request('PATCH', await api.pathOf(workload), { body, contentType: 'application/strategic-merge-patch+json' }));
    const { message } = await waitForCondition(api, alice(), 'Applied', 'False', 'ChangedByOthers');
    expect(message).toContain('StatefulSet alice has another .spec.template.spec.containers[name="openclaw"].image');
    expect(message).toContain(`Application ${ofAlice().metadata.name} in namespace argocd`);
    await pause({ prune: true, selfHeal: true });
    await waitForCondition(api, alice(), 'Applied', 'True');
    await settled();
  }, 180_000);

  test('T-S3 what is not healthy holds up nothing: a suspended instance, and one that finds no node, get the commit that mends them', async () => {
    const bob = instance(namespace, 'bob', { suspended: true });
    const carol = instance(namespace, 'carol', { availability: { nodeSelector: { disk: 'none' } } });
    for (const one of [bob, carol]) ok(await api.apply(one));
    await waitForInstance(api, bob, (live) => condition(live, 'Applied')?.status === 'True', 60_000);
    await waitForInstance(api, carol, (live) => condition(live, 'Applied')?.status === 'True', 60_000);
    expect(ok(await api.get(applicationRef(cluster, namespace, 'carol')))['status'].health.status).not.toBe('Healthy');
    ok(await api.patch(bob, { spec: { suspended: false } }));
    ok(await api.patch(carol, { spec: { availability: { nodeSelector: null } } }));
    await Promise.all([settled('bob'), settled('carol')]);
    for (const one of [bob, carol]) ok(await api.delete(one));
    await Promise.all([bob, carol].map((one) => api.waitForGone(one, 60_000)));
  }, 240_000);

  test('suspended it has no pod, and resumed it has one', async () => {
    ok(await api.patch(alice(), { spec: { suspended: true } }));
    await waitForCondition(api, alice(), 'Ready', 'False', 'Suspended');
    await api.waitForGone(ref('Pod', namespace, 'alice-0', 'v1'), 60_000);
    ok(await api.patch(alice(), { spec: { suspended: false } }));
    expect((await settled())['status'].phase).toBe('Running');
  }, 180_000);

  test('a deletion keeps the claim and leaves nothing else; made again it has its data; orphan: false takes the claim', async () => {
    const claim = ok(await api.get(ref('PersistentVolumeClaim', namespace, 'alice-data')));
    ok(await api.delete(alice()));
    await api.waitForGone(alice(), 90_000);
    expect((await remote.files(`clusters/${cluster}/`)).filter((path) => path.includes('alice'))).toEqual([]);
    await api.waitForGone(ofAlice(), 60_000);
    const left = async (): Promise<string[]> =>
      (await api.list('v1', 'PersistentVolumeClaim', namespace)).map(({ metadata }) => metadata.name ?? '');
    expect(await left()).toContain('alice-data');
    ok(await api.apply(alice({ chromium: { enabled: false }, networking: {}, storage: { persistence: { orphan: false } } })));
    await settled();
    expect(ok(await api.get(claim)).metadata.uid).toBe(claim.metadata.uid);
    ok(await api.delete(alice()));
    await api.waitForGone(alice(), 90_000);
    await api.waitForGone(claim, 60_000);
    const claims = (await left()).map((name) => `PersistentVolumeClaim ${name}`);
    await waitForNames(api, namespace, claims, 60_000);
  }, 300_000);

  test('a namespace that is deleted goes, with its directory', async () => {
    const other = await createNamespace(api);
    await followWithArgo(api, server, { cluster, namespaces: [namespace, other] });
    const dora = instance(other, 'dora');
    ok(await api.apply(dora));
    await waitForReady(api, dora, 120_000);
    await removeNamespaces(api, [other]);
    await waitUntil(
      'the directory to go',
      () => remote.files(`clusters/${cluster}/`),
      (files) => files.every((path) => !path.includes(other)),
      60_000,
    );
    await api.waitForGone(applicationRef(cluster, other, 'dora'), 60_000);
    expect((await api.get(dora)).status).toBe(404);
  }, 240_000);
});
