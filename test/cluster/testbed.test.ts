import { existsSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Api, ok, waitUntil, type KubeObject } from './api';
import { isWrite, startAudit } from './audit';
import { startCluster, type ClusterFiles } from './cluster';
import { kubectl } from './kubectl';
import { createNamespace } from './namespaces';
import { describeWith, testApi, testCluster } from './parts';

/** The annotation by which a test steers kwok's part (`stages/pod.yaml`). */
const steering = 'testbed.openclaw.rocks/pod';

const hardened = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const podSecurityContext = { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } };
const container = (name: string): object => ({ name, image: `example.test/${name}:1`, securityContext: hardened });

function podTemplate(annotations: Record<string, string> = {}): { metadata: object; spec: Record<string, unknown> } {
  return {
    metadata: { labels: { app: 'x' }, annotations },
    spec: {
      securityContext: podSecurityContext,
      initContainers: [container('init'), { ...container('sidecar'), restartPolicy: 'Always' }],
      containers: [container('main')],
    },
  };
}

function statefulSet(namespace: string): KubeObject {
  const { metadata, spec } = podTemplate();
  const main = { ...container('main'), volumeMounts: [{ name: 'data', mountPath: '/data' }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'x', namespace },
    spec: {
      serviceName: 'x',
      selector: { matchLabels: { app: 'x' } },
      template: { metadata, spec: { ...spec, containers: [main] } },
      volumeClaimTemplates: [
        { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
      ],
    },
  };
}

function job(namespace: string, annotations: Record<string, string> = {}): KubeObject {
  const { metadata, spec } = podTemplate(annotations);
  const template = { metadata, spec: { ...spec, restartPolicy: 'Never' } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', namespace }, spec: { backoffLimit: 0, template } };
}

function pod(namespace: string, annotations: Record<string, string> = {}): KubeObject {
  const { spec } = podTemplate();
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace, annotations }, spec };
}

const conditionsOf = (object: KubeObject): readonly { type: string; status: string }[] => object['status']?.conditions ?? [];

const condition = (object: KubeObject, type: string): string | undefined =>
  conditionsOf(object).find((entry) => entry.type === type)?.status;

const hasCondition =
  (type: string, status = 'True') =>
  (object: KubeObject): boolean =>
    condition(object, type) === status;

const configMap = (namespace: string, value: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', namespace },
  data: { value },
});

