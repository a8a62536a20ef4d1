import type { Override } from '../../constructs';
import { ok, waitUntil, type KubeObject } from '../cluster/api';
import { instance, ref, waitForInstance, waitForReady } from '../cluster/controller/instances';
import { describeWith, testApi } from '../cluster/parts';
import { beginFluxBed, type FluxBed } from './bed';
import { cluster, type RemoteRepository } from './git-mode';
import { missingFlux } from './programs';

const API = 'openclaw.rocks/v1alpha1';

/** As an engine applies it from Git. */
const FROM_GIT = { 'kustomize.toolkit.fluxcd.io/name': 'apps' };

const state = ({ status }: KubeObject) => status?.autoUpdate ?? {};

/** So many minutes ago, as a status tells the time. */
const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString().replace(/\.\d+/, '');

/** One instance whose document comes from Git, and whose objects go there: each test goes on where the last one ended. */
describeWith(['server', 'controllers', 'traefik', { why: missingFlux() }], 'what changes an instance over time, by way of Git', () => {
  const api = testApi();
  let bed: FluxBed;
  let remote: RemoteRepository;
  let namespace = '';

  beforeAll(async () => {
    const registry = { tags: async () => ['2026.9.6', '2026.9.7'] };
    bed = await beginFluxBed(api, { registry, requests: true });
    ({ remote, namespace } = bed);
  }, 120_000);

  afterAll(() => bed.end(), 120_000);

  const alice = (): KubeObject => {
    const written = instance(namespace, 'alice', {
      env: [{ name: 'A', value: 'hers' }],
      selfConfigure: { enabled: true, allowedActions: ['envVars'] },
    });
    return { ...written, metadata: { ...written.metadata, labels: FROM_GIT } };
  };
  const path = (file: string): string => `clusters/${cluster}/instances/${namespace}/alice/${file}`;

  const workload = async (): Promise<KubeObject> => ok(await api.get(ref('StatefulSet', namespace, 'alice')));
  async function agent(): Promise<{ readonly image: string; readonly env: readonly { readonly name: string; readonly value?: string }[] }> {
    const { containers } = (await workload())['spec'].template.spec;
    return containers.find(({ name }: { readonly name: string }) => name === 'openclaw');
  }

  const value = async (): Promise<unknown> => (await agent()).env.find(({ name }) => name === 'A')?.value;

  /** What the commit before so many says of the tag and of the pods. */
  async function committed(back: number): Promise<{ readonly tag: unknown; readonly replicas: unknown }> {
    const text = await remote.git('show', `main~${back}:${path('openclaw.overrides')}`).catch(() => '[]');
    const overrides = JSON.parse(text) as readonly Override[];
    const valueOf = (field: string): unknown => overrides.find((one) => one.field === field)?.value;
    return { tag: valueOf('spec.image.tag'), replicas: valueOf('replicas') };
  }

  /** Puts something into the status, as if time had gone by. */
  async function recall(autoUpdate: object): Promise<void> {
    const body = { status: { autoUpdate } };
    const url = `/apis/${API}/namespaces/${namespace}/openclawinstances/alice/status`;
    ok(await api.request('PATCH', url, { body, contentType: 'application/merge-patch+json' }));
  }

  /** Of a request of the agent. One that was made before the admission policy counted is made again. */
  async function asked(name: string, change: object): Promise<KubeObject> {
    const request: KubeObject = {
      apiVersion: API,
      kind: 'OpenClawSelfConfig',
      metadata: { name, namespace },
      spec: { instanceRef: 'alice', ...change },
    };
    ok(await api.create(request));
    const answered = await api.waitFor(request, ({ status }) => !['Pending', undefined].includes(status?.phase), 60_000);
    const isEarly = String(answered['status'].message).startsWith('it was made before');
    return isEarly ? asked(`${name}-again`, change) : answered;
  }

  test('C31 E40 what its agent asks for is held beside the instance, committed as an override, and wins; the document stays as it is', async () => {
    ok(await api.apply(alice()));
    await waitForReady(api, alice(), 90_000);
    const { metadata } = ok(await api.get(alice()));
    const { status } = await asked('one', { addEnvVars: [{ name: 'A', value: 'mine' }] });
    expect(status).toMatchObject({ phase: 'Applied', message: 'carried out beside the spec, which Flux has' });
    await waitUntil('the value of the agent', value, (found) => found === 'mine', 60_000);
    expect(JSON.parse(await remote.read(path('openclaw.overrides')))).toEqual([expect.objectContaining({ field: 'spec.env' })]);
    expect(ok(await api.get(alice())).metadata.generation).toBe(metadata.generation);
    // A person takes it all back.
    ok(await api.delete(ref('ConfigMap', namespace, 'alice-agent-changes')));
    await waitUntil('the value of the person', value, (found) => found === 'hers', 60_000);
    expect(await remote.files(path('openclaw.overrides'))).toEqual([]);
    await waitForReady(api, alice(), 90_000);
  }, 240_000);

  test('C37 E40 T-L18 an update is a commit of an override; its way back is one without pods, the data of before, and one with pods', async () => {
    const stringData = { S3_ENDPOINT: 'https://s3.example.com', S3_BUCKET: 'copies' };
    const secret: KubeObject = { ...ref('Secret', namespace, 's3-backup-credentials'), stringData };
    ok(await api.create(secret));
    ok(await api.patch(alice(), { spec: { autoUpdate: { enabled: true } } }));
    await waitForInstance(api, alice(), (live) => state(live).latestVersion === '2026.9.7', 60_000);
    const commits = await remote.commits();
    await recall({ lastCheckTime: ago(20) });
    await waitForInstance(api, alice(), (live) => state(live).pendingVersion === '2026.9.7', 60_000);
    ok(await api.patch(alice(), { spec: { podAnnotations: { 'testbed.openclaw.rocks/pod': 'unready' } } }));
    const checked = await waitForInstance(api, alice(), (live) => state(live).updatePhase === 'HealthCheck', 90_000);
    expect([(await agent()).image, checked['spec'].image.tag]).toEqual([expect.stringMatching(/:2026\.9\.7$/), '2026.9.6']);
    expect(await committed(0)).toEqual({ tag: '2026.9.7', replicas: undefined });
    await recall({ lastUpdateTime: ago(11) });
    await waitForInstance(api, alice(), (live) => state(live).updatePhase === 'RollingBack', 60_000);
    ok(await api.patch(alice(), { spec: { podAnnotations: null } }));
    const back = await waitForInstance(api, alice(), (live) => state(live).failedVersion === '2026.9.7', 120_000);
    expect(state(back)).toMatchObject({
      currentVersion: '2026.9.6',
      lastUpdateError: expect.stringMatching(/the data is that of before$/),
    });
    await waitForReady(api, alice(), 90_000);
    expect([(await agent()).image, (await workload())['spec'].replicas]).toEqual([expect.stringMatching(/:2026\.9\.6$/), 1]);
    const jobs = (await api.list('batch/v1', 'Job', namespace)).map(({ metadata }) => metadata.labels?.['openclaw.rocks/job-type']);
    expect(jobs.toSorted()).toEqual(['pre-update-backup', 'rollback-restore']);
    const found = await Promise.all(Array.from({ length: (await remote.commits()) - commits }, (_, index) => committed(index)));
    expect(found).toContainEqual({ tag: '2026.9.7', replicas: undefined });
    expect(found).toContainEqual({ tag: undefined, replicas: 0 });
    expect(found[0]).toEqual({ tag: undefined, replicas: undefined });
    expect(ok(await api.get(alice()))['spec'].image.tag).toBe('2026.9.6');
  }, 300_000);
});
