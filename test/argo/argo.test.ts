import type { OpenClawInstanceSpec } from '../../constructs';
import { folderWith, removeFolders, run } from '../app/program';
import { type KubeObject, ok, waitUntil } from '../cluster/api';
import {
  condition,
  instance,
  objectsIn,
  podUids,
  ref,
  removeNamespaces,
  waitForCondition,
  waitForInstance,
  waitForNames,
  waitForReady,
} from '../cluster/controller/instances';
import { createNamespace } from '../cluster/namespaces';
import { describeWith, testApi } from '../cluster/parts';
import { cluster, manifestPaths } from '../flux/git-mode';
import { ArgoBed } from './bed';
import { refresh } from './follow';
import { missingArgo } from './programs';

const spec: OpenClawInstanceSpec = {
  chromium: { enabled: true },
  networking: { ingress: { enabled: true, className: 'nginx', hosts: [{ host: 'a.example.com' }] } },
};

/** What is applied for alice; the claims of those that have been deleted are there as well. */
const isOfAlice = ({ kind, metadata: { name = '' } }: KubeObject): boolean =>
  name.startsWith('alice') && kind !== 'Secret' && name !== 'alice-release';

/** Argo CD's words on a namespace that its project does not have. */
function isRefused(live: KubeObject): boolean {
  const { status, message = '' } = condition(live, 'Applied') ?? {};
  return status === 'False' && message.includes('allowed destinations in project');
}