describeWith(['server'], 'the API server', () => {
  const api = testApi();

  test('applies server-side, and says who owns a contested field', async () => {
    const namespace = await createNamespace(api);
    ok(await api.apply(configMap(namespace, 'one'), { fieldManager: 'first' }));

    const contested = await api.apply(configMap(namespace, 'two'), { fieldManager: 'second' });
    expect(contested.status).toBe(409);
    expect(contested.body['message']).toContain('conflict with "first"');

    const forced = ok(await api.apply(configMap(namespace, 'two'), { fieldManager: 'second', force: true }));
    expect(forced['data']).toEqual({ value: 'two' });
  });

  test('a dry run changes nothing', async () => {
    const namespace = await createNamespace(api);
    ok(await api.apply(configMap(namespace, 'one'), { dryRun: true }));
    expect((await api.get(configMap(namespace, ''))).status).toBe(404);
  });

  test('an unknown field is refused, or a warning when the caller asks for that', async () => {
    const namespace = await createNamespace(api);
    const misspelt = { ...configMap(namespace, 'one'), dta: {} };
    expect((await api.apply(misspelt)).body['message']).toContain('dta');

    const warned = await api.create(misspelt, { fieldValidation: 'Warn' });
    expect(warned.status).toBe(201);
    expect(warned.warnings).toEqual(['unknown field "dta"']);
  });

  test('a namespace that enforces the restricted level refuses a root pod', async () => {
    const namespace = await createNamespace(api, 'restricted');
    const root = { ...pod(namespace), spec: { containers: [{ name: 'main', image: 'example.test/main:1' }] } };
    const refused = await api.create(root, { dryRun: true });
    expect(refused.status).toBe(403);
    expect(refused.body['message']).toContain('violates PodSecurity "restricted');
    expect((await api.create(pod(namespace), { dryRun: true })).status).toBe(201);
  });

  test('RBAC refuses who has no rights', async () => {
    const namespace = await createNamespace(api);
    const stranger = api.as('stranger', 'system:authenticated');
    const refused = await stranger.create(configMap(namespace, 'one'));
    stranger.close();
    expect(refused.status).toBe(403);
  });

  test('the audit log counts writes, dry runs apart', async () => {
    const namespace = await createNamespace(api);
    const audit = await startAudit(testCluster(), api);
    await api.apply(configMap(namespace, 'one'));
    await api.apply(configMap(namespace, 'one'));
    await api.apply(configMap(namespace, 'one'), { dryRun: true });
    await api.get(configMap(namespace, 'one'));
    const ours = (await audit.read()).filter((event) => event.objectRef?.namespace === namespace && event.user.username === 'admin');
    expect(ours.map(({ verb }) => verb)).toEqual(['patch', 'patch', 'patch', 'get']);
    expect(ours.filter(isWrite)).toHaveLength(2);
  });

  test('kubectl reaches it, stdin included', async () => {
    const namespace = await createNamespace(api);
    const applied = await kubectl(testCluster(), ['apply', '-f', '-'], JSON.stringify(configMap(namespace, 'one')));
    expect(applied).toEqual({ status: 0, stdout: 'configmap/c created\n', stderr: '' });
    const failed = await kubectl(testCluster(), ['get', 'configmap', 'missing', '-n', namespace]);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain('"missing" not found');
  });
});

describeWith(['server', 'traefik'], "Traefik's CRDs", () => {
  const api = testApi();

  test('Middlewares are served, with their schema', async () => {
    const namespace = await createNamespace(api);
    const middleware = (secret: unknown): KubeObject => ({
      apiVersion: 'traefik.io/v1alpha1',
      kind: 'Middleware',
      metadata: { name: 'm', namespace },
      spec: { basicAuth: { secret } },
    });
    expect((await api.create(middleware(1))).status).toBe(422);
    expect((await api.create(middleware('s'))).status).toBe(201);
  });
});

