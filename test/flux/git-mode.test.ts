import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import type { OpenClawInstanceSpec, WrittenInstance } from '../../constructs';
import { planOf } from '../../constructs/review/plan';
import { planLines } from '../../constructs/review/plan-text';
import { HttpApi } from '../../controller/api/http-api';
import { wouldBe } from '../../controller/carry-out/would-be';
import { systemClock } from '../../gitops/git/clock';
import { openFence } from '../../gitops/git/fence';
import { folderWith, removeFolders, run } from '../app/program';
import { rendered } from '../builders';
import { accessOf } from '../cluster/faults/access';
import { ok, waitUntil, type KubeObject, type ObjectRef } from '../cluster/api';
import { isWrite, startAudit } from '../cluster/audit';
import { makeSshKey } from '../../gitops/git/ssh-key';
import { sshSigner } from '../../gitops/git/ssh-signature';
import { controllerNamespace, controllerUser } from '../cluster/controller/controller';
import {
  condition,
  eventsOf,
  instance,
  objectsIn,
  ref,
  waitForCondition,
  waitForNames,
  waitForReady,
} from '../cluster/controller/instances';
import { describeWith, testApi, testCluster } from '../cluster/parts';
import { beginFluxBed, type FluxBed } from './bed';
import { fluxNamespace } from './flux';
import { cluster, followWithFlux, type GitMode, manifestPaths, nudge, type RemoteRepository } from './git-mode';
import type { GitServer } from './git-server';
import { missingFlux } from './programs';
import { verifiedSource } from './sources';

const spec: OpenClawInstanceSpec = {
  image: { tag: '2026.9.6' },
  networking: { ingress: { enabled: true, className: 'nginx', hosts: [{ host: 'a.example.com' }] } },
};

const has = (delivery: string) => (object: KubeObject) =>
  object['status'].delivery === delivery && condition(object, 'Ready')?.status === 'True';

const isJudged = (object: KubeObject): boolean => condition(object, 'SourceVerified') !== undefined;