/** One story, told in order: each test goes on where the last one ended. */
describeWith(['server', 'controllers', 'traefik', { why: missingArgo() }], 'an instance by way of Git, applied by Argo CD', () => {
  const api = testApi();
  let bed: ArgoBed;
  let namespace = '';

  beforeAll(async () => {
    bed = await ArgoBed.begin(api);
    await bed.startController();
    [namespace = ''] = await bed.namespaces(1);
  }, 120_000);

  afterAll(async () => {
    await bed.end();
    removeFolders();
  }, 120_000);

  const alice = (more: OpenClawInstanceSpec = {}) => instance(namespace, 'alice', { ...spec, ...more });
  const ofAlice = () => bed.applicationOf(namespace, 'alice');
  const directory = (name = 'alice') => `clusters/${cluster}/instances/${namespace}/${name}/`;
  const workload = () => ref('StatefulSet', namespace, 'alice');
  const settled = (name = 'alice'): Promise<KubeObject> => bed.settled(namespace, name);
  const edit = async (value: string): Promise<void> => {
    ok(await api.patch(alice(), { spec: { env: [{ name: 'A', value }] } }));
  };

  /** One more in ten minutes would be taken for a mistake. */
  const deleteAsMeant = async (object: KubeObject): Promise<void> => {
    ok(await api.patch(object, { metadata: { annotations: { 'openclaw.rocks/confirm-deletion': 'true' } } }));
    ok(await api.delete(object));
  };

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
    const files = await Promise.all((await manifestPaths(bed.remote, namespace, 'alice')).map((path) => bed.remote.read(path)));
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
    const before = ok(await api.get(workload()));
    ok(await api.patch(ref('Secret', namespace, 'alice-gateway-token'), { stringData: { token: 'chosen-by-a-person-0123456789' } }));
    await api.waitFor(before, ({ metadata }) => metadata.generation !== before.metadata.generation, 60_000);
    await settled();
    expect(await bed.remote.everHeld('chosen-by-a-person')).toBe(false);
  }, 120_000);

  test('T-S6 an image that is set by hand while Argo CD is paused is told with its path, and put right after', async () => {
    const pause = async (automated: object | null): Promise<void> => {
      ok(await api.patch(setOf(), { spec: { template: { spec: { syncPolicy: { automated } } } } }));
      await api.waitFor(ofAlice(), (found) => (found['spec'].syncPolicy.automated === undefined) === (automated === null), 30_000);
    };
    const setOf = () => ({ ...ofAlice(), kind: 'ApplicationSet', metadata: { ...ofAlice().metadata, name: `openclaw-${cluster}` } });
    await pause(null);
    const body = { spec: { template: { spec: { containers: [{ name: 'openclaw', image: 'ghcr.io/openclaw/openclaw:by-hand' }] } } } };
    ok(await api.request('PATCH', await api.pathOf(workload()), { body, contentType: 'application/strategic-merge-patch+json' }));
    const { message } = await waitForCondition(api, alice(), 'Applied', 'False', 'ChangedByOthers');
    expect(message).toContain('StatefulSet alice has another .spec.template.spec.containers[name="openclaw"].image');
    expect(message).toContain(`Application ${ofAlice().metadata.name} in namespace argocd`);
    await pause({ prune: true, selfHeal: true });
    await waitForCondition(api, alice(), 'Applied', 'True');
    await settled();
  }, 180_000);

  let reverted = '';

  test('a commit that is reverted comes into the cluster', async () => {
    await edit('c');
    await settled();
    reverted = await bed.remote.revertByOther();
    const live = await api.waitFor(workload(), ({ spec: now }) => JSON.stringify(now).includes('"value":"b"'), 60_000);
    expect(JSON.stringify(live['spec'])).not.toContain('"value":"c"');
  }, 120_000);

  test('T-S3 T-S8 what is not healthy holds up nothing: a suspended instance, and one that finds no node, get the commit that mends them; both go in few commits', async () => {
    const bob = instance(namespace, 'bob', { suspended: true });
    const carol = instance(namespace, 'carol', { availability: { nodeSelector: { disk: 'none' } } });
    for (const one of [bob, carol]) ok(await api.apply(one));
    await waitForInstance(api, bob, (live) => condition(live, 'Applied')?.status === 'True', 60_000);
    await waitForInstance(api, carol, (live) => condition(live, 'Applied')?.status === 'True', 60_000);
    expect(ok(await api.get(bed.applicationOf(namespace, 'carol')))['status'].health.status).not.toBe('Healthy');
    ok(await api.patch(bob, { spec: { suspended: false } }));
    ok(await api.patch(carol, { spec: { availability: { nodeSelector: null } } }));
    await Promise.all([settled('bob'), settled('carol')]);
    const commits = await bed.remote.commits();
    for (const one of [bob, carol]) ok(await api.delete(one));
    await Promise.all([bob, carol].map((one) => api.waitForGone(one, 60_000)));
    // Both tombstones are one; a folder goes when its objects are gone.
    expect((await bed.remote.commits()) - commits).toBeLessThanOrEqual(3);
  }, 240_000);

  test('T-S7 the revert is held and told, while Argo CD runs it without a difference, until the instance changes', async () => {
    const { message } = await waitForCondition(api, alice(), 'Committed', 'False', 'HeldRevert');
    expect(message).toContain(reverted.slice(0, 10));
    expect(message).toContain('Jane');
    await bed.judged(namespace, 'alice');
    expect(ok(await api.get(alice()))['spec'].env).toEqual([{ name: 'A', value: 'c' }]);
    expect(JSON.stringify(ok(await api.get(workload()))['spec'])).toContain('"value":"b"');
    await edit('d');
    await settled();
    expect(JSON.stringify(ok(await api.get(workload()))['spec'])).toContain('"value":"d"');
  }, 180_000);

  test('it changes hands by an annotation, to apply and back to Git: no pod restarts, no object is made again, and one side holds the fields', async () => {
    const ask = async (delivery: string): Promise<void> => {
      ok(await api.patch(alice(), { metadata: { annotations: { 'openclaw.rocks/delivery': delivery } } }));
      await api.waitFor(alice(), ({ status }) => status.delivery === delivery, 120_000);
    };
    const own = async () => (await objectsIn(api, namespace)).filter(isOfAlice);
    const identities = async () => [...(await own()).map(({ metadata }) => metadata['uid']), ...(await podUids(api, alice()))].toSorted();
    /** Fields that somebody else has applied, by object. */
    const othersThan = async (by: string): Promise<string[]> =>
      (await own()).flatMap(({ kind, metadata: { name, managedFields } }) =>
        (managedFields as { manager: string; operation: string }[])
          .filter(({ manager, operation }) => operation === 'Apply' && manager !== by)
          .map(({ manager }) => `${kind} ${name} by ${manager}`),
      );
    const held = (by: string) =>
      waitUntil(
        `${by} to hold the fields`,
        () => othersThan(by),
        (found) => found.length === 0,
        60_000,
      );
    const [before, { metadata }] = [await identities(), ok(await api.get(workload()))];
    await ask('apply');
    await api.waitForGone(ofAlice(), 60_000);
    await api.waitForGone(ref('ConfigMap', namespace, 'alice-release'), 60_000);
    await held('openclaw-controller');
    expect(await bed.remote.files(directory())).toEqual([]);
    await ask('git');
    await held('argocd-controller');
    await settled();
    expect(ok(await api.get(workload())).metadata.generation).toBe(metadata.generation);
    expect(await identities()).toEqual(before);
  }, 300_000);

  test('while Argo CD is away everything runs on, an edit and a deletion say what they wait for, and both are made up for after', async () => {
    const erin = instance(namespace, 'erin');
    ok(await api.apply(erin));
    await settled('erin');
    await bed.stopArgo();
    await edit('e');
    await deleteAsMeant(erin);
    const says = (name: string) => (live: KubeObject) =>
      JSON.stringify(live['status']).includes(`Application ${bed.applicationOf(namespace, name).metadata.name} in namespace argocd`);
    await waitForInstance(api, alice(), (live) => condition(live, 'Applied')?.status === 'False' && says('alice')(live), 60_000);
    await waitForInstance(api, erin, says('erin'), 60_000);
    expect(ok(await api.get(workload()))['status'].readyReplicas).toBe(1);
    expect(JSON.stringify(ok(await api.get(workload()))['spec'])).not.toContain('"value":"e"');
    await bed.startArgo();
    await bed.follow([namespace]);
    await Promise.all([settled(), api.waitForGone(erin, 120_000)]);
    expect(JSON.stringify(ok(await api.get(workload()))['spec'])).toContain('"value":"e"');
    expect(await bed.remote.files(directory('erin'))).toEqual([]);
  }, 300_000);

  test('suspended it has no pod, and resumed it has one', async () => {
    ok(await api.patch(alice(), { spec: { suspended: true } }));
    await waitForCondition(api, alice(), 'Ready', 'False', 'Suspended');
    await api.waitForGone(ref('Pod', namespace, 'alice-0', 'v1'), 60_000);
    ok(await api.patch(alice(), { spec: { suspended: false } }));
    expect((await settled())['status'].phase).toBe('Running');
  }, 180_000);

  test('T-S5 a deletion keeps the claim and leaves nothing else, no tombstone either; made again it has its data; orphan: false takes the claim', async () => {
    const claim = ok(await api.get(ref('PersistentVolumeClaim', namespace, 'alice-data')));
    await deleteAsMeant(alice());
    await api.waitForGone(alice(), 90_000);
    expect((await bed.remote.files(`clusters/${cluster}/`)).filter((path) => path.includes('alice'))).toEqual([]);
    await api.waitForGone(ofAlice(), 60_000);
    const left = async (): Promise<string[]> =>
      (await api.list('v1', 'PersistentVolumeClaim', namespace)).map(({ metadata }) => metadata.name ?? '');
    expect(await left()).toContain('alice-data');
    ok(await api.apply(alice({ chromium: { enabled: false }, networking: {}, storage: { persistence: { orphan: false } } })));
    await settled();
    expect(ok(await api.get(claim)).metadata.uid).toBe(claim.metadata.uid);
    await deleteAsMeant(alice());
    await api.waitForGone(alice(), 90_000);
    await api.waitForGone(claim, 60_000);
    const claims = (await left()).map((name) => `PersistentVolumeClaim ${name}`);
    await waitForNames(api, namespace, claims, 60_000);
  }, 300_000);

  test('a namespace that is deleted goes, with its directory', async () => {
    const other = await createNamespace(api);
    await bed.follow([namespace, other]);
    const hugo = instance(other, 'hugo');
    ok(await api.apply(hugo));
    await waitForReady(api, hugo, 120_000);
    await removeNamespaces(api, [other]);
    await waitUntil(
      'the directory to go',
      () => bed.remote.files(`clusters/${cluster}/`),
      (files) => files.every((path) => !path.includes(other)),
      60_000,
    );
    await api.waitForGone(bed.applicationOf(other, 'hugo'), 60_000);
    expect((await api.get(hugo)).status).toBe(404);
  }, 240_000);

  test('T-S7 what the project does not allow is told in the words of Argo CD, and holds up no other; its namespace can be deleted', async () => {
    const other = await createNamespace(api);
    const [refused, good] = [instance(other, 'dora'), instance(namespace, 'gina')];
    for (const one of [refused, good]) ok(await api.apply(one));
    await waitForInstance(api, refused, isRefused, 120_000);
    await settled('gina');
    expect(isRefused(ok(await api.get(refused)))).toBe(true);
    expect(await objectsIn(api, other)).toEqual([expect.objectContaining({ kind: 'Secret' })]);
    await removeNamespaces(api, [other]);
    expect((await api.get(refused)).status).toBe(404);
  }, 240_000);
});