describeWith(['controllers'], 'the controllers and the simulated kubelet', () => {
  const api = testApi();

  test('a StatefulSet with a claim and a native sidecar becomes ready, and its pod goes when it goes', async () => {
    const namespace = await createNamespace(api);
    const made = await api.apply(statefulSet(namespace));
    expect(made.warnings).toEqual([]);
    await api.waitFor(ok(made), (set) => set['status']?.readyReplicas === 1);

    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data-x-0', namespace } };
    await api.waitFor(claim, (object) => object['status']?.phase === 'Bound');
    const first = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x-0', namespace } };
    const running = ok(await api.get(first));
    const [init, sidecar] = running['status'].initContainerStatuses;
    expect(init.state.terminated.exitCode).toBe(0);
    expect(sidecar).toMatchObject({ started: true, ready: true, state: { running: {} } });

    ok(await api.delete(made.body));
    await api.waitForGone(first);
  });

  test('a Job completes; one whose pod fails, fails', async () => {
    const namespace = await createNamespace(api);
    const done = job(namespace);
    ok(await api.create(done));
    const completed = await api.waitFor(done, hasCondition('Complete'));
    expect(completed['status'].succeeded).toBe(1);

    const other = await createNamespace(api);
    const failing = job(other, { [steering]: 'fail' });
    ok(await api.create(failing));
    const failed = await api.waitFor(failing, hasCondition('Failed'));
    expect(failed['status'].failed).toBe(1);
  });

  test('a Job is held by its pod template, and completes when its pod is let go', async () => {
    const namespace = await createNamespace(api);
    ok(await api.create(job(namespace, { [steering]: 'unready' })));
    const pods = await waitUntil(
      'the pod of the Job',
      () => api.list('v1', 'Pod', namespace),
      ([first]) => first?.['status']?.phase === 'Running',
    );
    expect(ok(await api.get(job(namespace)))['status'].active).toBe(1);
    ok(await api.patch({ apiVersion: 'v1', kind: 'Pod', metadata: pods[0]?.metadata ?? {} }, steer(null)));
    await api.waitFor(job(namespace), hasCondition('Complete'));
  });

  test('a pod can be held before it starts, turned unready, crashed, mended and failed', async () => {
    const namespace = await createNamespace(api);
    const target = pod(namespace, { [steering]: 'pending' });
    ok(await api.create(target));
    const held = await api.waitFor(target, (object) => Boolean(object['status']?.startTime));
    expect(held['status'].phase).toBe('Pending');

    ok(await api.patch(target, steer('unready')));
    await api.waitFor(target, (object) => object['status'].phase === 'Running');
    expect(condition(ok(await api.get(target)), 'Ready')).toBe('False');

    ok(await api.patch(target, steer(null)));
    await api.waitFor(target, hasCondition('Ready'));
    ok(await api.patch(target, steer('unready')));
    await api.waitFor(target, hasCondition('Ready', 'False'));

    ok(await api.patch(target, steer('crash')));
    const crashing = await api.waitFor(target, (object) => object['status'].containerStatuses[0].restartCount >= 2);
    expect(crashing['status'].containerStatuses[0].state.waiting.reason).toBe('CrashLoopBackOff');

    ok(await api.patch(target, steer(null)));
    const mended = await api.waitFor(target, hasCondition('Ready'));
    expect(mended['status'].containerStatuses[0].restartCount).toBeGreaterThanOrEqual(2);

    ok(await api.patch(target, steer('fail')));
    await api.waitFor(target, (object) => object['status'].phase === 'Failed');
  });
});

describeWith(['controllers'], 'ending a cluster', () => {
  test('stop leaves no process, no folder and no volume', async () => {
    const cluster = await startCluster();
    const running = processesOf(cluster);
    expect(running).toHaveLength(5);
    const volume = await makeVolume(cluster);
    expect(existsSync(volume)).toBe(true);

    await cluster.stop();
    expect(processesOf(cluster)).toEqual([]);
    expect(existsSync(volume)).toBe(false);
    expect(existsSync(cluster.folder)).toBe(false);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('the cluster ends when its parent ends by %s', async (signal) => {
    const parent = spawn(process.execPath, [join(__dirname, 'run.cjs'), 'start'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = await once(parent.stdout.setEncoding('utf8'), 'data');
    const folder = /KUBECONFIG=(.*)\/kubeconfig\n/.exec(String(line))?.[1] ?? 'no folder';
    expect(processesOf({ folder })).toHaveLength(5);
    parent.kill(signal);
    await waitUntil(
      'the programs to end',
      async () => processesOf({ folder }),
      (left) => left.length === 0,
    );
    await waitUntil(
      'the folder to go',
      async () => existsSync(folder),
      (there) => !there,
    );
  });
});

function steer(value: string | null): object {
  return { metadata: { annotations: { [steering]: value } } };
}

/** The programs of a cluster that run, as `ps` shows them: each names the cluster's folder among its arguments. */
function processesOf({ folder }: { readonly folder: string }): string[] {
  const { stdout } = spawnSync('ps', ['-e', '-o', 'pid=,args='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(folder));
}

/** Has a volume provisioned and returns its folder. */
async function makeVolume(cluster: ClusterFiles): Promise<string> {
  const api = new Api(cluster);
  const set = statefulSet('default');
  ok(await api.create(set));
  await api.waitFor(set, (object) => object['status']?.readyReplicas === 1);
  const [volume] = await api.list('v1', 'PersistentVolume');
  api.close();
  return String(volume?.['spec']?.hostPath?.path);
}