/** One story, told in order: each test goes on where the last one ended. */
describeWith(['server', 'controllers', 'traefik', { why: missingFlux() }], 'an instance by way of Git, applied by Flux', () => {
  const api = testApi();
  let bed: FluxBed;
  let server: GitServer;
  let remote: RemoteRepository;
  let mode: GitMode;
  let namespace = '';

  beforeAll(async () => {
    bed = await beginFluxBed(api);
    ({ server, remote, mode, namespace } = bed);
  }, 120_000);

  afterAll(async () => {
    await bed.end();
    removeFolders();
  }, 120_000);

  const alice = () => instance(namespace, 'alice', spec);
  const directory = () => `clusters/${cluster}/instances/${namespace}/alice/`;
  const manifestFiles = () => manifestPaths(remote, namespace, 'alice');

  const sync = (): ObjectRef => ({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: `${namespace}.alice`, namespace: fluxNamespace },
  });

  /** Ready by our word, and Flux is done as well: while it waits for health it begins nothing new. */
  async function ready(): Promise<KubeObject> {
    const live = await waitForReady(api, alice(), 90_000);
    const tip = (await remote.git('rev-parse', 'main')).trim();
    const isDone = (object: KubeObject): boolean =>
      condition(object, 'Ready')?.status === 'True' && String(object['status'].lastAppliedRevision).endsWith(tip);
    await api.waitFor(sync(), isDone, 60_000);
    return live;
  }

  async function writes(work: () => Promise<void>): Promise<string[]> {
    const audit = await startAudit(testCluster(), api);
    await work();
    const events = await audit.read();
    return events
      .filter((event) => event.user.username === controllerUser && isWrite(event))
      .map(({ verb, requestURI }) => `${verb} ${requestURI}`);
  }

  test('C12 C13 it is committed, applied by Flux, and Ready; its status names the commit', async () => {
    ok(await api.apply(alice()));
    const live = await ready();
    const { delivery, git, phase } = live['status'];
    expect({ delivery, phase }).toEqual({ delivery: 'git', phase: 'Running' });
    expect(git.tree).toBe((await remote.git('rev-parse', `main:${directory().slice(0, -1)}`)).trim());
    expect(git.commit).toBe((await remote.git('rev-parse', 'main')).trim());
    expect(condition(live, 'Committed')?.status).toBe('True');
    expect(condition(live, 'Applied')?.status).toBe('True');
    expect(await remote.commits()).toBe(2);
  }, 120_000);

  test('no object has an owner reference but the Secret that the controller made, whose value is in no commit', async () => {
    const objects = await objectsIn(api, namespace);
    const owned = objects
      .filter(({ metadata }) => metadata['ownerReferences'] !== undefined)
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(owned).toEqual(['Secret alice-gateway-token']);
    const { data } = ok(await api.get(ref('Secret', namespace, 'alice-gateway-token')));
    const token = Buffer.from(data.token, 'base64').toString();
    expect(token).toHaveLength(64);
    for (const text of [token, data.token as string]) expect(await remote.everHeld(text)).toBe(false);
    expect(await remote.everHeld('alice-gateway-token')).toBe(true);
  });

  test('C10 each manifest file has the bytes that synth writes for the object', async () => {
    const file = folderWith({ 'alice.yaml': JSON.stringify(alice()) });
    const { code, stdout } = await run('synth', file);
    expect(code).toBe(0);
    const documents = stdout
      .split(/^---\n/m)
      .filter(Boolean)
      .map((text) => `---\n${text}`);
    const found = await Promise.all((await manifestFiles()).map((path) => remote.read(path)));
    expect(found.toSorted()).toEqual(documents.toSorted());
    expect(documents.length).toBeGreaterThan(8);
  });

  const versions = async () => (await objectsIn(api, namespace)).map(({ metadata }) => metadata['resourceVersion'] as string);

  /** What `plan` says of alice against the cluster, which a dry run must leave as it is. */
  async function planned(wanted: OpenClawInstanceSpec = spec): Promise<string[]> {
    const { manifests } = rendered({ ...alice(), spec: wanted } as unknown as WrittenInstance);
    const port = new HttpApi({ access: accessOf(testCluster()), clock: systemClock, fence: openFence });
    try {
      const before = await versions();
      const sides = await wouldBe(port, { name: 'alice', namespace, manifests });
      expect([sides.refused, await versions()]).toEqual([[], before]);
      return planLines(planOf(sides.before ? [sides.before] : [], [sides.after]));
    } finally {
      port.close();
    }
  }

  test('a plan against the cluster finds nothing to do, and tells what an edit would', async () => {
    expect(await planned()).toEqual(['nothing changes; 1 instance looked at']);
    const lines = await planned({ image: { tag: '2026.9.6' }, env: [{ name: 'A', value: 'b' }] });
    expect(lines).toContain('      + spec.template.spec.containers[openclaw].env[A]: {"name":"A","value":"b"}  (restart)');
    expect(lines).toContain('  - Ingress alice  (exposure)');
  }, 60_000);

  test('C39 commits are signed by a key that the controller made: Flux verifies them, and takes none where it trusts another key', async () => {
    const live = ok(await api.get(alice()));
    const key: string = live['status'].git.signingKey;
    expect(condition(live, 'CommitsSigned')?.reason).toBe('Signed');
    const { data } = ok(await api.get(ref('Secret', controllerNamespace, 'openclaw-controller-signing-key')));
    expect(Buffer.from(data['identity.pub'], 'base64').toString()).toBe(`${key}\n`);
    expect(await remote.everHeld(Buffer.from(data.identity, 'base64').toString().split('\n')[1] ?? '')).toBe(false);
    const trusted = { verified: key, forged: sshSigner(makeSshKey()).publicKey };
    const verdicts: Record<string, string | undefined> = {};
    for (const [name, publicKey] of Object.entries(trusted)) {
      const objects = verifiedSource(server, name, publicKey);
      for (const object of objects) ok(await api.apply(object));
      verdicts[name] = condition(await api.waitFor(objects.at(-1)!, isJudged, 30_000), 'SourceVerified')?.status;
      for (const object of objects) await api.delete(object);
      await api.waitForGone(objects.at(-1)!, 30_000);
    }
    expect(verdicts).toEqual({ verified: 'True', forged: 'False' });
  }, 90_000);

  test('in a steady state there is no commit, no fetch and no write', async () => {
    await mode.passAll();
    const [commits, requests] = [await remote.commits(), server.requests()];
    const written = await writes(async () => {
      for (let pass = 0; pass < 20; pass++) await mode.passAll();
    });
    expect(written).toEqual([]);
    expect(await remote.commits()).toBe(commits);
    // Flux looks at the repository every two seconds, which is one request; the passes take less than that.
    expect(server.requests() - requests).toBeLessThan(5);
  }, 60_000);

  test('an edit is one commit and rolls the pod; what is switched off is pruned', async () => {
    const commits = await remote.commits();
    ok(await api.patch(alice(), { spec: { env: [{ name: 'A', value: 'b' }], networking: { ingress: null } } }));
    const live = await ready();
    expect(await remote.commits()).toBe(commits + 1);
    const workload = ok(await api.get(ref('StatefulSet', namespace, 'alice')));
    const agent = workload['spec'].template.spec.containers.find(({ name }: { name: string }) => name === 'openclaw');
    expect(agent.env).toContainEqual({ name: 'A', value: 'b' });
    await api.waitForGone(ref('Ingress', namespace, 'alice'), 30_000);
    expect((await manifestFiles()).filter((path) => path.includes('ingress'))).toEqual([]);
    expect(live['status'].git.commit).toBe((await remote.git('rev-parse', 'main')).trim());
  }, 120_000);

  test("C15 an object that is deleted by hand is reported and not mended: that is the engine's part", async () => {
    const service = ref('Service', namespace, 'alice');
    const written = await writes(async () => {
      ok(await api.delete(service));
      const { message } = await waitForCondition(api, alice(), 'ServiceReady', 'False');
      expect(message).toContain('Service alice');
      await mode.passAll();
    });
    expect(written.filter((write) => !/\/status\b|\/events\b/.test(write))).toEqual([]);
    expect((await api.get(service)).status).toBe(404);
    await nudge(api, sync());
    await api.waitFor(service, () => true, 30_000);
    await waitForCondition(api, alice(), 'ServiceReady', 'True');
  }, 90_000);

  test('C9 a Secret that changes is one commit of a hash, and rolls the pod', async () => {
    const commits = await remote.commits();
    const before = ok(await api.get(ref('StatefulSet', namespace, 'alice')));
    ok(await api.patch(ref('Secret', namespace, 'alice-gateway-token'), { stringData: { token: 'chosen-by-a-person-0123456789' } }));
    await api.waitFor(before, ({ metadata }) => metadata.generation !== before.metadata.generation, 60_000);
    await ready();
    expect(await remote.commits()).toBe(commits + 1);
    expect(await remote.everHeld('chosen-by-a-person')).toBe(false);
  }, 120_000);

  test('a second writer on the branch keeps what is theirs, and ours comes on top', async () => {
    await remote.commitByOther('OTHER.md', 'of another team\n');
    ok(await api.patch(alice(), { spec: { env: [{ name: 'A', value: 'c' }] } }));
    await ready();
    expect(await remote.read('OTHER.md')).toBe('of another team\n');
    expect(await remote.read(`${directory()}statefulset.apps.alice.yaml`)).toContain('value: c');
  }, 120_000);

  test('a remote that is away is waited for; what runs stays ready', async () => {
    server.isAway = true;
    ok(await api.patch(alice(), { spec: { env: [{ name: 'A', value: 'd' }] } }));
    const found = await waitForCondition(api, alice(), 'Committed', 'Unknown');
    expect(found.message).toContain('to do:');
    server.isAway = false;
    await ready();
    expect(await remote.read(`${directory()}statefulset.apps.alice.yaml`)).toContain('value: d');
  }, 180_000);

  test('a revoked credential is a condition that names the cure, without a storm of requests; a new one is taken up', async () => {
    server.credentials.password = 'revoked-and-replaced';
    await followWithFlux(api, server);
    ok(await api.patch(alice(), { spec: { env: [{ name: 'A', value: 'e' }] } }));
    const { reason, message } = await waitForCondition(api, alice(), 'Committed', 'False', 'GitAuth');
    expect({ reason, message }).toEqual({ reason: 'GitAuth', message: expect.stringMatching(/to do: .*(token|credential)/i) });
    expect(condition(ok(await api.get(alice())), 'Ready')?.status).toBe('False');
    expect((await eventsOf(api, alice())).filter((event) => event.startsWith('Warning GitAuth'))).toHaveLength(1);
    // Flux has the new password and asks every two seconds; what is beyond that is ours.
    const before = server.requests();
    await delay(10_000);
    expect(server.requests() - before).toBeLessThan(15);
    mode.writeToken(server.credentials.password);
    await mode.passAll();
    await ready();
    expect(await remote.read(`${directory()}statefulset.apps.alice.yaml`)).toContain('value: e');
  }, 240_000);

  test('it changes hands by an annotation, to apply and back to Git: no pod restarts, no object is made again, and one side holds the fields', async () => {
    const ask = async (delivery: string) =>
      ok(await api.patch(alice(), { metadata: { annotations: { 'openclaw.rocks/delivery': delivery } } }));
    const workload = ref('StatefulSet', namespace, 'alice');
    const identity = async () =>
      (await objectsIn(api, namespace))
        .filter(({ kind }) => kind !== 'Secret')
        .map(({ kind, metadata }) => [kind, metadata.name, metadata['uid']].join(' '));
    const appliers = async () => {
      const objects = (await objectsIn(api, namespace)).filter(
        ({ kind, metadata }) => kind !== 'Secret' && metadata.name !== 'alice-release',
      );
      const entries = objects.flatMap(({ metadata }) => metadata['managedFields'] as { manager: string; operation: string }[]);
      return [...new Set(entries.flatMap(({ manager, operation }) => (operation === 'Apply' ? [manager] : [])))].toSorted();
    };
    const [before, { metadata }] = [await identity(), ok(await api.get(workload))];
    await ask('apply');
    await api.waitFor(alice(), has('apply'), 60_000);
    await api.waitForGone(sync(), 60_000);
    await waitUntil(
      'the marker of Git mode to go',
      async () => (await api.get(ref('ConfigMap', namespace, 'alice-release'))).status,
      (status) => status === 404,
      30_000,
    );
    expect(await remote.files(directory())).toEqual([]);
    expect(await appliers()).toEqual(['openclaw-controller']);
    const applied = ok(await api.get(workload));
    expect(applied.metadata['annotations']?.['openclaw.rocks/release-digest']).toBeUndefined();
    expect(applied.metadata.generation).toBe(metadata.generation);
    const { spec: now } = ok(await api.get(alice()));
    expect(await planned(now)).toEqual(['nothing changes; 1 instance looked at']);
    await ask('git');
    await api.waitFor(alice(), has('git'), 90_000);
    await waitUntil('the controller to let go', appliers, (found) => found.join() === 'kustomize-controller', 30_000);
    expect(ok(await api.get(workload)).metadata.generation).toBe(metadata.generation);
    expect((await identity()).filter((one) => !one.includes('alice-release')).toSorted()).toEqual(
      before.filter((one) => !one.includes('alice-release')).toSorted(),
    );
    await ready();
  }, 240_000);

  test('C14 a deletion buries it first, then takes the directory away; the claim stays', async () => {
    const claim = ok(await api.get(ref('PersistentVolumeClaim', namespace, 'alice-data')));
    ok(await api.delete(alice()));
    await api.waitForGone(alice(), 90_000);
    await waitForNames(api, namespace, ['PersistentVolumeClaim alice-data'], 60_000);
    expect(ok(await api.get(claim)).metadata.uid).toBe(claim.metadata.uid);
    await waitUntil(
      'the directory to go',
      () => remote.files(`clusters/${cluster}/`),
      (files) => files.filter((path) => path.includes('alice')).length === 0,
      60_000,
    );
    const graves = (await remote.git('log', '--format=%H', '--diff-filter=A', '--', `${directory()}configmap.alice-tombstone.yaml`))
      .trim()
      .split('\n');
    expect(graves).toHaveLength(1);
    expect(parse(await remote.git('show', `${graves[0]}:${directory()}configmap.alice-tombstone.yaml`))).toMatchObject({
      data: { state: 'deleted' },
    });
    const kustomizations = () => api.list('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', fluxNamespace);
    await waitUntil('its Kustomization to go', kustomizations, (all) => all.every(({ metadata }) => metadata.name === 'instances'), 60_000);
    expect((await remote.git('fsck', '--no-dangling')).trim()).toBe('');
  }, 240_000);
});
