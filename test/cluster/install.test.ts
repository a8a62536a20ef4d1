import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { OpenClawInstanceSpec } from '../../constructs';
import { builtPackage } from '../app/built-package';
import { runProgram } from '../app/program';
import { writeAccountFile } from './account-file';
import { type KubeObject, ok, waitUntil } from './api';
import { instance, removeNamespaces, waitForReady } from './controller/instances';
import { hostAddress } from './host-address';
import { kubectl } from './kubectl';
import { createNamespace } from './namespaces';
import { describeWith, testApi, testCluster } from './parts';
import { isFree } from './ports';
import { Prometheus, noPrometheus } from './prometheus';

const NAMESPACE = 'openclaw-system';

/** Where the pods listen, as the Deployment says. */
const PORTS = { health: 8081, metrics: 8080, webhook: 9443 };

const why = hostAddress === undefined ? 'this machine has no address but loopback' : undefined;

/** Nothing that the CRD knows is wrong with it. */
const wrong: OpenClawInstanceSpec = { networking: { ingress: { enabled: true, className: 'nginx', hosts: [] } } };

/** Gives an agent a right that only somebody who may make Roles can give. */
const withRules: OpenClawInstanceSpec = {
  security: { rbac: { additionalRules: [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['create'] }] } },
};

/** What stays for the tests after this one: they share kinds and rights, and none of the rest. */
const SHARED = /^(?:CustomResourceDefinition|Namespace|ServiceAccount|Role|RoleBinding|ClusterRole|ClusterRoleBinding)$/;

const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'openclaw-controller', namespace: NAMESPACE } };

const IMAGE = 'registry.example.com/openclaw-cdk8s:test';

const FLAGS = ['--image', IMAGE, '--service-monitor'];

/** The annotation that approves, and one that makes each write another. */
function approve(who: string, plan: string | null) {
  return { metadata: { annotations: { 'openclaw.rocks/approve-plan': plan, 'example.com/note': who } } };
}

function printed(): string {
  return runProgram(['install', ...FLAGS]).stdout;
}

function printedObjects(): KubeObject[] {
  return parseAllDocuments(printed()).map((document): KubeObject => document.toJS());
}

function printedOne(kind: string): KubeObject {
  const found = printedObjects().find((object) => object.kind === kind);
  if (found === undefined) throw new Error(`no ${kind} is printed`);
  return found;
}

/** The pods are played by this machine, on which somebody else may have a port for a while. */
async function untilPortsAreFree(): Promise<void> {
  for (const port of Object.values(PORTS)) {
    await waitUntil(`port ${port} of this machine to be free`, () => isFree(port, '0.0.0.0'), Boolean, 60_000);
  }
}

/** The program as an administrator runs it. */
function ofAdministrator(...args: readonly string[]): { readonly code: number | null; readonly stdout: string } {
  const { code, stdout } = runProgram([...args, '--kubeconfig', testCluster().kubeconfig]);
  return { code, stdout };
}

describeWith(['server', 'controllers', 'prometheus-operator', { why }, { why: noPrometheus }], 'the printed install', () => {
  const api = testApi();
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-install-'));
  let namespace = '';
  let controller: ChildProcess | undefined;
  let prometheus: Prometheus | undefined;
  const log: string[] = [];

  afterAll(async () => {
    await prometheus?.stop();
    await stopController();
    const rest = printedObjects().filter(({ kind }) => !SHARED.test(kind));
    await kubectl(testCluster(), ['delete', '--ignore-not-found', '-f', '-'], rest.map((object) => `---\n${stringify(object)}`).join(''));
    await api.delete({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'openclaw-webhook-certificate', namespace: NAMESPACE } });
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  async function stopController(): Promise<number | null> {
    if (controller?.exitCode !== null) return controller?.exitCode ?? null;
    const ended = once(controller, 'exit') as Promise<[number | null]>;
    controller.kill('SIGTERM');
    return (await ended)[0];
  }

  /** As the pods of the Deployment would be: the same arguments, variables and account; the simulated kubelet gives them the address of this machine. */
  async function startController(): Promise<void> {
    const deployment = ok(await api.get(DEPLOYMENT));
    const [{ args, env, ports }] = deployment['spec'].template.spec.containers;
    expect(Object.fromEntries(ports.map((port: { name: string; containerPort: number }) => [port.name, port.containerPort]))).toEqual(
      PORTS,
    );
    expect(env).toEqual([{ name: 'POD_NAMESPACE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } } }]);
    await untilPortsAreFree();
    controller = spawn(process.execPath, [join(builtPackage(), 'lib/app/cli/cli.js'), ...args], {
      env: { PATH: process.env['PATH'], POD_NAMESPACE: NAMESPACE, KUBECONFIG: await accountFile() },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    controller.stderr?.setEncoding('utf8').on('data', (line: string) => log.push(line));
  }

  /** A kubeconfig in the place of the token that a kubelet mounts. */
  async function accountFile(): Promise<string> {
    const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/openclaw-controller/token`;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const { token } = ok(await api.request('POST', path, { body }))['status'];
    return writeAccountFile(join(folder, 'account.json'), testCluster(), token);
  }

  test('T-Q2 is accepted by the server, and once more as an upgrade', async () => {
    for (const more of [[], ['--force-conflicts']]) {
      const { status, stderr } = await kubectl(testCluster(), ['apply', '--server-side', ...more, '-f', '-'], printed());
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    }
    namespace = await createNamespace(api);
  }, 60_000);

  test('makes pods that a namespace of the level restricted admits', async () => {
    const status = await waitUntil(
      'two pods',
      async () => ok(await api.get(DEPLOYMENT))['status'],
      ({ readyReplicas = 0 }) => readyReplicas === 2,
      30_000,
    );
    expect(status).toMatchObject({ replicas: 2, updatedReplicas: 2 });
  }, 40_000);

  test('runs a controller that leads, answers the API server, and brings an instance to Ready', async () => {
    await startController();
    const asked = async (): Promise<string> => String((await api.apply(instance(namespace, 'probe', wrong), { dryRun: true })).status);
    await waitUntil('the webhook', asked, (status) => status === '422', 30_000).catch((cause: unknown) => {
      throw new Error(log.join(''), { cause });
    });
    const alice = instance(namespace, 'alice');
    ok(await api.apply(alice));
    await waitForReady(api, alice);
    expect((await fetch(`http://127.0.0.1:${PORTS.health}/readyz`)).status).toBe(200);
    expect(log.join('')).not.toContain('forbidden');
    // Nothing is unlike what is printed; the webhook is tried as well.
    const { code, stdout } = ofAdministrator('install', '--check', ...FLAGS);
    expect({ code, findings: stdout.split('\n').filter((line) => line !== '' && !line.startsWith('optional: ')) }).toEqual({
      code: 0,
      findings: ['everything is there'],
    });
    expect(ofAdministrator('uninstall', '--plan')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`kubectl -n ${namespace} delete`),
    });
  }, 90_000);

  test('T-O8 tells a real Prometheus, as the ServiceMonitor says, who is ready and who leads; its alerts are loaded, and begin when it ends', async () => {
    const started = await Prometheus.start(api, printedOne('ServiceMonitor'), printedOne('PrometheusRule'));
    prometheus = started;
    const targets = await waitUntil(
      'both pods to be scraped',
      () => started.targets(),
      (all) => all.length === 2 && all.every(({ health }) => health === 'up'),
      30_000,
    );
    expect(targets.map(({ labels }) => labels)).toEqual(
      [0, 1].map(() => expect.objectContaining({ namespace: NAMESPACE, service: 'openclaw-controller-metrics' })),
    );
    const ready = await waitUntil(
      'the instance among the series',
      () => started.query('max by (namespace, instance) (openclaw_instance_ready)'),
      (samples) => samples.length > 0,
    );
    expect(ready).toEqual([{ metric: { namespace, instance: 'alice' }, value: '1' }]);
    expect(await started.query(`max(leader_election_master_status{namespace="${NAMESPACE}"})`)).toEqual([{ metric: {}, value: '1' }]);
    const [shown] = await started.query('min(openclaw_webhook_certificate_expiration_timestamp_seconds)');
    expect((Number(shown?.value) * 1000 - Date.now()) / 86_400_000).toBeGreaterThan(100);
    const states = async (): Promise<readonly string[]> =>
      (await started.rules()).map(({ name, state, health }) => `${name} ${state} ${health}`);
    const calm = ['NotLeading', 'NotWatching'].map((what) => `OpenClawController${what} inactive ok`);
    calm.push('OpenClawWebhookCertificateEnding inactive ok');
    await waitUntil('the alerts to be looked at', states, (all) => all.join() === calm.join());
    expect(await stopController()).toBe(0);
    await waitUntil('the alert to begin', states, (all) => all[0] === 'OpenClawControllerNotLeading pending ok', 30_000);
    await startController();
    await waitUntil('the alert to end', states, (all) => all.join() === calm.join(), 30_000);
  }, 120_000);

  test('T-Q7 lets the role edit keep instances, and give no rights that it does not have', async () => {
    const bind = (role: string, user: string): KubeObject => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: user, namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    });
    for (const role of ['view', 'edit', 'admin']) ok(await api.create(bind(role, `${role}-user`)));
    const [view, edit, admin] = ['view', 'edit', 'admin'].map((role) => api.as(`${role}-user`)) as [typeof api, typeof api, typeof api];
    const path = `/apis/openclaw.rocks/v1alpha1/namespaces/${namespace}/openclawinstances/alice`;
    await waitUntil(
      'the roles to be gathered',
      async () => (await view.request('GET', path)).status,
      (status) => status === 200,
    );
    const statuses = async (spec: OpenClawInstanceSpec): Promise<number[]> =>
      Promise.all([view, edit, admin].map(async (user) => (await user.create(instance(namespace, 'bob', spec), { dryRun: true })).status));
    expect(await statuses({})).toEqual([403, 201, 201]);
    const refused = await edit.create(instance(namespace, 'bob', withRules), { dryRun: true });
    expect(refused).toMatchObject({ status: 403, body: { message: expect.stringContaining('additionalRules') } });
    expect((await admin.create(instance(namespace, 'bob', withRules))).status).toBe(201);
    // What somebody with the right wrote stays, and the rest of the instance is theirs.
    const bob = instance(namespace, 'bob');
    expect((await edit.patch(bob, { metadata: { labels: { a: 'b' } } })).status).toBe(200);
    expect((await edit.patch(bob, { spec: { security: { rbac: { additionalRules: [] } } } })).status).toBe(200);
    for (const user of [view, edit, admin]) user.close();
  }, 60_000);

  test('lets who edits an instance not approve its plan: that is a right of its own', async () => {
    const carol = instance(namespace, 'carol');
    const [editor, approver] = [api.as('edit-user'), api.as('approver')];
    const rule = { apiGroups: ['openclaw.rocks'], resources: ['openclawinstances'], resourceNames: ['carol'], verbs: ['patch', 'approve'] };
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'approver', namespace }, rules: [rule] };
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'approver' }];
    ok(await api.create(role));
    ok(
      await api.create({
        ...role,
        kind: 'RoleBinding',
        rules: undefined,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'approver' },
        subjects,
      } as KubeObject),
    );
    ok(await editor.create(carol));
    expect(await editor.patch(carol, approve('editor', 'sha256:1'))).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('openclaw.rocks/approve-plan: whoever sets it has to hold the verb approve') },
    });
    await waitUntil(
      'the right to be known',
      async () => (await approver.patch(carol, approve('approver', 'sha256:1'))).status,
      (status) => status === 200,
    );
    // What is approved stays when somebody else edits the instance, who may take it away.
    expect((await editor.patch(carol, { metadata: { labels: { a: 'b' } } })).status).toBe(200);
    expect((await editor.patch(carol, approve('editor', 'sha256:2'))).status).toBe(403);
    expect((await editor.patch(carol, approve('editor', null))).status).toBe(200);
    const made = { ...instance(namespace, 'dave'), metadata: { name: 'dave', namespace, ...approve('x', 'sha256:1').metadata } };
    expect((await editor.create(made, { dryRun: true })).status).toBe(403);
    for (const user of [editor, approver]) user.close();
  }, 60_000);

  test('leaves no instance behind that its end holds up, and ends at once', async () => {
    await removeNamespaces(api, [namespace]);
    expect(await stopController()).toBe(0);
  }, 90_000);
});
